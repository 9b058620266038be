//! Secrets, and text from elsewhere that must not reach a terminal as it is.

mod redaction;

use std::fmt;

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use redaction::Redaction;

/// A secret value: it can't be printed, compared or serialised, and is wiped
/// from memory when dropped. It leaves only through [`Secret::expose`], which
/// is called where a request body is built and nowhere else.
///
/// ```compile_fail,E0277
/// let secret = apim_migrate::secret::Secret::new("hunter2");
/// println!("{secret}");
/// ```
///
/// ```compile_fail,E0277
/// let secret = apim_migrate::secret::Secret::new("hunter2");
/// serde_json::to_string(&secret);
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret out of ordinary text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Hands the secret out, for a request that is about to be sent.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What two secrets are told apart by later, without keeping them: a digest with
/// a salt of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark(String);

impl Mark {
    /// Marks secrets.
    pub(crate) fn of(secrets: &[&Secret]) -> Self {
        Self::with(&Uuid::new_v4().simple().to_string(), secrets)
    }

    /// Whether it is the mark of these.
    pub(crate) fn is_of(&self, secrets: &[&Secret]) -> bool {
        let salt = self.0.split(':').next().unwrap_or_default();
        *self == Self::with(salt, secrets)
    }

    fn with(salt: &str, secrets: &[&Secret]) -> Self {
        let mut hash = Sha256::new_with_prefix(salt);
        for secret in secrets {
            let text = secret.expose();
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        let hash = hash.finalize();
        let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
        Self(format!("{salt}:{hex}"))
    }

    /// As it was written down.
    pub(crate) fn read(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// To be written down.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Overwrites every text in a value that held secrets, before it is dropped.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces control characters and direction marks, so that foreign text can
/// neither move the cursor nor disguise what it says. Line breaks and tabs
/// become spaces.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_unseen(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Whether a character does something without being seen: controls, marks that
/// turn the direction of what stands around them, separators that some take for
/// line ends, and what has no width.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether each character of a text is seen, but for its line ends.
pub(crate) fn is_seen(text: &str) -> bool {
    let plain = |b: u8| matches!(b, b'\n' | b' '..=b'~');
    text.bytes().all(plain) || !text.chars().any(|c| c != '\n' && is_unseen(c))
}

/// JSON text in which every character that is not seen is an escape: the same
/// document, which shows what it holds. Line ends between its tokens stay.
pub fn seen_json(text: String) -> String {
    if is_seen(&text) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || !is_unseen(c) {
            out.push(c);
        } else {
            // Outside of strings there is none of them, so that an escape fits.
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Text for people with colours in it, in which nothing else but line ends and
/// tabs does something: the last thing before a terminal, for what should have
/// been made [`plain`] before and was not.
pub fn seen_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match colour(rest) {
            Some(length) => {
                out.push_str(&rest[..length]);
                length
            }
            None => {
                let kept = matches!(c, '\n' | '\t') || !is_unseen(c);
                out.push(if kept { c } else { '\u{fffd}' });
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// The length of an escape that only chooses a colour or a weight, at the start
/// of a text.
fn colour(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    (inner[end..].starts_with('m')).then_some("\u{1b}[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn no_text_is_left_of_what_is_wiped() {
        let mut value = serde_json::json!({"a": "x", "b": [{"c": "y"}, 1]});
        wipe(&mut value);
        assert_eq!(value, serde_json::json!({"a": "", "b": [{"c": ""}, 1]}));
    }

    #[test]
    fn escapes_and_direction_marks_are_defused() {
        assert_eq!(plain("a\x1b[31m\u{202e}b\nc"), "a\u{fffd}[31m\u{fffd}b c");
        assert_eq!(
            plain("\u{9b}2J\u{61c}\u{2028}"),
            "\u{fffd}2J\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_terminal_gets_colours_and_nothing_else() {
        let good = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m a\n\tb é\n";
        assert_eq!(seen_text(good), good);
        for bad in [
            "\u{1b}[2J",
            "\u{1b}]0;t\u{7}",
            "\u{1b}[1;2",
            "\u{9b}31m",
            "\r",
            "\u{202e}",
        ] {
            let shown = seen_text(bad);
            assert!(!shown.contains(is_unseen), "{bad:?}: {shown:?}");
        }
    }

    proptest! {
        #[test]
        fn json_stays_the_same_document(text in "(?s).{0,20}[\u{80}-\u{9f}\u{202e}\u{e0041}\u{7f}\n\"]{0,4}.{0,9}") {
            let value = serde_json::json!({text.clone(): [text]});
            let pretty = format!("{value:#}\n");
            let seen = seen_json(pretty);
            prop_assert!(!seen.contains(|c| c != '\n' && is_unseen(c)));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&seen).unwrap(), value);
        }

        #[test]
        fn plain_text_stays_plain(text in "(?s).{0,40}") {
            let once = plain(&text);
            prop_assert!(!once.contains(is_unseen));
            prop_assert_eq!(plain(&once), once.clone());
            prop_assert_eq!(seen_text(&once), once);
        }
    }
}
