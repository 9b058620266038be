//! What of the workspace is this plan's own.

use std::collections::BTreeMap;

use crate::address::{ResourcePath, SourcePath};
use crate::catalog::Kind;

/// A copy that this plan made and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Its kind.
    pub kind: &'static Kind,
    /// What it is a copy of, as far as that is known.
    pub source: Option<SourcePath>,
    /// The digest of what was last sent for it, as the journal has it.
    pub sent: Option<String>,
}

/// The copies that this plan holds, by their path below the workspace; those
/// among them that were sent and never answered.
///
/// What stands in the workspace and is in here is no stranger's: the plan makes
/// it, and whoever carries the plan out brings it up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ours {
    copies: BTreeMap<ResourcePath, Copy>,
}

impl Ours {
    /// Adds a copy.
    pub fn insert(&mut self, target: ResourcePath, copy: Copy) {
        self.copies.insert(target, copy);
    }

    /// Whether what stands at a path below the workspace is ours.
    pub fn holds(&self, target: &ResourcePath) -> bool {
        self.copies.contains_key(target)
    }

    /// The copies, by path.
    pub fn copies(&self) -> impl Iterator<Item = (&ResourcePath, &Copy)> {
        self.copies.iter()
    }

    /// Whether nothing is ours.
    pub fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }
}
