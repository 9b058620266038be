//! Workspaces, and where copies stand: always below one of them.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AddressError, Name, ResourcePath, segment_problem};

/// Names that the service keeps for itself [service contract, 1.3].
const RESERVED: &[&str] = &["default", "default-workspace"];

/// The id of a workspace: 1 to 80 characters, none of `*#&+:<>?` nor a slash,
/// and none that the service keeps for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct WorkspaceName(Name);

impl WorkspaceName {
    /// Returns the id as it was spelled.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for WorkspaceName {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no = |why| Err(AddressError::NotAWorkspace(text.to_owned(), why));
        if text.chars().count() > 80 {
            return no("it is longer than 80 characters");
        }
        if text.contains(['*', '#', '&', '+', ':', '<', '>', '?', ';']) {
            return no("it holds one of `*#&+:<>?;`");
        }
        if RESERVED.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            return no("the service keeps it for itself");
        }
        match segment_problem(text) {
            Some(why) => no(why),
            None => Ok(Self(Name::new(text))),
        }
    }
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<'de> Deserialize<'de> for WorkspaceName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The id of a workspace that is made only to try something in it, and removed
/// again: `apim-migrate-probe-` and eight hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ProbeName(WorkspaceName);

impl ProbeName {
    /// What such ids begin with.
    const PREFIX: &str = "apim-migrate-probe-";

    /// The id with this number.
    pub fn numbered(number: u32) -> Self {
        let text = format!("{}{number:08x}", Self::PREFIX);
        Self(WorkspaceName(Name::new(text.as_str())))
    }

    /// Reads an id; `None` of any other workspace.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?;
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let fits = digits.len() == 8 && digits.bytes().all(is_hex);
        fits.then(|| Self(WorkspaceName(Name::new(text))))
    }

    /// The workspace's id.
    pub fn workspace(&self) -> &WorkspaceName {
        &self.0
    }
}

impl fmt::Display for ProbeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a resource will stand: always below one workspace.
///
/// Displayed service-relative: `/workspaces/billing/apis/orders`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetPath {
    workspace: WorkspaceName,
    below: ResourcePath,
}

impl TargetPath {
    /// Puts a path below a workspace.
    pub fn new(workspace: WorkspaceName, below: ResourcePath) -> Self {
        Self { workspace, below }
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceName {
        &self.workspace
    }

    /// The path relative to the workspace.
    pub fn below(&self) -> &ResourcePath {
        &self.below
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/workspaces/{}{}", self.workspace, self.below)
    }
}

impl FromStr for TargetPath {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no = |why| AddressError::NotAPath(text.to_owned(), why);
        let (workspace, below) = text
            .strip_prefix("/workspaces/")
            .and_then(|rest| rest.find('/').map(|at| rest.split_at(at)))
            .ok_or_else(|| no("a target stands below `/workspaces/ID/`"))?;
        Ok(Self::new(workspace.parse()?, below.parse()?))
    }
}
impl Serialize for TargetPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for TargetPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
