//! What somebody else had and gets back.

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::TargetPath;
use crate::catalog::Kind;
use crate::plan::{Content, StepId};
use crate::target::account::Account;

/// What somebody else had and gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PutBack {
    /// The step that wrote over it.
    pub step: StepId,
    /// Where it stands.
    pub target: TargetPath,
    /// Properties that hold a secret which could not be read before it was
    /// written over: they stay as this plan left them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<&'static str>,
}

impl PutBack {
    /// What a step's target gets back.
    pub(in crate::rollback) fn of(account: &Account<'_>, position: usize) -> Self {
        let step = &account.plan().steps[position];
        let before = account.before(position).unwrap_or_default();
        // Where the service makes the secrets itself, they are as they were
        // unless the plan brought some.
        let kept = step.kind.makes_its_secrets() && !account.brought_secrets(position);
        Self {
            step: step.id.clone(),
            target: step.target.clone(),
            without: match kept {
                true => Vec::new(),
                false => hidden(step.kind, &before).to_vec(),
            },
        }
    }
}

/// The properties of something in which it holds secrets that are not shown.
pub(in crate::rollback) fn hidden(kind: &Kind, content: &Content) -> &'static [&'static str] {
    let read = kind.secret.filter(|s| (s.applies)(&content.properties));
    read.map_or(&[], |s| s.members)
}
