//! `apply`: carry out a plan, or continue one that stopped.

mod dry_run;
mod question;

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use apim_migrate::apply::{self, ApplyOptions, ApplySummary, MovedSubscription};
use apim_migrate::arm::Span;
use apim_migrate::engine::{DEFAULT_CONCURRENCY, OnConflict};
use apim_migrate::exit::Exit;
use apim_migrate::plan::StepId;
use apim_migrate::progress::Outcome as StepDone;
use apim_migrate::progress::summary::Counts;
use apim_migrate::rollback::{RollbackOptions, RollbackSummary, Scope};
use apim_migrate::secret::plain;
use apim_migrate::target::{Needed, checked, resolved};
use clap::{Args, ValueEnum};

use self::question::{Asked, question};
use super::carry::{Opened, PlanOf, confirm_knowing, left, listed, next, stoppable};
use super::failures::{failures, stopped};
use super::rollback;
use crate::cli::documents::{Applied, DryRunTold};
use crate::cli::given::from_one;
use crate::cli::plan::{brief::many, forget};
use crate::cli::report::{Outcome, Report};
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::{BOLD, GOOD, Ui, WARNING, painted};

/// What to do where a target exists and differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ConflictArg {
    /// Stop before the first write
    #[default]
    Fail,
    /// Leave it as it is and go on
    Skip,
    /// Overwrite it
    Overwrite,
}

/// How a plan is carried out.
#[derive(Debug, Args)]
pub(crate) struct Way {
    /// How many steps may be under way at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CONCURRENCY, value_parser = from_one)]
    concurrency: NonZeroUsize,

    /// What to do where a target exists, is not ours and differs
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    on_conflict: ConflictArg,

    /// Copy sources that have changed since the plan was made
    #[arg(long)]
    ignore_drift: bool,

    /// Begin nothing more after the first failure
    #[arg(long)]
    fail_fast: bool,
}

/// Carry out a plan; run it again to continue one that stopped
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Go ahead without being asked
    #[arg(short, long)]
    yes: bool,

    /// Print each request that would be sent, in order, and send none
    #[arg(long)]
    dry_run: bool,

    /// Don't look at the workspace: show each request that is not done yet
    #[arg(long, requires = "dry_run")]
    offline: bool,

    /// Delete as well what this plan made and does not name any more
    #[arg(long)]
    prune: bool,

    #[command(flatten)]
    way: Way,

    /// Begin without asking what you may do
    #[arg(long)]
    ignore_rights: bool,

    /// Write which subscription became which to a CSV file: names, no keys
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    subscription_list: Option<PathBuf>,

    #[command(flatten)]
    plan: PlanOf,
}

impl Way {
    pub(crate) fn options(&self) -> ApplyOptions {
        ApplyOptions {
            concurrency: self.concurrency,
            on_conflict: match self.on_conflict {
                ConflictArg::Fail => OnConflict::Fail,
                ConflictArg::Skip => OnConflict::Skip,
                ConflictArg::Overwrite => OnConflict::Overwrite,
            },
            ignore_drift: self.ignore_drift,
            fail_fast: self.fail_fast,
            ..ApplyOptions::default()
        }
    }
}

impl ApplyArgs {
    fn options(&self) -> ApplyOptions {
        ApplyOptions {
            prune: self.prune,
            ignore_rights: self.ignore_rights,
            ..self.way.options()
        }
    }
}

