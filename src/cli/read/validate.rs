//! `validate`: whatever can be known of a plan or a migration file without a
//! service.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use apim_migrate::apply::not_at_hand;
use apim_migrate::exit::Exit;
use apim_migrate::plan::folder::{self, PLAN_FILE};
use apim_migrate::secret::plain;
use apim_migrate::target::{Needed, checked};
use clap::Args;

use crate::cli::documents::Valid;
use crate::cli::plan;
use crate::cli::plan::brief::many;
use crate::cli::report::Outcome;
use crate::cli::run::apply::well;
use crate::cli::ui::{HELP, Ui, painted};

/// Check a plan or a migration file, as far as that is possible without a service
///
/// Sends nothing. Exits with 2 when a migration file can't be used, and as `apply` would when a
/// plan can't: with 3 when it has blockers that are not allowed, else with 6.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Plan folder, its plan.yaml, or a migration file
    #[arg(value_name = "PLAN|FILE")]
    what: PathBuf,
}

/// Checks it.
pub(crate) fn run(args: &ValidateArgs, ui: &Ui) -> Outcome {
    match is_plan(&args.what) {
        true => of_plan(&args.what, ui),
        false => of_file(&args.what, ui),
    }
}

fn is_plan(path: &Path) -> bool {
    path.is_dir() || path.file_name().is_some_and(|name| name == PLAN_FILE) || !path.exists()
}

fn of_plan(path: &Path, ui: &Ui) -> Outcome {
    let mut plan = folder::read(path)?;
    let needed = checked(&mut plan)?;
    let open = needed == Needed::Present;
    let missing = not_at_hand(&plan, &folder::root(path), &|_| true);
    let absent: Vec<String> = (missing.iter())
        .map(|absent| {
            format!(
                "`{}` can't be uploaded from here: {}",
                absent.step, absent.why
            )
        })
        .collect();
    let document = Valid::Plan {
        plan: plan.name.clone(),
        steps: plan.steps.len(),
        valid: true,
        needs_target: open,
        not_at_hand: absent.clone(),
    };
    ui.result(&document, |_| {
        let steps = many(plan.steps.len(), "step");
        let mut out = format!("{} {steps} and their bodies\n", well("valid:"));
        if open {
            let _ = writeln!(
                out,
                "{} it refers to something that no step makes: `apply --dry-run` looks whether the \
                 workspace has it",
                painted(HELP, "note:")
            );
        }
        for absent in &absent {
            let _ = writeln!(out, "{} {}", painted(HELP, "note:"), plain(absent));
        }
        out
    })?;
    Ok(Exit::Done)
}

fn of_file(path: &Path, ui: &Ui) -> Outcome {
    let open = plan::validate(path)?;
    let document = Valid::File {
        file: path.display().to_string(),
        valid: true,
        open: open.clone(),
    };
    ui.result(&document, |_| {
        let mut out = format!("{} {}\n", well("valid:"), path.display());
        for flag in &open {
            let _ = writeln!(
                out,
                "{} `{flag}` is left to the flags",
                painted(HELP, "note:")
            );
        }
        out
    })?;
    Ok(Exit::Done)
}
