//! How far a plan is, from its journal alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::ApplyError;
use super::decide::digest;
use crate::engine::journal::{Journal, Outcome, State};
use crate::engine::resume::Before;
use crate::exit::Exit;
use crate::plan::{Plan, StepId};

/// A step that failed when it was last tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedBefore {
    /// The step.
    pub step: StepId,
    /// Why, in one line.
    pub reason: String,
}

/// How far a plan is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The plan's name.
    pub plan: String,
    /// How many steps the plan has.
    pub steps: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many came to each outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Steps that failed when they were last tried, in the order of the plan.
    pub failed: Vec<FailedBefore>,
    /// Steps that were begun and have no outcome: the next run looks them up.
    pub interrupted: Vec<StepId>,
    /// Steps that were done, and that the plan wants otherwise since.
    pub changed: Vec<StepId>,
    /// Steps that are not done, failed and interrupted ones among them, in the
    /// order of the plan.
    pub remaining: Vec<StepId>,
    /// About how many seconds the remaining steps will take: at the pace so
    /// far, and never faster than ARM takes writes.
    pub seconds_left: u64,
    /// How many runs there were, rollbacks among them.
    pub runs: usize,
    /// What the last run did: `apply`, `rollback`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<String>,
    /// Whether the last run was cut off before it could say how it ended; it
    /// may be at work still.
    pub cut_off: bool,
}

impl Status {
    /// The exit code: telling how far a plan is always succeeds.
    pub fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// Tells how far a plan is, without any request.
///
/// # Errors
/// When the journal can't be read.
pub fn status(plan: &Plan, dir: &Path) -> Result<Status, ApplyError> {
    let past = Journal::peek(plan, dir)?;
    let mut status = Status {
        plan: plan.name.clone(),
        steps: plan.steps.len(),
        runs: past.runs,
        last_run: past.last.clone(),
        cut_off: past.runs > 0 && past.end.is_none(),
        ..Status::default()
    };
    for step in &plan.steps {
        let record = past.of(&step.id);
        match record.and_then(|r| Some((r, r.state?))) {
            Some((record, State::Done)) if past.before(&step.id, &digest(step)) == Before::Done => {
                status.done += 1;
                if let Some(outcome) = record.outcome {
                    *status.outcomes.entry(outcome).or_default() += 1;
                }
                continue;
            }
            Some((record, State::Failed)) => status.failed.push(FailedBefore {
                step: step.id.clone(),
                reason: crate::secret::plain(record.reason.as_deref().unwrap_or_default()),
            }),
            Some((_, State::Begun)) => status.interrupted.push(step.id.clone()),
            Some((_, State::Done)) => status.changed.push(step.id.clone()),
            None => {}
        }
        status.remaining.push(step.id.clone());
    }
    let left = past.pace.time_for(status.remaining.len());
    status.seconds_left = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Ok(status)
}
