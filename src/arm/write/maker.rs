//! The half that makes one workspace.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::writer::{Written, announces_replacement, written};
use crate::address::{ServiceId, WorkspaceName};
use crate::arm::client::{Arm, Request};
use crate::arm::error::ArmError;
use crate::arm::operation::{Ended, Sent};
use crate::secret::Redaction;

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
        let none = Redaction::default();
        let request = Request {
            method: Method::PUT,
            url: url.clone(),
            body: Some(&body),
            if_match,
            accept: &[],
            secrets: Some(&none),
            still: None,
        };
        let answer = self.arm.send(&request).await?;
        let created = answer.status.as_u16() == 201;
        let replaced = announces_replacement(&answer);
        let sent = Sent {
            method: "PUT",
            path: &path,
            resource: &url,
            secrets: &none,
        };
        let answer = match self.arm.follow(sent, answer).await? {
            Ended::With(answer) => Some(answer),
            Ended::Well => self.arm.read_back(sent).await?,
        };
        Ok(written(created, replaced, answer.as_ref()))
    }
}
