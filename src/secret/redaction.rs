//! What must not be shown of a text that somebody else wrote.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use super::Secret;

/// What stands in place of a secret.
const MARK: &str = "[secret]";

/// A secret of fewer characters is hidden only where it is a word of its own,
/// and a part of one never: it would be found in any text.
const SHORT: usize = 4;

/// Characters of a line or a field of a secret that is hidden by itself.
const PART: usize = 8;

/// Members whose texts are secrets, whatever body they stand in.
const SECRET_MEMBERS: [&str; 5] = [
    "primaryKey",
    "secondaryKey",
    "password",
    "clientSecret",
    "credentials",
];

/// The secrets of a request, to be hidden in what is said about it: as they
/// are, and as JSON, URLs, HTML and base64 write them.
///
/// It is overwritten in memory when dropped.
#[derive(Clone, Default)]
pub struct Redaction {
    secrets: Vec<Secret>,
    /// Made of them when there is something to hide: most requests are not
    /// refused.
    needles: OnceLock<Vec<Needle>>,
}

/// One text that is looked for.
#[derive(Clone)]
struct Needle {
    text: Zeroizing<Vec<char>>,
    /// Both alphabets of base64 count as one.
    coded: bool,
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redaction]")
    }
}

impl Redaction {
    /// Hides a secret from now on.
    pub fn add(&mut self, secret: &Secret) {
        self.add_text(secret.expose());
    }

