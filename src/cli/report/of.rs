//! What each of the library's errors is as a report.

use std::io::ErrorKind;

use apim_migrate::apply::{ApplyError, NotAtHand};
use apim_migrate::arm::ArmError;
use apim_migrate::engine::causes;
use apim_migrate::exit::Exit;
use apim_migrate::plan::PlanError;
use apim_migrate::plan::again::Refused;
use apim_migrate::plan::folder::FolderError;
use apim_migrate::sandbox::SandboxError;
use apim_migrate::select::SelectError;
use apim_migrate::target::RunError;

use super::{Absent, Places, Report, hint};

impl From<ArmError> for Report {
    fn from(error: ArmError) -> Self {
        Self::of(Exit::Failed, &error)
    }
}

impl From<PlanError> for Report {
    fn from(error: PlanError) -> Self {
        let report = Self::of(error.exit(), &error).help(error.help());
        let absent = match &error {
            PlanError::NoWorkspace { workspace, service } => Some(Absent::Workspace {
                name: workspace.clone(),
                service: Some(service.clone()),
            }),
            _ => None,
        };
        report.about(error.way()).absent(absent)
    }
}

impl From<SelectError> for Report {
    fn from(error: SelectError) -> Self {
        let report = Self::of(error.exit(), &error).help(error.help());
        report.about(error.way())
    }
}

impl From<FolderError> for Report {
    fn from(error: FolderError) -> Self {
        let report = Self::of(error.exit(), &error);
        let known = match &error {
            FolderError::Io { source, .. } if source.kind() != ErrorKind::Other => {
                Some(hint(source.kind()).to_owned())
            }
            _ => error.help(),
        };
        known.into_iter().fold(report, Self::help)
    }
}

impl From<RunError> for Report {
    fn from(error: RunError) -> Self {
        let report = Self::of(error.exit(), &error);
        match error.help() {
            Some(help) => report.help(help),
            None => report,
        }
    }
}

impl From<Refused> for Report {
    fn from(error: Refused) -> Self {
        Self::of(error.exit(), &error).help(error.help())
    }
}

impl From<ApplyError> for Report {
    fn from(error: ApplyError) -> Self {
        let mut report = Self::of(error.exit(), &error);
        if let ApplyError::Rights(missing) = &error {
            report = missing.commands().fold(report, Report::help);
        }
        if let ApplyError::Uploads(missing) = &error {
            let line = |m: &NotAtHand| format!("`{}`: {}", m.step, causes(&m.why).join("; "));
            report = missing.iter().map(line).fold(report, Report::cause);
        }
        if let ApplyError::Drift(drift) = &error {
            report.places = Some(Box::new(Places::Drift(drift.clone())));
        }
        if let ApplyError::Conflicts(conflicts) = &error {
            report.places = Some(Box::new(Places::Conflicts(conflicts.clone())));
            for conflict in conflicts.iter().filter(|c| c.begun) {
                report = report.cause(format!(
                    "an earlier run had begun to write `{}`, and what stands there is not what it \
                     sent",
                    conflict.target
                ));
            }
        }
        match error.help() {
            Some(help) => report.help(help),
            None => report,
        }
    }
}

impl From<SandboxError> for Report {
    fn from(error: SandboxError) -> Self {
        let (exit, help) = match &error {
            SandboxError::Server(_) => (Exit::Failed, "run it again"),
            SandboxError::Seed(..) => (
                Exit::Usage,
                "give a snapshot that `apim-migrate snapshot --all -o FILE` wrote",
            ),
            SandboxError::Port { .. } => (
                Exit::Usage,
                "choose another one with `--port N`; `--port 0` takes any that is free",
            ),
        };
        Self::of(exit, &error).help(help)
    }
}
