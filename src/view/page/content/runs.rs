//! What happened, run by run, as the journal has it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::BufRead;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::arm::Strain;
use crate::engine::journal::Entry;
use crate::plan::StepId;
use crate::view::page::text::{Line, Prose};

/// How many of the slowest steps are named.
const SLOWEST: usize = 10;
/// The size of the picture of a run.
const WIDE: i64 = 600;
const HIGH: i64 = 120;
/// Longest time without a word that is no pause, in seconds.
const PAUSE: f64 = 5.0;
/// How many pauses are named.
const PAUSES: usize = 5;

/// All runs.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    runs: Vec<Told>,
    /// When each step was begun, in the run that is under way.
    begun: HashMap<StepId, OffsetDateTime>,
    /// How often each was begun, over all runs.
    tries: HashMap<StepId, usize>,
}

/// What the journal tells of a run.
#[derive(Debug, Clone, Default)]
struct Told {
    what: String,
    began: String,
    end: Option<String>,
    times: Vec<OffsetDateTime>,
    /// When steps were done, each for the first time.
    done: Vec<OffsetDateTime>,
    known: HashSet<StepId>,
    took: Vec<(StepId, f64)>,
    failed: Vec<(StepId, String)>,
    strain: Option<Strain>,
}

/// A run, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Run {
    pub(crate) number: usize,
    pub(crate) what: Line,
    pub(crate) began: Line,
    /// How it ended; nothing where it was cut off.
    pub(crate) end: Option<Line>,
    pub(crate) took: Line,
    pub(crate) done: usize,
    /// How many steps earlier runs had done: where it went on.
    pub(crate) before: usize,
    /// Steps done over time, as SVG has points.
    pub(crate) points: String,
    /// What was tried again, and what waited; nothing where that was not told.
    pub(crate) strain: Option<Line>,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) slowest: Vec<Slow>,
    pub(crate) failures: Vec<Failure>,
}

/// A time in which nothing was finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pause {
    pub(crate) after: Line,
    pub(crate) took: Line,
}

/// A step that took long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Slow {
    pub(crate) step: Line,
    pub(crate) took: Line,
}

/// A step that failed, and was not done in a later run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) step: Line,
    pub(crate) reason: Prose,
    pub(crate) tries: usize,
    /// What the service calls the request, for those who ask its makers.
    pub(crate) correlation: Option<Line>,
}

impl Runs {
    /// Reads a journal. What can't be read of it, such as a line that a crash
    /// tore, is passed over.
    ///
    /// # Errors
    /// When there are no more bytes to be had.
    pub fn read(mut journal: impl BufRead) -> std::io::Result<Self> {
        let mut runs = Self::default();
        let mut line = Vec::new();
        while journal.read_until(b'\n', &mut line)? > 0 {
            if let Ok(entry) = serde_json::from_slice(&line) {
                runs.take(entry);
            }
            line.clear();
        }
        Ok(runs)
    }

    fn take(&mut self, entry: Entry) {
        if let Entry::RunStarted { at, what, .. } = &entry {
            self.begun.clear();
            self.runs.push(Told {
                what: what.clone(),
                began: at.clone(),
                ..Told::default()
            });
        }
        let Some(run) = self.runs.last_mut() else {
            return;
        };
        match entry {
            Entry::RunStarted { at, .. } => run.times.extend(parsed(&at)),
            Entry::RunEnded { at, end, strain } => {
                run.times.extend(parsed(&at));
                run.strain = strain;
                run.end = Some(end);
            }
            Entry::StepIntended { step, at, .. } | Entry::DeleteIntended { step, at, .. } => {
                *self.tries.entry(step.clone()).or_default() += 1;
                self.begun.extend(parsed(&at).map(|at| (step, at)));
            }
            Entry::StepDone { step, at, .. } | Entry::Deleted { step, at, .. } => {
                if let Some(at) = parsed(&at) {
                    run.times.push(at);
                    if run.known.insert(step.clone()) {
                        run.done.push(at);
                    }
                    let began = self.begun.remove(&step);
                    run.took
                        .extend(began.map(|began| (step, (at - began).as_seconds_f64())));
                }
            }
            Entry::StepFailed {
                step, at, reason, ..
            } => {
                run.times.extend(parsed(&at));
                run.failed.push((step, reason));
            }
            Entry::Further { .. }
            | Entry::PutBackIntended { .. }
            | Entry::PutBack { .. }
            | Entry::Busy { .. } => {}
        }
    }

    /// The runs in which anything was done or tried.
    pub(crate) fn told(&self) -> Vec<Run> {
        let mut before = 0;
        let runs = self.runs.iter().enumerate().map(|(i, told)| {
            let run = told.run(i + 1, before, &self.tries);
            before += told.done.len();
            run
        });
        runs.collect()
    }
}

