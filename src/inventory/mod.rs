//! What is known of a service: resources as it returned them.

mod calls;
mod essence;
pub(crate) mod links;
mod resource;
pub mod snapshot;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::address::{ByPath, ResourcePath, ServiceId, split_revision};
use crate::catalog::{self, ApiVersion, Kind};

pub(crate) use self::calls::Call;
use self::calls::Calls;
pub use essence::{digest, essence};
pub use resource::Resource;

/// A workspace of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkspaceInfo {
    /// What stood under `properties`.
    pub properties: Map<String, Value>,
    /// Names of the gateways that serve it.
    pub gateways: Vec<String>,
    /// What stands at its top, as far as a snapshot tells.
    pub names: BTreeSet<(&'static Kind, String)>,
}

/// The versions of the service's API that it was read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAt {
    /// The first that was asked for.
    pub asked: ApiVersion,
    /// The one that the service took.
    pub at: ApiVersion,
}

/// Everything that was read of one service.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// The service.
    pub service: ServiceId,
    /// Its tier, when known: `Premium`.
    pub sku: Option<String>,
    /// Its region, when known.
    pub location: Option<String>,
    /// The hosts that its own gateway answers on, those that somebody gave it
    /// first, as far as it says.
    pub hosts: Vec<String>,
    /// The oldest version of its API that it takes, where it says so.
    pub oldest: Option<ApiVersion>,
    /// Its workspaces by name, as far as they were read.
    pub workspaces: BTreeMap<String, WorkspaceInfo>,
    /// At which version it was read, where that could be chosen.
    pub read: Option<ReadAt>,
    /// What was listed under a name that makes no path: what it is below, if
    /// anything, and how it would be called.
    pub nameless: BTreeSet<(Option<ResourcePath>, String)>,
    /// What was left out, and could not be looked at to say what it was.
    pub unseen: BTreeSet<&'static Kind>,
    /// How much a snapshot holds of what no row of the catalog is for, by the
    /// collections on the way to it.
    pub unknown: BTreeMap<String, usize>,
    resources: ByPath<Resource>,
    /// Where each resource is, sorted by path, once somebody asks.
    sorted: OnceLock<Vec<usize>>,
    children: ByPath<BTreeSet<ResourcePath>>,
    display: BTreeMap<(&'static Kind, String), BTreeSet<ResourcePath>>,
    kinds: BTreeMap<&'static Kind, BTreeSet<ResourcePath>>,
    listed: BTreeSet<&'static Kind>,
    calls: Calls,
}

impl Inventory {
    /// Makes an empty inventory.
    pub fn new(service: ServiceId) -> Self {
        Self {
            service,
            sku: None,
            location: None,
            hosts: Vec::new(),
            oldest: None,
            workspaces: BTreeMap::new(),
            read: None,
            nameless: BTreeSet::new(),
            unseen: BTreeSet::new(),
            unknown: BTreeMap::new(),
            resources: ByPath::default(),
            sorted: OnceLock::new(),
            children: ByPath::default(),
            display: BTreeMap::new(),
            kinds: BTreeMap::new(),
            listed: BTreeSet::new(),
            calls: Calls::default(),
        }
    }

    /// Makes room for so many resources more.
    fn reserve(&mut self, more: usize) {
        self.resources.reserve(more);
    }

    /// Adds a resource, or replaces what was only listed by what was read.
    pub fn insert(&mut self, resource: Resource) {
        if let Some(old) = self.resources.get(&resource.path) {
            if resource.listed_only && !old.listed_only {
                return;
            }
            self.forget_display(&old.path.clone());
        }
        if let Some(parent) = resource.path.parent() {
            self.children
                .entry(parent)
                .or_default()
                .insert(resource.path.clone());
        }
        if let Some(key) = display_key(&resource) {
            self.display
                .entry(key)
                .or_default()
                .insert(resource.path.clone());
        }
        let of_kind = self.kinds.entry(resource.kind).or_default();
        of_kind.insert(resource.path.clone());
        self.calls = Calls::default();
        let known = self.resources.insert(resource.path.clone(), resource);
        if known.is_none() {
            self.sorted = OnceLock::new();
        }
    }

