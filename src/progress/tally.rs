//! How far things are, for what shows it.

use std::fmt;

use super::Event;

/// The numbers that bars and lines show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) found: usize,
    pub(crate) fetched: usize,
    pub(crate) run: Option<Run>,
}

/// A run of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) what: &'static str,
    pub(crate) steps: usize,
    pub(crate) done: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// Takes an event in.
    pub(crate) fn on(&mut self, event: &Event) {
        match (event, &mut self.run) {
            (Event::Found { count, .. }, _) => self.found += count,
            (Event::Fetched { .. }, _) => self.fetched += 1,
            (Event::RunStarted { what, steps, done }, run) => {
                *run = Some(Run {
                    what,
                    steps: *steps,
                    done: *done,
                    failed: 0,
                });
            }
            (Event::StepDone { .. }, Some(run)) => run.done += 1,
            (Event::StepFailed { .. } | Event::StepBlocked { .. }, Some(run)) => run.failed += 1,
            _ => {}
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.run {
            None => write!(
                f,
                "{} of {} resources read",
                self.fetched,
                self.found.max(self.fetched)
            ),
            Some(run) => {
                write!(f, "{}: {} of {} steps done", run.what, run.done, run.steps)?;
                if run.failed > 0 {
                    write!(f, ", {} failed", run.failed)?;
                }
                Ok(())
            }
        }
    }
}
