//! Why nothing could be done at all, whatever was to be done with a plan.

use crate::arm::ArmError;
use crate::engine::{JournalError, LockError};
use crate::exit::Exit;
use crate::plan::StepId;

/// A read that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not read `{target}`")]
pub struct ReadFailed {
    /// What was read.
    pub target: String,
    /// Why it failed.
    pub source: ArmError,
}

/// Why a plan can't be applied, verified or taken back.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The lock was not to be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal can't be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Something could not be read, before anything was written.
    #[error(transparent)]
    Read(#[from] ReadFailed),
    /// Steps wait for each other, or for a step that is not in the plan.
    #[error("`{step}` waits for `{after}`, which {}", if *.absent { "is not in the plan" } else { "waits for it in turn" })]
    Order {
        /// The step.
        step: StepId,
        /// What it waits for.
        after: StepId,
        /// Whether that is no step of the plan.
        absent: bool,
    },
}

impl RunError {
    /// What the user can do next: one sentence, in the imperative.
    pub fn help(&self) -> Option<String> {
        match self {
            RunError::Lock(LockError::Held { .. }) => {
                Some("wait until the other run has ended, or stop it".to_owned())
            }
            RunError::Lock(LockError::Io { .. }) => {
                Some("check that the plan folder is there and can be written".to_owned())
            }
            RunError::Journal(error) => error.help(),
            RunError::Read(ReadFailed { source, .. }) => source.help(),
            RunError::Order { .. } => Some("put the `after` lists right, or plan again".to_owned()),
        }
    }

    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            RunError::Lock(LockError::Held { .. })
            | RunError::Journal(JournalError::OtherTarget { .. } | JournalError::TooLarge { .. })
            | RunError::Order { .. } => Exit::Refused,
            RunError::Journal(JournalError::Stopped { .. }) => Exit::Resumable,
            RunError::Lock(LockError::Io { .. }) | RunError::Journal(_) | RunError::Read(_) => {
                Exit::Failed
            }
        }
    }
}
