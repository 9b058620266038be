//! Who has which role.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::error::{LOOKERS, WorkspaceError};
use crate::arm::{RoleReader, RoleScope};
use crate::rights::{ROLES, Role};

/// A role assignment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its own name.
    pub name: Uuid,
    /// The scope's full ARM id.
    pub scope: String,
    /// The principal's object id.
    pub principal: Uuid,
    /// What the principal is.
    pub principal_type: String,
    /// The id of the role's definition.
    pub role: Uuid,
}

impl Assignment {
    fn read(item: &Value) -> Option<Self> {
        let properties = &item["properties"];
        let last = |value: &Value| {
            let text = value.as_str()?;
            text.rsplit('/').next()?.parse::<Uuid>().ok()
        };
        Some(Self {
            name: last(&item["name"])?,
            scope: properties["scope"].as_str()?.to_owned(),
            principal: last(&properties["principalId"])?,
            principal_type: properties["principalType"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            role: last(&properties["roleDefinitionId"])?,
        })
    }
}

/// Reads the assignments at a scope, as [`RoleReader::assignments`] gives them.
///
/// # Errors
/// When ARM refuses or can't be reached.
pub async fn assignments(
    reader: &RoleReader,
    scope: &RoleScope,
    principal: Option<&Uuid>,
) -> Result<Vec<Assignment>, WorkspaceError> {
    let items = reader
        .assignments(scope, principal)
        .await
        .map_err(WorkspaceError::of("read role assignments", LOOKERS))?;
    Ok(items.iter().filter_map(Assignment::read).collect())
}

/// The definition of a role at a service: looked up by its name, else the
/// well-known one.
pub(super) async fn definition(reader: &RoleReader, scope: &RoleScope, role: &Role) -> Uuid {
    let found = reader.definitions(scope, Some(role.name)).await;
    let named = found.ok().and_then(|items| {
        let item = items.into_iter().find(|item| {
            let name = item["properties"]["roleName"].as_str();
            name.is_some_and(|name| name.eq_ignore_ascii_case(role.name))
        })?;
        item["name"].as_str()?.parse().ok()
    });
    named.unwrap_or(role.id)
}

/// The table's roles by the ids of their definitions: the well-known ones, and
/// those that a service has under the same names.
pub(super) async fn known_ids(
    reader: &RoleReader,
    scope: &RoleScope,
) -> Vec<(Uuid, &'static Role)> {
    let mut ids: Vec<(Uuid, &'static Role)> = ROLES.iter().map(|r| (r.id, r)).collect();
    for role in ROLES {
        let id = definition(reader, scope, role).await;
        if !ids.contains(&(id, role)) {
            ids.push((id, role));
        }
    }
    ids
}

/// A role that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GivenRole {
    /// The principal's object id.
    pub principal: Uuid,
    /// What the principal is.
    pub principal_type: String,
    /// The role's name, or the id of its definition.
    pub role: String,
    /// `workspace`, `service`, or `above`.
    pub at: &'static str,
    /// The scope's full ARM id.
    pub scope: String,
}

/// Reads who holds which role at a workspace, its service and above.
pub(super) async fn held(
    reader: &RoleReader,
    workspace: &RoleScope,
    service: &RoleScope,
) -> Result<Vec<GivenRole>, WorkspaceError> {
    let found = assignments(reader, workspace, None).await?;
    // Names are a courtesy: without the right to read them, ids tell.
    let definitions = reader.definitions(service, None).await.unwrap_or_default();
    let mut names: BTreeMap<Uuid, String> =
        ROLES.iter().map(|r| (r.id, r.name.to_owned())).collect();
    for item in &definitions {
        let id = item["name"].as_str().and_then(|n| n.parse().ok());
        if let (Some(id), Some(name)) = (id, item["properties"]["roleName"].as_str()) {
            names.insert(id, name.to_owned());
        }
    }
    let mut held: Vec<GivenRole> = found
        .into_iter()
        .map(|a| GivenRole {
            principal: a.principal,
            principal_type: a.principal_type,
            role: (names.get(&a.role).cloned()).unwrap_or_else(|| a.role.to_string()),
            at: match &a.scope {
                scope if workspace.is(scope) => "workspace",
                scope if service.is(scope) => "service",
                _ => "above",
            },
            scope: a.scope,
        })
        .collect();
    held.sort_by(|a, b| {
        let key = |h: &GivenRole| {
            (
                h.at != "workspace",
                h.at != "service",
                h.principal,
                h.role.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    Ok(held)
}
