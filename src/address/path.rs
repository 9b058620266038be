//! Where a resource stands below a service or a workspace.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{AddressError, cmp_fold, hash_fold, segment_problem, split_revision};

/// A path below a service: pairs of collection and name, such as
/// `/apis/orders;rev=2/operations/get`. A last collection without a name is
/// not a resource and is refused.
///
/// Copies share their text: most comparisons are of a path with a copy of it.
#[derive(Clone)]
pub struct ResourcePath(Arc<str>);

/// Things by path, in the order in which they came: found without comparing one
/// path with others, and sorted once where that matters.
pub type ByPath<V, P = ResourcePath> = IndexMap<P, V, RandomState>;

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
        (end > 0).then(|| Self(self.0[..end].into()))
    }

    /// The top-level resource this one is, or is below.
    pub fn root(&self) -> ResourcePath {
        let end = self.0.match_indices('/').nth(2).map(|(at, _)| at);
        match end {
            Some(end) => Self(self.0[..end].into()),
            None => self.clone(),
        }
    }

    /// The same resource under another name.
    ///
    /// # Errors
    /// When the name can't be a path segment.
    pub fn renamed(&self, name: &str) -> Result<Self, AddressError> {
        let end = self.0.len() - self.name().len();
        format!("{}{name}", &self.0[..end]).parse()
    }

    /// The same path without `;rev=N` on the API that it begins with.
    pub fn without_revision(&self) -> ResourcePath {
        let root = self.root();
        let (name, revision) = split_revision(root.name());
        if revision.is_none() {
            return self.clone();
        }
        let rest = &self.as_str()[root.as_str().len()..];
        root.renamed(name)
            .ok()
            .and_then(|root| format!("{root}{rest}").parse().ok())
            .unwrap_or_else(|| self.clone())
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
        Ok(Self(text.into()))
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
        Arc::ptr_eq(&self.0, &other.0) || self.0.eq_ignore_ascii_case(&other.0)
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
        match Arc::ptr_eq(&self.0, &other.0) {
            true => Ordering::Equal,
            false => cmp_fold(&self.0, &other.0),
        }
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
