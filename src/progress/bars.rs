//! Progress on a terminal: one bar.

use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::tally::Tally;
use super::{Event, Listener};
use crate::secret::plain;

/// Draws a bar on stderr from the first event on, so that questions can be
/// asked before, and takes it away when dropped.
#[derive(Debug)]
pub struct Bars {
    bar: ProgressBar,
    ticking: Once,
    stopping: Once,
    tally: Mutex<Tally>,
}

impl Bars {
    /// Begins to draw.
    pub fn new() -> Self {
        Self::with(ProgressBar::no_length())
    }

    fn with(bar: ProgressBar) -> Self {
        bar.set_style(
            ProgressStyle::with_template("{spinner} {bar:24} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self {
            bar,
            ticking: Once::new(),
            stopping: Once::new(),
            tally: Mutex::default(),
        }
    }
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener for Bars {
    fn on(&self, event: &Event) {
        let tally = {
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.on(event);
            *tally
        };
        (self.ticking).call_once(|| self.bar.enable_steady_tick(Duration::from_millis(120)));
        let (at, of) = match &tally.run {
            None => (tally.fetched, tally.found.max(tally.fetched)),
            Some(run) => (run.done + run.failed, run.steps),
        };
        self.bar.set_length(of as u64);
        self.bar.set_position(at as u64);
        let mut message = tally.to_string();
        match event {
            Event::Looking { .. } | Event::Throttled { .. } | Event::Waiting { .. } => {
                if let Some(hindrance) = event.hindrance() {
                    message = plain(&format!("{message}; {hindrance}"));
                }
            }
            Event::Stopping => {
                // Whoever notices the interrupt tells it; once is enough.
                self.stopping.call_once(|| {
                    (self.bar)
                        .println("stopping; waiting for what is under way (again to stop at once)");
                });
            }
            Event::Foretold(forecast) => self.bar.println(format!("to come: {forecast}")),
            Event::StepFailed { step, reason } => {
                self.bar
                    .println(plain(&format!("failed: {step}: {reason}")));
            }
            _ => {}
        }
        self.bar.set_message(message);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_follows_reads_and_then_steps() {
        let bars = Bars::with(ProgressBar::hidden());
        bars.on(&Event::Found {
            kind: "tags",
            count: 4,
        });
        bars.on(&Event::Fetched { kind: "tags" });
        assert_eq!((bars.bar.position(), bars.bar.length()), (1, Some(4)));
        bars.on(&Event::RunStarted {
            what: "apply",
            steps: 9,
            done: 3,
        });
        assert_eq!((bars.bar.position(), bars.bar.length()), (3, Some(9)));
        assert_eq!(bars.bar.message(), "apply: 3 of 9 steps done");
    }
}
