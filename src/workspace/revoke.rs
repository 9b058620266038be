//! Taking a role in a workspace back, and the one at the service with it.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::access::{Assignment, assignments, known_ids};
use super::error::{ASSIGNERS, LOOKERS, WorkspaceError};
use crate::address::{ServiceId, WorkspaceName};
use crate::arm::{Deleted, Reader, RoleReader, RoleScope, RoleWriter};
use crate::rights::{Role, ServiceRole, Standing, WorkspaceRole};

/// Whose roles are to be taken back.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// The service.
    pub service: ServiceId,
    /// The workspace.
    pub workspace: WorkspaceName,
    /// The principal's object id.
    pub principal: Uuid,
    /// The role at the workspace; `None` takes all of them.
    pub role: Option<WorkspaceRole>,
    /// The role at the service; `None` takes the one that comes with the other.
    pub service_role: Option<ServiceRole>,
}

/// What became of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// The role's full name.
    pub role: &'static str,
    /// Where it is, or was, held.
    pub at: Standing,
    /// The assignment's name.
    pub assignment: Uuid,
    /// The workspaces that still need it, for one that was left.
    pub needed_by: Vec<String>,
}

/// An assignment of one of the table's roles.
struct Known<'a> {
    role: &'static Role,
    assignment: &'a Assignment,
}

fn known<'a>(
    ids: &[(Uuid, &'static Role)],
    there: &'a [Assignment],
    revoke: &Revoke,
    scope: &RoleScope,
    at: Standing,
) -> Vec<Known<'a>> {
    there
        .iter()
        .filter(|a| a.principal == revoke.principal && scope.is(&a.scope))
        .filter_map(|assignment| {
            let same =
                |(id, role): &&(Uuid, &'static Role)| *id == assignment.role && role.at == at;
            let (_, role) = *ids.iter().find(same)?;
            Some(Known { role, assignment })
        })
        .collect()
}

/// What is taken, and which roles at the service are no longer needed.
fn decide<'a>(
    ids: &[(Uuid, &'static Role)],
    revoke: &Revoke,
    there: &'a [Assignment],
    workspaces: &[WorkspaceName],
) -> (Vec<Known<'a>>, Vec<Known<'a>>, Vec<String>) {
    let scope = |w: &WorkspaceName| RoleScope::of_workspace(revoke.service.clone(), w.clone());
    let (taken, kept): (Vec<_>, Vec<_>) = known(
        ids,
        there,
        revoke,
        &scope(&revoke.workspace),
        Standing::Workspace,
    )
    .into_iter()
    .partition(|k| revoke.role.is_none_or(|r| r.role() == k.role));
    let beside = |role: WorkspaceRole| role.beside().map(ServiceRole::role);
    let asked = match (revoke.service_role, revoke.role) {
        (Some(role), _) => Some(role.role()),
        (None, Some(role)) => beside(role),
        (None, None) => None,
    };
    let above = RoleScope::of_service(revoke.service.clone());
    let service: Vec<_> = known(ids, there, revoke, &above, Standing::Service)
        .into_iter()
        .filter(|k| asked.is_none_or(|role| role == k.role))
        .collect();
    let mut needed_by: Vec<String> = workspaces
        .iter()
        .filter(|w| **w != revoke.workspace)
        .filter(|w| !known(ids, there, revoke, &scope(w), Standing::Workspace).is_empty())
        .map(ToString::to_string)
        .collect();
    if !kept.is_empty() {
        needed_by.push(revoke.workspace.to_string());
    }
    needed_by.sort();
    (taken, service, needed_by)
}

/// Deletes the assignments of a pair. The role at the service stays while the
/// principal has a role in a workspace of the service.
///
/// # Errors
/// When a right is missing or ARM can't be reached. A repeat takes the rest.
pub async fn revoke(
    reader: &Reader,
    roles: &RoleReader,
    writer: &RoleWriter,
    revoke: &Revoke,
) -> Result<Vec<Revoked>, WorkspaceError> {
    let items = reader
        .list("/workspaces", &[])
        .await
        .map_err(WorkspaceError::of("read the workspaces", LOOKERS))?;
    let mut workspaces: Vec<WorkspaceName> = items
        .iter()
        .filter_map(|w| w["name"].as_str()?.parse().ok())
        .collect();
    if !workspaces.contains(&revoke.workspace) {
        workspaces.push(revoke.workspace.clone());
    }
    let above = RoleScope::of_service(revoke.service.clone());
    let ids = known_ids(roles, &above).await;
    let mut there: Vec<Assignment> = Vec::new();
    // Whether a list at the service shows what is held below it is not
    // documented for services, so each workspace is asked.
    for workspace in &workspaces {
        let scope = RoleScope::of_workspace(revoke.service.clone(), workspace.clone());
        let found = match assignments(roles, &scope, Some(&revoke.principal)).await {
            Err(WorkspaceError::Failed { source, .. }) if source.is_not_found() => continue,
            found => found?,
        };
        for assignment in found {
            if !there.contains(&assignment) {
                there.push(assignment);
            }
        }
    }
    let (taken, service, needed_by) = decide(&ids, revoke, &there, &workspaces);
    let mut revoked = Vec::new();
    let own = Some(&revoke.workspace);
    for (known, workspace) in
        (taken.iter().map(|k| (k, own))).chain(service.iter().map(|k| (k, None)))
    {
        let left = workspace.is_none() && !needed_by.is_empty();
        if !left {
            let name = &known.assignment.name;
            let deleted = writer
                .delete(workspace, name)
                .await
                .map_err(WorkspaceError::of(
                    format!("take the role {} back", known.role.name),
                    ASSIGNERS,
                ))?;
            if deleted == Deleted::WasAbsent {
                continue;
            }
        }
        revoked.push(Revoked {
            role: known.role.name,
            at: known.role.at,
            assignment: known.assignment.name,
            needed_by: match left {
                true => needed_by.clone(),
                false => Vec::new(),
            },
        });
    }
    Ok(revoked)
}
