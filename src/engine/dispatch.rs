//! The loop: the only one. It owns what is under way; what it starts shares
//! nothing and answers when it is done.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::frontier::Frontier;

/// What became of a unit.
pub(crate) struct Finished<T> {
    /// The unit's place in the frontier.
    pub(crate) unit: usize,
    /// What it says.
    pub(crate) said: T,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Whether more is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Yes.
    GoOn,
    /// No; what is under way is waited for.
    Stop,
}

/// What the units of a frontier are.
pub(crate) trait Work {
    /// What a unit comes to.
    type Said: Send + 'static;
    /// Why nothing more can be put on record.
    type Error;

    /// Puts units on record, and returns what carries each of them out, in the
    /// same order.
    fn begin(
        &mut self,
        units: &[usize],
    ) -> Result<Vec<BoxFuture<'static, Self::Said>>, Self::Error>;

    /// Puts on record what units came to, and lets the frontier know.
    fn settle(
        &mut self,
        answers: Vec<Finished<Self::Said>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, Self::Error>;
}

/// Carries units out until there are no more, the work says so, or the run is
/// stopped. What has left is always waited for.
///
/// # Errors
/// When something could not be put on record.
pub(crate) async fn dispatch<W: Work>(
    work: &mut W,
    frontier: &mut Frontier,
    concurrency: NonZeroUsize,
    cancel: &CancellationToken,
) -> Result<(), W::Error> {
    let mut in_flight: JoinSet<Finished<W::Said>> = JoinSet::new();
    let mut flow = Flow::GoOn;
    let mut told = false;
    let ended = loop {
        if cancel.is_cancelled() && !told {
            told = true;
            flow = Flow::Stop;
        }
        if flow == Flow::GoOn {
            let room = concurrency.get().saturating_sub(in_flight.len());
            let units: Vec<usize> = std::iter::from_fn(|| frontier.pop()).take(room).collect();
            match work.begin(&units) {
                Ok(tasks) => {
                    for (unit, task) in units.into_iter().zip(tasks) {
                        in_flight.spawn(async move {
                            let began = Instant::now();
                            let said = task.await;
                            let took = began.elapsed();
                            Finished { unit, said, took }
                        });
                    }
                }
                Err(error) => break Err(error),
            }
        }
        let mut answers = tokio::select! {
            biased;
            () = cancel.cancelled(), if !told => continue,
            joined = in_flight.join_next() => match joined {
                None => break Ok(()),
                Some(joined) => vec![unwind(joined)],
            },
        };
        // One flush for all that have come in meanwhile.
        while let Some(joined) = in_flight.try_join_next() {
            answers.push(unwind(joined));
        }
        match work.settle(answers, frontier) {
            Ok(Flow::GoOn) => {}
            Ok(Flow::Stop) => flow = Flow::Stop,
            Err(error) => break Err(error),
        }
    };
    // Even when the journal can't be written any more: what has left is looked
    // up again by the next run.
    while in_flight.join_next().await.is_some() {}
    ended
}

/// A panic in a unit is a bug, and is passed on as one.
fn unwind<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
