//! The half that makes one workspace, or takes it away.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::writer::{Deleted, Written, written};
use crate::address::{ServiceId, WorkspaceName};
use crate::arm::client::{Arm, Request};
use crate::arm::error::ArmError;
use crate::arm::operation::Ended;

/// Writes one workspace itself and nothing else: neither what is in it nor
/// what is beside it.
#[derive(Clone)]
pub struct WorkspaceMaker {
    arm: Arm,
    service: ServiceId,
    workspace: WorkspaceName,
}

impl WorkspaceMaker {
    /// Makes the maker of one workspace.
    pub fn new(arm: Arm, service: ServiceId, workspace: WorkspaceName) -> Self {
        Self {
            arm,
            service,
            workspace,
        }
    }

    /// The workspace's full ARM id.
    pub fn id(&self) -> String {
        format!("{}/workspaces/{}", self.service, self.workspace)
    }

    /// Writes the workspace. `if_match` is the ETag of what is replaced.
    ///
    /// # Errors
    /// When the service refuses, at once or at the end, or can't be reached.
    pub async fn put(
        &self,
        properties: &Map<String, Value>,
        if_match: Option<&str>,
    ) -> Result<Written, ArmError> {
        let path = self.id();
        let url = self.arm.url(&path, &[]);
        let body = json!({ "properties": properties });
        let request = Request {
            method: Method::PUT,
            url: url.clone(),
            body: Some(&body),
            if_match,
            accept: &[],
        };
        let answer = self.arm.send(&request).await?;
        let created = answer.status.as_u16() == 201;
        let answer = match self.arm.follow("PUT", &path, &url, answer).await? {
            Ended::With(answer) => answer,
            Ended::Well => {
                let request = Request {
                    method: Method::GET,
                    url,
                    body: None,
                    if_match: None,
                    accept: &[404],
                };
                self.arm.send(&request).await?
            }
        };
        Ok(written(created, Some(&answer)))
    }

    /// Deletes the workspace with everything in it. `etag` is the If-Match.
    ///
    /// # Errors
    /// When the service refuses or can't be reached.
    pub async fn delete(&self, etag: &str) -> Result<Deleted, ArmError> {
        let request = Request {
            method: Method::DELETE,
            url: self.arm.url(&self.id(), &[]),
            body: None,
            if_match: Some(etag),
            accept: &[404],
        };
        let answer = self.arm.send(&request).await?;
        Ok(match answer.status.as_u16() {
            204 | 404 => Deleted::WasAbsent,
            _ => Deleted::Gone,
        })
    }
}
