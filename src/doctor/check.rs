//! What was looked at, and what came of it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::arm::ArmError;
use crate::exit::Exit;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Someone should look.
    Warning,
    /// A migration would fail on it.
    Failed,
    /// It can't be told.
    Unknown,
    /// Not looked at, since something before it failed or it was not asked for.
    Skipped,
}

impl Verdict {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
            Verdict::Unknown => "unknown",
            Verdict::Skipped => "skipped",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// What: `endpoint`, `identity`, `service`, `tier`, `versions`, `workspace`
    /// or `rights`.
    pub check: &'static str,
    /// Of what: an address, an ARM id; empty where it was not reached.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How it stands.
    pub verdict: Verdict,
    /// One line.
    pub message: String,
    /// What to do next, each on a line of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    /// What programs may want to know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
}

impl Check {
    /// A check with its verdict.
    pub(super) fn new(
        check: &'static str,
        about: impl ToString,
        verdict: Verdict,
        message: impl Into<String>,
    ) -> Self {
        Self {
            check,
            about: about.to_string(),
            verdict,
            message: message.into(),
            help: Vec::new(),
            facts: Map::new(),
        }
    }

    /// One that was not made.
    pub(super) fn skipped(check: &'static str, why: &str) -> Self {
        Self::new(check, "", Verdict::Skipped, why)
    }

    /// One that ended with an error, with all that the service said.
    pub(super) fn error(check: &'static str, about: impl ToString, error: &ArmError) -> Self {
        let mut message = error.to_string();
        if let Some(refusal) = error.refusal() {
            if !refusal.message.is_empty() {
                message.push_str(&format!(": {}", refusal.message));
            }
            if let Some(id) = &refusal.correlation_id {
                message.push_str(&format!(" (correlation id {id})"));
            }
        }
        Self::new(check, about, Verdict::Failed, message).help(error.help())
    }

    /// Adds what to do next.
    pub(super) fn help(mut self, help: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.help.extend(help.into_iter().map(Into::into));
        self
    }

    /// Adds a fact, unless there is none.
    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// The ARM id of the service that is read.
    pub source: String,
    /// The ARM id of the service that the workspace is in.
    pub target: String,
    /// The workspace, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The plan, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// In the order in which one rests on the other.
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// How many checks ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|c| c.verdict == verdict).count()
    }

    /// How the program ends: with a failure where something failed. What can't
    /// be told is none.
    pub fn exit(&self) -> Exit {
        match self.count(Verdict::Failed) {
            0 => Exit::Done,
            _ => Exit::Failed,
        }
    }
}
