//! Base64 as the service takes it: the standard alphabet, with padding. Both
//! ways wipe what they hold, since it is a private key.

use secrecy::zeroize::Zeroizing;

use crate::secret::Secret;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes.
pub(crate) fn encode(bytes: &[u8]) -> Secret {
    // Exactly as long as needed: a text that grows leaves copies behind.
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for i in 0..4 {
            let letter = match i <= group.len() {
                true => ALPHABET[(bits >> (18 - 6 * i)) as usize & 63],
                false => b'=',
            };
            text.push(char::from(letter));
        }
    }
    Secret::new(text)
}

/// Decodes a text, which may be broken into lines. `None` when it is not
/// base64.
pub(crate) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut bits, mut held, mut padding) = (0u32, 0u32, 0usize);
    let mut letters = 0usize;
    for letter in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        letters += 1;
        if letter == b'=' {
            padding += 1;
            continue;
        }
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    // What is left over is zero where the padding is right.
    (letters.is_multiple_of(4) && padding <= 2 && padding * 2 == held as usize && bits == 0)
        .then_some(bytes)
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
