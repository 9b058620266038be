//! What happens, as events: the one interface between what runs and what is
//! shown. The library never prints.

#[cfg(feature = "cli")]
pub mod bars;
pub mod json;
pub mod lines;
mod outcome;
pub mod summary;
mod tally;
mod told;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::arm::Forecast;
use crate::plan::StepId;

pub use outcome::Outcome;
pub use told::fit;
pub(crate) use told::without_exchange;

/// Something that happened. Events never hold a body, a token or a secret.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A collection was listed, or an item was found to be needed.
    Found {
        /// The kind's plural: `named values`.
        kind: &'static str,
        /// How many more there are to read.
        count: usize,
    },
    /// A resource was read.
    Fetched {
        /// The kind's plural.
        kind: &'static str,
    },
    /// What is to come was foretold.
    Foretold(Forecast),
    /// A run of steps began.
    RunStarted {
        /// What is done: `apply`, `verify`, `rollback`.
        what: &'static str,
        /// How many steps there are.
        steps: usize,
        /// How many of them were done before.
        done: usize,
    },
    /// A step began.
    StepStarted {
        /// The step.
        step: StepId,
    },
    /// A step is done.
    StepDone {
        /// The step.
        step: StepId,
        /// What came of it.
        outcome: StepOutcome,
        /// How long it took.
        took: Duration,
    },
    /// A step failed.
    StepFailed {
        /// The step.
        step: StepId,
        /// Why, in one line.
        reason: String,
    },
    /// A step can't be done, since one that it needs failed.
    StepBlocked {
        /// The step.
        step: StepId,
        /// The step that failed.
        by: StepId,
    },
    /// Something is looked at, of which nothing else is told.
    Looking {
        /// What: `the source`.
        at: &'static str,
        /// How long already.
        waited: Duration,
    },
    /// The service is still at work on what was written or deleted.
    Waiting {
        /// PUT or DELETE.
        method: &'static str,
        /// The path of what it works on.
        path: String,
        /// How long it has been at it.
        waited: Duration,
    },
    /// What the service was at work on is waited for no more.
    Waited {
        /// PUT or DELETE.
        method: &'static str,
        /// The path of what it worked on.
        path: String,
    },
    /// Requests wait for one of ARM's rate limits.
    Throttled {
        /// Which: `reads`, `writes`, `deletes`.
        bucket: &'static str,
        /// For how long.
        wait: Duration,
    },
    /// A request is tried again.
    Retried {
        /// GET, PUT and so on.
        method: &'static str,
        /// Its path.
        path: String,
        /// How often it was tried.
        attempt: u32,
        /// Why, in a few words.
        reason: String,
        /// After what time.
        wait: Duration,
    },
    /// No new steps are begun; those under way are waited for.
    Stopping,
}

/// What is said when a run is stopped.
const STOPPING: &str = "stopping; waiting for what is under way (again to stop at once)";

/// How long nothing is told of what is looked at, nor without a terminal.
const SILENT: Duration = Duration::from_secs(10);

/// Looks at something, with a sign of life as long as that takes.
pub(crate) async fn looking<T>(
    at: &'static str,
    listener: &Arc<dyn Listener>,
    look: impl Future<Output = T>,
) -> T {
    let began = Instant::now();
    let mut look = std::pin::pin!(look);
    loop {
        tokio::select! {
            biased;
            found = &mut look => return found,
            () = tokio::time::sleep(SILENT) => {
                listener.on(&Event::Looking { at, waited: began.elapsed() });
            }
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// What applying came to.
    Applied(Outcome),
    /// It is equal to the plan.
    Same,
    /// It differs from the plan.
    Different,
    /// It was deleted.
    Deleted,
    /// What somebody else had was put back.
    PutBack,
    /// It was not deleted, since it is not ours or was changed.
    Kept,
}

/// Takes events in.
pub trait Listener: Send + Sync {
    /// Called for each event, from any task; must not block.
    fn on(&self, event: &Event);
}

/// The listener that ignores everything.
impl Listener for () {
    fn on(&self, _: &Event) {}
}

/// Several listeners hear everything, one after the other.
impl Listener for Vec<Arc<dyn Listener>> {
    fn on(&self, event: &Event) {
        for listener in self {
            listener.on(event);
        }
    }
}
