//! `rollback`: delete what a plan made.

use std::fmt::Write as _;

use apim_migrate::exit::Exit;
use apim_migrate::rollback::{RollbackSummary, rollback};
use apim_migrate::secret::plain;
use clap::Args;

use super::brief::many;
use super::carry::{Opened, PlanOf, checked, confirm, failure, next, stoppable};
use super::ui::{BOLD, Ui, WARNING, painted};
use super::{Outcome, block_on};
use crate::report::Report;

/// Delete exactly what this plan made and nobody changed since
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    plan: PlanOf,

    /// Go ahead without being asked
    #[arg(short, long)]
    yes: bool,
}

/// Rolls the plan back.
pub(crate) fn run(args: &RollbackArgs, ui: &Ui) -> Outcome {
    let mut opened = args.plan.open(ui)?;
    checked(&mut opened.plan)?;
    let question = format!(
        "Delete from workspace {} of {} what `{}` made there?",
        opened.plan.workspace,
        opened.plan.target.name(),
        opened.dir.display(),
    );
    confirm(ui, args.yes, &question)?;
    let dir = opened.dir.clone();
    let summary = block_on(undo(&opened))?;
    drop(opened);
    ui.result(&summary, |s| {
        let mut out = text(s);
        if s.exit() == Exit::Resumable {
            out.push_str(&next("rollback", &dir, "to continue"));
        }
        out
    })?;
    Ok(summary.exit())
}

async fn undo(opened: &Opened) -> Result<RollbackSummary, Report> {
    let work = async |token| {
        let (plan, dir, arm) = (&opened.plan, &opened.dir, &opened.arm);
        Ok(rollback(plan, dir, arm, token, opened.listener.clone()).await?)
    };
    stoppable(work, &opened.listener).await
}

fn text(summary: &RollbackSummary) -> String {
    let mut out = String::new();
    for kept in &summary.kept {
        let _ = writeln!(
            out,
            "{} {}\n  {}",
            painted(WARNING, "kept:"),
            plain(&kept.target.to_string()),
            plain(&kept.why),
        );
    }
    for failed in &summary.failed {
        out.push_str(&failure(
            &failed.step,
            &failed.causes,
            failed.help.as_deref(),
        ));
    }
    let _ = writeln!(
        out,
        "{}: {} deleted, {} gone before, {} kept",
        painted(BOLD, &summary.plan),
        many(summary.deleted.len(), "resource"),
        summary.absent.len(),
        summary.kept.len(),
    );
    out
}
