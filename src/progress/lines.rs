//! Progress without a terminal: a plain line at sensible intervals.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::tally::Tally;
use super::{Event, Listener};
use crate::secret::plain;

/// How long it is quiet between two lines about how far things are.
const INTERVAL: Duration = Duration::from_secs(5);

/// Writes lines.
#[derive(Debug)]
pub struct Lines<W>(Mutex<State<W>>);

#[derive(Debug)]
struct State<W> {
    out: W,
    tally: Tally,
    last: Instant,
    hindrance: Option<String>,
    stopping: bool,
}

impl<W: Write + Send> Lines<W> {
    /// Writes to a stream.
    pub fn new(out: W) -> Self {
        Self(Mutex::new(State {
            out,
            tally: Tally::default(),
            last: Instant::now(),
            hindrance: None,
            stopping: false,
        }))
    }

    fn at(&self, event: &Event, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.tally.on(event);
        match event {
            Event::RunStarted { .. } => state.say(now),
            Event::Foretold(forecast) => state.line(&format!("to come: {forecast}")),
            Event::StepFailed { step, reason } => {
                let line = format!("failed: {step}: {reason}");
                state.line(&line);
            }
            // Whoever notices the interrupt tells it; once is enough.
            Event::Stopping if !state.stopping => {
                state.stopping = true;
                state.line("stopping; waiting for what is under way (again to stop at once)");
            }
            Event::Looking { .. } => {
                state.last = now;
                let line = event.hindrance().unwrap_or_default();
                state.line(&line);
            }
            Event::Waiting { .. } | Event::Throttled { .. } | Event::Retried { .. } => {
                state.hindrance = event.hindrance();
            }
            _ => {}
        }
        if now.saturating_duration_since(state.last) >= INTERVAL {
            state.say(now);
        }
    }
}

impl<W: Write> State<W> {
    fn say(&mut self, now: Instant) {
        self.last = now;
        let mut line = self.tally.to_string();
        if let Some(hindrance) = self.hindrance.take() {
            line.push_str(" (");
            line.push_str(&hindrance);
            line.push(')');
        }
        self.line(&line);
    }

    fn line(&mut self, text: &str) {
        // Progress that can't be shown is no reason to stop.
        let _ = writeln!(self.out, "{}", plain(text));
    }
}

impl<W: Write + Send> Listener for Lines<W> {
    fn on(&self, event: &Event) {
        self.at(event, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepId;
    use crate::progress::{StepOutcome, looking};
    use std::sync::Arc;

    #[test]
    fn lines_come_some_seconds_apart_and_failures_at_once() {
        let lines = Lines::new(Vec::new());
        let start = Instant::now();
        let started = Event::RunStarted {
            what: "apply",
            steps: 40,
            done: 2,
        };
        lines.at(&started, start);
        for second in 0..12 {
            let done = Event::StepDone {
                step: StepId::new("tags/a"),
                outcome: StepOutcome::Created,
                took: Duration::ZERO,
            };
            lines.at(&done, start + Duration::from_secs(second));
        }
        let failed = Event::StepFailed {
            step: StepId::new("tags/b"),
            reason: "no\u{1b}".to_owned(),
        };
        lines.at(&failed, start + Duration::from_secs(12));
        lines.at(&Event::Stopping, start + Duration::from_secs(12));
        lines.at(&Event::Stopping, start + Duration::from_secs(12));
        let text = String::from_utf8(lines.0.into_inner().unwrap().out).unwrap();
        assert_eq!(
            text,
            "apply: 2 of 40 steps done\napply: 8 of 40 steps done\n\
             apply: 13 of 40 steps done\nfailed: tags/b: no\u{fffd}\n\
             stopping; waiting for what is under way (again to stop at once)\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_look_is_not_silent() {
        let lines = Arc::new(Lines::new(Vec::new()));
        let listener: Arc<dyn Listener> = lines.clone();
        let look = tokio::time::sleep(Duration::from_secs(25));
        looking("the source", &listener, look).await;
        drop(listener);
        let lines = Arc::into_inner(lines).unwrap().0.into_inner().unwrap();
        assert_eq!(
            String::from_utf8(lines.out).unwrap(),
            "looking at the source for 10 s\nlooking at the source for 20 s\n"
        );
    }

    #[test]
    fn a_long_operation_is_not_silent() {
        let lines = Lines::new(Vec::new());
        let start = Instant::now();
        for seconds in [15, 45] {
            let waited = Duration::from_secs(seconds);
            let waiting = Event::Waiting {
                method: "PUT",
                path: "/subscriptions/s/workspaces/w/namedValues/k".to_owned(),
                waited,
            };
            lines.at(&waiting, start + waited);
        }
        let text = String::from_utf8(lines.0.into_inner().unwrap().out).unwrap();
        let said: Vec<_> = text.lines().collect();
        assert_eq!(said.len(), 2, "{text}");
        let end = "(the service is at work on namedValues/k for 45 s)";
        assert!(said[1].ends_with(end), "{text}");
    }
}
