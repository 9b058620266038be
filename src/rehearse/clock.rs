//! Simulated time: it stands while the machine works, and passes where all that
//! is under way waits for nothing else.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::arm::{Exchange, Observer};

/// How far time passes at once. What waits for a moment within is late by less
/// than that.
const TICK: Duration = Duration::from_millis(5);

/// How often everything that can go on gets its turn before time passes: more
/// than the runtime takes to look at its sockets and at what other threads did.
const TURNS: usize = 200;

/// For how long, on the wall, nothing can be heard of what is on the wire before
/// it counts as lost: both ends are in this very thread.
const PATIENCE: Duration = Duration::from_millis(50);

/// A runtime whose time is simulated: it passes by a [`Clock`] alone.
///
/// # Errors
/// When the system gives no runtime.
pub fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build()
}

/// Lets time pass. It watches the client, to know what is on the wire: there
/// time does not pass, but in the hands of a service that takes its time.
#[derive(Debug, Default)]
pub struct Clock {
    on_the_wire: AtomicUsize,
    exchanges: AtomicUsize,
}

impl Observer for Clock {
    fn on(&self, exchange: &Exchange) {
        match exchange {
            Exchange::Request { .. } => {
                self.on_the_wire.fetch_add(1, Ordering::Relaxed);
            }
            Exchange::Answer { .. } => {
                let less = |n: usize| Some(n.saturating_sub(1));
                let _ =
                    { &self.on_the_wire }.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
            _ => {}
        }
        self.exchanges.fetch_add(1, Ordering::Relaxed);
    }
}

impl Clock {
    /// Lets time pass until the work is done, within a [`runtime`] of simulated
    /// time. `held` tells how many requests the service holds back for the time
    /// that answers take. Returns what the work gave, and how long it took.
    pub async fn during<T>(
        &self,
        held: impl Fn() -> usize,
        work: impl Future<Output = T>,
    ) -> (T, Duration) {
        let began = Instant::now();
        let done = tokio::select! {
            biased;
            done = work => done,
            never = self.run(held) => match never {},
        };
        (done, began.elapsed())
    }

    async fn run(&self, held: impl Fn() -> usize) -> std::convert::Infallible {
        let mut last = (0, std::time::Instant::now());
        loop {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            let exchanges = self.exchanges.load(Ordering::Relaxed);
            if exchanges != last.0 {
                last = (exchanges, std::time::Instant::now());
            }
            let held = held();
            if last.1.elapsed() > PATIENCE {
                self.on_the_wire.fetch_min(held, Ordering::Relaxed);
            }
            if self.on_the_wire.load(Ordering::Relaxed) <= held {
                tokio::time::advance(TICK).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_as_fast_as_nothing_is_left_to_do() {
        let began = std::time::Instant::now();
        let (slept, took) = runtime().unwrap().block_on(async {
            let naps = async {
                for _ in 0..60 {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                60
            };
            Clock::default().during(|| 0, naps).await
        });
        assert_eq!(slept, 60);
        assert!((60..61).contains(&took.as_secs()), "{took:?}");
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn it_stands_while_a_request_is_under_way() {
        let clock = Clock::default();
        let exchange = |answer: bool| match answer {
            false => Exchange::Request {
                method: "GET",
                path: String::new(),
                attempt: 1,
            },
            true => Exchange::Answer {
                method: "GET",
                path: String::new(),
                attempt: 1,
                status: 200,
                correlation_id: None,
                took: Duration::ZERO,
            },
        };
        let ((), took) = runtime().unwrap().block_on(async {
            let work = async {
                clock.on(&exchange(false));
                let busy = std::time::Instant::now();
                while busy.elapsed() < Duration::from_millis(50) {
                    tokio::task::yield_now().await;
                }
                clock.on(&exchange(true));
            };
            clock.during(|| 0, work).await
        });
        assert_eq!(took, Duration::ZERO);
    }
}
