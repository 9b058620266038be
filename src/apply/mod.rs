//! Carrying out a plan, and telling how far it is.
//!
//! What may start is decided by a pure ready set, what a step becomes after a
//! crash by a pure table. Every request is in the journal before it leaves and
//! after it was answered, so that a run can be killed at any moment and go on
//! later.

mod error;
mod look;
mod ours;
mod revisions;
mod run;
mod send;
mod status;
mod step_error;
mod summary;
mod upload;

#[cfg(test)]
mod tests;

pub use error::{ApplyError, Conflict, MissingRights};
pub use look::dry_run::{Does, DryRequest, DryRun, DrySettled, dry_run, look};
pub use ours::ours;
pub use run::apply;
pub use run::setup::{SetupError, roles_of};
pub use send::keys::{KeysOf, MovedSubscription, moved_subscriptions};
pub use status::{FailedBefore, RunBefore, Status, status};
pub use summary::{ApplySummary, BlockedStep};
pub(crate) use upload::MOST as MOST_PFX;
pub use upload::{NotAtHand, UploadError, not_at_hand};

use crate::engine::{DEFAULT_CONCURRENCY, OnConflict};

use std::num::NonZeroUsize;
use std::time::Duration;

/// How a plan is applied.
#[derive(Debug, Clone, Copy)]
pub struct ApplyOptions {
    /// How many steps may be under way at once.
    pub concurrency: NonZeroUsize,
    /// What to do about conflicts.
    pub on_conflict: OnConflict,
    /// Whether to copy a source that has changed since the plan was made.
    pub ignore_drift: bool,
    /// Whether what left the plan is deleted afterwards, so that the right to that is
    /// asked for too.
    pub prune: bool,
    /// Whether to begin without asking what the caller may do.
    pub ignore_rights: bool,
    /// Whether to start nothing more after the first failure.
    pub fail_fast: bool,
    /// How long what was seen to be absent counts as absent: what is written
    /// later is looked at again.
    pub look_again: Duration,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            on_conflict: OnConflict::Fail,
            ignore_drift: false,
            prune: false,
            ignore_rights: false,
            fail_fast: false,
            look_again: Duration::from_secs(30),
        }
    }
}
