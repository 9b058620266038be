//! Small plans for tests.

use serde_json::Value;

use crate::address::{ServiceId, SourcePath};
use crate::catalog;
use crate::plan::{Action, Content, Plan, Selection, Step, StepId};

/// A plan of these steps, into the workspace `w` of the service it reads.
pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    let service = ServiceId::new("s", "g", "n").unwrap();
    Plan {
        name: "test".to_owned(),
        created: "2026-11-24T10:00:00Z".to_owned(),
        generator: "test".to_owned(),
        source: service.clone(),
        target: service,
        workspace: "w".parse().unwrap(),
        api_version: Default::default(),
        selection: Selection::default(),
        setup: Default::default(),
        allow: Vec::new(),
        findings: Vec::new(),
        steps,
    }
}

/// A step that creates something at a path below the workspace; its id is the
/// path without the leading slash.
pub(crate) fn step(kind: &str, path: &str, after: &[&str]) -> Step {
    Step {
        id: StepId::new(path.trim_start_matches('/')),
        kind: catalog::kind(kind).unwrap(),
        action: Action::Create,
        source: None,
        target: format!("/workspaces/w{path}").parse().unwrap(),
        content: Some(Content::default()),
        secret: None,
        upload: None,
        source_etag: None,
        after: after.iter().map(|a| StepId::new(*a)).collect(),
        because: Vec::new(),
    }
}

impl Step {
    /// The step with these properties to be sent.
    pub(crate) fn with(mut self, properties: Value) -> Self {
        let properties = properties.as_object().unwrap().clone();
        self.content.get_or_insert_default().properties = properties;
        self
    }

    /// The step with this document to be sent.
    pub(crate) fn document(mut self, text: &str) -> Self {
        self.content.get_or_insert_default().document = Some(text.to_owned());
        self
    }

    /// The step with another action.
    pub(crate) fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// The step as a copy of this source.
    pub(crate) fn copy_of(mut self, source: &str, etag: Option<&str>) -> Self {
        self.source = Some(SourcePath(source.parse().unwrap()));
        self.source_etag = etag.map(str::to_owned);
        self
    }

    /// The step with a secret to be read from its source.
    pub(crate) fn secret(mut self, action: &str) -> Self {
        self.secret = Some(action.to_owned());
        self
    }
}
