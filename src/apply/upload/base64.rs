//! Base64 as the service takes it: the standard alphabet, with padding. Both
//! ways wipe what they hold, since it is a private key.

use base64::engine::general_purpose::STANDARD;
use base64::{Engine, decoded_len_estimate, encoded_len};
use secrecy::zeroize::Zeroizing;

use crate::secret::Secret;

/// Encodes bytes.
pub(crate) fn encode(bytes: &[u8]) -> Secret {
    // As long as needed from the start: a text that grows leaves copies behind.
    let mut text = String::with_capacity(encoded_len(bytes.len(), true).unwrap_or_default());
    STANDARD.encode_string(bytes, &mut text);
    Secret::new(text)
}

/// Decodes a text, which may be broken into lines. `None` when it is not
/// base64.
pub(crate) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.bytes().filter(|b| !b.is_ascii_whitespace()));
    let room = decoded_len_estimate(letters.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    STANDARD.decode_vec(letters.as_slice(), &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_the_standard_come_out() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(encode(bytes.as_bytes()).expose(), text);
            assert_eq!(decode(text).unwrap().as_slice(), bytes.as_bytes());
        }
        assert_eq!(decode(" Zm\n9v\r\n").unwrap().as_slice(), b"foo");
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [
            "Z", "Zg", "Zg=", "Zg===", "Zm9", "Zh==", "Zm=v", "Zm9-", "====", "é",
        ] {
            assert!(decode(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_byte_comes_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(encode(&bytes).expose()).unwrap().to_vec(), bytes);
        }

        #[test]
        fn no_text_is_too_odd(text: String) {
            decode(&text);
        }
    }
}
