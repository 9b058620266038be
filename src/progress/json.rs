//! Progress for programs: one JSON object a line for each event.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Event, Listener, StepOutcome};
use crate::arm::Forecast;
use crate::plan::StepId;
use crate::schema::writing;
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
        let _ = writeln!(out, "{}", seen_json(told.to_string()));
    }
}

/// The time of day, to the millisecond, in UTC.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}

/// An event as it is told: durations in seconds.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told<'e> {
    Found {
        kind: &'e str,
        count: usize,
    },
    Fetched {
        kind: &'e str,
    },
    Foretold(Forecast),
    RunStarted {
        what: &'e str,
        steps: usize,
        done: usize,
    },
    StepStarted {
        step: &'e StepId,
    },
    StepDone {
        step: &'e StepId,
        outcome: String,
        seconds: f64,
    },
    StepFailed {
        step: &'e StepId,
        reason: &'e str,
    },
    StepBlocked {
        step: &'e StepId,
        by: &'e StepId,
    },
    Looking {
        at: &'e str,
        seconds: f64,
    },
    Waiting {
        method: &'e str,
        path: &'e str,
        seconds: f64,
    },
    Waited {
        method: &'e str,
        path: &'e str,
    },
    Throttled {
        bucket: &'e str,
        seconds: f64,
    },
    Retried {
        method: &'e str,
        path: &'e str,
        attempt: u32,
        reason: &'e str,
        seconds: f64,
    },
    Stopping,
}

/// The schema of a line.
pub fn schema() -> Value {
    let mut schema = writing().into_root_schema_for::<Told<'_>>().to_value();
    schema["title"] = json!("a line of apim-migrate with --progress json");
    schema["type"] = json!("object");
    schema["properties"] = json!({
        "version": {"const": VERSION},
        "time": {"type": "string", "format": "date-time"},
    });
    schema["required"] = json!(["version", "time"]);
    schema
}

/// The event as an object with its name under `event`.
pub fn value(event: &Event) -> Value {
    let told = match event {
        Event::Found { kind, count } => Told::Found {
            kind,
            count: *count,
        },
        Event::Fetched { kind } => Told::Fetched { kind },
        Event::Foretold(forecast) => Told::Foretold(*forecast),
        Event::RunStarted { what, steps, done } => Told::RunStarted {
            what,
            steps: *steps,
            done: *done,
        },
        Event::StepStarted { step } => Told::StepStarted { step },
        Event::StepDone {
            step,
            outcome,
            took,
        } => Told::StepDone {
            step,
            outcome: word(*outcome),
            seconds: took.as_secs_f64(),
        },
        Event::StepFailed { step, reason } => Told::StepFailed { step, reason },
        Event::StepBlocked { step, by } => Told::StepBlocked { step, by },
        Event::Looking { at, waited } => Told::Looking {
            at,
            seconds: waited.as_secs_f64(),
        },
        Event::Waiting {
            method,
            path,
            waited,
        } => Told::Waiting {
            method,
            path,
            seconds: waited.as_secs_f64(),
        },
        Event::Waited { method, path } => Told::Waited { method, path },
        Event::Throttled { bucket, wait } => Told::Throttled {
            bucket,
            seconds: wait.as_secs_f64(),
        },
        Event::Retried {
            method,
            path,
            attempt,
            reason,
            wait,
        } => Told::Retried {
            method,
            path,
            attempt: *attempt,
            reason,
            seconds: wait.as_secs_f64(),
        },
        Event::Stopping => Told::Stopping,
    };
    json!(told)
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
        let schema = jsonschema::validator_for(&schema()).unwrap();
        for line in &lines {
            assert!(schema.is_valid(line), "{line}");
        }
        let mut other = lines[1].clone();
        other["event"] = json!("another");
        assert!(!schema.is_valid(&other));
        for line in &lines {
            assert!(line["version"] == 1 && line["time"].as_str().unwrap().ends_with('Z'));
        }
        assert_eq!(lines[0]["reason"], "\u{1b}\u{9b}\n");
        assert!(!text.replace('\n', "").contains(crate::secret::is_unseen));
        assert_eq!(lines[2]["outcome"], "nothing-to-tidy");
        assert_eq!(lines[2]["seconds"], 1.5);
    }
}