    /// Hides what stands in a body under the names that secrets go by. What
    /// names a named value, `{{key}}`, is none.
    pub fn add_members_of(&mut self, body: &Value) {
        match body {
            Value::Array(items) => items.iter().for_each(|item| self.add_members_of(item)),
            Value::Object(members) => {
                for (name, value) in members {
                    match SECRET_MEMBERS.contains(&name.as_str()) {
                        true => self.add_texts_of(value),
                        false => self.add_members_of(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn add_texts_of(&mut self, value: &Value) {
        match value {
            Value::String(text) if !text.starts_with("{{") => self.add_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.add_texts_of(item)),
            Value::Object(members) => members.values().for_each(|v| self.add_texts_of(v)),
            _ => {}
        }
    }

    fn add_text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.secrets.push(Secret::new(text));
            self.needles.take();
        }
    }

    fn needles(&self) -> &[Needle] {
        self.needles.get_or_init(|| {
            let mut needles = Vec::new();
            for secret in &self.secrets {
                needles_of(secret.expose(), &mut needles);
            }
            needles
        })
    }

    /// The text without the secrets. So is one whose end was cut off, where the
    /// text ends or goes on with an ellipsis.
    pub fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before = None;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let lengths = self.needles().iter().map(|n| n.length_at(rest, before));
            match lengths.max().unwrap_or(0) {
                0 => {
                    out.push(c);
                    before = Some(c);
                    rest = &rest[c.len_utf8()..];
                }
                length => {
                    out.push_str(MARK);
                    before = None;
                    rest = &rest[length..];
                }
            }
        }
        out
    }
}

/// Everything that is looked for because of one secret.
fn needles_of(text: &str, needles: &mut Vec<Needle>) {
    let mut needle = |text: &str, coded: bool| {
        let text: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
        if !needles.iter().any(|needle| *needle.text == *text) {
            needles.push(Needle { text, coded });
        }
    };
    let whole = text.trim();
    needle(text, false);
    needle(whole, false);
    // A PEM comes line by line, a connection string field by field.
    for part in whole.split(['\n', '\r', ';', '&']).map(str::trim) {
        if part.chars().count() >= PART {
            needle(part, false);
        }
    }
    for coded in base64_forms(text.as_bytes()) {
        needle(&coded, true);
    }
}

impl Needle {
    /// How many bytes of a text, from its start, are the secret; zero when it
    /// does not stand there.
    fn length_at(&self, text: &str, before: Option<char>) -> usize {
        // A text can be written in several ways at once: all ends are followed.
        let mut ends = vec![0];
        let mut cut = 0;
        for (count, &c) in self.text.iter().enumerate() {
            let mut next = Vec::new();
            for &end in &ends {
                let rest = &text[end..];
                if count >= SHORT && (rest.is_empty() || is_ellipsis(rest)) {
                    cut = cut.max(end);
                }
                written(rest, c, &mut |length| next.push(end + length));
                if let (true, Some(other)) = (self.coded, other_alphabet(c)) {
                    written(rest, other, &mut |length| next.push(end + length));
                }
            }
            next.sort_unstable();
            next.dedup();
            ends = next;
            if ends.is_empty() {
                return cut;
            }
        }
        let length = ends.last().copied().unwrap_or(0).max(cut);
        let is_word = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let alone = is_word(before) && is_word(text[length..].chars().next());
        match self.text.len() < SHORT && !alone {
            true => 0,
            false => length,
        }
    }
}

fn is_ellipsis(text: &str) -> bool {
    text.starts_with('…') || text.starts_with("...")
}

fn other_alphabet(c: char) -> Option<char> {
    match c {
        '+' => Some('-'),
        '/' => Some('_'),
        _ => None,
    }
}

/// Tells the length of each way in which a character can be written at the
/// start of a text.
fn written(text: &str, c: char, tell: &mut impl FnMut(usize)) {
    let Some(first) = text.chars().next() else {
        return;
    };
    if first == c {
        tell(c.len_utf8());
    }
    match first {
        '\\' => escaped(text, c, tell),
        '%' => percent(text, c, tell),
        '&' => entity(text, c, tell),
        '+' if c == ' ' => tell(1),
        _ => {}
    }
}

/// As JSON writes it, also where JSON stands in JSON.
fn escaped(text: &str, c: char, tell: &mut impl FnMut(usize)) {
    let slashes = text.bytes().take_while(|b| *b == b'\\').count().min(8);
    for count in 1..=slashes {
        let rest = &text[count..];
        if c == '\\' && matches!(count, 2 | 4 | 8) {
            tell(count);
        }
        let letter = match c {
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            c => c,
        };
        if c != '\\' && !c.is_ascii_alphanumeric() && rest.starts_with(letter) {
            tell(count + letter.len_utf8());
        }
        let mut units = [0; 2];
        let mut at = 0;
        let all = c.encode_utf16(&mut units).iter().all(|unit| {
            let Some(hex) = text.get(at + count + 1..at + count + 5) else {
                return false;
            };
            let head = &text[at..at + count + 1];
            let begins = head.ends_with('u') && head[..count].bytes().all(|b| b == b'\\');
            at += count + 5;
            begins && u16::from_str_radix(hex, 16) == Ok(*unit)
        });
        if all {
            tell(at);
        }
    }
}

/// As a URL writes it, also where a URL stands in a URL.
fn percent(text: &str, c: char, tell: &mut impl FnMut(usize)) {
    for sign in ["%", "%25"] {
        let mut bytes = [0; 4];
        let mut at = 0;
        let all = c.encode_utf8(&mut bytes).bytes().all(|byte| {
            let from = at + sign.len();
            let begins = text.get(at..from) == Some(sign);
            let hex = text.get(from..from + 2).unwrap_or("");
            at = from + 2;
            begins && u8::from_str_radix(hex, 16) == Ok(byte)
        });
        if all {
            tell(at);
        }
    }
}

/// As HTML and XML write it.
fn entity(text: &str, c: char, tell: &mut impl FnMut(usize)) {
    let Some((name, _)) = text[1..].split_once(';') else {
        return;
    };
    let code = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let hex = name.strip_prefix("#x").or(name.strip_prefix("#X"));
            let number = match hex {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => name.strip_prefix('#').and_then(|n| n.parse().ok()),
            };
            number.and_then(char::from_u32)
        }
    };
    if code == Some(c) {
        tell(name.len() + 2);
    }
}

