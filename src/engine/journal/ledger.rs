//! What a journal says, all its lines taken together: one account per spot.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::entry::{Entry, Further, Part, Spot};
use super::pace::Pace;
use super::ran::Ran;
use crate::engine::ownership::{Hold, Was};
use crate::plan::StepId;
use crate::progress::Outcome;

/// What is known of one spot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The step that wrote there last.
    pub(crate) step: StepId,
    /// The path below the target service, as it was written; none where only
    /// the first format tells of it, and the plan has no such step any more.
    pub(crate) target: Option<String>,
    /// Whose it is.
    pub(crate) hold: Hold,
    /// What came of the step, when it is done.
    pub(crate) outcome: Option<Outcome>,
    /// The ETag it was left with.
    pub(crate) etag: Option<String>,
    /// The digest of what was sent last.
    pub(crate) sent: Option<String>,
    /// The digest that what somebody else had there is saved by.
    pub(crate) saved: Option<String>,
    /// The mark of what was uploaded last.
    pub(crate) upload: Option<String>,
    /// What the step still took when it was last heard of.
    pub(crate) further: Option<Further>,
    /// The ETag that it had when it was about to be deleted.
    pub(crate) deleting: Option<String>,
    /// The digest of the step when it was done.
    pub(crate) digest: Option<String>,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// When it was last sent.
    pub(crate) sent_at: Option<String>,
    /// Whether the service made new keys since it refused the source's.
    pub(crate) new_keys: bool,
}

impl Holding {
    fn new(step: StepId) -> Self {
        Self {
            step,
            target: None,
            hold: Hold::Nothing,
            outcome: None,
            etag: None,
            sent: None,
            saved: None,
            upload: None,
            further: None,
            deleting: None,
            digest: None,
            reason: None,
            sent_at: None,
            new_keys: false,
        }
    }

    /// Whether it was begun and has no outcome.
    pub(crate) fn is_begun(&self) -> bool {
        self.outcome.is_none() && self.reason.is_none()
    }

    /// Whether it was sent less than this time ago.
    pub(crate) fn is_younger(&self, age: Duration) -> bool {
        let then =
            (self.sent_at.as_deref()).and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
        then.is_some_and(|then| OffsetDateTime::now_utc() - then < age)
    }

    /// Whether it is done, whatever the plan says by now. What was left is
    /// looked at again: it may be gone, or is to be overwritten this time.
    pub(crate) fn is_done(&self) -> bool {
        self.hold != Hold::Deleting && self.outcome.is_some_and(|o| o != Outcome::LeftAsIs)
    }

    /// Whether it is done, and the plan still wants what it wanted then.
    pub(crate) fn is_done_as(&self, digest: &str) -> bool {
        let same = |then: &String| then == digest;
        self.is_done() && self.digest.as_ref().is_none_or(same)
    }
}

/// What a journal says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    holdings: HashMap<Spot, Holding>,
    /// The runs, in order.
    pub(crate) runs: Vec<Ran>,
    /// Whether the service once said that somebody else writes.
    pub(crate) busy: bool,
    /// How fast steps were done.
    pub(crate) pace: Pace,
}

impl Ledger {
    /// Makes room for what is still to come, so that a long run grows no more.
    pub(crate) fn make_room(&mut self, steps: usize) {
        let more = steps.saturating_sub(self.holdings.len());
        self.holdings.reserve(more);
    }

    /// Adds one entry.
    pub(crate) fn take(&mut self, entry: Entry) {
        self.pace.take(&entry);
        let spot = entry.spot();
        let known = spot.as_ref().and_then(|spot| self.at(spot));
        let was_done = known.is_some_and(|holding| holding.outcome.is_some());
        self.runs.extend(Ran::begun(&entry));
        if let Some(run) = self.runs.last_mut() {
            run.take(&entry, was_done);
        }
        match (spot, entry) {
            (_, Entry::Busy { .. }) => self.busy = true,
            (Some(spot), Entry::Deleted { .. } | Entry::PutBack { .. }) => {
                self.holdings.remove(&spot);
            }
            (Some(spot), entry) => self.account(spot, entry),
            (None, _) => {}
        }
    }

