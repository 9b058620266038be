//! What carries steps out, whatever they do: what may start, what is on record,
//! and that only one run is at work on a plan.

pub(crate) mod blame;
pub(crate) mod dispatch;
pub(crate) mod failure;
mod fold;
pub(crate) mod frontier;
pub(crate) mod journal;
pub(crate) mod lanes;
pub(crate) mod lock;
pub(crate) mod ownership;

pub use failure::{FailedStep, Stopped, ask_for, causes, denied};
pub(crate) use fold::alike;
pub use fold::{Alike, Fold, fold};
pub use journal::JournalError;
pub use lock::LockError;
pub use ownership::OnConflict;

use std::num::NonZeroUsize;

/// How many steps are under way at once unless something else is said.
pub const DEFAULT_CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);
