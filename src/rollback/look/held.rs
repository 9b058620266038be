//! What was found of what a plan made, and whether it may be deleted.

use crate::address::ResourcePath;
use crate::target::remote::Standing;

/// What was found where a step of this plan had written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// This plan did not make it.
    NotOurs,
    /// It is gone already.
    Gone,
    /// It is as this plan left it.
    Untouched,
    /// It is somebody else's, as this plan left it when it wrote over it: what was
    /// there before can be put back.
    Replaced,
    /// Somebody else has a part in it, so that it stays as it is: why, in words.
    Stays(String),
    /// It is somebody else's, was written over, and can't be put back: why, in
    /// words.
    Lost(String),
}

impl Held {
    /// Whether somebody else has a part in it.
    pub(crate) fn stays(&self) -> bool {
        matches!(self, Held::Stays(_) | Held::Lost(_))
    }

    /// It stays, since deleting it would take along what somebody else made.
    pub(super) fn with(others: &str) -> Self {
        Self::Stays(format!("deleting it would take along {others}"))
    }
}

/// What was found of one step's outcome.
#[derive(Debug, Clone)]
pub(crate) struct Inspected {
    /// Whether it may be deleted.
    pub(crate) held: Held,
    /// Where it really stands: a link may have another name.
    pub(crate) path: ResourcePath,
    /// What stands there, unless it is a link or a membership.
    pub(crate) standing: Option<Standing>,
}
