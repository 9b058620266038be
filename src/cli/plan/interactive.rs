//! What `plan` asks on a terminal before it reads, and before it writes.

use std::path::PathBuf;
use std::sync::Arc;

use apim_migrate::plan::again::Again;
use apim_migrate::plan::codes::COMES_ALONG;
use apim_migrate::plan::{Finding, Severity};
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;

use super::args::PlanArgs;
use super::brief::many;
use crate::cli::ask::{self, Answers, again_with, wants};
use crate::cli::migration::Migration;
use crate::cli::read::show::save;
use crate::cli::report::Report;
use crate::cli::run::carry::{confirm, confirm_knowing};
use crate::cli::service::connection::Access;
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::Ui;

/// Asks for service and workspace, where neither flag nor file says them.
pub(super) fn asked(
    args: &PlanArgs,
    file: &mut Migration,
    access: &Access,
) -> Result<Answers, Report> {
    let mut answers = Answers::default();
    let open = args.service.open_parts(file.service.as_ref())?;
    let no_workspace = args.workspace.is_none() && file.workspace.is_none();
    if open.is_none() && !no_workspace {
        return Ok(answers);
    }
    let target = args.target_service.clone().or(file.target_service.clone());
    let silent: Arc<dyn Listener> = Arc::new(());
    let arm = access.open(&silent, &Arc::new(Summary::default()))?;
    let services = [
        args.service.service(file.service.as_ref()).ok(),
        target.clone(),
    ];
    block_on_at(&arm, services.iter().flatten(), async {
        if let Some(parts) = open {
            let service = ask::service(&arm, &parts).await?;
            file.service = Some(service.clone());
            answers.service = Some(service);
        }
        if no_workspace {
            let source = match &file.service {
                Some(service) => service.clone(),
                None => args.service.service(None)?,
            };
            let (name, made) = ask::workspace(&arm, &target.unwrap_or(source)).await?;
            answers.is_new = made.is_some();
            answers.workspace = Some(name.clone());
            file.workspace = Some(name);
            file.setup.workspace = made;
        }
        Ok(answers)
    })
}

/// Most APIs that are named in a question.
const NAMED: usize = 10;

/// Asks whether APIs that nobody selected may come along, where somebody is there
/// to be asked. Not about those that were in the last plan, nor those that stand
/// in the way.
pub(super) fn agreed(again: &Again, yes: bool, ui: &Ui) -> Result<(), Report> {
    if yes || !ui.can_ask() {
        return Ok(());
    }
    let is_new = |found: &Finding| match &again.changes {
        Some(changes) => {
            (changes.new.iter()).any(|step| Some(step.as_str()) == found.resource.strip_prefix('/'))
        }
        None => true,
    };
    let along: Vec<&Finding> = (again.plan.findings.iter())
        .filter(|f| f.code == COMES_ALONG.code && f.severity == Severity::Warning && is_new(f))
        .collect();
    if along.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = (along.iter().take(NAMED))
        .map(|found| format!("{} comes along: {}", found.resource, found.message))
        .collect();
    if let more @ 1.. = along.len().saturating_sub(NAMED) {
        lines.push(format!("and {more} more"));
    }
    let question = format!(
        "Write the plan with {} not selected?",
        many(along.len(), "API")
    );
    confirm_knowing(ui, yes, &lines, &question)
}

/// A migration file that is to be written, and where.
pub(super) type Draft = (PathBuf, String);

/// Asks whether the plan is to be written, keeps the answers, and tells how to
/// make it again.
pub(super) fn settle(
    answers: &Answers,
    draft: Draft,
    asked_for: Option<Draft>,
    yes: bool,
    ui: &Ui,
) -> Result<(), Report> {
    confirm(ui, yes, "Write the plan?")?;
    let saved = match asked_for {
        Some(asked_for) => Some(asked_for),
        None if yes || draft.0.exists() => None,
        None => {
            let file = draft.0.display();
            let question = format!("Save the answers as {file}, for the next time?");
            wants(&question)?.then_some(draft)
        }
    };
    if let Some((path, text)) = &saved {
        save(path, text)?;
    }
    let given: Vec<String> = (std::env::args_os().skip(1))
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let command = match &saved {
        Some((path, _)) => Some(again_with(path, &given)),
        None => answers.command(&given),
    };
    match command {
        Some(command) => ui.status(&format!("the same again: {command}")),
        None => ui.status(
            "only a migration file can have a workspace made: plan with `--save FILE` to keep it",
        ),
    }
    Ok(())
}
