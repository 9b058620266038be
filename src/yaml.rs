//! Reading YAML that somebody else wrote.

use serde::de::{DeserializeOwned, Error as _};

/// How many brackets may be open at once. The parser takes a time that grows
/// with the square of it: minutes for what fits into a hundred kilobytes.
const MOST_OPEN: usize = 2_000;

/// Reads a value, unless the text is made to keep the parser busy.
///
/// # Errors
/// When it is not YAML, not of the right shape, or nested without end.
pub fn from_yaml<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_yaml::Error> {
    let mut open = 0_usize;
    let mut line = 1_usize;
    // Brackets in texts count as well, since telling them apart takes a parser.
    for byte in text {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' => line += 1,
            _ => {}
        }
        if open > MOST_OPEN {
            return Err(serde_yaml::Error::custom(format!(
                "more than {MOST_OPEN} brackets are open in line {line}"
            )));
        }
    }
    serde_yaml::from_slice(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_without_end_are_refused_with_their_line() {
        for text in ["\n{a: ", "\n["] {
            let error = from_yaml::<Vec<String>>(text.repeat(100_000).as_bytes());
            let error = error.unwrap_err().to_string();
            assert_eq!(error, "more than 2000 brackets are open in line 2002");
        }
        let list = format!("[{}]", "'[x]', ".repeat(5_000));
        assert_eq!(
            from_yaml::<Vec<String>>(list.as_bytes()).unwrap().len(),
            5_000
        );
    }
}