impl Told {
    fn run(&self, number: usize, before: usize, tries: &HashMap<StepId, usize>) -> Run {
        let first = self.times.first().copied();
        let last = self.times.last().copied();
        let took = first
            .zip(last)
            .map_or(0.0, |(a, b)| (b - a).as_seconds_f64());
        let mut slowest: Vec<&(StepId, f64)> = self.took.iter().collect();
        slowest.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let slowest = slowest.into_iter().take(SLOWEST);
        let failures = self.failed.iter().map(|(step, reason)| {
            let (reason, correlation) = correlated(reason);
            Failure {
                step: Line::of(step.as_str()),
                reason: Prose::of(reason),
                tries: tries.get(step).copied().unwrap_or_default(),
                correlation,
            }
        });
        Run {
            number,
            what: Line::of(&self.what),
            began: Line::of(
                self.began
                    .get(..19)
                    .unwrap_or(&self.began)
                    .replace('T', " "),
            ),
            end: self.end.as_ref().map(Line::of),
            took: seconds(took),
            done: self.done.len(),
            before,
            points: self.points(first, took),
            strain: self.strain.map(|strain| Line::of(told(strain))),
            pauses: self.pauses(),
            slowest: slowest
                .map(|(step, took)| Slow {
                    step: Line::of(step.as_str()),
                    took: seconds(*took),
                })
                .collect(),
            failures: failures.collect(),
        }
    }

    /// Steps done over time: a point wherever the picture shows a difference.
    fn points(&self, first: Option<OffsetDateTime>, took: f64) -> String {
        let Some(first) = first.filter(|_| !self.done.is_empty()) else {
            return String::new();
        };
        let mut points = format!("0,{HIGH}");
        let mut shown = (0, HIGH);
        for (i, at) in self.done.iter().enumerate() {
            let x = part(WIDE, (*at - first).as_seconds_f64(), took);
            #[allow(clippy::cast_precision_loss)] // A part of a picture.
            let y = HIGH - part(HIGH, (i + 1) as f64, self.done.len() as f64);
            if (x, y) != shown {
                let _ = write!(points, " {x},{y}");
                shown = (x, y);
            }
        }
        points
    }

    fn pauses(&self) -> Vec<Pause> {
        let gaps = self.times.windows(2).enumerate();
        let mut gaps: Vec<(usize, f64)> = gaps
            .map(|(i, pair)| (i, (pair[1] - pair[0]).as_seconds_f64()))
            .filter(|(_, gap)| *gap > PAUSE)
            .collect();
        gaps.sort_by(|a, b| b.1.total_cmp(&a.1));
        let first = self.times.first();
        let gaps = gaps.into_iter().take(PAUSES).map(|(i, gap)| Pause {
            after: seconds(first.map_or(0.0, |first| (self.times[i] - *first).as_seconds_f64())),
            took: seconds(gap),
        });
        gaps.collect()
    }
}

fn told(strain: Strain) -> String {
    let retries = match strain.retries {
        0 => "nothing was tried again".to_owned(),
        1 => "one request was tried again".to_owned(),
        many => format!("{many} requests were tried again"),
    };
    match strain.waits {
        0 => format!("{retries}, and nothing waited for a rate limit"),
        waits => {
            #[allow(clippy::cast_precision_loss)] // Milliseconds of a wait.
            let longest = seconds(strain.longest_wait as f64 / 1000.0);
            format!("{retries}, and {waits} waited for a rate limit, {longest} at most")
        }
    }
}

fn parsed(at: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(at, &Rfc3339).ok()
}

/// So much of a length as a part is of a whole.
fn part(length: i64, of: f64, whole: f64) -> i64 {
    if whole <= 0.0 {
        return length;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let part = (length as f64 * (of / whole).clamp(0.0, 1.0)).round() as i64;
    part
}

fn seconds(seconds: f64) -> Line {
    #[allow(clippy::cast_possible_truncation)] // Times of a run.
    let whole = seconds.round() as i64;
    Line::of(match whole {
        ..1 => format!("{:.0} ms", seconds.max(0.0) * 1000.0),
        1..10 => format!("{seconds:.1} s"),
        10..120 => format!("{whole} s"),
        120..7200 => format!("{} min", whole / 60),
        _ => format!("{} h", whole / 3600),
    })
}

/// A reason without the id that the service knows the request by, and that id.
fn correlated(reason: &str) -> (&str, Option<Line>) {
    let Some((reason, after)) = reason.split_once("correlation id: ") else {
        return (reason, None);
    };
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let id = Line::of(&after[..end.unwrap_or(after.len())]);
    (reason.trim_end_matches([' ', ':', '(']), Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_tells_how_each_run_went_and_where_the_next_went_on() {
        let journal = r#"{"version":2,"plan":"p","target":"t"}
{"event":"run-started","at":"2026-11-24T10:00:00Z","what":"apply"}
{"event":"step-intended","step":"tags/a","at":"2026-11-24T10:00:00Z"}
{"event":"step-done","step":"tags/a","at":"2026-11-24T10:00:02Z","outcome":"created"}
{"event":"step-intended","step":"tags/b","at":"2026-11-24T10:00:02Z"}
{"event":"step-failed","step":"tags/b","at":"2026-11-24T10:00:20Z","reason":"no (correlation id: 0f8f-1b) <b>"}
{"event":"run-started","at":"2026-11-24T11:00:00Z","what":"apply"}
{"event":"step-intended","step":"tags/b","at":"2026-11-24T11:00:00Z"}
{"event":"step-done","step":"tags/b","at":"2026-11-24T11:00:00.5Z","outcome":"created"}
{"event":"run-ended","at":"2026-11-24T11:00:01Z","end":"done","strain":{"retries":1,"waits":3,"longestWait":12000}}
{"event":"run-sta"#;
        let runs = Runs::read(journal.as_bytes()).unwrap().told();
        insta::assert_json_snapshot!(runs);
    }
}
