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
    /// Somebody changed it since.
    Touched,
    /// It is as this plan left it, but deleting it would take along what
    /// somebody else made: what that is, in words.
    Shared(String),
}

impl Held {
    /// Whether somebody else has a part in it.
    pub(crate) fn stays(&self) -> bool {
        matches!(self, Held::Touched | Held::Shared(_))
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
