//! Secrets, and text from elsewhere that must not reach a terminal as it is.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret value: it can't be printed, compared or serialised, and is wiped
/// from memory when dropped. It leaves only through [`Secret::expose`], which
/// is called where a request body is built and nowhere else.
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

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Replaces control characters and direction marks, so that foreign text can
/// neither move the cursor nor disguise what it says. Line breaks and tabs
/// become spaces.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn escapes_and_direction_marks_are_defused() {
        assert_eq!(plain("a\x1b[31m\u{202e}b\nc"), "a\u{fffd}[31m\u{fffd}b c");
    }
}
