//! Progress without a terminal: a plain line at sensible intervals.

use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::tally::Tally;
use super::{Event, Listener, SILENT, STOPPING, told};
use crate::secret::plain;

/// How long it is quiet between two lines about how far things are.
const INTERVAL: Duration = Duration::from_secs(5);

/// How often it is looked whether nothing was said for too long.
const LOOK: Duration = Duration::from_millis(500);

/// Longest line about a failure; the report has all of it.
const FAILURE: usize = 300;

/// Writes lines.
#[derive(Debug)]
pub struct Lines<W> {
    state: Arc<Mutex<State<W>>>,
    /// What breaks a silence. It ends when the sender is dropped.
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug)]
struct State<W> {
    out: W,
    tally: Tally,
    last: Instant,
    stopping: bool,
}

impl<W: Write + Send + 'static> Lines<W> {
    /// Writes to a stream.
    pub fn new(out: W) -> Self {
        let state = Arc::new(Mutex::new(State {
            out,
            tally: Tally::default(),
            last: Instant::now(),
            stopping: false,
        }));
        let (sender, receiver) = mpsc::channel();
        let watched = Arc::clone(&state);
        let watch = move || {
            while receiver.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                locked(&watched).break_silence(Instant::now());
            }
        };
        // Where there are no threads to be had, events alone are told.
        let watch = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(watch);
        Self {
            state,
            watch: watch.ok().map(|thread| (sender, thread)),
        }
    }

    fn at(&self, event: &Event, now: Instant) {
        let mut state = locked(&self.state);
        state.tally.on(event, now);
        match event {
            Event::RunStarted { .. } | Event::Looking { .. } => state.say(now),
            Event::Foretold(forecast) => state.line(&format!("to come: {forecast}")),
            Event::StepFailed { step, reason } => {
                if let Some(failure) = state.tally.failure(step.as_str(), reason) {
                    state.line(&told::fit(&failure, FAILURE));
                }
            }
            // Whoever notices the interrupt tells it; once is enough.
            Event::Stopping if !state.stopping => {
                state.stopping = true;
                state.line(STOPPING);
            }
            _ => {}
        }
        if now.saturating_duration_since(state.last) >= INTERVAL {
            state.say(now);
        }
    }
}

fn locked<W>(state: &Mutex<State<W>>) -> MutexGuard<'_, State<W>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Write> State<W> {
    fn break_silence(&mut self, now: Instant) {
        let silent = now.saturating_duration_since(self.last) >= SILENT;
        if silent && self.tally.has_begun() {
            self.say(now);
        }
    }

    fn say(&mut self, now: Instant) {
        self.last = now;
        let mut line = self.tally.headline(now);
        let waits = self.tally.waits(now);
        if !waits.is_empty() {
            line.push_str(&format!(" ({})", waits.join("; ")));
        }
        self.line(&line);
    }

    fn line(&mut self, text: &str) {
        // Progress that can't be shown is no reason to stop.
        let _ = writeln!(self.out, "{}", plain(text));
    }
}

impl<W: Write + Send + 'static> Listener for Lines<W> {
    fn on(&self, event: &Event) {
        self.at(event, Instant::now());
    }
}

impl<W> Drop for Lines<W> {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.watch.take() {
            drop(sender);
            // A panic there is told there.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepId;
    use crate::progress::{StepOutcome, looking};

    /// A stream that others hold, too.
    #[derive(Debug, Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn lines_come_some_seconds_apart_and_failures_at_once() {
        let out = Shared::default();
        let lines = Lines::new(out.clone());
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
                outcome: StepOutcome::Applied(crate::progress::Outcome::Created),
                took: Duration::ZERO,
            };
            lines.at(&done, start + Duration::from_secs(second));
        }
        for name in ["b", "c"] {
            let failed = Event::StepFailed {
                step: StepId::new(format!("tags/{name}")),
                reason: format!("could not write `/w/{name}`; no\u{1b}"),
            };
            lines.at(&failed, start + Duration::from_secs(12));
        }
        lines.at(&Event::Stopping, start + Duration::from_secs(12));
        lines.at(&Event::Stopping, start + Duration::from_secs(12));
        assert_eq!(
            out.text(),
            "apply: 2 of 40 steps done\n\
             apply: 8 of 40 steps done, 1.2 a second, 27 s left\n\
             apply: 13 of 40 steps done, 1.1 a second, 25 s left\n\
             failed: tags/b: could not write `/w/b`; no\u{fffd}\n\
             stopping; waiting for what is under way (again to stop at once)\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_look_is_not_silent() {
        let out = Shared::default();
        let listener: Arc<dyn Listener> = Arc::new(Lines::new(out.clone()));
        let look = tokio::time::sleep(Duration::from_secs(25));
        looking("the source", &listener, look).await;
        let said = out.text();
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[1].ends_with("(looking at the source for 20 s)"),
            "{said:?}"
        );
    }

    #[test]
    fn a_silence_is_broken() {
        let out = Shared::default();
        let lines = Lines::new(out.clone());
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        // Before anything begins there may be a question on the screen.
        locked(&lines.state).break_silence(later(60));
        assert_eq!(out.text(), "");
        let waiting = Event::Waiting {
            method: "PUT",
            path: "/subscriptions/s/workspaces/w/namedValues/k".to_owned(),
            waited: Duration::from_secs(15),
        };
        lines.at(&waiting, later(1));
        for seconds in [5, 12, 15] {
            locked(&lines.state).break_silence(later(seconds));
        }
        assert_eq!(
            out.text(),
            "reading (for 26 s the service is at work on namedValues/k)\n"
        );
    }
}