/// The secret in base64, by itself and inside something larger: then it begins
/// at one of three places in a group, and what is beside it changes the
/// characters at its ends.
fn base64_forms(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut bytes = Zeroizing::new(vec![0; before]);
        bytes.extend_from_slice(secret);
        let coded = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes));
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        if to >= from + PART {
            forms.push(Zeroizing::new(coded[from..to].to_owned()));
        } else if before == 0 {
            forms.push(coded);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;
    use serde_json::json;

    fn of(secret: &str) -> Redaction {
        let mut redaction = Redaction::default();
        redaction.add(&Secret::new(secret));
        redaction
    }

    #[test]
    fn a_secret_is_hidden_in_each_form() {
        let secret = "p\"w/ö+1 \\ü<&>'😀\n=";
        let json = json!(secret).to_string();
        let inner = json[1..json.len() - 1].to_owned();
        let twice = json!(inner).to_string();
        let ascii: String = (secret.encode_utf16())
            .map(|u| format!("\\u{u:04X}"))
            .collect();
        let percent: String = secret.bytes().map(|b| format!("%{b:02x}")).collect();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let html = "p&quot;w/&#246;+1 \\&#xfc;&lt;&amp;&gt;&#39;😀\n=";
        for shown in [
            secret.to_owned(),
            inner,
            twice[1..twice.len() - 1].to_owned(),
            ascii,
            percent.replace('%', "%25"),
            percent,
            form,
            html.to_owned(),
        ] {
            let text = format!("bad value '{shown}' in line 1");
            let expected = "bad value '[secret]' in line 1";
            assert_eq!(of(secret).hide(&text), expected, "{shown}");
        }
    }

    #[test]
    fn base64_is_hidden_by_itself_and_inside_of_more() {
        let secret = "hunter2-ÿþ>?hunter2";
        let alone = of(secret).hide(&STANDARD.encode(secret));
        assert!(alone.starts_with("[secret]") && alone.len() < 12, "{alone}");
        for before in ["", "a", "ab", "abc"] {
            for shown in [
                STANDARD.encode(format!("{before}{secret}xyz")),
                URL_SAFE.encode(format!("{before}{secret}xyz")),
            ] {
                let hidden = of(secret).hide(&shown);
                assert!(hidden.contains("[secret]"), "{shown}: {hidden}");
                assert!(hidden.len() < "[secret]".len() + 13, "{shown}: {hidden}");
            }
        }
        assert_eq!(of("abc").hide("it is YWJj."), "it is [secret].");
        // Seven bytes are just enough to be found inside of more.
        let inside = STANDARD.encode("xhunter2y");
        assert_eq!(of("hunter2").hide(&inside), "eG[secret]J5");
    }

    #[test]
    fn a_backslash_is_found_at_each_depth_of_json() {
        let mut shown = "pass\\word".to_owned();
        for _ in 0..4 {
            assert_eq!(of("pass\\word").hide(&shown), "[secret]", "{shown}");
            shown = shown.replace('\\', "\\\\");
        }
    }

    #[test]
    fn short_secrets_are_hidden_as_words_and_nothing_else_is() {
        assert_eq!(
            of("a").hide("a bad a, 'a' aa"),
            "[secret] bad [secret], '[secret]' aa"
        );
        assert_eq!(of("abcd").hide("xabcdx"), "x[secret]x");
        assert_eq!(of(" ").hide("all of it"), "all of it");
        assert_eq!(of("hunter2").hide("hunter1 hunt"), "hunter1 [secret]");
    }

    #[test]
    fn what_was_cut_off_is_hidden_to_the_cut() {
        let secret = of("correct horse");
        assert_eq!(secret.hide("not correct ho"), "not [secret]");
        assert_eq!(secret.hide("not correct h… there"), "not [secret]… there");
        assert_eq!(secret.hide("not corr..."), "not [secret]...");
        assert_eq!(secret.hide("not cor"), "not cor");
        assert_eq!(secret.hide("not correct, no"), "not correct, no");
    }

    #[test]
    fn lines_and_fields_are_hidden_by_themselves() {
        let secret = of("Endpoint=sb://x;SharedAccessKey=abcdef;Go=1\n");
        let shown = secret.hide("SharedAccessKey=abcdef is bad, Go=1 is not");
        assert_eq!(shown, "[secret] is bad, Go=1 is not");
    }

    #[test]
    fn members_of_bodies_are_known_by_name() {
        let mut redaction = Redaction::default();
        redaction.add_members_of(&json!({"properties": {
            "displayName": "shown", "value": "also shown", "primaryKey": "the-first-key",
            "password": "{{reference}}",
            "list": [{"credentials": {"header": {"x-key": ["the-second-key"]}}}],
        }}));
        let text = "shown, also shown, the-first-key, {{reference}}, the-second-key";
        let expected = "shown, also shown, [secret], {{reference}}, [secret]";
        assert_eq!(redaction.hide(text), expected);
        assert_eq!(format!("{redaction:?}"), "[redaction]");
    }

    proptest! {
        #[test]
        fn nothing_else_is_changed(text in "(?s).{0,60}") {
            prop_assert_eq!(Redaction::default().hide(&text), text.clone());
            prop_assert_eq!(of("\u{1}\u{2}\u{3}\u{4}\u{5}").hide(&text).replace(MARK, ""), text);
        }

        #[test]
        fn no_secret_is_left(secret in "[ -~é\\\\\"]{4,20}", around in "(?s).{0,10}") {
            prop_assume!(!secret.trim().is_empty());
            let redaction = of(&secret);
            for shown in [secret.clone(), json!(secret).to_string()] {
                let hidden = redaction.hide(&format!("{around}{shown}{around}"));
                prop_assert!(hidden.contains(MARK), "{}", hidden);
            }
        }
    }
}
