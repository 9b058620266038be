//! What is set up before anything is copied: the workspace, and who may work in
//! it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::id::StepId;

/// Everything that is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Setup {
    /// The workspace, where it is to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<NewWorkspace>,
    /// Who gets which roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<Access>,
}

/// A workspace to be made, unless it is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewWorkspace {
    /// Its display name.
    pub display_name: String,
    /// Its description; without one, that which is there stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The roles of one collaborator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Access {
    /// The object id of a user, group or service principal.
    pub principal: Uuid,
    /// What it is: `User`, `Group` or `ServicePrincipal`.
    #[serde(rename = "type", default = "user")]
    pub principal_type: String,
    /// The role in the workspace: `contributor`.
    pub role: String,
    /// The role at the service, or `none`; the one that fits when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_role: Option<String>,
}

fn user() -> String {
    "User".to_owned()
}

/// One thing to set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'s> {
    /// The workspace.
    Workspace(&'s NewWorkspace),
    /// Somebody's roles.
    Access(&'s Access),
}

impl Setup {
    /// Whether there is nothing to set up.
    pub fn is_empty(&self) -> bool {
        self.workspace.is_none() && self.access.is_empty()
    }

    /// What is to be set up, in order, each once.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut seen = HashSet::new();
        let access = self.access.iter().map(Item::Access);
        let access = access.filter(move |item| seen.insert(item.id()));
        self.workspace.iter().map(Item::Workspace).chain(access)
    }
}

impl Item<'_> {
    /// The id that the journal knows it by.
    pub fn id(&self) -> StepId {
        StepId::new(match self {
            Item::Workspace(_) => "setup/workspace".to_owned(),
            Item::Access(access) => format!("setup/access/{}/{}", access.principal, access.role),
        })
    }

    /// A digest of what is wanted, to notice an edit.
    pub fn digest(&self) -> String {
        let text = match self {
            Item::Workspace(workspace) => serde_json::to_string(workspace),
            Item::Access(access) => serde_json::to_string(access),
        };
        let digest = Sha256::digest(text.unwrap_or_default().as_bytes());
        digest.iter().map(|b| format!("{b:02x}")).collect()
    }
}
