//! What `plan` wrote into a folder, by digests: what differs from them now was
//! edited by a person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::address::TargetPath;
use crate::plan::bodies::sorted::Sorted;
use crate::plan::model::{Plan, Step, StepId};

/// The version of the format.
const VERSION: u32 = 1;

/// What was written of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenStep {
    /// Where its copy stands.
    pub target: TargetPath,
    /// Digest of what it is: kind, action, source, target, secret, upload.
    pub step: String,
    /// Digest of what it waits for.
    pub after: String,
    /// Digest of its properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Digest of its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// What was written of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The version of the format.
    pub version: u32,
    /// Codes that were allowed.
    pub allow: Vec<String>,
    /// Digest of what comes before the steps, by field.
    pub head: BTreeMap<String, String>,
    /// Copies of this plan's that it no longer makes, with the step that made
    /// them.
    pub left: BTreeMap<String, StepId>,
    /// The steps.
    pub steps: BTreeMap<StepId, WrittenStep>,
}

impl Written {
    /// The digests of a plan as it was made, before any edit of it.
    pub fn of(plan: &Plan) -> Self {
        Self {
            version: VERSION,
            allow: plan.allow.clone(),
            head: head(plan),
            left: BTreeMap::new(),
            steps: (plan.steps.iter())
                .map(|s| (s.id.clone(), WrittenStep::of(s)))
                .collect(),
        }
    }

    /// Whether this program can read it.
    pub fn is_known(&self) -> bool {
        self.version == VERSION
    }
}

/// What of a plan's head a person may edit, by field.
pub(super) fn head(plan: &Plan) -> BTreeMap<String, String> {
    let fields = [
        ("apiVersion", plan.api_version.to_string()),
        ("name", plan.name.clone()),
        ("setup", json(&plan.setup)),
    ];
    (fields.into_iter())
        .map(|(name, text)| (name.to_owned(), digest(&text)))
        .collect()
}

impl WrittenStep {
    /// The digests of a step.
    pub(super) fn of(step: &Step) -> Self {
        let what = format!(
            "{}\n{}\n{}\n{}\n{}\n{}",
            step.kind.name,
            step.action.as_str(),
            json(&step.source),
            step.target,
            json(&step.secret),
            json(&step.upload),
        );
        Self {
            target: step.target.clone(),
            step: digest(&what),
            after: after(&step.after),
            body: step.content.as_ref().map(|c| body(&c.properties)),
            document: (step.content.as_ref())
                .and_then(|c| c.document.as_deref())
                .map(digest),
        }
    }
}

/// The digest of what a step waits for, in whatever order it is written.
pub(super) fn after(ids: &[StepId]) -> String {
    let mut ids: Vec<&str> = ids.iter().map(StepId::as_str).collect();
    ids.sort_unstable();
    digest(&ids.join("\n"))
}

fn body(properties: &Map<String, Value>) -> String {
    digest(&json(&Sorted::Members(properties)))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Enough of a hash to notice an edit; nobody is kept from forging it, who could
/// as well edit what it is of.
fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let first = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
    format!("{:016x}", hash.iter().take(8).fold(0, first))
}
