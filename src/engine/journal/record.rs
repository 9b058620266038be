//! What a journal says of each step, all its lines taken together.

use std::collections::HashMap;

use super::pace::Pace;
use super::{Entry, Outcome};
use crate::engine::resume::Before;
use crate::plan::StepId;

/// What is known of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// How far it is.
    pub(crate) state: Option<State>,
    /// What came of it, when it is done.
    pub(crate) outcome: Option<Outcome>,
    /// The ETag of what it made.
    pub(crate) etag: Option<String>,
    /// Whether it was sent when nothing stood there, so that what stands there
    /// now is of this plan's making.
    pub(crate) sent_into_nothing: bool,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// The digest of the step when it was done.
    pub(crate) digest: Option<String>,
    /// Whether the service made new keys since it refused the source's.
    pub(crate) new_keys: bool,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Begun,
    Failed,
    Done,
}

impl Record {
    /// Whether what the step made, or may have made, is this plan's own.
    pub(crate) fn is_ours(&self) -> bool {
        match self.outcome {
            Some(Outcome::Created | Outcome::Updated) => true,
            Some(Outcome::Adopted) | None => self.sent_into_nothing,
            Some(_) => false,
        }
    }
}

/// What a journal says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Past {
    records: HashMap<StepId, Record>,
    /// How many runs there were.
    pub(crate) runs: usize,
    /// What the last run did: `apply`, `rollback`.
    pub(crate) last: Option<String>,
    /// How the last run ended; none when it was cut off.
    pub(crate) end: Option<String>,
    /// How fast steps were done.
    pub(crate) pace: Pace,
}

impl Past {
    /// Makes room for what is still to come, so that a long run grows no more.
    pub(crate) fn make_room(&mut self, steps: usize) {
        let more = steps.saturating_sub(self.records.len());
        self.records.reserve(more);
    }

    /// Adds one entry.
    pub(crate) fn take(&mut self, entry: Entry) {
        self.pace.take(&entry);
        match entry {
            Entry::RunStarted { what, .. } => {
                self.runs += 1;
                self.last = Some(what);
                self.end = None;
            }
            Entry::RunEnded { end, .. } => self.end = Some(end),
            Entry::StepIntended { step, over, .. } => {
                let record = self.records.entry(step).or_default();
                record.state = Some(State::Begun);
                // Once ours, always ours, until it is rolled back.
                record.sent_into_nothing |= !over;
                record.outcome = None;
            }
            Entry::StepDone {
                step,
                outcome,
                etag,
                digest,
                new_keys,
                ..
            } => {
                let record = self.records.entry(step).or_default();
                record.state = Some(State::Done);
                record.outcome = Some(outcome);
                record.etag = etag;
                record.digest = digest;
                record.new_keys = new_keys;
                record.reason = None;
            }
            Entry::StepFailed {
                step, reason, etag, ..
            } => {
                let record = self.records.entry(step).or_default();
                record.state = Some(State::Failed);
                record.reason = Some(reason);
                record.etag = etag.or(record.etag.take());
            }
            // What a cut-off DELETE left behind is looked up again, by whoever
            // comes next, with all that is known of it.
            Entry::DeleteIntended { step, .. } => {
                if let Some(record) = self.records.get_mut(&step) {
                    record.sent_into_nothing = record.is_ours();
                    record.state = Some(State::Begun);
                    record.outcome = None;
                }
            }
            Entry::Deleted { step, .. } => {
                self.records.remove(&step);
            }
        }
    }

    /// What is known of a step.
    pub(crate) fn of(&self, step: &StepId) -> Option<&Record> {
        self.records.get(step)
    }

    /// How far a step is; one that was edited since it was done counts as
    /// never begun, so that it is looked up again.
    pub(crate) fn before(&self, step: &StepId, digest: &str) -> Before {
        let Some(record) = self.records.get(step) else {
            return Before::Never;
        };
        match record.state {
            None => Before::Never,
            Some(State::Begun) => Before::Begun,
            Some(State::Failed) => Before::Failed,
            // What was left is looked at again: it may be gone by now, or is
            // to be overwritten this time.
            Some(State::Done) if record.outcome == Some(Outcome::LeftAsIs) => Before::Never,
            Some(State::Done) => match &record.digest {
                Some(then) if then != digest => Before::Never,
                _ => Before::Done,
            },
        }
    }
}
