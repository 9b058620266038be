//! How far things are, for what shows it: pure, the time is given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use super::waits::Waits;
use super::{Event, told};

/// Over how long the rate is taken.
const RECENT: Duration = Duration::from_secs(60);

/// What takes less says nothing of a rate yet.
const LEAST: Duration = Duration::from_secs(2);

/// How many kinds that are being read are named.
const KINDS: usize = 3;

/// The numbers that bars and lines show.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What is known to be there and what was read of it, by kind.
    kinds: BTreeMap<&'static str, (usize, usize)>,
    run: Option<Run>,
    /// When steps were done, or resources read, of late.
    recent: VecDeque<Instant>,
    began: Option<Instant>,
    waits: Waits,
    /// What has failed, by cause.
    failures: BTreeSet<String>,
}

/// A run of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    what: &'static str,
    steps: usize,
    done: usize,
    failed: usize,
    blocked: usize,
}

impl Run {
    fn left(&self) -> usize {
        let settled = self.done + self.failed + self.blocked;
        self.steps.saturating_sub(settled)
    }
}

impl Tally {
    /// Takes an event in.
    pub(crate) fn on(&mut self, event: &Event, now: Instant) {
        self.began.get_or_insert(now);
        self.waits.on(event, now);
        match (event, &mut self.run) {
            (Event::Found { kind, count }, _) => self.kinds.entry(kind).or_default().0 += count,
            (Event::Fetched { kind }, run) => {
                self.kinds.entry(kind).or_default().1 += 1;
                if run.is_none() {
                    self.passed(now);
                }
            }
            (Event::RunStarted { what, steps, done }, run) => {
                self.recent.clear();
                self.began = Some(now);
                *run = Some(Run {
                    what,
                    steps: *steps,
                    done: *done,
                    failed: 0,
                    blocked: 0,
                });
            }
            (Event::StepDone { .. }, Some(run)) => {
                run.done += 1;
                self.passed(now);
            }
            (Event::StepFailed { .. }, Some(run)) => run.failed += 1,
            (Event::StepBlocked { .. }, Some(run)) => run.blocked += 1,
            _ => {}
        }
    }

    fn passed(&mut self, now: Instant) {
        self.recent.push_back(now);
        let old = |at: &Instant| now.saturating_duration_since(*at) > RECENT;
        while self.recent.front().is_some_and(old) {
            self.recent.pop_front();
        }
    }

    /// What a failure is told as: nothing where another one was told of the same
    /// cause.
    pub(crate) fn failure(&mut self, step: &str, reason: &str) -> Option<String> {
        let words = told::in_words(reason);
        (self.failures.insert(told::cause(reason))).then(|| format!("failed: {step}: {words}"))
    }

    /// Whether anything happened yet.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// How much of a run is settled, and how much there is.
    #[cfg(feature = "cli")]
    pub(crate) fn settled(&self) -> Option<(usize, usize)> {
        let run = self.run.as_ref()?;
        Some((run.steps - run.left(), run.steps))
    }

    /// How many a second, of late.
    fn rate(&self, now: Instant) -> Option<f64> {
        let began = self.began?;
        let began = began.max(now.checked_sub(RECENT).unwrap_or(began));
        let over = now.saturating_duration_since(began);
        let old = |at: &&Instant| now.saturating_duration_since(**at) <= RECENT;
        let count = self.recent.iter().filter(old).count();
        (over >= LEAST && count > 0).then(|| count as f64 / over.as_secs_f64())
    }

    /// How far things are, in a line.
    pub(crate) fn headline(&self, now: Instant) -> String {
        let rate = self.rate(now);
        let Some(run) = &self.run else {
            return self.reads(rate);
        };
        // Who verifies looks at what was done.
        let done = match run.what {
            "verify" => "resources compared",
            _ => "steps done",
        };
        let mut out = format!("{}: {} of {} {done}", run.what, run.done, run.steps);
        for (count, word) in [(run.failed, "failed"), (run.blocked, "not tried")] {
            if count > 0 {
                out.push_str(&format!(", {count} {word}"));
            }
        }
        if let (Some(rate), true) = (rate, run.left() > 0) {
            let left = Duration::from_secs_f64((run.left() as f64 / rate).min(1e9));
            // The last of many steps often take longest.
            let left = match left >= Duration::from_secs(1) {
                true => format!("{} left", told::time(left)),
                false => "almost done".to_owned(),
            };
            out.push_str(&format!(", {}, {left}", told::rate(rate)));
        }
        out
    }

