//! How fast steps were done, from the times in the journal.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Entry;

/// The longest wait between two entries that counts as work. A machine that
/// slept in the middle of a run, or a clock that was put right, says nothing
/// about the next run.
const LONGEST: Duration = Duration::from_secs(300);

/// What ARM lets a principal write at once, and a second from then on.
const WRITES: (u64, u64) = (200, 10);

/// Time spent and steps done, over all runs that applied the plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    worked: Duration,
    done: u64,
    last: Option<OffsetDateTime>,
    applying: bool,
}

impl Pace {
    /// Adds one entry.
    pub(super) fn take(&mut self, entry: &Entry) {
        if let Entry::RunStarted { what, .. } = entry {
            self.applying = what == "apply";
            self.last = None;
        }
        if !self.applying {
            return;
        }
        let now = OffsetDateTime::parse(entry.at(), &Rfc3339).ok();
        if let (Some(now), Some(last)) = (now, self.last) {
            let gap = Duration::try_from(now - last).unwrap_or_default();
            self.worked += gap.min(LONGEST);
        }
        self.last = now.or(self.last);
        self.done += u64::from(matches!(entry, Entry::StepDone { .. }));
    }

    /// The time that so many steps will take: at the pace so far, and never
    /// faster than ARM takes writes.
    pub(crate) fn time_for(&self, steps: usize) -> Duration {
        let steps = steps as u64;
        let limit = Duration::from_secs(steps.saturating_sub(WRITES.0) / WRITES.1);
        if self.done == 0 {
            return limit;
        }
        let millis = u128::from(steps) * self.worked.as_millis() / u128::from(self.done);
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)).max(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepId;
    use crate::progress::Outcome;

    fn started(at: &str, what: &str) -> Entry {
        Entry::RunStarted {
            at: at.to_owned(),
            what: what.to_owned(),
            by: None,
        }
    }

    fn done(at: &str) -> Entry {
        Entry::StepDone {
            step: StepId::new("s"),
            at: at.to_owned(),
            target: None,
            outcome: Outcome::Created,
            etag: None,
            digest: None,
            new_keys: false,
        }
    }

    fn pace(entries: &[Entry]) -> Pace {
        let mut pace = Pace::default();
        for entry in entries {
            pace.take(entry);
        }
        pace
    }

    #[test]
    fn the_pace_is_that_of_the_runs_and_not_of_the_time_between() {
        let pace = pace(&[
            started("2026-11-20T18:00:00Z", "apply"),
            done("2026-11-20T18:00:02Z"),
            started("2026-11-23T09:00:00Z", "apply"),
            done("2026-11-23T09:00:04Z"),
            started("2026-11-23T10:00:00Z", "rollback"),
        ]);
        assert_eq!(pace.time_for(10), Duration::from_secs(30));
    }

    #[test]
    fn a_clock_that_jumps_does_no_harm() {
        let pace = pace(&[
            started("2026-11-20T18:00:00Z", "apply"),
            done("2027-11-20T18:00:00Z"),
            done("2026-11-20T18:00:04Z"),
            done("no time at all"),
            done("2026-11-20T18:00:05Z"),
        ]);
        assert_eq!(pace.time_for(4), LONGEST + Duration::from_secs(1));
    }

    #[test]
    fn without_a_pace_the_limits_of_arm_tell() {
        assert_eq!(Pace::default().time_for(150), Duration::ZERO);
        assert_eq!(Pace::default().time_for(3200), Duration::from_secs(300));
    }
}
