//! Role assignments at the scope of a service or a workspace.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::address::ServiceId;
use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::{Refusal, Reply};
use crate::sandbox::http::routes::not_allowed;
use crate::sandbox::store::Service;
use crate::sandbox::store::path::Path;

const MARK: &str = "/providers/microsoft.authorization/";

/// The built-in roles that concern workspaces: id and name.
const DEFINITIONS: &[(&str, &str)] = &[
    (
        "0c34c906-8d99-4cb7-8bb7-33f5b0a1a799",
        "API Management Workspace Contributor",
    ),
    (
        "ef1c2c96-4a77-49e8-b9a4-6179fe1d2fd2",
        "API Management Workspace Reader",
    ),
    (
        "56328988-075d-4c6a-8766-d93edd6725b6",
        "API Management Workspace API Developer",
    ),
    (
        "73c2c328-d004-4c5e-938c-35c6f5679a1f",
        "API Management Workspace API Product Manager",
    ),
    (
        "9565a273-41b9-4368-97d2-aeb0c976a9b3",
        "API Management Service Workspace API Developer",
    ),
    (
        "d59a3e9c-6d52-4a5a-aeed-6bf3cf0e31da",
        "API Management Service Workspace API Product Manager",
    ),
];

/// Whether a path is about roles.
pub(crate) fn concerns(path: &str) -> bool {
    path.to_ascii_lowercase().contains(MARK)
}

/// The assignments of all services, by lower-cased id.
#[derive(Debug, Default)]
pub(crate) struct Roles(BTreeMap<String, Value>);

impl Roles {
    /// Carries out a request about roles.
    pub(crate) fn handle(&mut self, services: &[Service], call: &Call) -> Result<Reply, Refusal> {
        let lower = call.path.to_ascii_lowercase();
        let at = lower.find(MARK).unwrap_or(lower.len());
        let scope = call.path.get(..at).unwrap_or_default();
        let rest = lower.get(at + MARK.len()..).unwrap_or_default();
        exists(services, scope)?;
        let words: Vec<&str> = rest.split('/').collect();
        match (words.as_slice(), call.method.as_str()) {
            (["roledefinitions"], "GET") => Ok(definitions(scope, call)),
            (["roleassignments"], "GET") => Ok(self.list(scope, call)),
            (["roleassignments", name], method) => {
                if name.parse::<Uuid>().is_err() {
                    return Err(Refusal::arm(
                        400,
                        "InvalidRoleAssignmentId",
                        format!("The role assignment ID '{name}' is not valid. It must be a GUID."),
                    ));
                }
                match method {
                    "GET" => self.0.get(&lower).map_or_else(
                        || {
                            Err(Refusal::arm(
                                404,
                                "RoleAssignmentNotFound",
                                "The role assignment is not found.",
                            ))
                        },
                        |found| Ok(Reply::json(200, found.clone())),
                    ),
                    "PUT" => self.assign(scope, name, &lower, call),
                    "DELETE" => Ok(match self.0.remove(&lower) {
                        Some(gone) => Reply::json(200, gone),
                        None => Reply::empty(204),
                    }),
                    _ => Err(not_allowed(&call.method)),
                }
            }
            _ => Err(not_allowed(&call.method)),
        }
    }

