//! A workspace to try things in.

use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::body::Body;
use super::maker::WorkspaceMaker;
use super::writer::WorkspaceWriter;
use crate::address::{ProbeName, ResourcePath, ServiceId};
use crate::arm::client::{Answer, Arm, Request};
use crate::arm::error::ArmError;
use crate::arm::operation::Sent;
use crate::secret::Redaction;

/// How often a removal is begun anew because the workspace has changed.
const REMOVALS: u32 = 4;

/// A workspace that is made for a probe: the one kind of workspace that can be
/// removed, since its name is of no use to others. One that shows another display
/// name than a probe gives it is somebody's all the same, and stays.
#[derive(Clone)]
pub struct ProbeWorkspace {
    arm: Arm,
    keen: Arm,
    service: ServiceId,
    name: ProbeName,
    display_name: &'static str,
}

/// Where the end of a request is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// Nowhere: it has ended.
    Nowhere,
    /// At a `Location`, or at the resource.
    Location,
    /// By a status document at this path. Its query may be signed, and is not
    /// told.
    Document(String),
}

/// A PUT that was watched.
pub struct Watched {
    /// The body of the first answer; null when it is none.
    pub first: Value,
    /// Where the end was told.
    pub polled: Polled,
    /// Status and body of the status document after the end.
    pub document: Option<(u16, Value)>,
    /// When the end was known.
    pub ended: Instant,
    /// How it ended.
    pub outcome: Result<(), ArmError>,
}

impl ProbeWorkspace {
    /// Names the workspace. `keen` is a client that hears of a refusal at once.
    pub fn new(
        arm: Arm,
        keen: Arm,
        service: ServiceId,
        (name, display_name): (ProbeName, &'static str),
    ) -> Self {
        Self {
            arm,
            keen,
            service,
            name,
            display_name,
        }
    }

    /// Its name.
    pub fn name(&self) -> &ProbeName {
        &self.name
    }

    /// What makes it.
    pub fn maker(&self) -> WorkspaceMaker {
        let (arm, service) = (self.arm.clone(), self.service.clone());
        WorkspaceMaker::new(arm, service, self.name.workspace().clone())
    }

    /// What writes below it.
    pub fn writer(&self) -> WorkspaceWriter {
        let (arm, service) = (self.arm.clone(), self.service.clone());
        WorkspaceWriter::new(arm, service, self.name.workspace().clone())
    }

    /// The same, hearing of a refusal at once.
    pub fn keen_writer(&self) -> WorkspaceWriter {
        let (arm, service) = (self.keen.clone(), self.service.clone());
        WorkspaceWriter::new(arm, service, self.name.workspace().clone())
    }

    fn id(&self) -> String {
        format!("{}/workspaces/{}", self.service, self.name)
    }

    /// Writes a resource and notes how its end is told.
    ///
    /// # Errors
    /// When the service refuses at once, or can't be reached.
    pub async fn watch(&self, below: &ResourcePath, body: &Body) -> Result<Watched, ArmError> {
        let path = format!("{}{below}", self.id());
        let url = self.arm.url(&path, &[]);
        let request = Request {
            method: Method::PUT,
            url: url.clone(),
            body: body.value(),
            if_match: None,
            accept: &[],
            secrets: Some(body.secrets()),
            still: None,
        };
        let answer = self.arm.send(&request).await?;
        let first = crate::arm::json::parse(&answer.body).unwrap_or_default();
        let document = self.document_of(&answer, &path)?;
        let accepted = answer.status.as_u16() == 202;
        let sent = Sent {
            method: "PUT",
            path: &path,
            resource: &url,
            secrets: body.secrets(),
        };
        let outcome = match self.arm.follow(sent, answer).await {
            Ok(_) => Ok(()),
            Err(error) if error.refusal().is_some() => Err(error),
            Err(error) => return Err(error),
        };
        let ended = Instant::now();
        let told = match &document {
            Some(url) => self.told(url, body.secrets()).await?,
            None => None,
        };
        Ok(Watched {
            first,
            polled: match document {
                Some(url) => Polled::Document(url.path().to_owned()),
                None if accepted => Polled::Location,
                None => Polled::Nowhere,
            },
            document: told,
            ended,
            outcome,
        })
    }

    fn document_of(&self, answer: &Answer, path: &str) -> Result<Option<Url>, ArmError> {
        let link =
            (answer.header("azure-asyncoperation")).or_else(|| answer.header("operation-location"));
        link.map(|link| self.arm.own_link(link, path)).transpose()
    }

    async fn told(&self, url: &Url, secrets: &Redaction) -> Result<Option<(u16, Value)>, ArmError> {
        let request = Request {
            secrets: Some(secrets),
            ..Request::get(url.clone(), &[400, 403, 404])
        };
        let answer = self.arm.send(&request).await?;
        let body = crate::arm::json::parse(&answer.body).unwrap_or_default();
        Ok(Some((answer.status.as_u16(), body)))
    }

    /// Whether a workspace shows a display name that no probe gave it.
    fn is_of_others(&self, found: &Answer) -> bool {
        let body: Value = crate::arm::json::parse(&found.body).unwrap_or_default();
        let shown = body["properties"]["displayName"].as_str();
        shown.is_some_and(|shown| shown != self.display_name)
    }

    /// Removes the workspace with all that is in it, unless it is somebody's.
    ///
    /// # Errors
    /// When the service refuses, at once or at the end, or can't be reached.
    pub async fn remove(&self) -> Result<(), ArmError> {
        let (path, none) = (self.id(), Redaction::default());
        let url = self.arm.url(&path, &[]);
        let mut left = REMOVALS;
        loop {
            left -= 1;
            let found = self.arm.send(&Request::get(url.clone(), &[404])).await?;
            if found.status.as_u16() == 404 || self.is_of_others(&found) {
                return Ok(());
            }
            let etag = found.etag();
            let request = Request {
                method: Method::DELETE,
                url: url.clone(),
                body: None,
                if_match: Some(etag.as_deref().unwrap_or("*")),
                accept: &[404],
                secrets: None,
                still: None,
            };
            let answer = match self.arm.send(&request).await {
                Err(error) if error.status() == Some(412) && left > 0 => continue,
                other => other?,
            };
            if !matches!(answer.status.as_u16(), 204 | 404) {
                let sent = Sent {
                    method: "DELETE",
                    path: &path,
                    resource: &url,
                    secrets: &none,
                };
                self.arm.follow(sent, answer).await?;
            }
            return Ok(());
        }
    }
}
