//! The writing half: below one workspace, and nowhere else.

use reqwest::Method;
use serde_json::Value;

use super::body::Body;
use crate::address::{ResourcePath, ServiceId, WorkspaceName};
use crate::arm::client::{Answer, Arm, Request, Still};
use crate::arm::error::ArmError;
use crate::arm::operation::{Ended, Sent, code_to_come};
use crate::secret::Redaction;

/// What came of a PUT.
#[derive(Debug, Clone)]
pub struct Written {
    /// Whether it was made, rather than replaced, as far as the service says:
    /// when the answer to a first attempt is lost, the next one only replaces.
    pub created: bool,
    /// Whether something stood there for sure. It can't be told where an earlier
    /// attempt may have been carried out, its answer lost, nor where it takes an
    /// operation.
    pub replaced: bool,
    /// The ETag after it.
    pub etag: Option<String>,
    /// The properties after it, without any secret.
    pub properties: Option<Value>,
}

/// What came of a DELETE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It was not there.
    WasAbsent,
}

/// Members that an answer may show in clear and that go no further.
const SECRET_MEMBERS: &[&str] = &[
    "primaryKey",
    "secondaryKey",
    "value",
    "password",
    "data",
    "credentials",
    "proxy",
];

/// Writes below one workspace: every path is relative to it, and there is no
/// way to hand in a URL.
#[derive(Clone)]
pub struct WorkspaceWriter {
    arm: Arm,
    service: ServiceId,
    workspace: WorkspaceName,
}

impl WorkspaceWriter {
    /// Makes the writer of one workspace.
    pub fn new(arm: Arm, service: ServiceId, workspace: WorkspaceName) -> Self {
        Self {
            arm,
            service,
            workspace,
        }
    }

    /// The full ARM id of something below the workspace.
    pub fn id_of(&self, below: &ResourcePath) -> String {
        format!("{}/workspaces/{}{below}", self.service, self.workspace)
    }

    /// Writes a resource and waits until the service says it is there.
    ///
    /// # Errors
    /// When the service refuses, at once or at the end, or can't be reached.
    pub async fn put(
        &self,
        below: &ResourcePath,
        query: &[(&str, &str)],
        body: &Body,
        if_match: Option<&str>,
    ) -> Result<Written, ArmError> {
        self.put_while(below, query, body, if_match, None).await
    }

    /// The same, which is sent once more only while that holds.
    pub(crate) async fn put_while<'a>(
        &self,
        below: &ResourcePath,
        query: &[(&str, &str)],
        body: &'a Body,
        if_match: Option<&'a str>,
        still: Option<Still<'a>>,
    ) -> Result<Written, ArmError> {
        let path = self.id_of(below);
        let url = self.arm.url(&path, query);
        let request = Request {
            method: Method::PUT,
            url: url.clone(),
            body: body.value(),
            if_match,
            accept: &[],
            secrets: Some(body.secrets()),
            still,
        };
        let answer = self.arm.send(&request).await?;
        let (created, replaced) = (announces_creation(&answer), announces_replacement(&answer));
        let resource = self.arm.url(&path, &[]);
        let sent = Sent {
            method: "PUT",
            path: &path,
            resource: &resource,
            secrets: body.secrets(),
        };
        let answer = match self.arm.follow(sent, answer).await? {
            Ended::With(answer) => Some(answer),
            Ended::Well => self.arm.read_back(sent).await?,
        };
        Ok(written(created, replaced, answer.as_ref()))
    }

    /// Deletes a resource. `etag` is the If-Match; links and memberships take
    /// none.
    ///
    /// # Errors
    /// When the service refuses, at once or at the end, or can't be reached.
    pub async fn delete(
        &self,
        below: &ResourcePath,
        query: &[(&str, &str)],
        etag: Option<&str>,
    ) -> Result<Deleted, ArmError> {
        self.delete_while(below, query, etag, None).await
    }

    /// The same, which is sent once more only while that holds.
    pub(crate) async fn delete_while<'a>(
        &self,
        below: &ResourcePath,
        query: &[(&str, &str)],
        etag: Option<&'a str>,
        still: Option<Still<'a>>,
    ) -> Result<Deleted, ArmError> {
        let path = self.id_of(below);
        let request = Request {
            method: Method::DELETE,
            url: self.arm.url(&path, query),
            body: None,
            if_match: etag,
            accept: &[404],
            secrets: None,
            still,
        };
        let answer = self.arm.send(&request).await?;
        if matches!(answer.status.as_u16(), 204 | 404) {
            // An attempt whose answer was lost may have done it.
            return Ok(match answer.repeated {
                true => Deleted::Gone,
                false => Deleted::WasAbsent,
            });
        }
        let sent = Sent {
            method: "DELETE",
            path: &path,
            resource: &self.arm.url(&path, &[]),
            secrets: &Redaction::default(),
        };
        self.arm.follow(sent, answer).await?;
        Ok(Deleted::Gone)
    }
}

/// Whether an answer says that something new comes of the request. Where that
/// takes long, the address to poll names the status to come.
fn announces_creation(answer: &Answer) -> bool {
    let to_come = answer.header("location").and_then(code_to_come);
    answer.status.as_u16() == 201 || to_come == Some(201)
}

/// Whether the answer to a first attempt says that something stood there.
pub(in crate::arm) fn announces_replacement(answer: &Answer) -> bool {
    let takes_long = ["location", "azure-asyncoperation"];
    let takes_long = takes_long.iter().any(|name| answer.header(name).is_some());
    answer.status.as_u16() == 200 && !answer.repeated && !takes_long
}

pub(in crate::arm) fn written(created: bool, replaced: bool, answer: Option<&Answer>) -> Written {
    let body = answer
        .and_then(|answer| crate::arm::json::parse(&answer.body).ok())
        .unwrap_or_default();
    let properties = body.get("properties").cloned().map(|mut properties| {
        if let Some(map) = properties.as_object_mut() {
            map.retain(|name, _| !SECRET_MEMBERS.contains(&name.as_str()));
        }
        properties
    });
    Written {
        created: created || answer.is_some_and(|answer| answer.status.as_u16() == 201),
        replaced,
        etag: answer.and_then(Answer::etag),
        properties,
    }
}
