//! Taking back what a plan made, and giving back what it wrote over: exactly that,
//! and only what nobody changed since.

mod look;
mod run;

#[cfg(test)]
mod tests;

pub use look::put_back::PutBack;
pub use look::{Preview, Seen, preview};
pub use run::rollback;

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::TargetPath;
use crate::engine::{DEFAULT_CONCURRENCY, FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::StepId;

/// What is taken back, and how.
#[derive(Debug, Clone, Copy)]
pub struct RollbackOptions {
    /// How many deletions may be under way at once.
    pub concurrency: NonZeroUsize,
    /// What is taken back.
    pub scope: Scope,
}

impl Default for RollbackOptions {
    fn default() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            scope: Scope::All,
        }
    }
}

/// What is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All that the plan made.
    All,
    /// What it made and has no step for any more.
    Left,
}

/// Something this plan made or wrote over and that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptStep {
    /// The step that wrote it.
    pub step: StepId,
    /// Where it stands.
    pub target: TargetPath,
    /// Why it was kept.
    pub why: String,
}

/// What came of a rollback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RollbackSummary {
    /// The plan's name.
    pub plan: String,
    /// Steps whose outcome was deleted, by a request of its own or with what
    /// it stood below, in the order of the plan.
    pub deleted: Vec<StepId>,
    /// Steps whose outcome was gone already.
    pub absent: Vec<StepId>,
    /// What somebody else had where this plan wrote over it, and stands there
    /// again, in the order of the plan.
    pub put_back: Vec<PutBack>,
    /// What this plan made or may have made and was kept, in the order of the
    /// plan.
    pub kept: Vec<KeptStep>,
    /// Deletions and writes that failed.
    pub failed: Vec<FailedStep>,
    /// Those that were not tried, because the run was stopped or something
    /// that has to go before is still there.
    pub remaining: Vec<StepId>,
    /// Named values that the service had made for loggers and that went with
    /// them.
    pub minted: Vec<String>,
    /// Whether the run was stopped from outside.
    pub cancelled: bool,
    /// What stopped the run as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Stopped>,
}

impl RollbackSummary {
    /// The exit code: resumable when a deletion failed or was not tried, failed
    /// when it would fail again as it stands. What is kept because somebody
    /// changed it is as it should be.
    pub fn exit(&self) -> Exit {
        if self.failed.is_empty() && self.remaining.is_empty() {
            Exit::Done
        } else if self.remaining.is_empty() && self.failed.iter().all(|f| f.permanent) {
            Exit::Failed
        } else {
            Exit::Resumable
        }
    }
}
