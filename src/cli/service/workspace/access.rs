//! `workspace grant` and `workspace revoke`.

use std::time::Duration;

use apim_migrate::arm::{Reader, RoleReader, RoleWriter};
use apim_migrate::exit::Exit;
use apim_migrate::secret::plain;
use apim_migrate::workspace::{
    self, Grant, Granted, Pair, PrincipalType, Revoke, Revoked, ServiceRole, Standing,
    WorkspaceError, WorkspaceRole, find,
};
use clap::Args;
use uuid::Uuid;

use super::WorkspaceOf;
use crate::cli::documents::{RolesGranted, RolesRevoked};
use crate::cli::given::object_id;
use crate::cli::report::Outcome;
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::Ui;

/// How long a principal that was made just now is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// The role at the service: one, or none at all.
#[derive(Debug, Clone, Copy)]
enum Beside {
    None,
    Role(ServiceRole),
}

fn beside(text: &str) -> Result<Beside, String> {
    match text.eq_ignore_ascii_case("none") {
        true => Ok(Beside::None),
        false => match text.parse() {
            Ok(role) => Ok(Beside::Role(role)),
            Err(error) => Err(format!("{error}, none")),
        },
    }
}

/// Give somebody a role in a workspace, and the one at the service that it takes; safe to repeat
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    /// Object id of the user, group or service principal
    #[arg(long, value_name = "OBJECT_ID", value_parser = object_id)]
    principal: Uuid,

    /// Role in the workspace: reader, contributor, api-developer, product-manager, or a full name
    #[arg(long, value_name = "ROLE")]
    role: WorkspaceRole,

    /// What the principal is: User, Group, ServicePrincipal
    #[arg(long, value_name = "TYPE", default_value_t)]
    principal_type: PrincipalType,

    /// Role at the service: api-developer, product-manager, none [default: the one that fits]
    #[arg(long, value_name = "ROLE", value_parser = beside)]
    service_role: Option<Beside>,

    #[command(flatten)]
    workspace: WorkspaceOf,
}

/// Grants.
pub(crate) fn grant(args: &GrantArgs, ui: &Ui) -> Outcome {
    let (arm, service) = args.workspace.open()?;
    let name = args.workspace.workspace.clone();
    let grant = Grant {
        service: service.clone(),
        workspace: name.clone(),
        principal: args.principal,
        principal_type: args.principal_type,
        pair: Pair {
            workspace: args.role,
            service: match args.service_role {
                None => args.role.beside(),
                Some(Beside::None) => None,
                Some(Beside::Role(role)) => Some(role),
            },
        },
        patience: PATIENCE,
    };
    let granted = block_on_at(&arm, [&service], async {
        let reader = Reader::new(arm.clone(), service.clone());
        if find(&reader, &name).await?.1.is_none() {
            return Err(WorkspaceError::Absent(name.clone()).into());
        }
        let roles = RoleReader::new(arm.clone());
        let writer = RoleWriter::new(arm.clone(), service.clone());
        Ok(workspace::grant(&roles, &writer, &grant).await?)
    })?;
    let document = RolesGranted {
        workspace: name,
        service: service.to_string(),
        principal: args.principal,
        assignments: granted.clone(),
    };
    ui.result(&document, |_| granted.iter().map(granted_line).collect())?;
    Ok(Exit::Done)
}

fn granted_line(granted: &Granted) -> String {
    let state = match granted.created {
        true => "granted",
        false => "held already",
    };
    format!("{}: {} at the {}\n", state, granted.role, place(granted.at))
}

fn place(at: Standing) -> &'static str {
    match at {
        Standing::Workspace => "workspace",
        Standing::Service => "service",
    }
}

/// Take somebody's role in a workspace back, and the one at the service unless it is still needed
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// Object id of the user, group or service principal
    #[arg(long, value_name = "OBJECT_ID", value_parser = object_id)]
    principal: Uuid,

    /// Role in the workspace [default: all that the principal has there]
    #[arg(long, value_name = "ROLE")]
    role: Option<WorkspaceRole>,

    /// Role at the service [default: the one that fits]
    #[arg(long, value_name = "ROLE")]
    service_role: Option<ServiceRole>,

    #[command(flatten)]
    workspace: WorkspaceOf,
}

/// Revokes.
pub(crate) fn revoke(args: &RevokeArgs, ui: &Ui) -> Outcome {
    let (arm, service) = args.workspace.open()?;
    let name = args.workspace.workspace.clone();
    let revoke = Revoke {
        service: service.clone(),
        workspace: name.clone(),
        principal: args.principal,
        role: args.role,
        service_role: args.service_role,
    };
    let revoked = block_on_at(&arm, [&service], async {
        let reader = Reader::new(arm.clone(), service.clone());
        if find(&reader, &name).await?.1.is_none() {
            return Err(WorkspaceError::Absent(name.clone()).into());
        }
        let roles = RoleReader::new(arm.clone());
        let writer = RoleWriter::new(arm.clone(), service.clone());
        Ok(workspace::revoke(&reader, &roles, &writer, &revoke).await?)
    })?;
    let document = RolesRevoked {
        workspace: name,
        service: service.to_string(),
        principal: args.principal,
        assignments: revoked.clone(),
    };
    ui.result(&document, |_| match revoked.is_empty() {
        true => "nothing to take back\n".to_owned(),
        false => revoked.iter().map(revoked_line).collect(),
    })?;
    Ok(Exit::Done)
}

fn revoked_line(revoked: &Revoked) -> String {
    let role = format!("{} at the {}", revoked.role, place(revoked.at));
    match revoked.needed_by.is_empty() {
        true => format!("revoked: {role}\n"),
        false => {
            let by = plain(&revoked.needed_by.join(", "));
            format!("left: {role}, still needed in {by}\n")
        }
    }
}
