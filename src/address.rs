//! Addresses: where a resource stands, in which service, and on which side.
//!
//! ARM compares names and path segments without regard to case, so every type
//! here does too; each keeps the spelling it was made with for display.
//! A *source* address and a *target* address are different types: the only way
//! from one to the other is to decide on a new place, which is the plan's work.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ARM provider namespace of the service.
pub const PROVIDER: &str = "Microsoft.ApiManagement";

/// Longest segment accepted anywhere; ARM's own limit for a name is 260.
const MAX_SEGMENT: usize = 400;

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
    const STEP: usize = 8;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let shared = a.len().min(b.len());
    let mut at = 0;
    while at < shared {
        while at + STEP <= shared && a[at..at + STEP] == b[at..at + STEP] {
            at += STEP;
        }
        let end = (at + STEP).min(shared);
        for (x, y) in a[at..end].iter().zip(&b[at..end]) {
            if x != y {
                let order = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
        at = end;
    }
    a.len().cmp(&b.len())
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

/// The name of a resource, compared without regard to case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Wraps a name; any text is allowed here, the service has the last word.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the name as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
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

/// An API Management service: subscription, resource group, name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId {
    subscription: Name,
    resource_group: Name,
    name: Name,
}

impl ServiceId {
    /// Makes an id from its three parts.
    ///
    /// # Errors
    /// When a part is empty or holds a character that a path segment can't.
    pub fn new(subscription: &str, group: &str, name: &str) -> Result<Self, AddressError> {
        for part in [subscription, group, name] {
            if segment_problem(part).is_some() {
                return Err(AddressError::NotAPart(part.to_owned()));
            }
        }
        Ok(Self {
            subscription: Name::new(subscription),
            resource_group: Name::new(group),
            name: Name::new(name),
        })
    }

    /// The Azure subscription's id.
    pub fn subscription(&self) -> &str {
        self.subscription.as_str()
    }

    /// The resource group's name.
    pub fn resource_group(&self) -> &str {
        self.resource_group.as_str()
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the full ARM id of a resource of this service.
    pub fn id_of(&self, path: &ResourcePath) -> String {
        format!("{self}{path}")
    }

    /// Splits a full ARM id into its service and the path below it.
    ///
    /// Lenient on purpose: the service prints ids with odd case, and in one
    /// sample `/services/` for `/service/`.
    pub fn split(id: &str) -> Option<(ServiceId, &str)> {
        let mut rest = id.strip_prefix('/')?;
        let mut take = || -> Option<&str> {
            let (head, tail) = rest.split_once('/').unwrap_or((rest, ""));
            rest = tail;
            (!head.is_empty()).then_some(head)
        };
        let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word).then_some(());
        is(take()?, "subscriptions")?;
        let subscription = take()?;
        is(take()?, "resourceGroups")?;
        let group = take()?;
        is(take()?, "providers")?;
        is(take()?, PROVIDER)?;
        let kind = take()?;
        is(kind, "service").or_else(|| is(kind, "services"))?;
        let name = take()?;
        let service = Self::new(subscription, group, name).ok()?;
        let below = &id[id.len() - rest.len()..];
        // The slash before the rest belongs to the rest.
        let below = if below.is_empty() && !id.ends_with('/') {
            ""
        } else {
            &id[id.len() - rest.len() - 1..]
        };
        Some((service, below))
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/subscriptions/{}/resourceGroups/{}/providers/{PROVIDER}/service/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

impl FromStr for ServiceId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Self::split(text.trim_end_matches('/')) {
            Some((service, "")) => Ok(service),
            _ => Err(AddressError::NotAService(text.to_owned())),
        }
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
        .any(|c| c.is_control() || matches!(c, '/' | '\\' | '?' | '#' | '%'))
    {
        Some("a segment holds a character that no name may have")
    } else {
        None
    }
}

/// A path below a service: pairs of collection and name, such as
/// `/apis/orders;rev=2/operations/get`. A last collection without a name is
/// not a resource and is refused.
#[derive(Clone)]
pub struct ResourcePath(String);

impl ResourcePath {
    /// Makes the path of one top-level resource.
    ///
    /// # Errors
    /// When the name can't be a path segment.
    pub fn top(collection: &str, name: &str) -> Result<Self, AddressError> {
        format!("/{collection}/{name}").parse()
    }

    /// Makes the path of a child of this resource.
    ///
    /// # Errors
    /// When the name can't be a path segment.
    pub fn child(&self, collection: &str, name: &str) -> Result<Self, AddressError> {
        format!("{}/{collection}/{name}", self.0).parse()
    }

    /// The text, with a leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pairs of collection and name, from the top down.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut segments = self.0.split('/').skip(1);
        std::iter::from_fn(move || Some((segments.next()?, segments.next()?)))
    }

    /// The collections joined by slashes, as spelled: `apis/operations`.
    pub fn pattern(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for (collection, _) in self.pairs() {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(collection);
        }
        text
    }

    /// The resource's own name: the last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The name of the collection the resource is in.
    pub fn collection(&self) -> &str {
        self.0.rsplit('/').nth(1).unwrap_or_default()
    }

    /// The resource this one is a child of.
    pub fn parent(&self) -> Option<ResourcePath> {
        let end = self.0.rmatch_indices('/').nth(1)?.0;
        (end > 0).then(|| Self(self.0[..end].to_owned()))
    }

    /// The top-level resource this one is, or is below.
    pub fn root(&self) -> ResourcePath {
        let end = self.0.match_indices('/').nth(2).map(|(at, _)| at);
        Self(self.0[..end.unwrap_or(self.0.len())].to_owned())
    }

    /// The same resource under another name.
    ///
    /// # Errors
    /// When the name can't be a path segment.
    pub fn renamed(&self, name: &str) -> Result<Self, AddressError> {
        let end = self.0.len() - self.name().len();
        format!("{}{name}", &self.0[..end]).parse()
    }

    /// Whether this resource is `other` or below it.
    pub fn is_within(&self, other: &ResourcePath) -> bool {
        let (mine, theirs) = (self.0.as_bytes(), other.0.as_bytes());
        mine.len() >= theirs.len()
            && mine[..theirs.len()].eq_ignore_ascii_case(theirs)
            && matches!(mine.get(theirs.len()), None | Some(b'/'))
    }
}

impl FromStr for ResourcePath {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no = |why| Err(AddressError::NotAPath(text.to_owned(), why));
        let Some(rest) = text.strip_prefix('/') else {
            return no("it must begin with `/`");
        };
        let mut count = 0;
        for segment in rest.split('/') {
            if let Some(why) = segment_problem(segment) {
                return no(why);
            }
            count += 1;
        }
        if count % 2 == 1 {
            return no("it must be pairs of collection and name");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl PartialEq for ResourcePath {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for ResourcePath {}
impl Hash for ResourcePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_fold(&self.0, state);
    }
}
impl PartialOrd for ResourcePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ResourcePath {
    fn cmp(&self, other: &Self) -> Ordering {
        cmp_fold(&self.0, &other.0)
    }
}
impl Serialize for ResourcePath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for ResourcePath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Where a resource stands in the service that is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// The id of a workspace: 1 to 80 characters, none of `*#&+:<>?` nor a slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
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

/// Splits an API's name into its root and the revision number after `;rev=`.
pub fn split_revision(name: &str) -> (&str, Option<&str>) {
    match name.find(";rev=") {
        Some(at) => (&name[..at], Some(&name[at + 5..])),
        None => (name, None),
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
