//! Which policies exist.
//!
//! The service has a list of all policies, without their text. It decides which
//! documents are worth a read as long as it keeps its word: every policy that
//! is read without its help must be in it. Those are the service's and the
//! products', and of each sort of place below APIs (APIs, operations, and both of
//! older revisions) that is not in it one of every fourth API, thirty at least
//! where there are as many, ten of those of revisions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::address::{ResourcePath, split_revision};
use crate::catalog;
use crate::inventory::Inventory;

/// What a place is: a list that is right about operations may leave out what
/// stands below revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sort {
    depth: usize,
    of_revision: bool,
}

impl Sort {
    fn of(policy: &ResourcePath) -> Self {
        Self {
            depth: policy.pairs().count(),
            of_revision: split_revision(policy.root().name()).1.is_some(),
        }
    }

    /// Fewest places of it that are tried, where there are as many.
    fn least(self) -> usize {
        if self.of_revision { 10 } else { 30 }
    }
}

/// Whether the service's list of all policies is gone by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PolicyIndex {
    /// Where it keeps its word.
    #[default]
    Auto,
    /// Untried.
    Always,
    /// It is not read.
    Never,
}

/// What the list says, and what it is worth.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    use_of: PolicyIndex,
    named: Option<BTreeSet<ResourcePath>>,
    refuted: Option<String>,
    tried: BTreeSet<ResourcePath>,
}

impl Policies {
    pub(super) fn new(use_of: PolicyIndex) -> Self {
        Self {
            use_of,
            ..Self::default()
        }
    }

    /// Whether the list is to be read.
    pub(super) fn is_wanted(&self) -> bool {
        self.use_of != PolicyIndex::Never
    }

    /// Takes the list in.
    pub(super) fn take(&mut self, items: &[Value], inventory: &Inventory) {
        let path = |item: &Value| {
            let id = item["properties"]["referencePolicyId"].as_str()?;
            let path = inventory.resolve_id(id)?;
            match path.collection().eq_ignore_ascii_case("policies") {
                true => Some(path),
                // What it is the policy of.
                false => path.child("policies", "policy").ok(),
            }
        };
        self.named = Some(items.iter().filter_map(path).collect());
    }

    /// Notes that there is no such list.
    pub(super) fn refused(&mut self) {
        let note = "the service refuses its list of all policies: each was asked for";
        self.refuted = Some(note.to_owned());
    }

    /// Holds a policy that was read against the list.
    pub(super) fn found(&mut self, path: &ResourcePath, inventory: &Inventory) {
        let tells = self.use_of == PolicyIndex::Auto && self.named.is_some();
        let is_policy = catalog::kind_of(path).is_some_and(catalog::Kind::is_policy);
        if tells && is_policy && self.refuted.is_none() && !self.names(path, inventory) {
            self.refuted = Some(format!(
                "the service's list of all policies leaves out {path}: each was asked for"
            ));
        }
    }

    /// The list may name a current revision by its number.
    fn names(&self, path: &ResourcePath, inventory: &Inventory) -> bool {
        let Some(named) = &self.named else {
            return false;
        };
        let numbered = || {
            let root = path.root();
            let number = inventory.get(&root)?.text("apiRevision")?;
            let below = path.as_str().get(root.as_str().len()..)?;
            let plain = split_revision(root.name()).1.is_none();
            let path = format!("{root};rev={number}{below}").parse().ok()?;
            plain.then(|| named.contains(&path))
        };
        named.contains(path) || numbered() == Some(true)
    }

