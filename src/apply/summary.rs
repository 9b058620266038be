//! What came of a run, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::journal::Outcome;
use crate::address::TargetPath;
use crate::arm::{ArmError, Refusal};
use crate::exit::Exit;
use crate::plan::StepId;

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedStep {
    /// The step.
    pub step: StepId,
    /// Where it was to stand.
    pub target: TargetPath,
    /// Why, from the outermost cause to the innermost, each in one line; the
    /// service's own words are among them.
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it was refused because its source has changed.
    pub drift: bool,
}

/// A step that was not tried, since one that it needs failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockedStep {
    /// The step.
    pub step: StepId,
    /// The step that failed.
    pub by: StepId,
}

/// What came of applying a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// What the service made on its own and was left, since nothing shows that
    /// it came with this plan.
    pub untidied: Vec<StepId>,
    /// Copies that got new keys since the service refused their sources', in the
    /// order of the plan.
    pub new_keys: Vec<StepId>,
    /// Targets that differ and were left as they are, as asked.
    pub left_as_is: Vec<StepId>,
    /// Steps that failed, in the order of the plan.
    pub failed: Vec<FailedStep>,
    /// Steps that failed ones keep from being done, in the order of the plan.
    pub blocked: Vec<BlockedStep>,
    /// Steps that were not begun because the run was stopped.
    pub remaining: Vec<StepId>,
    /// Whether the run was stopped from outside.
    pub cancelled: bool,
}

impl ApplySummary {
    /// How many steps are done, in this run or before.
    pub fn done(&self) -> usize {
        self.done_before + self.outcomes.values().sum::<usize>()
    }

    /// The exit code: refused when a source has drifted, resumable when any
    /// step is not done, else done.
    pub fn exit(&self) -> Exit {
        if self.failed.iter().any(|f| f.drift) {
            Exit::Refused
        } else if self.failed.is_empty() && self.blocked.is_empty() && self.remaining.is_empty() {
            Exit::Done
        } else {
            Exit::Resumable
        }
    }
}

/// The messages of an error and of its causes, each in one line, with all that
/// the service said. A cause that the message above it already quotes is not
/// said twice.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(error) = at {
        let line = crate::secret::plain(&error.to_string());
        if lines.last().is_none_or(|above| !above.contains(&line)) {
            lines.push(line);
        }
        let arm = match error.downcast_ref::<Arc<ArmError>>() {
            Some(shared) => Some(shared.as_ref()),
            None => error.downcast_ref::<ArmError>(),
        };
        if let Some(refusal) = arm.and_then(ArmError::refusal) {
            lines.extend(words(refusal));
        }
        at = error.source();
    }
    lines
}

/// What the service said about a refusal.
fn words(refusal: &Refusal) -> Vec<String> {
    let mut lines = Vec::new();
    if !refusal.message.is_empty() {
        lines.push(format!("the service says: {}", refusal.message));
    }
    for detail in &refusal.details {
        lines.push(match detail.target.as_str() {
            "" => format!("the service says: {}", detail.message),
            target => format!("the service says of `{target}`: {}", detail.message),
        });
    }
    if refusal.attempts > 1 {
        let seconds = refusal.took.as_secs();
        lines.push(format!("tried {} times in {seconds} s", refusal.attempts));
    }
    if let Some(id) = &refusal.correlation_id {
        lines.push(format!("correlation id: {}", crate::secret::plain(id)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_whether_going_on_makes_sense() {
        let mut summary = ApplySummary::default();
        assert_eq!(summary.exit(), Exit::Done);
        summary.remaining.push(StepId::new("a"));
        assert_eq!(summary.exit(), Exit::Resumable);
        summary.failed.push(FailedStep {
            step: StepId::new("b"),
            target: "/workspaces/w/tags/b".parse().unwrap(),
            causes: Vec::new(),
            help: None,
            drift: true,
        });
        assert_eq!(summary.exit(), Exit::Refused);
    }

    #[test]
    fn causes_are_listed_without_repeats() {
        let inner = std::io::Error::other("disk\nfull");
        let outer = super::super::JournalError::Io {
            path: "j".into(),
            source: inner,
        };
        assert_eq!(
            causes(&outer),
            ["could not use the journal `j`", "disk full"]
        );
    }
}
