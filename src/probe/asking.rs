//! Asking: something is tried, and the service takes it or not.

use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::{ProbeError, Probed, Subject};
use crate::address::ResourcePath;
use crate::arm::{ArmError, Body, ProbeWorkspace, Reader, Watched, WorkspaceWriter, is_busy};
use crate::catalog::Kind;
use crate::secret::plain;

/// What the service said to something that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tried {
    /// It took it.
    Accepted,
    /// It found something wrong with it: its words.
    Refused(String),
    /// It said that something is not there: its words.
    Absent(String),
    /// It said something else, which is no answer: its words.
    Unclear(String),
}

impl Tried {
    /// Reads what became of a write.
    ///
    /// # Errors
    /// Where no answer came, nor will to the next question.
    pub(super) fn of<T>(result: Result<T, ArmError>) -> Result<Self, ProbeError> {
        let error = match result {
            Ok(_) => return Ok(Tried::Accepted),
            Err(error) => error,
        };
        let words = || {
            let said = error.refusal().map(|r| plain(&r.message));
            said.filter(|said| !said.is_empty())
                .unwrap_or_else(|| error.to_string())
        };
        match error.status() {
            // Somebody else writes, for longer than is waited for.
            _ if is_busy(&error) => Ok(Tried::Unclear(words())),
            Some(400 | 409 | 412 | 422) => Ok(Tried::Refused(words())),
            Some(404) => Ok(Tried::Absent(words())),
            Some(401 | 429) | None => Err(ProbeError::Ask(error)),
            Some(_) => Ok(Tried::Unclear(words())),
        }
    }

    /// Why it was not taken, if so.
    pub(super) fn why(self) -> Option<String> {
        match self {
            Tried::Accepted => None,
            Tried::Refused(why) | Tried::Absent(why) | Tried::Unclear(why) => Some(why),
        }
    }
}

/// The state of a probe.
pub(super) struct Asking<'a> {
    pub(super) subject: &'a Subject,
    pub(super) reader: Reader,
    pub(super) one: ProbeWorkspace,
    pub(super) other: Option<ProbeWorkspace>,
    pub(super) probed: Probed,
    /// An API that stands in the first workspace.
    pub(super) api: Option<ResourcePath>,
    stop: &'a CancellationToken,
    names: u32,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        subject: &'a Subject,
        one: ProbeWorkspace,
        other: Option<ProbeWorkspace>,
        stop: &'a CancellationToken,
        notes: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            subject,
            reader: Reader::new(subject.arm.clone(), subject.service.clone()),
            one,
            other,
            probed: Probed {
                notes,
                ..Probed::default()
            },
            api: None,
            stop,
            names: 0,
        }
    }

    /// A name that nothing in the service has.
    pub(super) fn fresh(&mut self) -> String {
        self.names += 1;
        format!("{}-{}", self.one.name(), self.names)
    }

    /// Says why a trait stays unknown.
    pub(super) fn note(&mut self, name: &'static str, why: impl Into<String>) {
        self.probed.notes.push((name, why.into()));
    }

    /// Whether to go on.
    pub(super) fn go_on(&self) -> Result<(), ProbeError> {
        match self.stop.is_cancelled() {
            true => Err(ProbeError::Stopped),
            false => Ok(()),
        }
    }

    /// Tries to write something.
    pub(super) async fn tries(
        &self,
        writer: &WorkspaceWriter,
        at: &ResourcePath,
        body: &Body,
    ) -> Result<Tried, ProbeError> {
        self.go_on()?;
        Tried::of(writer.put(at, &[], body, None).await)
    }

    /// Tries to write something in the first workspace, and watches it.
    pub(super) async fn watches(
        &self,
        at: &ResourcePath,
        body: &Body,
    ) -> Result<Result<Watched, Tried>, ProbeError> {
        self.go_on()?;
        match self.one.watch(at, body).await {
            Ok(watched) => Ok(Ok(watched)),
            Err(error) => Tried::of::<()>(Err(error)).map(Err),
        }
    }
}

/// The least body of a kind.
pub(super) fn least(kind: &Kind, display: &str, path: &str) -> Map<String, Value> {
    let members = kind.trial.into_iter().flatten();
    let mut properties: Map<String, Value> = members
        .filter_map(|(name, value)| Some(((*name).to_owned(), value.value()?)))
        .collect();
    if let Some(rule) = kind.display {
        properties.insert(rule.property.to_owned(), json!(display));
    }
    if kind.revisions {
        properties.insert("path".to_owned(), json!(path));
    }
    properties
}

/// A body with these properties.
pub(super) fn body(properties: Map<String, Value>) -> Body {
    Body::new(json!({ "properties": properties }))
}
