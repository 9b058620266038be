//! What a document turns out to name, and where.

use std::ops::Range;

use crate::address::ResourcePath;
use crate::graph::follow::{Strength, Unresolved};
use crate::policy::Literal;

/// A place in a document that names a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The bytes that a rename replaces.
    pub span: Range<usize>,
    /// What is named.
    pub to: ResourcePath,
    /// What is written there after a rename.
    pub write: Write,
    /// How sure it is that it is meant, and needed.
    pub strength: Strength,
    /// In words, how it is named: `{{db-key}}`, `backend-id`.
    pub by: String,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

/// What a place in a document takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// The resource's name.
    Name,
    /// Its display name.
    Display,
    /// Nothing changes, as with thumbprints.
    Nothing,
}

/// What is written where, once what is named is renamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The bytes that are replaced.
    pub span: Range<usize>,
    /// What is named.
    pub to: ResourcePath,
    /// What is written there.
    pub write: Write,
}

impl Document {
    /// What a rename changes.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        let written = (self.uses.iter()).filter(|used| used.write != Write::Nothing);
        written.map(|used| Slot {
            span: used.span.clone(),
            to: used.to.clone(),
            write: used.write,
        })
    }
}

/// A document, resolved.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Places that name something that is there; their spans don't overlap.
    pub uses: Vec<Use>,
    /// Names that lead nowhere, or can't be told.
    pub unresolved: Vec<Unresolved>,
}

pub(super) fn place(line: u32, column: u32) -> String {
    format!("line {line}, column {column}")
}

pub(super) fn guess(literal: &Literal, to: ResourcePath) -> Use {
    Use {
        span: literal.span.clone(),
        to,
        write: Write::Nothing,
        strength: Strength::Guessed,
        by: "a literal".to_owned(),
        line: literal.line,
        column: literal.column,
    }
}