/// Applies the plan.
pub(crate) fn run(args: &ApplyArgs, ui: &Ui) -> Outcome {
    if args.dry_run {
        return look(args, ui);
    }
    let mut opened = args.plan.open(ui)?;
    let needed = checked(&mut opened.plan)?;
    let Asked { lines, question } = question(&opened.plan, &opened.dir, args.prune)?;
    confirm_knowing(ui, args.yes, &lines, &question)?;
    // The next plan is of what stands at the source then.
    forget(&opened.plan, &opened.dir, ui);
    let services = [&opened.plan.target, &opened.plan.source];
    let (dir, counts, summary) = block_on_at(&opened.arm, services, async {
        resolved(&opened.plan, needed, &opened.arm).await?;
        let summary = carry_out(&opened, args.options()).await?;
        let pruned = match args.prune && summary.exit() == Exit::Done {
            true => Some(prune(&opened, args).await?),
            false => None,
        };
        Ok((
            opened.dir.clone(),
            opened.summary.counts(),
            (summary, pruned),
        ))
    })?;
    let (summary, pruned) = summary;
    // What was done is told even where the list can't be made.
    let list = match &args.subscription_list {
        Some(path) => apply::moved_subscriptions(&opened.plan, &opened.dir)
            .map_err(Report::from)
            .and_then(|list| write_list(path, &list)),
        None => Ok(()),
    };
    drop(opened);
    told(&summary, pruned.as_ref(), &dir, &counts, ui)?;
    list?;
    Ok(match (summary.exit(), pruned) {
        (Exit::Done, Some(pruned)) => pruned.exit(),
        (exit, _) => exit,
    })
}

/// Deletes what left the plan.
async fn prune(opened: &Opened, args: &ApplyArgs) -> Result<RollbackSummary, Report> {
    let options = RollbackOptions {
        concurrency: args.way.concurrency,
        scope: Scope::Left,
    };
    rollback::undo(opened, options, None).await
}

/// Applies a plan that was opened and checked, until the end or an interrupt.
pub(crate) async fn carry_out(
    opened: &Opened,
    options: ApplyOptions,
) -> Result<ApplySummary, Report> {
    let listener = &opened.listener;
    let work = async |token| {
        let (plan, dir, arm) = (&opened.plan, &opened.dir, &opened.arm);
        Ok(apply::apply(plan, dir, arm, options, token, listener.clone()).await?)
    };
    stoppable(work, listener).await
}

fn write_list(path: &Path, list: &[MovedSubscription]) -> Result<(), Report> {
    std::fs::write(path, csv(list)).map_err(|e| {
        Report::new(
            Exit::Failed,
            format!(
                "could not write the list of subscriptions `{}`",
                path.display()
            ),
        )
        .cause(e)
        .help("run `apply` again to write the list: what is done is not sent again")
    })
}

fn csv(list: &[MovedSubscription]) -> String {
    let mut out = String::from("source,target,scope,keys\n");
    for moved in list {
        let (source, target) = (field(&moved.source), field(&moved.target));
        let (scope, keys) = (field(&moved.scope), moved.keys.as_str());
        let _ = writeln!(out, "{source},{target},{scope},{keys}");
    }
    out
}

fn field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn look(args: &ApplyArgs, ui: &Ui) -> Outcome {
    let (mut plan, dir) = args.plan.read()?;
    let needed = checked(&mut plan)?;
    let found = if args.offline {
        if needed == Needed::Present {
            ui.status(
                "not looked at: whether what the plan refers to, and makes by no step, is there",
            );
        }
        apply::dry_run(&plan, &dir)?
    } else {
        let opened = args.plan.open(ui)?;
        block_on_at(&opened.arm, [&plan.target, &plan.source], async {
            resolved(&plan, needed, &opened.arm).await?;
            let (arm, options) = (&opened.arm, args.options());
            Ok(apply::look(&plan, &dir, arm, options, &opened.listener).await?)
        })?
    };
    if !found.drift.is_empty() {
        forget(&plan, &dir, ui);
    }
    let told = DryRunTold {
        plan: plan.name,
        exit: found.exit().code(),
        found,
    };
    ui.result(&told, |told| dry_run::text(&told.found))?;
    Ok(told.found.exit())
}

fn told(
    summary: &ApplySummary,
    pruned: Option<&RollbackSummary>,
    dir: &Path,
    counts: &Counts,
    ui: &Ui,
) -> Result<(), Report> {
    let document = Applied::new(summary, pruned, counts);
    ui.result(&document, |_| {
        let told = pruned.map(rollback::text);
        let told = told.unwrap_or_default();
        told + &text(summary, dir, counts, pruned.is_some())
    })
}

