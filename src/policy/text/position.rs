//! Lines and columns of offsets.

use std::fmt;

/// Something that is said, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// What.
    pub what: String,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

impl fmt::Display for Spot {
    /// Writes where it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Walks through a text once, telling where ascending offsets are.
pub(in crate::policy) struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Walk<'a> {
    pub(in crate::policy) fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
            column: 1,
        }
    }

    /// The one-based line and column, in characters, of an offset that is not
    /// before the last one.
    pub(in crate::policy) fn place(&mut self, offset: usize) -> (u32, u32) {
        let passed = self.text.get(self.at..offset).unwrap_or_default();
        let lines = passed.iter().filter(|&&byte| byte == b'\n').count();
        let mut tail = passed;
        if lines > 0 {
            self.line += clamp(lines);
            self.column = 1;
            let last = passed.iter().rposition(|&byte| byte == b'\n');
            tail = passed
                .get(last.map_or(0, |at| at + 1)..)
                .unwrap_or_default();
        }
        // Bytes that go on with a character are 0b10xx_xxxx.
        let letters = tail.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        self.column += clamp(letters);
        self.at = self.at.max(offset);
        (self.line, self.column)
    }
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_the_start_of_the_line() {
        let text = "aé€b\nxy\r\n€z";
        let mut walk = Walk::new(text);
        let mut places = Vec::new();
        for letter in ["b", "y", "z"] {
            places.push(walk.place(text.find(letter).unwrap()));
        }
        assert_eq!(places, [(1, 4), (2, 2), (3, 2)]);
    }
}
