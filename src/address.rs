//! Addresses: where a resource stands, in which service, and on which side.
//!
//! ARM compares names and path segments without regard to case, so every type
//! here does too; each keeps the spelling it was made with for display.
//! A *source* address and a *target* address are different types: the only way
//! from one to the other is to decide on a new place, which is the plan's work.

mod path;
mod service;
mod workspace;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use path::{ByPath, ResourcePath};
pub use service::ServiceId;
pub use workspace::{ProbeName, TargetPath, WorkspaceName};

/// The ARM provider namespace of the service.
pub const PROVIDER: &str = "Microsoft.ApiManagement";

/// Longest segment accepted anywhere; ARM's own limit for a name is 260.
const MAX_SEGMENT: usize = 1024;

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not `/subscriptions/…/service/NAME`.
    #[error("`{0}` is not the resource id of an API Management service")]
    NotAService(String),
    /// A subscription, resource group or service name can't be one.
    #[error("`{0}` can't be a part of a resource id")]
    NotAPart(String),
    /// The text is not a service-relative path of collection and name pairs.
    #[error("`{0}` is not a resource path: {1}")]
    NotAPath(String, &'static str),
    /// The text can't be the name of a workspace.
    #[error("`{0}` is not a workspace id: {1}")]
    NotAWorkspace(String, &'static str),
}

/// Compares without regard to case. Paths share long beginnings, so equal
/// stretches are passed over eight bytes at a time.
fn cmp_fold(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (words, _) = a.as_chunks::<8>();
    let (others, _) = b.as_chunks::<8>();
    let same = words.iter().zip(others).take_while(|(x, y)| x == y);
    let at = same.count() * 8;
    let differing = (a[at..].iter().zip(&b[at..]))
        .map(|(x, y)| x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()))
        .find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn hash_fold<H: Hasher>(text: &str, state: &mut H) {
    let mut buffer = [0_u8; 64];
    for chunk in text.as_bytes().chunks(buffer.len()) {
        let folded = &mut buffer[..chunk.len()];
        folded.copy_from_slice(chunk);
        folded.make_ascii_lowercase();
        state.write(folded);
    }
    state.write_u8(0xff);
}

// Copies share their text: each step has the workspace's.
/// The name of a resource, compared without regard to case.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// Wraps a name; any text is allowed here, the service has the last word.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the name as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Name {}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_fold(&self.0, state);
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_fold(&self.0, &other.0)
    }
}

fn segment_problem(segment: &str) -> Option<&'static str> {
    if segment.is_empty() {
        Some("a segment is empty")
    } else if segment == "." || segment == ".." {
        Some("a segment is `.` or `..`")
    } else if segment.len() > MAX_SEGMENT {
        Some("a segment is too long")
    } else if segment
        .chars()
        .any(|c| c.is_control() || matches!(c, '/' | '\\' | '?' | '#'))
    {
        Some("a segment holds a character that no name may have")
    } else {
        None
    }
}

/// Where a resource stands in the service that is read.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct SourcePath(pub ResourcePath);

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::ops::Deref for SourcePath {
    type Target = ResourcePath;
    fn deref(&self) -> &ResourcePath {
        &self.0
    }
}

/// Splits an API's name into its root and the revision number after `;rev=`.
pub fn split_revision(name: &str) -> (&str, Option<&str>) {
    match name.find(";rev=") {
        Some(at) => (&name[..at], Some(&name[at + 5..])),
        None => (name, None),
    }
}

/// Which of two revisions of an API comes first. A revision is a text, which
/// need be no number: numbers come first, by value, then everything else by its
/// letters, without regard to case.
pub fn revision_order(a: &str, b: &str) -> Ordering {
    let key = |name: &str| {
        let digits = !name.is_empty() && name.bytes().all(|c| c.is_ascii_digit());
        let text = match digits {
            true => name.trim_start_matches('0').to_owned(),
            false => name.to_ascii_lowercase(),
        };
        // Of two numbers without leading zeros the longer one is greater.
        (!digits, if digits { text.len() } else { 0 }, text)
    };
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests;
