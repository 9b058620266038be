//! Steps that failed, for people: each cause once.

use std::fmt::Write as _;
use std::path::Path;

use apim_migrate::apply::BlockedStep;
use apim_migrate::engine::{FailedStep, Fold, Stopped, fold};
use apim_migrate::plan::StepId;
use apim_migrate::plan::folder::PLAN_FILE;
use apim_migrate::secret::plain;

use super::carry::listed;
use crate::cli::plan::brief::many;
use crate::cli::ui::{ERROR, HELP, painted};

/// What failed, with what was not tried because of that.
pub(crate) fn failures(failed: &[FailedStep], blocked: &[BlockedStep], dir: &Path) -> String {
    let mut out = String::new();
    for fold in fold(failed) {
        told(&fold, &again(&fold, dir), blocked, &mut out);
    }
    out
}

/// What could not be taken back. No edit of the plan mends that: what stands there
/// is in the way, or who is signed in.
pub(crate) fn not_undone(failed: &[FailedStep]) -> String {
    let mut out = String::new();
    for fold in fold(failed) {
        let again = match fold.steps.len() {
            1 => "it would be refused again as it stands",
            _ => "they would be refused again as they stand",
        };
        told(&fold, &format!("{again}: {MEND}"), &[], &mut out);
    }
    out
}

/// What to do about what the service won't take back.
const MEND: &str = "mend what the service names, then run the same again";

fn told(fold: &Fold<'_, FailedStep>, again: &str, blocked: &[BlockedStep], out: &mut String) {
    let first = fold.first;
    headed("failed:", &named(&fold.steps), &first.causes, out);
    if fold.steps.len() > 1 {
        let _ = writeln!(out, "  told of the first; the others met the same");
    }
    if first.permanent {
        let _ = writeln!(out, "  {}", plain(again));
    }
    let waiting: Vec<&StepId> = (blocked.iter())
        .filter(|b| fold.steps.contains(&&b.by))
        .map(|b| &b.step)
        .collect();
    if !waiting.is_empty() {
        let why = match &first.denied {
            Some(_) => "they take the same right, or need what does",
            None => "they need it",
        };
        let (steps, named) = (many(waiting.len(), "step"), listed(&waiting));
        let _ = writeln!(out, "  {steps} not tried, since {why}: {named}");
    }
    let command = first.denied.as_ref().and_then(|denied| denied.command());
    helped(first.help.iter().chain(&command), out);
}

/// What has to change before it is not refused again.
fn again(fold: &Fold<'_, FailedStep>, dir: &Path) -> String {
    let plan = dir.join(PLAN_FILE);
    let (plan, folder) = (plan.display(), dir.display());
    match (fold.steps.as_slice(), &fold.first.file) {
        ([_], Some(file)) => format!(
            "it would be refused again as it stands: change `{}`, or drop the step from `{plan}`",
            dir.join(file).display()
        ),
        ([_], None) => {
            format!("it would be refused again as it stands: drop the step from `{plan}`")
        }
        _ => format!(
            "they would be refused again as they stand: change what `{folder}` holds of them, or \
             drop the steps from `{plan}`"
        ),
    }
}

/// Trouble that stopped a run.
pub(crate) fn stopped(trouble: &Stopped) -> String {
    let mut out = String::new();
    headed(
        "stopped:",
        trouble.trouble.as_str(),
        &trouble.causes,
        &mut out,
    );
    helped(trouble.help.iter(), &mut out);
    out
}

/// Steps in a line: one by its name, several by their number and names.
pub(crate) fn named(steps: &[&StepId]) -> String {
    match steps {
        [step] => plain(step.as_str()),
        steps => format!("{}: {}", many(steps.len(), "step"), listed(steps)),
    }
}

/// What happened to what, with the causes below.
pub(crate) fn headed(word: &str, what: &str, causes: &[String], out: &mut String) {
    let _ = writeln!(out, "{} {what}", painted(ERROR, word));
    for cause in causes {
        let _ = writeln!(out, "  {}", plain(cause));
    }
}

/// What to do, line by line.
pub(crate) fn helped<'h>(help: impl Iterator<Item = &'h String>, out: &mut String) {
    for help in help {
        let _ = writeln!(out, "{} {}", painted(HELP, "help:"), plain(help));
    }
}
