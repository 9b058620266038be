//! What came of a run, as data.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::TargetPath;
use crate::arm::{Forecast, tenths};
use crate::engine::{FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::StepId;
use crate::progress::Outcome;

/// A step that was not tried, since one that it needs failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockedStep {
    /// The step.
    pub step: StepId,
    /// The step that failed.
    pub by: StepId,
}

/// Something that was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetUp {
    /// What, by the journal's name.
    pub item: StepId,
    /// What came of it: `adopted` when it was as it should be.
    pub outcome: Outcome,
}

/// What came of applying a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplySummary {
    /// The plan's name.
    pub plan: String,
    /// How many steps the plan has.
    pub steps: usize,
    /// How many were done before this run.
    pub done_before: usize,
    /// How many steps this run brought to each outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// What was set up in this run, in order.
    pub setup: Vec<SetUp>,
    /// What this plan had made and was gone: it was made again, in the order of
    /// the plan.
    pub again: Vec<StepId>,
    /// What somebody else made between the look and the write: it was replaced,
    /// and is not this plan's, in the order of the plan.
    pub overtaken: Vec<StepId>,
    /// What the service made on its own and was left, since nothing shows that
    /// it came with this plan.
    pub untidied: Vec<StepId>,
    /// Copies that got new keys since the service refused their sources', in the
    /// order of the plan.
    pub new_keys: Vec<StepId>,
    /// Targets that differ and were left as they are, as asked.
    pub left_as_is: Vec<StepId>,
    /// What this plan made and has no step for any more: `apply --prune` deletes
    /// it.
    pub left: Vec<TargetPath>,
    /// Steps that failed, in the order of the plan.
    pub failed: Vec<FailedStep>,
    /// Steps that failed ones keep from being done, in the order of the plan.
    pub blocked: Vec<BlockedStep>,
    /// Steps that were not begun because the run was stopped.
    pub remaining: Vec<StepId>,
    /// What was foretold when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// How long it took, in seconds.
    #[serde(rename = "seconds", serialize_with = "tenths")]
    #[schemars(with = "f64")]
    pub took: Duration,
    /// Whether the run was stopped from outside.
    pub cancelled: bool,
    /// What stopped the run as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Stopped>,
}

impl ApplySummary {
    /// How many steps are done, in this run or before.
    pub fn done(&self) -> usize {
        self.done_before + self.outcomes.values().sum::<usize>()
    }

    /// The exit code: refused when somebody else was there first; failed when each failed step would fail again as it stands;
    /// resumable when any step is not done for another reason, else done.
    pub fn exit(&self) -> Exit {
        if self.failed.iter().any(|f| f.conflict) {
            Exit::Refused
        } else if self.failed.is_empty() && self.blocked.is_empty() && self.remaining.is_empty() {
            Exit::Done
        } else if !self.failed.is_empty()
            && !self.cancelled
            && self.trouble.is_none()
            && self.failed.iter().all(|f| f.permanent)
        {
            Exit::Failed
        } else {
            Exit::Resumable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::Trouble;

    #[test]
    fn the_exit_code_says_whether_going_on_makes_sense() {
        let mut summary = ApplySummary::default();
        assert_eq!(summary.exit(), Exit::Done);
        summary.remaining.push(StepId::new("a"));
        assert_eq!(summary.exit(), Exit::Resumable);
        let failed = |conflict, permanent| FailedStep {
            step: StepId::new("b"),
            target: "/workspaces/w/tags/b".to_owned(),
            causes: Vec::new(),
            help: None,
            conflict,
            permanent,
            file: None,
            denied: None,
        };
        summary.failed.push(failed(false, true));
        assert_eq!(summary.exit(), Exit::Failed);
        summary.cancelled = true;
        assert_eq!(summary.exit(), Exit::Resumable);
        summary.cancelled = false;
        summary.trouble = Some(Stopped {
            trouble: Trouble::Token,
            causes: Vec::new(),
            help: None,
        });
        assert_eq!(summary.exit(), Exit::Resumable);
        summary.trouble = None;
        summary.failed.push(failed(false, false));
        assert_eq!(summary.exit(), Exit::Resumable);
        summary.failed.push(failed(true, false));
        assert_eq!(summary.exit(), Exit::Refused);
    }
}
