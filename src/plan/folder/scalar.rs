//! Texts as YAML writes them: plain where nobody can misread them, otherwise
//! quoted, always on one line.

use crate::secret::is_unseen;

/// Words that some reader of YAML takes for something else than a text.
const RESERVED: &[&str] = &[
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
];

/// Writes a text as a scalar that fits into block and flow collections alike.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double(text)
    }
}

fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let starts = match chars.next() {
        Some('/') => true,
        Some(c) if c.is_ascii_digit() => is_moment(text),
        Some(c) => c.is_alphabetic() && c.is_ascii(),
        None => false,
    };
    let is_word = || {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-.;=".contains(&b))
    };
    starts
        && (is_word() || is_prose(text))
        && !RESERVED.iter().any(|w| w.eq_ignore_ascii_case(text))
}

fn is_prose(text: &str) -> bool {
    !text.ends_with([' ', ':'])
        && !text.contains("  ")
        && !text.contains(": ")
        && (text.chars()).all(|c| c.is_alphanumeric() || " _-./;=+@()`':…".contains(c))
}

/// A point in time as RFC 3339 writes it.
fn is_moment(text: &str) -> bool {
    text.len() >= 20
        && text.ends_with('Z')
        && text.as_bytes().get(10) == Some(&b'T')
        && text
            .bytes()
            .all(|c| c.is_ascii_digit() || matches!(c, b'-' | b':' | b'.' | b'T' | b'Z'))
}

fn is_printable(c: char) -> bool {
    // The last two are no characters at all to YAML.
    !is_unseen(c) && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(written: &str) -> Vec<String> {
        #[derive(serde::Deserialize)]
        struct Both {
            block: String,
            flow: Vec<String>,
        }
        let yaml = format!("block: {written}\nflow: [{written}, {written}]\n");
        let both: Both = serde_yaml::from_str(&yaml).unwrap();
        let mut all = both.flow;
        all.push(both.block);
        all
    }

    #[test]
    fn texts_that_read_as_something_else_are_quoted() {
        for (text, written) in [
            ("orders", "orders"),
            ("namedValues/db-key", "namedValues/db-key"),
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("1.0", "'1.0'"),
            ("Yes", "'Yes'"),
            ("", "''"),
            ("\"AAA\"", "'\"AAA\"'"),
            ("it's, so", "'it''s, so'"),
            ("{{x}}", "'{{x}}'"),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(scalar(text), written);
            assert_eq!(back(written), [text, text, text]);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "(?s).{0,40}") {
            prop_assert_eq!(back(&scalar(&text)), vec![text.clone(), text.clone(), text]);
        }

        #[test]
        fn nasty_texts_come_back(text in "[-'\": #{}\\[\\],&*!|>%@`~?\n\r\t \\\\a0\u{85}\u{2028}\u{feff}é.]{0,12}") {
            prop_assert_eq!(back(&scalar(&text)), vec![text.clone(), text.clone(), text]);
        }
    }
}
