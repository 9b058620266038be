//! Reading JSON that somebody else wrote, within bounds.

use serde_json::Value;

use super::limits::{ANSWER_VALUES, JSON_DEPTH};

/// Reads a value, or says in a few words why it can't be read; the words hold
/// nothing of the text.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    if values(text) > ANSWER_VALUES {
        return Err(format!("it holds more than {ANSWER_VALUES} values"));
    }
    serde_json::from_slice(text).map_err(|error| {
        let words = error.to_string();
        match words.starts_with("recursion limit") {
            true => format!("it is nested deeper than {JSON_DEPTH} levels"),
            false => words,
        }
    })
}

/// Why a text is no JSON at all. It may be deeper than what can be read: so it
/// will be the next time as well.
pub(super) fn malformed(text: &[u8]) -> Option<String> {
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(text);
    read.err().map(|error| error.to_string())
}

/// How many values a text holds at most, if it is JSON: what begins an object
/// or a list, or separates two members, outside of strings.
fn values(text: &[u8]) -> usize {
    let mut count = 1;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b',' | b'[' | b'{' => count += 1,
            b'"' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'"' => break,
                        b'\\' => {
                            bytes.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_strings_is_no_value() {
        assert_eq!(values(br#"{"a,[": [1, "\",,{"], "b": {}}"#), 6);
        assert_eq!(values(b"\"\\"), 1);
    }

    #[test]
    fn depth_and_number_are_bounded_and_named() {
        let deep = "[".repeat(200_000);
        assert_eq!(
            parse(deep.as_bytes()).unwrap_err(),
            "it is nested deeper than 128 levels"
        );
        let fits = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(parse(fits.as_bytes()).is_ok());
        let many = format!("[{}0]", "0,".repeat(ANSWER_VALUES));
        assert_eq!(
            parse(many.as_bytes()).unwrap_err(),
            "it holds more than 1000000 values"
        );
    }
}
