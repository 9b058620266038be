//! Carrying out a plan: apply, verify, roll back, and tell how far it is.
//!
//! What may start is decided by a pure ready set, what a step becomes after a
//! crash by a pure table. Every request is in the journal before it leaves and
//! after it was answered, so that a run can be killed at any moment and go on
//! later.

mod automatic;
mod base64;
mod crowd;
mod dangling;
mod decide;
mod drift;
mod dry_run;
mod erase;
mod error;
mod execute;
mod frontier;
mod inspect;
pub(crate) mod journal;
mod keys;
mod lock;
mod order;
mod remote;
mod renumber;
mod resume;
mod rights;
mod rollback;
mod send;
mod settle;
mod setup;
mod status;
mod step_error;
mod summary;
mod surplus;
mod survey;
mod undo;
mod upload;
mod verify;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod rehearsal_tests;
#[cfg(test)]
mod rollback_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod testing;

pub use dangling::{Dangling, Why};
pub use dry_run::{DryRequest, dry_run};
pub use error::{ApplyError, Conflict};
pub use execute::apply;
pub use journal::{JournalError, Outcome};
pub use keys::{KeysOf, MovedSubscription, moved_subscriptions};
pub use lock::LockError;
pub use rights::MissingRights;
pub use rollback::{KeptStep, RollbackSummary, rollback};
pub use setup::{SetupError, roles_of};
pub use status::{FailedBefore, Status, status};
pub use summary::{ApplySummary, BlockedStep, FailedStep};
pub(crate) use upload::MOST as MOST_PFX;
pub use upload::{NotAtHand, UploadError};
pub use verify::{Differing, Missing, Untidied, VerifyReport, verify};

use std::num::NonZeroUsize;

/// What to do where a target exists, is not ours and differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Stop before the first write.
    #[default]
    Fail,
    /// Leave it as it is and go on.
    Skip,
    /// Overwrite it.
    Overwrite,
}

/// How a plan is applied.
#[derive(Debug, Clone, Copy)]
pub struct ApplyOptions {
    /// How many steps may be under way at once.
    pub concurrency: NonZeroUsize,
    /// What to do about conflicts.
    pub on_conflict: OnConflict,
    /// Whether to copy a source that has changed since the plan was made.
    pub ignore_drift: bool,
    /// Whether to begin without asking what the caller may do.
    pub ignore_rights: bool,
    /// Whether to start nothing more after the first failure.
    pub fail_fast: bool,
}

/// How many steps are under way at once unless something else is said.
pub const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            on_conflict: OnConflict::Fail,
            ignore_drift: false,
            ignore_rights: false,
            fail_fast: false,
        }
    }
}