    fn account(&mut self, spot: Spot, entry: Entry) {
        let holding = |step: StepId, target: Option<String>| {
            let new = Holding::new(step.clone());
            let holding = self.holdings.entry(spot).or_insert(new);
            holding.step = step;
            holding.target = target.or(holding.target.take());
            holding
        };
        match entry {
            Entry::StepIntended {
                step,
                at,
                target,
                digest,
                was,
                saved,
                upload,
                ..
            } => {
                let holding = holding(step, target);
                holding.hold = Hold::Unsure(was);
                holding.sent = digest;
                holding.saved = saved;
                holding.upload = upload;
                holding.further = None;
                holding.sent_at = Some(at);
                holding.outcome = None;
                holding.reason = None;
            }
            Entry::Further {
                step,
                target,
                further,
                ..
            } => {
                let holding = holding(step, target);
                // What stands there is what came in between.
                if further.part == Part::Withdraw {
                    holding.hold = Hold::Theirs;
                }
                holding.further = Some(further);
            }
            Entry::StepDone {
                step,
                target,
                outcome,
                etag,
                digest,
                new_keys,
                ..
            } => {
                let holding = holding(step, target);
                holding.hold = after(holding.hold, outcome);
                holding.outcome = Some(outcome);
                holding.further = None;
                // What was left is not what this plan left there.
                if outcome != Outcome::LeftAsIs {
                    holding.etag = etag;
                    holding.sent.clone_from(&digest);
                }
                holding.digest = digest;
                holding.new_keys = new_keys;
                holding.reason = None;
            }
            Entry::StepFailed {
                step,
                target,
                reason,
                etag,
                overtaken,
                refused,
                ..
            } => {
                let holding = holding(step, target);
                if refused && holding.hold == Hold::Unsure(Was::Nothing) {
                    holding.hold = Hold::Nothing;
                }
                if overtaken {
                    holding.hold = Hold::Theirs;
                }
                holding.reason = Some(reason);
                holding.outcome = None;
                holding.etag = etag.or(holding.etag.take());
            }
            Entry::DeleteIntended {
                step, target, etag, ..
            } => {
                let holding = holding(step, target);
                holding.hold = Hold::Deleting;
                holding.deleting = etag;
            }
            // It is somebody's still, and not done any more.
            Entry::PutBackIntended { step, target, .. } => {
                let holding = holding(step, target);
                holding.outcome = None;
                holding.reason = None;
            }
            Entry::Deleted { .. }
            | Entry::PutBack { .. }
            | Entry::RunStarted { .. }
            | Entry::Busy { .. }
            | Entry::RunEnded { .. } => {}
        }
    }

    /// What is known of a spot.
    pub(crate) fn at(&self, spot: &Spot) -> Option<&Holding> {
        self.holdings.get(spot)
    }

    /// Whose the journal says a spot is.
    pub(crate) fn hold(&self, spot: &Spot) -> Hold {
        self.at(spot).map_or(Hold::Nothing, |holding| holding.hold)
    }

    /// All that is known, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Spot, &Holding)> {
        self.holdings.iter()
    }
}

/// Whose something is when a step is done.
fn after(before: Hold, outcome: Outcome) -> Hold {
    match outcome {
        _ if before.is_replaced() => Hold::Replaced,
        Outcome::Created | Outcome::Updated => Hold::Ours,
        Outcome::LeftAsIs if before == Hold::Deleting => before,
        // Nothing tells that it came, and what stands there is left as another's.
        Outcome::LeftAsIs if before == Hold::Unsure(Was::Nothing) => Hold::Theirs,
        // Once ours, always ours, until it is rolled back.
        Outcome::Adopted | Outcome::LeftAsIs if before.is_ours() => Hold::Ours,
        Outcome::Adopted
        | Outcome::Reused
        | Outcome::Overwritten
        | Outcome::LeftAsIs
        | Outcome::Tidied
        | Outcome::NothingToTidy
        | Outcome::Kept => Hold::Theirs,
    }
}
