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

use crate::engine::journal::Further;

/// What a request of a step came to.
#[derive(Debug)]
pub(super) enum Came<T> {
    /// It was the last one.
    Done(T),
    /// Another one follows.
    Further(Further),
}