    fn assign(
        &mut self,
        scope: &str,
        name: &str,
        key: &str,
        call: &Call,
    ) -> Result<Reply, Refusal> {
        let properties = call.properties()?;
        let text = |member: &str| {
            let value = properties.get(member).and_then(Value::as_str);
            value.unwrap_or_default().to_ascii_lowercase()
        };
        let (role, principal) = (text("roleDefinitionId"), text("principalId"));
        let known = role
            .rsplit('/')
            .next()
            .is_some_and(|id| DEFINITIONS.iter().any(|(known, _)| *known == id));
        if !known {
            return Err(Refusal::arm(
                404,
                "RoleDefinitionDoesNotExist",
                format!("The specified role definition with ID '{role}' does not exist."),
            ));
        }
        if principal.parse::<Uuid>().is_err() {
            return Err(Refusal::arm(
                400,
                "InvalidPrincipalId",
                "The principal ID is not valid. Principal ID must be a GUID.",
            ));
        }
        if text("principalType").is_empty() {
            return Err(Refusal::arm(
                400,
                "PrincipalNotFound",
                format!(
                    "Principal {principal} does not exist in the directory. If it was created just now, set principalType."
                ),
            ));
        }
        let same = |assignment: &Value| {
            let member = |name: &str| {
                let value = assignment["properties"][name].as_str();
                value.unwrap_or_default().to_ascii_lowercase()
            };
            member("roleDefinitionId") == role
                && member("principalId") == principal
                && member("scope") == scope.to_ascii_lowercase()
        };
        match self.0.get(key) {
            Some(old) if same(old) => return Ok(Reply::json(200, old.clone())),
            Some(_) => {
                return Err(Refusal::arm(
                    400,
                    "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                ));
            }
            None => {}
        }
        if self.0.values().any(same) {
            return Err(Refusal::arm(
                409,
                "RoleAssignmentExists",
                "The role assignment already exists.",
            ));
        }
        let assignment = json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": name,
            "properties": {
                "roleDefinitionId": properties.get("roleDefinitionId"),
                "principalId": properties.get("principalId"),
                "principalType": properties.get("principalType"),
                "scope": scope,
            },
        });
        self.0.insert(key.to_owned(), assignment.clone());
        Ok(Reply::json(201, assignment))
    }

    fn list(&self, scope: &str, call: &Call) -> Reply {
        let filter = call.query("$filter").unwrap_or_default();
        let quoted = filter.split('\'').nth(1).unwrap_or_default();
        let scope = scope.to_ascii_lowercase();
        let items: Vec<&Value> = self
            .0
            .values()
            .filter(|assignment| {
                let at = assignment["properties"]["scope"].as_str();
                let at = at.unwrap_or_default().to_ascii_lowercase();
                let above = scope == at || scope.starts_with(&format!("{at}/"));
                let below = at.starts_with(&format!("{scope}/"));
                above || below && !filter.contains("atScope")
            })
            .filter(|assignment| {
                let principal = assignment["properties"]["principalId"].as_str();
                quoted.is_empty() || principal.is_some_and(|id| id.eq_ignore_ascii_case(quoted))
            })
            .collect();
        Reply::json(200, json!({ "value": items }))
    }
}

fn definitions(scope: &str, call: &Call) -> Reply {
    let filter = call.query("$filter").unwrap_or_default();
    let quoted = filter.split('\'').nth(1).unwrap_or_default();
    let subscription = scope.split('/').nth(2).unwrap_or_default();
    let items: Vec<Value> = DEFINITIONS
        .iter()
        .filter(|(_, name)| quoted.is_empty() || name.eq_ignore_ascii_case(quoted))
        .map(|(id, name)| {
            json!({
                "id": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
                "type": "Microsoft.Authorization/roleDefinitions",
                "name": id,
                "properties": {"roleName": name, "type": "BuiltInRole"},
            })
        })
        .collect();
    Reply::json(200, json!({ "value": items }))
}

/// Refuses a scope that is neither a service nor a workspace that is there.
pub(crate) fn exists(services: &[Service], scope: &str) -> Result<(), Refusal> {
    let there = match ServiceId::split(scope) {
        Some((id, below)) => services.iter().any(|service| {
            let workspace = Path::parse(below);
            service.id == id
                && (below.is_empty()
                    || workspace.is_some_and(|path| {
                        path.pattern() == "workspaces" && service.get(&path).is_some()
                    }))
        }),
        // Subscriptions and groups of the services here.
        None => services.iter().any(|service| {
            let id = service.id.to_string().to_ascii_lowercase();
            id.starts_with(&scope.to_ascii_lowercase())
        }),
    };
    if there {
        return Ok(());
    }
    Err(Refusal::arm(
        404,
        "ResourceNotFound",
        "The scope of the role assignment was not found.",
    ))
}
