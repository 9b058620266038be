//! How far a plan is, from its journal alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::look::foretell::{load, unmeasured};
use super::{ApplyError, upload};
use crate::address::TargetPath;
use crate::arm::Forecast;
use crate::engine::failure::advice;
use crate::engine::journal::{Holding, Ran};
use crate::engine::{Alike, DEFAULT_CONCURRENCY, alike};
use crate::exit::Exit;
use crate::plan::{Plan, StepId};
use crate::progress::Outcome;
use crate::rights::Denied;
use crate::target::order::Order;
use crate::target::spot_of_item;

/// A step that failed when it was last tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedBefore {
    /// The step.
    pub step: StepId,
    /// Why, in one line.
    pub reason: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    /// What is the same where others failed of it.
    #[serde(skip)]
    cause: String,
}

impl FailedBefore {
    fn of(step: StepId, reason: &str, target: &str) -> Self {
        let reason = crate::secret::plain(reason);
        let denied = Denied::read(&reason);
        Self {
            step,
            help: advice(&reason),
            cause: denied.map_or_else(|| alike(&reason, target), |denied| denied.in_words()),
            reason,
        }
    }
}

impl Alike for FailedBefore {
    fn step(&self) -> &StepId {
        &self.step
    }

    fn cause(&self) -> String {
        self.cause.clone()
    }
}

/// A run, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunBefore {
    /// `apply`, `rollback`, `prune`.
    pub what: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How long it took, in seconds.
    #[serde(rename = "seconds", serialize_with = "whole")]
    #[schemars(with = "u64")]
    pub took: Duration,
    /// How many steps came to an outcome.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
    /// `done` or `stopped`; nothing where it was cut off, or is at work still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Who, where the token told that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Whole seconds, as they were published.
fn whole<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.as_secs())
}

impl RunBefore {
    fn of(ran: &Ran) -> Self {
        Self {
            what: ran.what.clone(),
            began: ran.began.clone(),
            took: ran.took(),
            done: ran.done,
            failed: ran.failed,
            end: ran.end.clone(),
            by: ran.by.clone(),
        }
    }
}

/// How far a plan is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// Steps that were done and that the plan wants otherwise since.
    pub changed: Vec<StepId>,
    /// What this plan made and has no step for any more: `apply --prune` deletes
    /// it.
    pub left: Vec<TargetPath>,
    /// Where this plan wrote over what somebody else had, as asked: `rollback` puts
    /// that back.
    pub replaced: Vec<TargetPath>,
    /// What is still to be set up before anything is copied.
    pub setup: Vec<StepId>,
    /// Steps that are not done, failed and interrupted ones among them, in the
    /// order of the plan.
    pub remaining: Vec<StepId>,
    /// About how many seconds the remaining steps will take: at the pace so
    /// far, and never faster than ARM takes writes.
    pub seconds_left: u64,
    /// What the remaining steps ask of ARM, and how long that takes at least.
    pub forecast: Option<Forecast>,
    /// How many runs there were, rollbacks among them.
    pub runs: usize,
    /// Each of them, in order.
    pub history: Vec<RunBefore>,
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
    let account = upload::account(plan, dir)?;
    let ledger = account.ledger();
    let mut status = Status {
        plan: plan.name.clone(),
        steps: plan.steps.len(),
        runs: ledger.runs.len(),
        history: ledger.runs.iter().map(RunBefore::of).collect(),
        last_run: ledger.runs.last().map(|run| run.what.clone()),
        cut_off: ledger.runs.last().is_some_and(|run| run.end.is_none()),
        ..Status::default()
    };
    for (position, step) in plan.steps.iter().enumerate() {
        let holding = account.holding(position);
        if account.is_done(position) {
            status.done += 1;
            if let Some(outcome) = holding.and_then(|h| h.outcome) {
                *status.outcomes.entry(outcome).or_default() += 1;
            }
            continue;
        }
        match holding {
            Some(Holding {
                reason: Some(reason),
                ..
            }) => {
                let target = step.target.to_string();
                let failed = FailedBefore::of(step.id.clone(), reason, &target);
                status.failed.push(failed);
            }
            Some(holding) if holding.is_begun() => status.interrupted.push(step.id.clone()),
            Some(holding) if holding.is_done() => status.changed.push(step.id.clone()),
            _ => {}
        }
        status.remaining.push(step.id.clone());
    }
    for item in account.open_items() {
        let holding = ledger.at(&spot_of_item(&item));
        match holding.and_then(|h| h.reason.as_deref()) {
            Some(reason) => status.failed.push(FailedBefore::of(item.id(), reason, "")),
            None if holding.is_some_and(|h| h.is_begun()) => status.interrupted.push(item.id()),
            None => {}
        }
        status.setup.push(item.id());
    }
    status.left = account.left().into_iter().map(|step| step.target).collect();
    status.replaced = account.replaced();
    // Of a plan that can't be put in order, all else can be told.
    if let Some(order) = Order::of(plan)
        .ok()
        .filter(|_| !status.remaining.is_empty())
    {
        let load = load(&account, &order, DEFAULT_CONCURRENCY.get(), |i| {
            !account.is_done(i)
        });
        status.forecast = Some(unmeasured(load));
    }
    let left = ledger.pace.time_for(status.remaining.len());
    status.seconds_left = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Ok(status)
}