    /// Takes a resource out, with everything below it.
    pub fn remove(&mut self, path: &ResourcePath) {
        for child in self.children.swap_remove(path).into_iter().flatten() {
            self.remove(&child);
        }
        self.forget_display(path);
        if let Some(siblings) = path.parent().and_then(|p| self.children.get_mut(&p)) {
            siblings.remove(path);
        }
        self.resources.swap_remove(path);
        self.calls = Calls::default();
        self.sorted = OnceLock::new();
    }

    fn forget_display(&mut self, path: &ResourcePath) {
        if let Some(key) = self.resources.get(path).and_then(display_key)
            && let Some(paths) = self.display.get_mut(&key)
        {
            paths.remove(path);
        }
    }

    /// Notes that all of a top-level kind were listed, so that what is not here
    /// is not there.
    pub fn mark_listed(&mut self, kind: &'static Kind) {
        self.listed.insert(kind);
    }

    /// Whether all of a top-level kind were listed.
    pub fn is_listed(&self, kind: &Kind) -> bool {
        self.listed.contains(kind)
    }

    /// Finds a resource, whether it was read or only listed.
    pub fn get(&self, path: &ResourcePath) -> Option<&Resource> {
        #[cfg(test)]
        work::look();
        self.resources.get(path)
    }

    /// Finds a top-level resource of a kind by its name.
    pub fn named(&self, kind: &Kind, name: &str) -> Option<&Resource> {
        self.get(&ResourcePath::top(kind.collection(), name).ok()?)
    }

    /// Finds a resource of a kind by the name that people see, without regard
    /// to case. Of several the first by path is returned.
    pub fn displayed(&self, kind: &'static Kind, display: &str) -> Option<&Resource> {
        self.all_displayed(kind, display).next()
    }

    /// All of a kind that people see under a name, without regard to case,
    /// sorted by path.
    pub fn all_displayed(
        &self,
        kind: &'static Kind,
        display: &str,
    ) -> impl Iterator<Item = &Resource> {
        let key = (kind, display.to_ascii_lowercase());
        let paths = self.display.get(&key).into_iter().flatten();
        paths.filter_map(|path| self.get(path))
    }

    /// All resources, sorted by path.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        #[cfg(test)]
        (0..self.len()).for_each(|_| work::look());
        let sorted = self.sorted.get_or_init(|| {
            let mut order: Vec<usize> = (0..self.len()).collect();
            order.sort_unstable_by_key(|at| self.resources.get_index(*at).map(|(path, _)| path));
            order
        });
        let at = |at: &usize| self.resources.get_index(*at);
        sorted.iter().filter_map(at).map(|(_, resource)| resource)
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// All of a kind, sorted by path.
    pub fn of_kind(&self, kind: &'static Kind) -> impl Iterator<Item = &Resource> {
        let paths = self.kinds.get(kind).into_iter().flatten();
        paths.filter_map(|p| self.get(p))
    }

    /// What stands directly below a resource, sorted by path.
    pub fn children(&self, path: &ResourcePath) -> impl Iterator<Item = &Resource> {
        self.children
            .get(path)
            .into_iter()
            .flatten()
            .filter_map(|p| self.get(p))
    }

    /// All revisions of the API that a path is of: the current one and those
    /// named `;rev=N`, sorted by path.
    pub fn revisions(&self, api: &ResourcePath) -> Vec<&Resource> {
        let (root, _) = split_revision(api.name());
        let Ok(first) = api.renamed(root) else {
            return Vec::new();
        };
        let Ok(lowest) = api.renamed(&format!("{root};rev=")) else {
            return Vec::new();
        };
        let Some(kind) = catalog::kind_of(api) else {
            return Vec::new();
        };
        let mut found: Vec<_> = self.get(&first).into_iter().collect();
        let later = self.kinds.get(kind).map(|paths| paths.range(lowest..));
        let revisions = later
            .into_iter()
            .flatten()
            .take_while(|p| split_revision(p.name()).0.eq_ignore_ascii_case(root))
            .filter(|p| split_revision(p.name()).1.is_some());
        found.extend(revisions.filter_map(|p| self.get(p)));
        found
    }

