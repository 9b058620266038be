//! `rollback`: delete what a plan made.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::time::Instant;

use apim_migrate::engine::DEFAULT_CONCURRENCY;
use apim_migrate::exit::Exit;
use apim_migrate::rollback::{
    KeptStep, Preview, PutBack, RollbackOptions, RollbackSummary, Scope, Seen, preview, rollback,
};
use apim_migrate::secret::plain;
use apim_migrate::target::checked_past;
use clap::Args;

use super::carry::{Opened, PlanOf, confirm, next, stoppable};
use super::failures::{not_undone, stopped};
use crate::cli::documents::{RolledBack, tenths};
use crate::cli::given::from_one;
use crate::cli::plan::brief::many;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::{BOLD, Ui, WARNING, painted};

/// Delete exactly what this plan made and nobody changed since, and put back what it wrote over
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Go ahead without being asked
    #[arg(short, long)]
    yes: bool,

    /// Tell what would be deleted and what kept, and delete nothing
    #[arg(long)]
    dry_run: bool,

    /// How many deletions may be under way at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CONCURRENCY, value_parser = from_one)]
    concurrency: NonZeroUsize,

    #[command(flatten)]
    plan: PlanOf,
}

/// Rolls the plan back.
pub(crate) fn run(args: &RollbackArgs, ui: &Ui) -> Outcome {
    let mut opened = args.plan.open(ui)?;
    checked_past(&mut opened.plan)?;
    if args.dry_run {
        let (found, _) = block_on_at(
            &opened.arm,
            [&opened.plan.target],
            look(&opened, Scope::All),
        )?;
        ui.result(&found, preview_text)?;
        return Ok(Exit::Done);
    }
    if !args.yes && !ui.can_ask() {
        confirm(ui, args.yes, "Delete what this plan made?")?;
    }
    let mut seen = None;
    if !args.yes {
        let (found, all) = block_on_at(
            &opened.arm,
            [&opened.plan.target],
            look(&opened, Scope::All),
        )?;
        let put_back = match found.put_back.len() {
            0 => String::new(),
            n => format!(", put back {n} that it wrote over"),
        };
        let keep = match found.keep.len() {
            0 => String::new(),
            n => format!(", and keep {n}"),
        };
        let question = format!(
            "Delete {} from workspace {} of {} that `{}` made there{put_back}{keep}?",
            many(found.delete.len(), "resource"),
            opened.plan.workspace,
            opened.plan.target.name(),
            opened.dir.display(),
        );
        opened = (args.plan).asking(opened, ui, || confirm(ui, args.yes, &question))?;
        seen = Some(all);
    }
    let (dir, began) = (opened.dir.clone(), Instant::now());
    let options = RollbackOptions {
        concurrency: args.concurrency,
        scope: Scope::All,
    };
    let summary = block_on_at(
        &opened.arm,
        [&opened.plan.target],
        undo(&opened, options, seen),
    )?;
    let told = RolledBack {
        exit: summary.exit().code(),
        summary,
        seconds: tenths(began.elapsed()),
        traffic: (&opened.summary.counts()).into(),
    };
    drop(opened);
    ui.result(&told, |RolledBack { summary, .. }| {
        let mut out = text(summary);
        if summary.exit() == Exit::Resumable {
            out.push_str(&next("rollback", &dir, "to continue"));
        }
        out
    })?;
    Ok(told.summary.exit())
}

/// Looks at what would be taken back.
pub(crate) async fn look(opened: &Opened, scope: Scope) -> Result<(Preview, Seen), Report> {
    let work = async |_| {
        let (plan, dir, arm) = (&opened.plan, &opened.dir, &opened.arm);
        Ok(preview(plan, dir, arm, scope, &opened.listener).await?)
    };
    stoppable(work, &opened.listener).await
}