    fn reads(&self, rate: Option<f64>) -> String {
        let read: usize = self.kinds.values().map(|(_, read)| read).sum();
        if read == 0 {
            return "reading".to_owned();
        }
        let mut out = format!("{read} read");
        if let Some(rate) = rate {
            out.push_str(&format!(", {}", told::rate(rate)));
        }
        let mut open: Vec<_> = (self.kinds.iter())
            .filter(|(_, (found, read))| found > read)
            .collect();
        open.sort_by_key(|(kind, (found, read))| (std::cmp::Reverse(found - read), **kind));
        let open: Vec<String> = (open.into_iter().take(KINDS))
            .map(|(kind, (found, read))| format!("{kind} {read} of {found}"))
            .collect();
        if !open.is_empty() {
            out.push_str(&format!(": {}", open.join(", ")));
        }
        out
    }

    /// What is waited for, the longest first.
    pub(crate) fn waits(&self, now: Instant) -> Vec<String> {
        self.waits.lines(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepId;
    use crate::progress::StepOutcome;

    fn later(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn done() -> Event {
        Event::StepDone {
            step: StepId::new("tags/a"),
            outcome: StepOutcome::Applied(crate::progress::Outcome::Created),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_run_tells_its_rate_and_the_time_that_is_left() {
        let (mut tally, start) = (Tally::default(), Instant::now());
        let started = Event::RunStarted {
            what: "apply",
            steps: 100,
            done: 10,
        };
        tally.on(&started, start);
        assert_eq!(tally.headline(start), "apply: 10 of 100 steps done");
        for second in 1..=10 {
            tally.on(&done(), later(start, second));
            tally.on(&done(), later(start, second));
        }
        let failed = Event::StepFailed {
            step: StepId::new("tags/b"),
            reason: "no".to_owned(),
        };
        tally.on(&failed, later(start, 10));
        assert_eq!(
            tally.headline(later(start, 10)),
            "apply: 30 of 100 steps done, 1 failed, 2.0 a second, 35 s left"
        );
        assert_eq!(tally.settled(), Some((31, 100)));
        let mut last = Tally::default();
        let started = Event::RunStarted {
            what: "apply",
            steps: 4,
            done: 0,
        };
        last.on(&started, start);
        (0..3).for_each(|_| last.on(&done(), later(start, 1)));
        assert_eq!(
            last.headline(later(start, 2)),
            "apply: 3 of 4 steps done, 1.5 a second, almost done"
        );
        // Nothing was done for a long time: the rate is not what it was.
        let line = tally.headline(later(start, 50));
        assert!(line.contains("0.4 a second, 3 min left"), "{line}");
        let line = tally.headline(later(start, 500));
        assert!(!line.contains("a second"), "{line}");
    }

    #[test]
    fn reads_are_told_by_kind_and_never_as_a_part_of_what_is_not_known() {
        let (mut tally, start) = (Tally::default(), Instant::now());
        assert_eq!(tally.headline(start), "reading");
        let found = |kind, count| Event::Found { kind, count };
        for event in [
            found("APIs", 1),
            Event::Fetched { kind: "APIs" },
            found("operations", 40),
            found("policies", 5),
            Event::Fetched { kind: "operations" },
        ] {
            tally.on(&event, start);
        }
        assert_eq!(
            tally.headline(start),
            "2 read: operations 1 of 40, policies 0 of 5"
        );
        assert_eq!(tally.settled(), None);
    }

    #[test]
    fn a_cause_is_told_once() {
        let mut tally = Tally::default();
        let reason = |name: &str, id: &str| {
            format!(
                "could not write `/w/{name}`; PUT /s/w/{name} answered 500 Internal; the service \
                 says: sorry; tried 2 times in 3 s; correlation id: {id}"
            )
        };
        assert_eq!(
            tally.failure("tags/a", &reason("a", "1")).unwrap(),
            "failed: tags/a: 500 Internal; the service says: sorry"
        );
        assert_eq!(tally.failure("tags/b", &reason("b", "2")), None);
    }
}