    /// What documents do with variables that run in one call, which goes by a path;
    /// made when it is asked for first.
    pub(crate) fn call(
        &self,
        of: &ResourcePath,
        make: impl FnOnce() -> Option<Call>,
    ) -> Option<Arc<Call>> {
        self.calls.of(of, make)
    }

    /// Turns an id as the service prints it, full or short, into a path.
    ///
    /// Returns `None` for another service's id and for what is no path.
    pub fn resolve_id(&self, id: &str) -> Option<ResourcePath> {
        match ServiceId::split(id) {
            Some((service, below)) if service == self.service => below.parse().ok(),
            Some(_) => None,
            None => id.parse().ok(),
        }
    }
}

/// How often an inventory was looked at, for tests that bound that.
#[cfg(test)]
pub(crate) mod work {
    use std::cell::Cell;

    thread_local! {
        static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn look() {
        LOOKS.set(LOOKS.get() + 1);
    }

    /// How often one was looked at in this thread since it was asked last.
    pub(crate) fn looks() -> usize {
        LOOKS.replace(0)
    }
}

fn display_key(resource: &Resource) -> Option<(&'static Kind, String)> {
    let display = resource.kind.display?;
    let text = resource.text(display.property)?;
    Some((resource.kind, text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::inventory;
    use serde_json::json;

    #[test]
    fn revisions_are_those_of_this_api_only() {
        let inventory = inventory(&[
            ("/apis/orders", json!({})),
            ("/apis/orders;rev=2", json!({})),
            ("/apis/orders;rev=2/operations/get", json!({})),
            ("/apis/orders;rev=10", json!({})),
            ("/apis/orders-v2", json!({})),
            ("/apis/orders2;rev=2", json!({})),
        ]);
        let found: Vec<_> = inventory
            .revisions(&"/apis/ORDERS;rev=2".parse().unwrap())
            .iter()
            .map(|r| r.path.to_string())
            .collect();
        assert_eq!(
            found,
            ["/apis/orders", "/apis/orders;rev=10", "/apis/orders;rev=2"]
        );
    }

    #[test]
    fn what_was_read_wins_over_what_was_listed() {
        let mut inventory = inventory(&[("/namedValues/a", json!({"displayName": "Key"}))]);
        let mut listed = inventory
            .get(&"/namedValues/a".parse().unwrap())
            .unwrap()
            .clone();
        listed.listed_only = true;
        listed.properties.clear();
        inventory.insert(listed);
        let kind = &catalog::NAMED_VALUE;
        assert!(inventory.displayed(kind, "KEY").is_some());
    }

    #[test]
    fn what_is_removed_goes_with_what_stands_below_it() {
        let mut inventory = inventory(&[
            ("/tags/a", json!({"displayName": "A"})),
            ("/tags/a/apiLinks/x", json!({})),
            ("/tags/a-b", json!({"displayName": "AB"})),
        ]);
        inventory.remove(&"/tags/a".parse().unwrap());
        let left: Vec<_> = inventory.resources().map(|r| r.path.to_string()).collect();
        assert_eq!(left, ["/tags/a-b"]);
        let kind = &catalog::TAG;
        assert!(inventory.displayed(kind, "a").is_none());
        assert!(inventory.displayed(kind, "ab").is_some());
        inventory.remove(&"/tags/none".parse().unwrap());
        assert_eq!(inventory.len(), 1);
    }

    #[test]
    fn ids_resolve_full_and_short_but_not_of_another_service() {
        let inventory = inventory(&[]);
        let id = |name: &str| format!("{}/tags/x", ServiceId::new("S", "G", name).unwrap());
        assert_eq!(inventory.resolve_id(&id("N")).unwrap().as_str(), "/tags/x");
        assert_eq!(inventory.resolve_id("/tags/x").unwrap().as_str(), "/tags/x");
        assert!(inventory.resolve_id(&id("other")).is_none());
    }
}
