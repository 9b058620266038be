//! `workspace`: set one up.

mod access;
mod create;
mod show;

use std::sync::Arc;

use apim_migrate::address::{ServiceId, WorkspaceName};
use apim_migrate::arm::Arm;
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::workspace::{Serving, WorkspaceError};
use clap::{Args, Subcommand};

use super::connection::{AccessArgs, ServiceArgs};
use crate::cli::report::Outcome;
use crate::cli::report::{Absent, Report};
use crate::cli::ui::{HELP, Ui, WARNING, painted};

/// Set up a workspace: make it, see its gateway, give people their roles
#[derive(Debug, Args)]
pub(crate) struct WorkspaceArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Create(create::CreateArgs),
    Show(show::ShowArgs),
    Grant(access::GrantArgs),
    Revoke(access::RevokeArgs),
}

/// A workspace of a service.
#[derive(Debug, Args)]
struct WorkspaceOf {
    /// Id of the workspace
    #[arg(value_name = "ID")]
    workspace: WorkspaceName,

    #[command(flatten)]
    service: ServiceArgs,

    #[command(flatten)]
    access: AccessArgs,
}

impl WorkspaceOf {
    /// Makes the client; nothing is sent yet.
    fn open(&self) -> Result<(Arm, ServiceId), Report> {
        let service = self.service.service(None)?;
        let access = self.access.access()?;
        let silent: Arc<dyn Listener> = Arc::new(());
        let arm = access.open(&silent, &Arc::new(Summary::default()))?;
        Ok((arm, service))
    }
}

/// Runs what is asked for.
pub(crate) fn run(args: &WorkspaceArgs, ui: &Ui) -> Outcome {
    match &args.action {
        Action::Create(args) => create::run(args, ui),
        Action::Show(args) => show::run(args, ui),
        Action::Grant(args) => access::grant(args, ui),
        Action::Revoke(args) => access::revoke(args, ui),
    }
}

impl From<WorkspaceError> for Report {
    fn from(error: WorkspaceError) -> Self {
        let absent = match &error {
            WorkspaceError::Absent(name) => Some(Absent::Workspace {
                name: name.to_string(),
                service: None,
            }),
            WorkspaceError::NoService(_) => Some(Absent::Service),
            _ => None,
        };
        let report = Report::of(error.exit(), &error).absent(absent);
        match error.help() {
            Some(help) => report.help(help),
            None => report,
        }
    }
}

/// What serves a workspace, and what to do when nothing does.
fn gateway_text(serving: &Serving) -> String {
    match serving {
        Serving::WorkspaceGateways(names) => format!("gateways: {}\n", names.join(", ")),
        Serving::ServiceGateway => "gateway: the service's own\n".to_owned(),
        Serving::Unknown => "gateway: you may not see it\n".to_owned(),
        Serving::Nothing => format!(
            "{} no gateway serves the workspace, so its APIs answer nowhere\n\
             {} associate a workspace gateway with it, in the portal under Workspaces or with a\n\
             \x20 `configConnections` resource of the gateway whose `sourceId` is the workspace\n",
            painted(WARNING, "warning:"),
            painted(HELP, "help:"),
        ),
    }
}
