//! Whose a failure is: the unit's that met it, or the whole run's.

use super::failure::{FailedStep, Stopped};
use super::frontier::Frontier;
use crate::arm::Trouble;

/// A unit that could not reach the service. One alone may be to blame for that
/// itself; when another can't either before anything is done, it is the run's
/// trouble.
struct Suspect {
    unit: usize,
    failed: FailedStep,
    stopped: Stopped,
}

/// What is known of the failures of a run so far.
#[derive(Default)]
pub(crate) struct Blame {
    suspect: Option<Suspect>,
    stopped: Option<Stopped>,
}

impl Blame {
    /// Takes a failure, and returns it where it is the unit's own. Where it is the
    /// run's, units are put back as not done.
    pub(crate) fn failed(
        &mut self,
        unit: usize,
        failed: FailedStep,
        stopped: Option<Stopped>,
        frontier: &mut Frontier,
    ) -> Option<FailedStep> {
        let Some(stopped) = stopped else {
            return Some(failed);
        };
        let first = self.stopped.is_none() && self.suspect.is_none();
        if first && stopped.trouble == Trouble::Unreachable {
            self.suspect = Some(Suspect {
                unit,
                failed,
                stopped,
            });
            return None;
        }
        frontier.put_back(unit);
        if let Some(suspect) = self.suspect.take() {
            frontier.put_back(suspect.unit);
        }
        self.stopped.get_or_insert(stopped);
        None
    }

    /// Something was done, so that the service can be reached: a failure that was
    /// held back is its unit's own.
    pub(crate) fn done(&mut self) -> Option<(usize, FailedStep)> {
        let suspect = self.suspect.take()?;
        Some((suspect.unit, suspect.failed))
    }

    /// Whether the run has to stop.
    pub(crate) fn stops(&self) -> bool {
        self.stopped.is_some()
    }

    /// What stopped the run, at its end: where nothing was done any more, nobody
    /// else could be asked.
    pub(crate) fn end(&mut self, frontier: &mut Frontier) -> Option<Stopped> {
        let suspect = self.suspect.take();
        if let Some(suspect) = &suspect {
            frontier.put_back(suspect.unit);
        }
        self.stopped.take().or(suspect.map(|s| s.stopped))
    }
}