/// Takes back, until the end or an interrupt.
pub(crate) async fn undo(
    opened: &Opened,
    options: RollbackOptions,
    seen: Option<Seen>,
) -> Result<RollbackSummary, Report> {
    let work = async move |token| {
        let (plan, dir, arm) = (&opened.plan, &opened.dir, &opened.arm);
        Ok(rollback(
            plan,
            dir,
            arm,
            options,
            seen,
            token,
            opened.listener.clone(),
        )
        .await?)
    };
    stoppable(work, &opened.listener).await
}

fn preview_text(found: &Preview) -> String {
    let mut out = String::new();
    for path in &found.delete {
        let _ = writeln!(out, "DELETE {}", plain(&path.to_string()));
    }
    for back in &found.put_back {
        let _ = writeln!(
            out,
            "PUT    {}  (what somebody else had there)",
            plain(&back.target.to_string()),
        );
    }
    out.push_str(&kept(&found.keep));
    out.push_str(&hidden(&found.put_back));
    let _ = writeln!(
        out,
        "{} to be deleted{}, {} gone before, {} to be kept; nothing was changed",
        many(found.delete.len(), "resource"),
        counted(found.put_back.len(), "to be put back"),
        found.gone,
        found.keep.len(),
    );
    out
}

/// A number where it is any.
fn counted(number: usize, what: &str) -> String {
    match number {
        0 => String::new(),
        number => format!(", {number} {what}"),
    }
}

/// Secrets that are not what they were.
fn hidden(all: &[PutBack]) -> String {
    let mut out = String::new();
    for back in all.iter().filter(|back| !back.without.is_empty()) {
        let _ = writeln!(
            out,
            "{} {}\n  the secret in {} could not be read before it was written over, and is not \
             put back: set it again",
            painted(WARNING, "secret:"),
            plain(&back.target.to_string()),
            back.without.join(", "),
        );
    }
    out
}

fn kept(all: &[KeptStep]) -> String {
    let mut out = String::new();
    for kept in all {
        let _ = writeln!(
            out,
            "{} {}\n  {}",
            painted(WARNING, "kept:"),
            plain(&kept.target.to_string()),
            plain(&kept.why),
        );
    }
    out
}

/// What came of it, for people.
pub(crate) fn text(summary: &RollbackSummary) -> String {
    let mut out = kept(&summary.kept) + &hidden(&summary.put_back);
    out.push_str(&not_undone(&summary.failed));
    let _ = writeln!(
        out,
        "{}: {} deleted{}, {} gone before, {} kept",
        painted(BOLD, &summary.plan),
        many(summary.deleted.len(), "resource"),
        counted(summary.put_back.len(), "put back"),
        summary.absent.len(),
        summary.kept.len(),
    );
    if let Some(trouble) = &summary.trouble {
        out.push_str(&stopped(trouble));
    }
    out
}

#[cfg(test)]
mod tests {
    use apim_migrate::engine::FailedStep;
    use apim_migrate::plan::StepId;

    use super::*;

    fn refused(step: &str) -> FailedStep {
        FailedStep {
            step: StepId::new(step),
            target: format!("/workspaces/w/{step}"),
            causes: vec!["ValidationError: it is locked".to_owned()],
            help: None,
            conflict: false,
            permanent: true,
            file: Some("resources/tags.yaml".to_owned()),
            denied: None,
        }
    }

    #[test]
    fn a_deletion_that_is_refused_for_good_is_not_mended_in_the_plan() {
        for failed in [
            vec![refused("tags/a")],
            vec![refused("tags/a"), refused("tags/b")],
        ] {
            let told = text(&RollbackSummary {
                failed,
                ..RollbackSummary::default()
            });
            assert!(told.contains("ValidationError: it is locked"), "{told}");
            assert!(told.contains("be refused again as"), "{told}");
            assert!(told.contains("run the same again"), "{told}");
            assert!(!told.contains("drop the step"), "{told}");
            assert!(!told.contains("resources/tags.yaml"), "{told}");
        }
    }
}
