//! How a plan is made.

use crate::catalog::ApiVersion;
use crate::plan::again::Ours;
use crate::plan::names::Naming;
use crate::plan::setup::Setup;
use crate::plan::upload::Uploads;
/// What becomes of the keys of subscriptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keys {
    /// Carried into another service, new within one, unless the service was
    /// asked and takes a key twice.
    #[default]
    Auto,
    /// Read at apply time and given to the copy.
    Carry,
    /// Made by the service.
    New,
}

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The plan's name.
    pub name: String,
    /// When it is made, RFC 3339 in UTC.
    pub created: String,
    /// How copies are named.
    pub naming: Naming,
    /// Codes of blockers that are accepted.
    pub allow: Vec<String>,
    /// Those that the last plan accepted: where nothing is blocked by one any
    /// more, as what was in the way is done, it is dropped and no mistake.
    pub allowed_before: Vec<String>,
    /// Branches of the closure that are left out.
    pub without: Vec<String>,
    /// What is for the whole service and is made for the whole workspace.
    pub service_scope: Vec<String>,
    /// Whether an API that comes along unselected stands in the way.
    pub only_selected: bool,
    /// Whether sibling versions were added to the selection.
    pub whole_version_sets: bool,
    /// What becomes of subscription keys.
    pub keys: Keys,
    /// What is set up before the steps.
    pub setup: Setup,
    /// What is uploaded where the service does not give it back; files are
    /// named as the plan is to name them.
    pub uploads: Uploads,
    /// The version of the service's API that bodies are written for.
    pub api_version: ApiVersion,
    /// What of the workspace is this plan's own already.
    pub ours: Ours,
}
