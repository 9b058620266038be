//! Text as it may stand in the page: nothing of it is unseen, and no page is
//! made of any other.

use std::fmt;

use serde::Serialize;

use crate::secret::{is_unseen, plain};

/// Text of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Line(String);

impl Line {
    /// Takes foreign text.
    pub(crate) fn of(text: impl AsRef<str>) -> Self {
        Self(plain(text.as_ref()))
    }

    /// The beginning of it, where it is longer than so many characters.
    pub(crate) fn cut(&self, most: usize) -> Self {
        if self.0.chars().count() <= most {
            return self.clone();
        }
        let kept = self.0.chars().take(most.saturating_sub(1));
        Self(kept.chain(['…']).collect())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text of several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Block(String);

impl Block {
    /// Takes foreign text; line ends and tabs stay.
    pub(crate) fn of(text: &str) -> Self {
        let seen = |c: char| match c {
            '\n' | '\t' => c,
            c if is_unseen(c) => '\u{fffd}',
            c => c,
        };
        Self(text.replace("\r\n", "\n").chars().map(seen).collect())
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sentence, in which names stand between backticks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Prose(pub(in crate::view) Vec<Span>);

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    /// Whether it stood between backticks.
    pub(crate) code: bool,
    pub(crate) text: Line,
}

impl Prose {
    /// Takes foreign text. Where the backticks don't pair, they are letters.
    pub(crate) fn of(text: &str) -> Self {
        let pieces: Vec<&str> = text.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            return Self(vec![Span {
                code: false,
                text: Line::of(text),
            }]);
        }
        let spans = pieces.iter().enumerate().map(|(i, piece)| Span {
            code: i % 2 == 1,
            text: Line::of(piece),
        });
        Self(spans.filter(|span| !span.text.is_empty()).collect())
    }
}

/// A number of bytes, for people.
pub(crate) fn size(bytes: usize) -> Line {
    match bytes {
        0..1_000 => Line(format!("{bytes} bytes")),
        1_000..1_000_000 => Line(format!("{} kB", bytes / 1_000)),
        _ => Line(format!("{} MB", bytes / 1_000_000)),
    }
}
