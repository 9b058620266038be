//! `status`: how far a plan is.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use apim_migrate::apply::{RunBefore, Status, status};
use apim_migrate::arm::Span;
use apim_migrate::engine::fold;
use apim_migrate::secret::plain;
use apim_migrate::verify::LastLook;
use clap::Args;

use super::apply::word;
use super::carry::{PlanOf, left, listed, next, places};
use super::failures::{headed, helped, named};
use crate::cli::plan::brief::many;
use crate::cli::report::{Outcome, Report};
use crate::cli::ui::{BOLD, Ui, WARNING, painted};

/// Tell how far a plan is: what is done, what failed and why, what remains
///
/// Asks the journal and sends no request; flags of the connection are taken so
/// that the same ones do for every command that takes a plan.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Tell it again every two seconds, until no run is under way
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    plan: PlanOf,
}

/// How often it is told again.
const AGAIN: Duration = Duration::from_secs(2);

/// Tells the status; no request is sent.
pub(crate) fn run(args: &StatusArgs, ui: &Ui) -> Outcome {
    if args.watch && ui.is_json() {
        return Err(
            Report::usage("stdout holds one JSON document and nothing else")
                .help("leave out `--watch`, or follow `apply --progress json` on stderr"),
        );
    }
    loop {
        let (plan, dir) = args.plan.read()?;
        let status = status(&plan, &dir)?;
        if args.watch {
            ui.clear()?;
        }
        ui.result(&status, |s| text(s, LastLook::last(&plan, &dir), &dir))?;
        // A run that is under way has not said yet how it ended.
        if !args.watch || !status.cut_off {
            return Ok(status.exit());
        }
        std::thread::sleep(AGAIN);
    }
}

fn text(status: &Status, verified: Option<LastLook>, dir: &Path) -> String {
    let mut out = format!(
        "{}: {} of {} done",
        painted(BOLD, &status.plan),
        status.done,
        many(status.steps, "step"),
    );
    let outcomes: Vec<String> = (status.outcomes.iter())
        .map(|(outcome, n)| format!("{n} {}", word(outcome)))
        .collect();
    if !outcomes.is_empty() {
        let _ = write!(out, " ({})", outcomes.join(", "));
    }
    out.push('\n');
    runs(&status.history, &mut out);
    if status.cut_off {
        let _ = writeln!(
            out,
            "{} the last run is at work still, or was cut off; `apply` continues it, and refuses \
             while it is at work",
            painted(WARNING, "warning:"),
        );
    }
    for fold in fold(&status.failed) {
        let why = std::slice::from_ref(&fold.first.reason);
        headed("failed:", &named(&fold.steps), why, &mut out);
        helped(fold.first.help.iter(), &mut out);
    }
    if !status.interrupted.is_empty() {
        let steps: Vec<_> = status.interrupted.iter().collect();
        let _ = writeln!(out, "  begun, without an outcome: {}", listed(&steps));
    }
    if !status.changed.is_empty() {
        let steps: Vec<_> = status.changed.iter().collect();
        let _ = writeln!(
            out,
            "  done, and wanted otherwise since: {}",
            listed(&steps)
        );
    }
    if !status.setup.is_empty() {
        let items: Vec<_> = status.setup.iter().collect();
        let _ = writeln!(out, "  to be set up: {}", listed(&items));
    }
    if !status.replaced.is_empty() {
        let _ = writeln!(
            out,
            "  somebody else's, written over as asked, and put back by `rollback`: {}",
            places(&status.replaced),
        );
    }
    out.push_str(&left(&status.left, dir));
    if status.remaining.is_empty() && status.setup.is_empty() {
        let why = match verified {
            None => "to compare the workspace with the plan",
            Some(LastLook { at, differ: 0, .. }) => {
                let _ = writeln!(out, "  verified {}: as planned", plain(&minute(&at)));
                "to compare the workspace with the plan again"
            }
            Some(LastLook { at, differ, .. }) => {
                let found = many(differ, "difference");
                let _ = writeln!(out, "  verified {}: {found}", plain(&minute(&at)));
                "to see what differs"
            }
        };
        out.push_str(&next("verify", dir, why));
    } else {
        let steps: Vec<_> = status.remaining.iter().collect();
        let _ = writeln!(out, "  {} to do: {}", steps.len(), listed(&steps));
        if let Some(forecast) = status.forecast {
            let _ = writeln!(out, "  to come: {forecast}");
        }
        if status.runs > 0 {
            let _ = writeln!(out, "  {}", time_left(status));
        }
        let why = match status.last_run.as_deref() {
            None => "to carry it out",
            Some("rollback") => "to make again what was rolled back",
            Some(_) => "to continue",
        };
        out.push_str(&next("apply", dir, why));
    }
    out
}

/// The last runs, one a line.
fn runs(all: &[RunBefore], out: &mut String) {
    const TOLD: usize = 5;
    let _ = writeln!(out, "  {} so far", many(all.len(), "run"));
    for run in &all[all.len().saturating_sub(TOLD)..] {
        let began = minute(&run.began);
        let took = Span(run.took);
        let failed = match run.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let end = run.end.as_deref().unwrap_or("no end yet");
        let by = run.by.as_ref().map(|by| format!("  by {by}"));
        let line = format!(
            "    {:<8} {}  {took}  {}{failed}  {end}{}",
            run.what,
            began,
            many(run.done, "step"),
            by.unwrap_or_default(),
        );
        let _ = writeln!(out, "{}", plain(&line));
    }
}

/// A time to the minute: 2026-11-26 23:23.
fn minute(time: &str) -> String {
    let minute: String = time.chars().take(16).collect();
    minute.replace('T', " ")
}

/// How long the rest will take.
fn time_left(status: &Status) -> String {
    let time = match status.seconds_left {
        0..60 => "less than a minute".to_owned(),
        seconds @ 60..7200 => format!("about {} min", seconds.div_ceil(60)),
        seconds => format!("about {} h", seconds.div_ceil(3600)),
    };
    format!("{time} left, at the pace so far")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_told_in_fitting_units() {
        let said = |seconds_left| {
            time_left(&Status {
                seconds_left,
                ..Status::default()
            })
        };
        assert_eq!(said(12), "less than a minute left, at the pace so far");
        assert_eq!(said(61), "about 2 min left, at the pace so far");
        assert_eq!(said(7201), "about 3 h left, at the pace so far");
    }
}
