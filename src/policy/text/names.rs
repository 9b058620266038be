//! Names in braces, and characters written as entities.

use std::borrow::Cow;
use std::ops::Range;

/// A `{{name}}` of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Braced {
    /// The bytes of the name alone.
    pub(in crate::policy) name: Range<usize>,
    /// The bytes with the braces.
    pub(in crate::policy) whole: Range<usize>,
    /// Whether blanks stand between the braces and the name.
    pub(in crate::policy) spaced: bool,
}

/// Returns every `{{name}}` inside of the bytes.
pub(in crate::policy) fn braced(text: &[u8], span: Range<usize>) -> impl Iterator<Item = Braced> {
    let text = text.get(..span.end).unwrap_or_default();
    let mut at = span.start;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.iter().position(|&byte| byte == b'{')?;
            at += 1;
            if text.get(at) != Some(&b'{') {
                continue;
            }
            let start = skip(text, at + 1, |b| matches!(b, b' ' | b'\t'));
            let end = skip(text, start, is_name_byte);
            let close = skip(text, end, |b| matches!(b, b' ' | b'\t'));
            let name = start..end;
            let has_letter = text
                .get(name.clone())
                .is_some_and(|name| name.iter().any(u8::is_ascii_alphanumeric));
            if has_letter && text.get(close..close + 2) == Some(b"}}") {
                let spaced = start > at + 1 || close > end;
                let whole = at - 1..close + 2;
                at = whole.end;
                return Some(Braced {
                    name,
                    whole,
                    spaced,
                });
            }
        }
    })
}

/// Returns the bytes of each name in `{{ }}` of a text that is no policy.
pub fn names_in_braces(text: &str) -> Vec<Range<usize>> {
    let names = braced(text.as_bytes(), 0..text.len());
    names.map(|braced| braced.name).collect()
}

fn skip(text: &[u8], mut at: usize, fits: impl Fn(u8) -> bool) -> usize {
    while text.get(at).is_some_and(|&byte| fits(byte)) {
        at += 1;
    }
    at
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Returns the text with its entities decoded; what is no entity stays.
pub(in crate::policy) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (letter, length) = entity(rest).unwrap_or(('&', 1));
        decoded.push(letter);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Reads the entity a text begins with: what it stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    /// `&#x10FFFF;`
    const LONGEST: usize = 10;
    let length = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = text.get(1..length)?;
    let letter = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((letter, length + 1))
}

/// Returns the bytes without the blanks around them.
pub(in crate::policy) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(inner) = text.get(span.clone()) else {
        return span;
    };
    let start = span.start + (inner.len() - inner.trim_start().len());
    let end = start + inner.trim().len();
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(&str, bool)> {
        braced(text.as_bytes(), 0..text.len())
            .map(|b| (&text[b.name.clone()], b.spaced))
            .collect()
    }

    #[test]
    fn names_stand_in_two_braces() {
        assert_eq!(
            names("{{a}}{{b-1._c}} {{{x}}} {{ y }} {{..}} {{-z}} {{- z }} {{q|t}} {{d]} {{e}"),
            [
                ("a", false),
                ("b-1._c", false),
                ("x", false),
                ("y", true),
                ("-z", false)
            ]
        );
        assert_eq!(names("{{a {{b}}"), [("b", false)]);
        assert_eq!(names(&"{".repeat(9)), []);
    }

    #[test]
    fn the_innermost_braces_hold_a_name_with_or_without_blanks() {
        let text = "{{ a {{b}} {{{c}}} {{d e}}{{}} {{ x }}{{y}} {{f";
        let names: Vec<&str> = names_in_braces(text)
            .into_iter()
            .map(|at| &text[at])
            .collect();
        assert_eq!(names, ["b", "c", "x", "y"]);
    }

    #[test]
    fn entities_decode_and_other_ampersands_stay() {
        assert_eq!(decode("a&amp;b&lt;&#65;&#x42;&quot;&apos;"), "a&b<AB\"'");
        assert_eq!(decode("a&b;&nope;&#xD800;&"), "a&b;&nope;&#xD800;&");
        assert_eq!(decode("&é;"), "&é;");
    }

    #[test]
    fn blanks_around_a_name_are_left_out() {
        assert_eq!(trimmed("  a b ", 0..6), 2..5);
        assert_eq!(trimmed("   ", 0..3), 3..3);
    }
}
