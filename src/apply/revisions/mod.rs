//! Revisions: how an API gets the one that is current there, and how one that is
//! made of another comes to have only what the plan gives it.
//!
//! That takes several requests. Each is in the journal before it leaves: the first
//! as the step's own, the further ones by name.

pub(super) mod inherit;
pub(super) mod renumber;
pub(super) mod surplus;

#[cfg(test)]
mod tests;

use crate::address::TargetPath;
use crate::engine::journal::Further;
use crate::target::remote::Guard;

/// Whose it is that stands where nothing stood at the look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newcomer {
    /// Somebody else's.
    Theirs,
    /// Somebody else's, or what an earlier attempt of this plan made.
    Unsure,
    /// The service's, which made it with something that is this plan's.
    Service,
}

impl Newcomer {
    /// What a write is held to where nothing stood.
    pub(super) fn guard(self, target: &TargetPath) -> Guard<'_> {
        match self {
            Newcomer::Theirs | Newcomer::Unsure => Guard::Absent(target),
            Newcomer::Service => Guard::Free,
        }
    }
}

/// What a request of a step came to.
#[derive(Debug)]
pub(super) enum Came<T> {
    /// It was the last one.
    Done(T),
    /// Another one follows.
    Further(Further),
}
