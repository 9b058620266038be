//! Progress for programs: one JSON object a line for each event.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Event, Listener, StepOutcome};
use crate::secret::seen_json;

/// The version of the events: members are added, none is taken away.
const VERSION: u32 = 1;

/// Writes events as lines of JSON.
#[derive(Debug)]
pub struct JsonLines<W>(Mutex<W>);

impl<W: Write + Send> JsonLines<W> {
    /// Writes to a stream.
    pub fn new(out: W) -> Self {
        Self(Mutex::new(out))
    }
}

impl<W: Write + Send> Listener for JsonLines<W> {
    fn on(&self, event: &Event) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Progress that can't be shown is no reason to stop.
        let mut told = value(event);
        told["version"] = json!(VERSION);
        told["time"] = json!(now());
        let _ = writeln!(out, "{}", seen_json(&told.to_string()));
    }
}

/// The time of day, to the millisecond, in UTC.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}

/// The event as an object with its name under `event`, durations in seconds.
pub fn value(event: &Event) -> Value {
    match event {
        Event::Found { kind, count } => json!({"event": "found", "kind": kind, "count": count}),
        Event::Fetched { kind } => json!({"event": "fetched", "kind": kind}),
        Event::Foretold(forecast) => {
            let mut told = json!(forecast);
            told["event"] = json!("foretold");
            told
        }
        Event::RunStarted { what, steps, done } => {
            json!({"event": "run-started", "what": what, "steps": steps, "done": done})
        }
        Event::StepStarted { step } => json!({"event": "step-started", "step": step}),
        Event::StepDone {
            step,
            outcome,
            took,
        } => json!({
            "event": "step-done", "step": step, "outcome": word(*outcome),
            "seconds": took.as_secs_f64(),
        }),
        Event::StepFailed { step, reason } => {
            json!({"event": "step-failed", "step": step, "reason": reason})
        }
        Event::StepBlocked { step, by } => {
            json!({"event": "step-blocked", "step": step, "by": by})
        }
        Event::Looking { at, waited } => {
            json!({"event": "looking", "at": at, "seconds": waited.as_secs_f64()})
        }
        Event::Waiting {
            method,
            path,
            waited,
        } => json!({
            "event": "waiting", "method": method, "path": path, "seconds": waited.as_secs_f64(),
        }),
        Event::Waited { method, path } => {
            json!({"event": "waited", "method": method, "path": path})
        }
        Event::Throttled { bucket, wait } => {
            json!({"event": "throttled", "bucket": bucket, "seconds": wait.as_secs_f64()})
        }
        Event::Retried {
            method,
            path,
            attempt,
            reason,
            wait,
        } => json!({
            "event": "retried", "method": method, "path": path, "attempt": attempt,
            "reason": reason, "seconds": wait.as_secs_f64(),
        }),
        Event::Stopping => json!({"event": "stopping"}),
    }
}

/// The outcome's word: `left-as-is`.
fn word(outcome: StepOutcome) -> String {
    let name = match outcome {
        StepOutcome::Applied(outcome) => format!("{outcome:?}"),
        other => format!("{other:?}"),
    };
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepId;
    use std::time::Duration;

    #[test]
    fn each_event_is_one_line() {
        let lines = JsonLines::new(Vec::new());
        lines.on(&Event::StepFailed {
            step: StepId::new("tags/\u{202e}"),
            reason: "\u{1b}\u{9b}\n".to_owned(),
        });
        lines.on(&Event::Stopping);
        lines.on(&Event::StepDone {
            step: StepId::new("tags/a"),
            outcome: StepOutcome::Applied(crate::progress::Outcome::NothingToTidy),
            took: Duration::from_millis(1500),
        });
        let text = String::from_utf8(lines.0.into_inner().unwrap()).unwrap();
        let lines: Vec<Value> = (text.lines())
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines.len(), 3);
        for line in &lines {
            assert!(line["version"] == 1 && line["time"].as_str().unwrap().ends_with('Z'));
        }
        assert_eq!(lines[0]["reason"], "\u{1b}\u{9b}\n");
        assert!(!text.replace('\n', "").contains(crate::secret::is_unseen));
        assert_eq!(lines[2]["outcome"], "nothing-to-tidy");
        assert_eq!(lines[2]["seconds"], 1.5);
    }
}
