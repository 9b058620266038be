//! What a journal tells of each run.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Entry;

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// `apply`, `rollback`, `prune`.
    pub(crate) what: String,
    /// When it began, as the journal has it.
    pub(crate) began: String,
    /// Who was at it, where the token told that.
    pub(crate) by: Option<String>,
    /// How many steps came to an outcome.
    pub(crate) done: usize,
    /// How many failed.
    pub(crate) failed: usize,
    /// How it ended; none when it was cut off.
    pub(crate) end: Option<String>,
    /// When it was last heard of.
    last: Option<OffsetDateTime>,
}

impl Ran {
    /// The run that an entry begins, if it does.
    pub(super) fn begun(entry: &Entry) -> Option<Self> {
        let Entry::RunStarted { at, what, by } = entry else {
            return None;
        };
        Some(Self {
            what: what.clone(),
            began: at.clone(),
            by: by.clone(),
            done: 0,
            failed: 0,
            end: None,
            last: None,
        })
    }

    /// Adds an entry about what was done before, or was not.
    pub(super) fn take(&mut self, entry: &Entry, was_done: bool) {
        self.last = parsed(entry.at()).or(self.last);
        match entry {
            // Only its ETag is another one.
            Entry::StepDone { .. } if was_done => {}
            Entry::StepDone { .. } | Entry::Deleted { .. } | Entry::PutBack { .. } => {
                self.done += 1;
            }
            Entry::StepFailed { .. } => self.failed += 1,
            Entry::RunEnded { end, .. } => self.end = Some(end.clone()),
            _ => {}
        }
    }

    /// How long it took, as far as the journal tells.
    pub(crate) fn took(&self) -> Duration {
        let times = parsed(&self.began).zip(self.last);
        let took = times.map(|(began, last)| Duration::try_from(last - began));
        took.and_then(Result::ok).unwrap_or_default()
    }
}

fn parsed(at: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(at, &Rfc3339).ok()
}