    /// Chooses what is read to try the list, of what may have a policy.
    pub(super) fn choose<'i>(
        &mut self,
        policies: impl Iterator<Item = &'i ResourcePath>,
        inventory: &Inventory,
    ) {
        if self.use_of != PolicyIndex::Auto || self.named.is_none() || self.refuted.is_some() {
            return;
        }
        let mut sorts: BTreeMap<Sort, BTreeMap<ResourcePath, Vec<&ResourcePath>>> = BTreeMap::new();
        for policy in policies.filter(|path| !self.names(path, inventory)) {
            let of_sort = sorts.entry(Sort::of(policy)).or_default();
            of_sort.entry(policy.root()).or_default().push(policy);
        }
        for (sort, apis) in sorts {
            self.choose_of(sort, apis.into_values().collect());
        }
    }

    /// Chooses among places of one sort, given API by API.
    fn choose_of(&mut self, sort: Sort, mut apis: Vec<Vec<&ResourcePath>>) {
        // Not the first of each: what is wrong may depend on the place.
        for (at, group) in apis.iter_mut().enumerate() {
            let by = at % group.len();
            group.rotate_left(by);
        }
        let mut tried = (self.tried.iter())
            .filter(|path| Sort::of(path) == sort)
            .count();
        // One of every fourth API, then more where that is too few.
        for group in apis.iter().step_by(4) {
            if !group.iter().any(|path| self.tried.contains(*path)) {
                let first = group.first().map(|path| (*path).clone());
                tried += usize::from(first.is_some());
                self.tried.extend(first);
            }
        }
        let longest = apis.iter().map(Vec::len).max().unwrap_or_default();
        let turns = (0..longest).flat_map(|at| apis.iter().filter_map(move |group| group.get(at)));
        for path in turns {
            if tried >= sort.least() {
                return;
            }
            tried += usize::from(self.tried.insert((*path).clone()));
        }
    }

    /// Whether a policy is to be asked for.
    pub(super) fn asks(&self, path: &ResourcePath, inventory: &Inventory) -> bool {
        self.named.is_none()
            || self.refuted.is_some()
            || self.tried.contains(path)
            || self.names(path, inventory)
    }

    /// The policies that are named and stand below something of these APIs.
    pub(super) fn deep_below(&self, apis: &[ResourcePath]) -> Vec<ResourcePath> {
        let apis: BTreeSet<&ResourcePath> = apis.iter().collect();
        let named = self.named.iter().flatten();
        let deep = named.filter(|path| path.pairs().count() > 2);
        deep.filter(|path| apis.contains(&path.root()))
            .cloned()
            .collect()
    }

    /// What a person may want to know.
    pub(super) fn note(&self) -> Option<&String> {
        self.refuted.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use crate::inventory::Resource;
    use serde_json::json;

    fn path(text: &str) -> ResourcePath {
        text.parse().unwrap()
    }

    fn inventory() -> Inventory {
        let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
        let api = json!({"apiRevision": "2"}).as_object().unwrap().clone();
        inventory.insert(Resource::new(path("/apis/a"), api, None).unwrap());
        inventory
    }

    fn list(policies: &mut Policies, ids: &[&str]) {
        let items: Vec<Value> = (ids.iter())
            .map(|id| json!({"properties": {"referencePolicyId": id}}))
            .collect();
        policies.take(&items, &inventory());
    }

    fn of(api: usize, operation: usize) -> ResourcePath {
        path(&format!(
            "/apis/a{api}/operations/o{operation}/policies/policy"
        ))
    }

    #[test]
    fn thirty_are_tried_all_over_the_apis() {
        let mut policies = Policies::new(PolicyIndex::Auto);
        list(&mut policies, &["/apis/a0/operations/o0/policies/policy"]);
        let all: Vec<_> = (0..50)
            .flat_map(|a| (0..4).map(move |o| of(a, o)))
            .collect();
        let few = &all[..8];
        let asked = |policies: &Policies, of: &[ResourcePath]| {
            of.iter().filter(|p| policies.asks(p, &inventory())).count()
        };
        policies.choose(few.iter(), &inventory());
        assert_eq!(asked(&policies, few), 8);
        policies.choose(all.iter(), &inventory());
        // Thirty, and one that is named.
        assert_eq!(asked(&policies, &all), 30 + 1);
        let few = &all[..40];
        let mut policies = Policies::new(PolicyIndex::Auto);
        list(&mut policies, &[]);
        policies.choose(few.iter(), &inventory());
        assert_eq!(asked(&policies, few), 30);
    }

    #[test]
    fn each_sort_of_place_is_tried() {
        let mut policies = Policies::new(PolicyIndex::Auto);
        list(&mut policies, &[]);
        let sort = |text: &str| -> Vec<ResourcePath> {
            (0..40)
                .map(|n| path(&text.replace('#', &n.to_string())))
                .collect()
        };
        let sorts = [
            (sort("/apis/a#/operations/o/policies/policy"), 30),
            (sort("/apis/a#/policies/policy"), 30),
            (sort("/apis/a#;rev=1/policies/policy"), 10),
            (sort("/apis/a#;rev=1/operations/o/policies/policy"), 10),
        ];
        let all: Vec<_> = sorts.iter().flat_map(|(paths, _)| paths).collect();
        policies.choose(all.iter().copied(), &inventory());
        for (paths, tried) in &sorts {
            let asked = paths.iter().filter(|p| policies.asks(p, &inventory()));
            assert_eq!(asked.count(), *tried, "{}", paths[0]);
        }
    }

    #[test]
    fn a_list_that_leaves_one_out_is_not_gone_by() {
        let read = path("/apis/a/operations/x/policies/policy");
        let other = path("/apis/a/operations/y/policies/policy");
        let mut policies = Policies::new(PolicyIndex::Auto);
        list(
            &mut policies,
            &["/apis/a;rev=2/operations/x", "/policies/policy"],
        );
        for known in [&read, &path("/policies/policy")] {
            policies.found(known, &inventory());
            assert!(policies.asks(known, &inventory()));
        }
        assert!(policies.note().is_none() && !policies.asks(&other, &inventory()));
        policies.found(&other, &inventory());
        assert!(
            policies
                .note()
                .unwrap()
                .contains("leaves out /apis/a/operations/y")
        );
        assert!(policies.asks(&of(3, 4), &inventory()));
    }

    #[test]
    fn without_a_list_each_is_asked_for() {
        let mut policies = Policies::new(PolicyIndex::Never);
        assert!(policies.asks(&of(1, 1), &inventory()) && !policies.is_wanted());
        policies.refused();
        assert!(policies.asks(&of(1, 1), &inventory()));
        let mut policies = Policies::new(PolicyIndex::Always);
        list(&mut policies, &[]);
        policies.found(&of(1, 1), &inventory());
        assert!(!policies.asks(&of(1, 2), &inventory()));
    }
}
