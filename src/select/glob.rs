//! Patterns of names.

use wildmatch::WildMatch;

/// A pattern with `*` and `?`, matched without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub struct Glob {
    written: String,
    pattern: WildMatch,
}

impl Eq for Glob {}

impl Glob {
    /// Makes a pattern.
    pub fn new(text: impl Into<String>) -> Self {
        let written = text.into();
        Self {
            pattern: WildMatch::new_case_insensitive(&written),
            written,
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it is a plain name.
    pub fn is_literal(&self) -> bool {
        !self.written.contains(['*', '?'])
    }

    /// Whether a text matches. Takes time proportional to the product of the
    /// lengths at worst.
    pub fn matches(&self, text: &str) -> bool {
        self.pattern.matches(text)
    }
}