/// The summary for people, and what to do next.
pub(crate) fn text(summary: &ApplySummary, dir: &Path, counts: &Counts, pruned: bool) -> String {
    let took = Span(summary.took);
    let foretold = summary.forecast.map(|f| format!(" (foretold: {f})"));
    let foretold = foretold.unwrap_or_default();
    let tail = format!(", {} in {took}{foretold}", requests(counts));
    let mut out = happened(summary, dir, &tail);
    if !pruned {
        out.push_str(&left(&summary.left, dir));
    }
    out.push_str(&match summary.exit() {
        Exit::Done => next("verify", dir, "to compare the workspace with the plan"),
        Exit::Refused => String::new(),
        Exit::Failed => next("apply", dir, "once that is changed"),
        _ => next("apply", dir, "to continue"),
    });
    out
}

/// What a run did and did not do, for people; `tail` ends the line that counts.
pub(crate) fn happened(summary: &ApplySummary, dir: &Path, tail: &str) -> String {
    let mut out = failures(&summary.failed, &summary.blocked, dir);
    for step in &summary.overtaken {
        let _ = writeln!(
            out,
            "{} somebody made {} while the run was under way: it was replaced, and `rollback` \
             leaves it",
            painted(WARNING, "warning:"),
            plain(step.as_str()),
        );
    }
    if !summary.again.is_empty() {
        let steps: Vec<&StepId> = summary.again.iter().collect();
        let _ = writeln!(
            out,
            "made again, since somebody had deleted it: {}",
            listed(&steps)
        );
    }
    for set_up in &summary.setup {
        let _ = writeln!(
            out,
            "set up: {} ({})",
            plain(set_up.item.as_str()),
            word(&set_up.outcome),
        );
    }
    for step in &summary.untidied {
        let _ = writeln!(
            out,
            "{} {} was left: nothing shows that it came with this plan; `verify` names what is \
             there, delete it if it is not wanted",
            painted(WARNING, "warning:"),
            plain(step.as_str()),
        );
    }
    if !summary.new_keys.is_empty() {
        let new: Vec<_> = summary.new_keys.iter().collect();
        let _ = writeln!(
            out,
            "{} the service refused the keys of {}: the copies have new ones, tell their users",
            painted(WARNING, "warning:"),
            listed(&new)
        );
    }
    if !summary.left_as_is.is_empty() {
        let left: Vec<_> = summary.left_as_is.iter().collect();
        let _ = writeln!(
            out,
            "{} left as they are: {}",
            painted(WARNING, "warning:"),
            listed(&left)
        );
    }
    let outcomes: Vec<String> = (summary.outcomes.iter())
        .map(|(outcome, n)| format!("{n} {}", word(outcome)))
        .collect();
    let _ = write!(
        out,
        "{}: {} of {} done",
        painted(BOLD, &summary.plan),
        summary.done(),
        many(summary.steps, "step"),
    );
    if summary.done_before > 0 {
        let _ = write!(out, ", {} before", summary.done_before);
    }
    if !outcomes.is_empty() {
        let _ = write!(out, " ({})", outcomes.join(", "));
    }
    let _ = writeln!(out, "{tail}");
    if !matches!(summary.exit(), Exit::Done | Exit::Refused) {
        let rest = summary.failed.len() + summary.blocked.len() + summary.remaining.len();
        let _ = writeln!(out, "{} not done", many(rest, "step"));
        if let Some(trouble) = &summary.trouble {
            out.push_str(&stopped(trouble));
        }
    }
    out
}

/// Counts of requests in a few words.
pub(crate) fn requests(counts: &Counts) -> String {
    let by: Vec<String> = counts
        .requests
        .iter()
        .map(|(m, n)| format!("{n} {m}"))
        .collect();
    let all = many(counts.all_requests(), "request");
    match by.is_empty() {
        true => all,
        false => format!("{all}: {}", by.join(", ")),
    }
}

/// The word that the journal uses for an outcome.
pub(crate) fn word(outcome: &StepDone) -> String {
    let value = serde_json::to_value(outcome).unwrap_or_default();
    let word = value.as_str().unwrap_or_default();
    let mut out = String::new();
    for c in word.chars() {
        if c.is_uppercase() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// A word that all went well.
pub(crate) fn well(text: &str) -> String {
    painted(GOOD, text)
}
