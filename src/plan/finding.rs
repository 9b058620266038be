//! Findings: what a person should know before anything is written.

use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It would fail, or silently change behaviour.
    Blocker,
    /// Someone should look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word that plans use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Blocker => "blocker",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// A stable code in kebab case.
    pub code: String,
    /// The resource it is about, service-relative.
    pub resource: String,
    /// What is the matter, in plain words.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// A blocker that was accepted.
    pub allowed: bool,
}

impl Finding {
    /// Whether it stops `apply`.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Blocker && !self.allowed
    }
}
