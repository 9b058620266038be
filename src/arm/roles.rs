//! Who may do what: role definitions, assignments and permissions, of a service
//! and its workspaces only.

use std::fmt;

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Arm, Request};
use super::error::ArmError;
use super::read::read_list;
use super::write::Deleted;
use crate::address::{ServiceId, WorkspaceName};
use crate::secret::Redaction;

/// The API version of role definitions, assignments and permissions.
const VERSION: &str = "2022-04-01";

/// Where a role is held: a service, or one of its workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleScope {
    service: ServiceId,
    workspace: Option<WorkspaceName>,
}

impl RoleScope {
    /// The scope of a whole service.
    pub fn of_service(service: ServiceId) -> Self {
        Self {
            service,
            workspace: None,
        }
    }

    /// The scope of a workspace.
    pub fn of_workspace(service: ServiceId, workspace: WorkspaceName) -> Self {
        Self {
            service,
            workspace: Some(workspace),
        }
    }

    /// The workspace, where the scope is one.
    pub fn workspace(&self) -> Option<&WorkspaceName> {
        self.workspace.as_ref()
    }

    /// Whether a full ARM id names this scope.
    pub fn is(&self, id: &str) -> bool {
        self.to_string()
            .eq_ignore_ascii_case(id.trim_end_matches('/'))
    }

    fn path(&self, collection: &str) -> String {
        format!("{self}/providers/Microsoft.Authorization/{collection}")
    }
}

impl fmt::Display for RoleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.service.fmt(f)?;
        match &self.workspace {
            Some(workspace) => write!(f, "/workspaces/{workspace}"),
            None => Ok(()),
        }
    }
}

/// Reads role definitions, assignments and permissions. Sends GET and nothing
/// else.
#[derive(Clone)]
pub struct RoleReader {
    arm: Arm,
}

impl RoleReader {
    /// Makes a reader.
    pub fn new(arm: Arm) -> Self {
        Self { arm }
    }

    /// The role definitions that can be assigned at a scope; with a name, those
    /// called so.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn definitions(
        &self,
        scope: &RoleScope,
        name: Option<&str>,
    ) -> Result<Vec<Value>, ArmError> {
        let filter = name.map(|name| format!("roleName eq '{}'", name.replace('\'', "''")));
        self.list(&scope.path("roleDefinitions"), filter).await
    }

    /// The assignments that hold at a scope, from there and from above; with a
    /// principal, only its own, and also those below.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn assignments(
        &self,
        scope: &RoleScope,
        principal: Option<&Uuid>,
    ) -> Result<Vec<Value>, ArmError> {
        let filter = match principal {
            Some(principal) => format!("principalId eq '{principal}'"),
            None => "atScope()".to_owned(),
        };
        self.list(&scope.path("roleAssignments"), Some(filter))
            .await
    }

    /// What the caller may do at a scope: one item for each role that is held
    /// there or above, with `actions` and `notActions`.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn permissions(&self, scope: &RoleScope) -> Result<Vec<Value>, ArmError> {
        self.list(&scope.path("permissions"), None).await
    }

    async fn list(&self, path: &str, filter: Option<String>) -> Result<Vec<Value>, ArmError> {
        let query = filter.as_deref().map(|f| ("$filter", f));
        let url = self.arm.url_at(VERSION, path, query.as_slice());
        read_list(&self.arm, url, path, None).await
    }
}

/// Writes role assignments of one service and its workspaces, and nothing
/// else: neither another scope nor another path can be handed in.
#[derive(Clone)]
pub struct RoleWriter {
    arm: Arm,
    service: ServiceId,
}

impl RoleWriter {
    /// Makes the writer of one service's role assignments.
    pub fn new(arm: Arm, service: ServiceId) -> Self {
        Self { arm, service }
    }

    fn id(&self, workspace: Option<&WorkspaceName>, name: &Uuid) -> String {
        let scope = RoleScope {
            service: self.service.clone(),
            workspace: workspace.cloned(),
        };
        scope.path(&format!("roleAssignments/{name}"))
    }

    /// Writes an assignment at the workspace, or without one at the service.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn put(
        &self,
        workspace: Option<&WorkspaceName>,
        name: &Uuid,
        body: &Value,
    ) -> Result<(), ArmError> {
        let request = Request {
            method: Method::PUT,
            url: self.arm.url_at(VERSION, &self.id(workspace, name), &[]),
            body: Some(body),
            if_match: None,
            accept: &[],
            secrets: Some(&Redaction::default()),
            still: None,
        };
        self.arm.send(&request).await.map(drop)
    }

    /// Deletes an assignment.
    ///
    /// # Errors
    /// When ARM refuses or can't be reached.
    pub async fn delete(
        &self,
        workspace: Option<&WorkspaceName>,
        name: &Uuid,
    ) -> Result<Deleted, ArmError> {
        let request = Request {
            method: Method::DELETE,
            url: self.arm.url_at(VERSION, &self.id(workspace, name), &[]),
            body: None,
            if_match: None,
            accept: &[404],
            secrets: None,
            still: None,
        };
        let answer = self.arm.send(&request).await?;
        Ok(match answer.status.as_u16() {
            204 | 404 => Deleted::WasAbsent,
            _ => Deleted::Gone,
        })
    }
}
