//! Where a C# expression of a policy ends.

use std::ops::Range;

/// How deep interpolated strings may nest; nobody writes three.
const MOST_NESTED: usize = 32;

/// Returns the end of the expression that begins at `start` with `@(` or `@{`:
/// the offset after its last bracket. `None` when it begins or ends nowhere.
pub(super) fn expression_end(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) != Some(&b'@') || !matches!(text.get(start + 1), Some(b'(' | b'{')) {
        return None;
    }
    balanced(text, start + 1, 0, &mut Vec::new())
}

/// Returns the strings with holes of all expressions of a text, from quote to
/// quote.
pub(super) fn with_holes(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].iter().position(|&byte| byte == b'@') {
        let start = at + next;
        at = start + 1;
        if matches!(text.get(at), Some(b'(' | b'{')) {
            let before = found.len();
            match balanced(text, at, 0, &mut found) {
                Some(end) => at = end,
                None => found.truncate(before),
            }
        }
    }
    found
}

/// Returns the offset after the bracket that closes the one at `open`, in the
/// hole of so many interpolated strings.
fn balanced(
    text: &[u8],
    open: usize,
    nested: usize,
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    if nested > MOST_NESTED {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = open;
    while let Some(&byte) = text.get(at) {
        at = match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                at + 1
            }
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
                at + 1
            }
            b'"' => string_end(text, at, nested, found)?,
            b'\'' => char_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'/') => {
                at + text[at..].iter().position(|&byte| byte == b'\n')?
            }
            b'/' if text.get(at + 1) == Some(&b'*') => {
                at + 4
                    + text
                        .get(at + 2..)?
                        .windows(2)
                        .position(|two| two == b"*/")?
            }
            _ => at + 1,
        };
    }
    None
}

/// Returns the offset after the string whose opening quote is at `quote`; what
/// stands before the quote tells its sort.
fn string_end(
    text: &[u8],
    quote: usize,
    nested: usize,
    found: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let before = |back: usize| quote.checked_sub(back).and_then(|at| text.get(at)).copied();
    let marks = [before(1), before(2)];
    let verbatim = marks[0] == Some(b'@') || (marks[0] == Some(b'$') && marks[1] == Some(b'@'));
    let holes = marks[0] == Some(b'$') || (marks[0] == Some(b'@') && marks[1] == Some(b'$'));
    let mut at = quote + 1;
    loop {
        let byte = *text.get(at)?;
        let next = text.get(at + 1).copied();
        at = match byte {
            b'"' if verbatim && next == Some(b'"') => at + 2,
            b'"' => {
                if holes || is_format(text, quote) {
                    found.push(quote..at);
                }
                return Some(at + 1);
            }
            b'\\' if !verbatim => at + 2,
            b'{' if holes && next == Some(b'{') => at + 2,
            b'{' if holes => balanced(text, at, nested + 1, found)?,
            _ => at + 1,
        };
    }
}

/// Whether the string whose opening quote is at `quote` is what `Format` fills in:
/// two braces stand for one there, too.
fn is_format(text: &[u8], quote: usize) -> bool {
    let before = text.get(..quote).unwrap_or_default();
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"@").unwrap_or(before);
    before.trim_ascii_end().ends_with(b"Format(")
}

/// Returns the offset after a character literal, or after the lone apostrophe.
fn char_end(text: &[u8], quote: usize) -> usize {
    let rest = &text[quote + 1..];
    let length = match rest.first() {
        // '\u0041' is the longest.
        Some(b'\\') => rest
            .iter()
            .take(8)
            .skip(2)
            .position(|&byte| byte == b'\'')
            .map(|at| at + 2),
        // A character outside of ASCII has up to four bytes.
        Some(b'\'') | None => None,
        Some(_) => rest.iter().take(5).position(|&byte| byte == b'\''),
    };
    length.map_or(quote + 1, |length| quote + 1 + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(text: &str) -> Option<&str> {
        expression_end(text.as_bytes(), 0).map(|end| &text[end..])
    }

    #[test]
    fn strings_characters_and_comments_hide_brackets() {
        for text in [
            r#"@(a("x)") + ')' + '\'' + '"')"#,
            r#"@(@"a\" + ")" + @"b"")")"#,
            r#"@($"{f(")")} {{ {x}")"#,
            r#"@($@"{x}\" + ")")"#,
            "@{ // it's )}\n return 1; /* } */ }",
            "@(x.Split(';').First(c => c == '(' ))",
        ] {
            assert_eq!(end_of(&format!("{text}REST")), Some("REST"), "{text}");
        }
    }

    #[test]
    fn strings_with_holes_are_told() {
        let text =
            r#"<a b="@("x" + $"{{y}} {f("z")}" + string.Format("{{0}}"))">@{ return $@"w"; } $"v""#;
        let found: Vec<&str> = with_holes(text.as_bytes())
            .into_iter()
            .map(|span| &text[span])
            .collect();
        assert_eq!(found, [r#""{{y}} {f("z")}"#, r#""{{0}}"#, r#""w"#]);
    }

    #[test]
    fn an_open_expression_has_no_end() {
        for text in ["@(a", "@{ \" }", "@a", "@", "@{ // }"] {
            assert_eq!(end_of(text), None, "{text}");
        }
    }

    #[test]
    fn strings_nested_beyond_reason_end_nowhere() {
        let text = format!("@({})", "$\"{".repeat(100_000));
        assert_eq!(end_of(&text), None);
    }
}
