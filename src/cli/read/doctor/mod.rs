//! `doctor`: whether all that a migration rests on is as it should be, and what
//! nobody outside knows of the service.

mod probe;

use std::fmt::Write as _;
use std::path::PathBuf;

use apim_migrate::address::{ServiceId, WorkspaceName};
use apim_migrate::doctor::{Check, Diagnosis, Subject, Verdict, Version, examine};
use apim_migrate::exit::Exit;
use apim_migrate::plan::folder;
use apim_migrate::secret::plain;
use clap::Args;

use crate::cli::documents::Diagnosed;
use crate::cli::plan::brief::many;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::{AccessArgs, ReadArgs, ServiceArgs};
use crate::cli::service::requests::block_on;
use crate::cli::ui::{BOLD, ERROR, GOOD, HELP, Ui, WARNING, painted};

/// Look at all that a migration rests on: endpoint, identity, service, tier,
/// API versions, workspace, and the rights of whoever runs it
///
/// Only reads, unless --probe is given. With a plan, the rights are those that its steps take; without
/// one, those that reading the service takes and, with --workspace, copying
/// whatever it may hold. Exits with 1 when something failed; a warning, and what
/// can't be told, are no failure.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Plan folder, or its plan.yaml, that is to be applied
    #[arg(conflicts_with_all = [
        "service", "subscription", "resource_group", "service_name", "target_service", "workspace",
    ])]
    plan: Option<PathBuf>,

    /// Workspace to copy into, by its id
    #[arg(long, value_name = "ID")]
    workspace: Option<WorkspaceName>,

    /// Ask the service what nobody outside knows, in two workspaces that are made for that and
    /// removed again: are names unique over scopes, how long is an API busy, and the like
    #[arg(long)]
    probe: bool,

    /// File to write what was found out to, for `plan --traits`
    #[arg(
        long,
        value_name = "FILE",
        requires = "probe",
        default_value = "traits.yaml"
    )]
    out: PathBuf,

    /// Make and remove the workspaces without being asked
    #[arg(short, long, requires = "probe")]
    yes: bool,

    #[command(flatten)]
    service: ServiceArgs,

    #[command(flatten)]
    read: ReadArgs,

    /// The service that the workspace is in [default: the one that is read]
    #[arg(long, value_name = "ARM_ID", help_heading = "Connection")]
    target_service: Option<ServiceId>,

    #[command(flatten)]
    access: AccessArgs,
}

/// Looks at everything and tells about it.
pub(crate) fn run(args: &DoctorArgs, ui: &Ui) -> Outcome {
    if args.probe {
        probe::check(&args.out)?;
    }
    let plan = args.plan.as_deref().map(folder::read).transpose()?;
    let access = match &plan {
        Some(plan) => args.access.access_for(plan.api_version)?,
        None => args.access.access()?,
    };
    let (source, target, workspace) = match &plan {
        Some(plan) => (
            plan.source.clone(),
            plan.target.clone(),
            Some(plan.workspace.clone()),
        ),
        None => {
            let source = args.service.service(None)?;
            let target = args.target_service.clone();
            let target = target.unwrap_or_else(|| source.clone());
            (source, target, args.workspace.clone())
        }
    };
    let written = Version {
        used: "written",
        flag: "--api-version",
        version: access.api_version().to_string(),
    };
    let read = Version {
        used: "read",
        flag: "--read-version",
        version: args.read.newest(&access).to_string(),
    };
    let subject = Subject {
        arm: access.open_impatient()?,
        credential: access.credential(),
        versions: vec![written, read],
        source,
        target,
        workspace,
        plan: plan.as_ref(),
    };
    let diagnosis = block_on(async { Ok::<_, Report>(examine(&subject).await) })?;
    let mut told = Diagnosed {
        exit: diagnosis.exit().code(),
        diagnosis,
        probe: None,
    };
    let diagnosis = &told.diagnosis;
    if !args.probe || diagnosis.exit() != Exit::Done {
        ui.result(&told, |told| text(&told.diagnosis))?;
        if args.probe {
            ui.status("the service was not asked: mend first what failed");
        }
        return Ok(diagnosis.exit());
    }
    ui.status(text(diagnosis).trim_end());
    let sku = (diagnosis.checks.iter())
        .filter(|c| c.check == "tier" && c.about == subject.target.to_string())
        .find_map(|c| c.facts.get("tier")?.as_str().map(str::to_owned));
    let (probe, found) = probe::run(args, &access, &subject.target, sku, ui)?;
    told.probe = Some(probe);
    ui.result(&told, |_| found)?;
    Ok(Exit::Done)
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut out = String::new();
    for check in &diagnosis.checks {
        line(check, &mut out);
    }
    let counts: Vec<String> = [Verdict::Failed, Verdict::Warning, Verdict::Unknown]
        .into_iter()
        .map(|verdict| (diagnosis.count(verdict), verdict.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let all = many(diagnosis.checks.len(), "check");
    let _ = match counts.is_empty() {
        true => writeln!(out, "{}", painted(BOLD, &format!("{all}: all is well"))),
        false => writeln!(
            out,
            "{}",
            painted(BOLD, &format!("{all}: {}", counts.join(", ")))
        ),
    };
    out
}

fn line(check: &Check, out: &mut String) {
    let style = match check.verdict {
        Verdict::Ok => GOOD,
        Verdict::Warning | Verdict::Unknown => WARNING,
        Verdict::Failed => ERROR,
        Verdict::Skipped => HELP,
    };
    let verdict = painted(style, &format!("{:<7}", check.verdict.as_str()));
    let _ = writeln!(
        out,
        "{verdict}  {:<9}  {}",
        check.check,
        plain(&check.message)
    );
    for help in &check.help {
        let _ = writeln!(out, "  {} {}", painted(HELP, "help:"), plain(help));
    }
}
