//! Progress on a terminal: a bar, and below it what is waited for.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::tally::Tally;
use super::{Event, Listener, STOPPING, told};
use crate::secret::plain;

/// How wide the bar itself is.
const BAR: usize = 20;

/// What is narrower tells nothing.
const LEAST: usize = 5;

/// Draws on stderr from the first event on, so that questions can be asked
/// before, and takes all of it away when dropped.
#[derive(Debug)]
pub struct Bars {
    bar: ProgressBar,
    ticking: Once,
    stopping: Once,
    tally: Arc<Mutex<Tally>>,
}

impl Bars {
    /// Begins to draw.
    pub fn new() -> Self {
        Self::with(ProgressBar::no_length())
    }

    fn with(bar: ProgressBar) -> Self {
        let tally = Arc::new(Mutex::new(Tally::default()));
        let drawn = Arc::clone(&tally);
        // Drawn anew with each tick: what is left of a wait grows less.
        let shown = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&lines(&locked(&drawn), Instant::now(), width()).join("\n"));
        };
        bar.set_style(
            ProgressStyle::with_template("{spinner} {shown}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner())
                .with_key("shown", shown),
        );
        Self {
            bar,
            ticking: Once::new(),
            stopping: Once::new(),
            tally,
        }
    }

    fn say(&self, line: &str) {
        self.bar.println(told::fit(&plain(line), width()));
    }
}

/// How wide the terminal is.
fn width() -> usize {
    usize::from(console::Term::stderr().size().1)
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is shown: how far things are, behind the sign that something goes on, and
/// below what is waited for.
fn lines(tally: &Tally, now: Instant, width: usize) -> Vec<String> {
    // One column is kept free, since some terminals break a line that is full.
    let room = width.saturating_sub(3);
    let told = plain(&tally.headline(now));
    let mut head = String::new();
    // The numbers go before the bar.
    let left = room.saturating_sub(told.chars().count() + 1).min(BAR);
    if let (Some((settled, steps)), true) = (tally.settled(), left >= LEAST) {
        let full = (settled * left)
            .checked_div(steps)
            .unwrap_or(left)
            .min(left);
        let _ = write!(head, "{}{} ", "█".repeat(full), "░".repeat(left - full));
    }
    head.push_str(&told);
    let waits = tally.waits(now).into_iter();
    std::iter::once(told::fit(&head, room))
        .chain(waits.map(|wait| format!("  {}", told::fit(&plain(&wait), room))))
        .collect()
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener for Bars {
    fn on(&self, event: &Event) {
        let failure = {
            let mut tally = locked(&self.tally);
            tally.on(event, Instant::now());
            match event {
                Event::StepFailed { step, reason } => tally.failure(step.as_str(), reason),
                _ => None,
            }
        };
        (self.ticking).call_once(|| self.bar.enable_steady_tick(Duration::from_millis(120)));
        match event {
            // Whoever notices the interrupt tells it; once is enough.
            Event::Stopping => self.stopping.call_once(|| self.say(STOPPING)),
            Event::Foretold(forecast) => self.say(&format!("to come: {forecast}")),
            _ => {}
        }
        if let Some(failure) = failure {
            self.say(&failure);
        }
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
    fn the_bar_follows_the_steps_and_fits_the_terminal() {
        let (mut tally, now) = (Tally::default(), Instant::now());
        tally.on(&Event::Fetched { kind: "tags" }, now);
        assert_eq!(lines(&tally, now, 60), ["1 read"]);
        let started = Event::RunStarted {
            what: "apply",
            steps: 8,
            done: 2,
        };
        tally.on(&started, now);
        let throttled = Event::Throttled {
            bucket: "writes",
            wait: Duration::from_secs(9),
        };
        tally.on(&throttled, now);
        assert_eq!(
            lines(&tally, now, 60),
            [
                "█████░░░░░░░░░░░░░░░ apply: 2 of 8 steps done",
                "  ARM limits writes: the next in 9 s",
            ]
        );
        for width in [0, 20, 40] {
            for line in lines(&tally, now, width) {
                assert!(line.chars().count() <= width.max(4), "{width}: {line}");
            }
        }
    }

    #[test]
    fn events_are_taken_while_it_is_drawn() {
        let bars = Bars::with(ProgressBar::hidden());
        bars.on(&Event::Fetched { kind: "tags" });
        bars.on(&Event::Stopping);
        assert!(locked(&bars.tally).has_begun());
    }
}
