//! Reading code from left to right.

use std::ops::Range;

use super::names::decode;

/// How many bytes apart what belongs together may stand.
pub(in crate::policy) const NEARBY: usize = 256;

/// Returns where a word stands that is no part of a longer one.
pub(in crate::policy) fn occurrences<'t>(
    text: &'t str,
    word: &'t str,
) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).filter_map(move |(at, _)| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + word.len());
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let alone = !before.is_some_and(|b| part(b) || *b == b'.') && !after.is_some_and(part);
        alone.then_some(at)
    })
}

/// Reads code from left to right.
#[derive(Clone)]
pub(in crate::policy) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(in crate::policy) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// The offset of what comes next.
    pub(in crate::policy) fn at(&self) -> usize {
        self.at
    }

    /// What comes next, as far as it may still belong to what was read.
    pub(in crate::policy) fn nearby(&self) -> &'t str {
        let rest = self.rest();
        let end = (0..=NEARBY.min(rest.len())).rev();
        let end = end.into_iter().find(|&end| rest.is_char_boundary(end));
        rest.get(..end.unwrap_or_default()).unwrap_or_default()
    }

    /// Reads a word or operator that is no part of a longer one.
    pub(in crate::policy) fn word(&mut self, word: &str) -> bool {
        let start = self.at;
        self.space();
        let alone = |rest: &str| {
            let letters = word.ends_with(|c: char| c.is_alphanumeric());
            !letters || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        };
        let found = self.eat(word) && alone(self.rest());
        if !found {
            self.at = start;
        }
        found
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(in crate::policy) fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    /// Reads `.Name` or `?.Name`.
    pub(in crate::policy) fn member(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.space();
        self.eat("?");
        if self.eat(".") {
            self.space();
            let rest = self.rest();
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            if end > 0 {
                self.at += end;
                return rest.get(..end);
            }
        }
        self.at = start;
        None
    }

    /// Reads a string literal, its quotes plain or entities.
    pub(in crate::policy) fn literal(&mut self) -> Option<String> {
        let span = self.quoted()?;
        Some(decode(self.text.get(span)?).into_owned())
    }

    /// Reads a string literal, and returns the bytes inside of its quotes.
    pub(in crate::policy) fn quoted(&mut self) -> Option<Range<usize>> {
        self.space();
        self.eat("@");
        let quote = ["\"", "&quot;"].into_iter().find(|quote| self.eat(quote))?;
        let start = self.at;
        let length = self.rest().find(quote)?;
        self.at += length + quote.len();
        Some(start..start + length)
    }

    /// Reads `["name"]` or `?["name"]`: `Some(None)` when no literal stands in
    /// the brackets.
    pub(in crate::policy) fn index(&mut self) -> Option<Option<String>> {
        let start = self.at;
        self.space();
        self.eat("?");
        if !self.eat("[") {
            self.at = start;
            return None;
        }
        let name = self.literal();
        self.space();
        Some(name.filter(|_| self.eat("]")))
    }

    /// Reads an opening bracket.
    pub(in crate::policy) fn opens(&mut self, bracket: &str) -> bool {
        self.space();
        self.eat("?");
        self.eat(bracket)
    }

    /// Whether what was just read is all there is: one of these follows.
    pub(in crate::policy) fn ends_with(&mut self, ends: &[&str]) -> bool {
        self.space();
        ends.iter().any(|end| self.rest().starts_with(end))
    }

    /// Whether what was just read is given a value.
    pub(in crate::policy) fn assigns(&mut self) -> bool {
        self.space();
        let rest = self.rest().trim_start_matches(['+', '?']);
        rest.starts_with('=') && !rest.starts_with("==")
    }

    /// Reads the first argument of a method when it is a literal. A type may
    /// stand before the bracket: `GetValueOrDefault<string>(`.
    pub(in crate::policy) fn argument(&mut self) -> Option<String> {
        let open = self.rest().bytes().take(NEARBY).position(|b| b == b'(')?;
        self.at += open + 1;
        self.literal()
    }

    pub(in crate::policy) fn comma(&mut self) -> bool {
        self.space();
        self.eat(",")
    }

    pub(in crate::policy) fn close(&mut self) -> bool {
        self.space();
        self.eat(")")
    }
}
