//! The plan in memory. Its form on disk is the business of `folder`.

pub mod codes;
pub mod finding;
mod id;
pub mod setup;
pub mod upload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::finding::Finding;
use self::setup::Setup;
use self::upload::Upload;
use crate::address::{ServiceId, SourcePath, TargetPath, WorkspaceName};
use crate::catalog::{ApiVersion, Kind};
use crate::plan::basis::Basis;

pub use id::StepId;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make the copy.
    Create,
    /// Something that is already there serves.
    Reuse,
    /// Undo what the service did on its own.
    Tidy,
}

impl Action {
    /// The word that plans use.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Reuse => "reuse",
            Action::Tidy => "tidy",
        }
    }
}

/// What is to be sent: the properties, and the document when there is one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// What goes under `properties`; for documents without `value` and
    /// `format`, which are made from `document`.
    pub properties: Map<String, Value>,
    /// The policy's or fragment's text, sent as rawxml.
    pub document: Option<String>,
}

impl Content {
    /// The whole request body, but for secrets that are read at apply time.
    pub fn body(&self) -> Value {
        let mut properties = self.properties.clone();
        if let Some(text) = &self.document {
            properties.insert("format".to_owned(), Value::from("rawxml"));
            properties.insert("value".to_owned(), Value::from(text.as_str()));
        }
        let mut body = Map::new();
        body.insert("properties".to_owned(), Value::Object(properties));
        Value::Object(body)
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Stable and unique within the plan: `namedValues/db-key`.
    pub id: StepId,
    /// The kind of what is made.
    pub kind: &'static Kind,
    /// What is done.
    pub action: Action,
    /// What it is a copy of; none for what the service did on its own.
    pub source: Option<SourcePath>,
    /// Where it will stand. For a `tidy` step, and for a `reuse` step of what
    /// the service makes on its own, the last name is only a label: the real
    /// one is found by what it points to.
    pub target: TargetPath,
    /// What is sent, for `create`; what is expected, for `reuse`.
    pub content: Option<Content>,
    /// The POST action that gives the secret at apply time: `listValue`.
    pub secret: Option<String>,
    /// Where what is uploaded comes from, for what the service does not give
    /// back. Names only; a file is named relative to the plan's folder.
    pub upload: Option<Upload>,
    /// The source's ETag when the plan was made.
    pub source_etag: Option<String>,
    /// Where lists tell all of the source: a digest of what they told then.
    pub source_digest: Option<String>,
    /// Steps that must be done before.
    pub after: Vec<StepId>,
    /// The resources for whose sake it is there.
    pub because: Vec<SourcePath>,
}

impl Step {
    /// Whether something tells that its source is still what it was.
    pub fn is_marked(&self) -> bool {
        self.source_etag.is_some() || self.source_digest.is_some()
    }
}

/// Which APIs were asked for, as they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Selection {
    /// The APIs that were selected, by root name.
    pub apis: Vec<String>,
    /// Whether sibling versions were added.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whole_version_sets: bool,
    /// Branches of the closure that were left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What is for the whole service and is made for the whole workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_scope: Vec<String>,
}

/// A whole plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// What made it: `apim-migrate 0.1.0`.
    pub generator: String,
    /// The service that is read.
    pub source: ServiceId,
    /// The service the workspace is in.
    pub target: ServiceId,
    /// The workspace that is written to.
    pub workspace: WorkspaceName,
    /// The version of the service's API that bodies are written for.
    pub api_version: ApiVersion,
    /// What was selected.
    pub selection: Selection,
    /// What is set up before the steps.
    pub setup: Setup,
    /// Codes of blockers that were accepted.
    pub allow: Vec<String>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// What is done, in an order that can be executed from top to bottom.
    pub steps: Vec<Step>,
    /// What stood at the source; nothing where a version of the program made the
    /// plan that did not record it.
    pub basis: Option<Basis>,
}

impl Plan {
    /// The full ARM id of the target workspace.
    pub fn workspace_id(&self) -> String {
        format!("{}/workspaces/{}", self.target, self.workspace)
    }

    /// Whether the copy goes into a workspace of the service it comes from.
    pub fn within_one_service(&self) -> bool {
        self.source == self.target
    }

    /// Findings that stop `apply`.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.blocks())
    }

    /// How many steps of an action there are.
    pub fn count(&self, action: Action) -> usize {
        self.steps.iter().filter(|s| s.action == action).count()
    }
}
