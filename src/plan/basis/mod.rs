//! What stood at the source when a plan was made, as far as the plan is made
//! of it: what is there later and is not among it is new.

mod front;
mod uses;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{ResourcePath, SourcePath};
use crate::graph::Closure;
use crate::inventory::Inventory;
use crate::plan::target::Target;

pub use front::{Front, Reached};
pub(super) use front::{each_text, hosts};
pub use uses::{Use, Uses};

/// The version of the format.
const VERSION: u32 = 1;

/// The resources of the source that a plan takes into account, whether it
/// copies them, leaves them out by a finding, or was told to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    version: u32,
    known: BTreeSet<ResourcePath>,
    /// Who uses what is copied, as far as it was read.
    #[serde(default, skip_serializing_if = "Uses::is_empty")]
    uses: Uses,
    /// Where callers reach what is copied.
    #[serde(default, skip_serializing_if = "Front::is_empty")]
    front: Front,
}

impl Basis {
    /// What a plan of this closure takes into account.
    pub(super) fn of(inventory: &Inventory, closure: &Closure, target: &Target) -> Self {
        let below = |path| inventory.children(path).map(|child| &child.path);
        let members = closure.members.keys();
        let known = (closure.cut.keys())
            .chain(closure.left.keys())
            .chain(members.flat_map(|path| std::iter::once(path).chain(below(path))))
            .cloned();
        Self {
            uses: uses::uses(inventory, closure),
            front: Front::of(inventory, closure, target),
            ..Self::new(known)
        }
    }

    /// What these resources are.
    pub(crate) fn new(known: impl IntoIterator<Item = ResourcePath>) -> Self {
        Self {
            version: VERSION,
            known: known.into_iter().collect(),
            uses: Uses::new(),
            front: Front::default(),
        }
    }

    /// Whether this program can read it.
    pub(super) fn is_known(&self) -> bool {
        self.version == VERSION
    }

    /// The version that it is of.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Whether a resource was there.
    pub fn holds(&self, path: &ResourcePath) -> bool {
        self.known.contains(path)
    }

    /// Who uses a resource that is copied, itself copied or not.
    pub fn users(&self, path: &ResourcePath) -> impl Iterator<Item = &Use> {
        self.uses.get(path).into_iter().flatten()
    }

    /// Where callers reach what is copied.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// All of them, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &ResourcePath> {
        self.known.iter()
    }
}

/// A source of a plan, as it was when that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Where it stands.
    pub path: ResourcePath,
    /// Its ETag, where it has one.
    pub etag: Option<String>,
    /// Where lists tell all of it: a digest of what they told.
    pub digest: Option<String>,
    /// The number of its revision, where it is a current one.
    pub revision: Option<String>,
}

/// In what a source differs from what a plan was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// It has another ETag, or its list tells something else of it.
    Changed,
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
}

/// Something at the source that is not what a plan was made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// What the matter is.
    pub is: Differs,
    /// The resource.
    pub source: SourcePath,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use crate::graph::closure;
    use crate::inventory::Resource;
    use serde_json::{Map, Value, json};

    #[test]
    fn what_is_left_out_was_there_all_the_same() {
        let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
        for (path, properties) in [
            ("/apis/a", json!({})),
            ("/apis/a/operations/o", json!({})),
            ("/apis/a/wikis/default", json!({})),
            ("/apis/a/releases/then", json!({"apiId": "/apis/a;rev=9"})),
            ("/apis/b", json!({})),
            ("/products/p", json!({})),
            ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
            ("/products/p/apiLinks/b", json!({"apiId": "/apis/b"})),
            ("/subscriptions/s", json!({"scope": "/apis/a"})),
        ] {
            let properties: Map<String, Value> = properties.as_object().unwrap().clone();
            inventory.insert(Resource::new(path.parse().unwrap(), properties, None).unwrap());
        }
        let without = ["subscriptions".to_owned()];
        let closure = closure(&inventory, &["/apis/a".parse().unwrap()], &without);
        let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
        let basis = Basis::of(&inventory, &closure, &target);
        let known: Vec<&str> = basis.paths().map(ResourcePath::as_str).collect();
        assert_eq!(
            known,
            [
                "/apis/a",
                "/apis/a/operations/o",
                "/apis/a/releases/then",
                "/apis/a/wikis/default",
                "/products/p",
                "/products/p/apiLinks/a",
                "/products/p/apiLinks/b",
                "/subscriptions/s",
            ]
        );
    }
}
