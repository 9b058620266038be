//! What comes along with the selected APIs, and because of what.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::references::{Followed, References, Why, follow_property, references, without_revision};
use crate::address::{ByPath, ResourcePath, split_revision};
use crate::catalog::{self, Home, Kind, pointer};
use crate::inventory::{Inventory, Resource};

/// The selected APIs with everything that belongs to them.
#[derive(Debug, Clone, Default)]
pub struct Closure {
    /// What is to be copied, sorted by path.
    pub members: ByPath<Member>,
    /// What is referred to where it stands at service level, and by whom.
    pub referenced: BTreeMap<ResourcePath, BTreeSet<ResourcePath>>,
    /// What belongs to the selection but has no place in a workspace.
    pub left: BTreeMap<ResourcePath, BTreeSet<ResourcePath>>,
    /// What `--without` kept away, by which of its words.
    pub cut: BTreeMap<ResourcePath, BTreeSet<String>>,
}

/// One resource of the closure.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// Who pulled it in, sorted; empty for what was selected.
    pub because: Vec<ResourcePath>,
    /// What it refers to.
    pub references: References,
}

impl Member {
    /// Forgets reasons that stand below it, or are its revisions, where it comes
    /// for another one: each of them would not be there without it, but for links
    /// that what they name has brought.
    fn forget_its_own(&mut self, path: &ResourcePath, brought: &BTreeSet<ResourcePath>) {
        let own = |reason: &ResourcePath| {
            (reason.is_within(path) || without_revision(reason).is_within(path))
                && !brought.contains(reason)
        };
        if !self.because.iter().all(own) {
            self.because.retain(|reason| !own(reason));
        }
    }
}

/// Whether a `--without` word means this kind.
///
/// A branch goes by the kind's plural, its collection, or, for links, by the
/// collection of what they name: `groups` cuts the groups of products.
pub fn is_branch(word: &str, kind: &Kind) -> bool {
    let named_end = || {
        kind.references
            .iter()
            .flat_map(|r| r.to)
            .any(|to| to.collection().eq_ignore_ascii_case(word))
    };
    word.eq_ignore_ascii_case(kind.plural)
        || word.eq_ignore_ascii_case(kind.collection())
        || (kind.access == catalog::Access::Link && named_end())
}

/// Who names whom from elsewhere and comes along: links and subscriptions, by
/// what they name.
fn referrers(inventory: &Inventory) -> ByPath<Vec<&Resource>> {
    let kinds: BTreeSet<&Kind> = catalog::kinds()
        .iter()
        .flat_map(|k| k.referrers)
        .map(|r| r.kind)
        .collect();
    let mut by_named: ByPath<Vec<&Resource>> = ByPath::default();
    for resource in inventory.resources() {
        if !kinds.contains(resource.kind) || resource.is_built_in() {
            continue;
        }
        for reference in resource.kind.references {
            pointer::each_of(&resource.properties, reference.pointer, &mut |value| {
                let text = value.as_str().unwrap_or_default();
                if let Followed::To(path) = follow_property(resource, inventory, reference, text) {
                    by_named.entry(path).or_default().push(resource);
                }
            });
        }
    }
    by_named
}

/// What words of a service's scope ask for, as far as it is there.
pub fn asked_for(inventory: &Inventory, words: &[String]) -> Vec<ResourcePath> {
    let kinds = words.iter().flat_map(|word| catalog::chosen(word));
    let resources = kinds.flat_map(|(kind, _)| inventory.of_kind(kind));
    resources.map(|r| r.path.clone()).collect()
}

/// Computes the closure of the selected APIs.
///
/// `selected` are paths of APIs without a revision, and of what is copied by
/// choice. `without` are the words of
/// `--without`.
pub fn closure(inventory: &Inventory, selected: &[ResourcePath], without: &[String]) -> Closure {
    closure_by(inventory, selected, without, |_| true)
}

/// The same, where only some reasons make one thing need another.
pub fn closure_by(
    inventory: &Inventory,
    selected: &[ResourcePath],
    without: &[String],
    counts: impl Fn(&Why) -> bool,
) -> Closure {
    let referrers = referrers(inventory);
    let mut closure = Closure::default();
    let mut queue: VecDeque<(ResourcePath, Option<ResourcePath>)> =
        selected.iter().map(|p| (p.clone(), None)).collect();
    while let Some((path, because)) = queue.pop_front() {
        let Some(resource) = inventory.get(&path) else {
            continue;
        };
        let kept = match resource.kind.home {
            _ if resource.is_built_in() => Some(&mut closure.referenced),
            Home::Workspace => None,
            // Nothing needs or brings it: it comes when it was asked for.
            Home::ByChoice(_) if selected.contains(&path) => None,
            Home::Service => Some(&mut closure.referenced),
            Home::Nowhere(_) | Home::Stays(_) | Home::ByChoice(_) => Some(&mut closure.left),
        };
        if let Some(kept) = kept {
            kept.entry(path).or_default().extend(because);
            continue;
        }
        if let Some(member) = closure.members.get_mut(&path) {
            member.because.extend(because);
            continue;
        }
        let mut references = references(resource, inventory);
        references.needs.retain(|need| counts(&need.why));
        for need in &references.needs {
            queue.push_back((need.to.clone(), Some(path.clone())));
        }
        for other in brought(resource, inventory, &referrers, without, &mut closure.cut) {
            queue.push_back((other, Some(path.clone())));
        }
        let member = Member {
            because: because.into_iter().collect(),
            references,
        };
        closure.members.insert(path, member);
    }
    closure.members.sort_unstable_keys();
    for member in closure.members.values_mut() {
        member.because.sort();
        member.because.dedup();
        member.because.shrink_to_fit();
    }
    let brought = brought_links(&closure);
    for (path, member) in &mut closure.members {
        member.forget_its_own(path, &brought);
    }
    // What was selected is there for nobody's sake.
    for path in selected {
        if let Some(member) = closure.members.get_mut(path) {
            member.because.clear();
        }
    }
    // What something needs comes all the same.
    let members = &closure.members;
    closure.cut.retain(|path, _| !members.contains_key(path));
    closure
}

/// Links that are there for the sake of what they name, and not of what they
/// stand below.
fn brought_links(closure: &Closure) -> BTreeSet<ResourcePath> {
    let links = closure.members.iter().filter(|(path, member)| {
        let by_another = || member.because.iter().any(|by| !path.is_within(by));
        catalog::kind_of(path).is_some_and(Kind::is_link) && by_another()
    });
    links.map(|(path, _)| path.clone()).collect()
}

/// What comes along with a resource though it does not need it.
fn brought(
    resource: &Resource,
    inventory: &Inventory,
    referrers: &ByPath<Vec<&Resource>>,
    without: &[String],
    cut: &mut BTreeMap<ResourcePath, BTreeSet<String>>,
) -> Vec<ResourcePath> {
    let mut found = Vec::new();
    // The current revision brings the others, and each of them needs it.
    if resource.kind.revisions && split_revision(resource.path.name()).1.is_none() {
        let others = inventory.revisions(&resource.path).into_iter();
        let others = others.map(|r| &r.path).filter(|p| **p != resource.path);
        found.extend(others.cloned());
    }
    let mut add = |other: &Resource, branch: Option<&str>| {
        let cuts = |word: &&String| {
            is_branch(word, other.kind) || branch.is_some_and(|b| b.eq_ignore_ascii_case(word))
        };
        let mut words = without.iter().filter(cuts).cloned().peekable();
        match words.peek() {
            Some(_) => cut.entry(other.path.clone()).or_default().extend(words),
            None => found.push(other.path.clone()),
        }
    };
    for child in inventory.children(&resource.path) {
        let comes = resource.kind.children.contains(&child.kind) && !child.kind.with_named_end;
        if comes && stands_for_current(child, inventory) {
            add(child, None);
        }
    }
    for other in referrers.get(&resource.path).into_iter().flatten() {
        let referrer = (resource.kind.referrers.iter()).find(|r| r.kind == other.kind);
        if let Some(referrer) = referrer {
            add(other, Some(referrer.branch));
        }
    }
    found
}

/// A release makes its revision current when it is written. Only those of the
/// current revision can be written again without moving it.
pub fn stands_for_current(resource: &Resource, inventory: &Inventory) -> bool {
    let mut references = resource.kind.references.iter();
    let pointer = resource.kind.makes_current;
    let Some(reference) = references.find(|r| Some(r.pointer) == pointer) else {
        return true;
    };
    // Lists leave the revision out: it has to be read to be told.
    if resource.listed_only {
        return true;
    }
    let text = resource.text(reference.pointer).unwrap_or_default();
    match follow_property(resource, inventory, reference, text) {
        Followed::To(path) => split_revision(path.name()).1.is_none(),
        Followed::Everything | Followed::Lost(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use serde_json::json;

    fn inventory() -> Inventory {
        let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
        let items = [
            ("/apiVersionSets/v", json!({})),
            (
                "/apis/a",
                json!({"apiRevision": "2", "apiVersionSetId": "/apiVersionSets/v"}),
            ),
            ("/apis/a;rev=1", json!({"apiRevision": "1"})),
            ("/apis/a/operations/o", json!({})),
            ("/apis/a;rev=1/operations/old", json!({})),
            ("/apis/a/releases/now", json!({"apiId": "/apis/a"})),
            ("/apis/a/releases/then", json!({"apiId": "/apis/a;rev=1"})),
            ("/apis/a/wikis/default", json!({})),
            ("/apis/b", json!({"apiVersionSetId": "/apiVersionSets/v"})),
            ("/products/p", json!({})),
            ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
            ("/products/p/apiLinks/b", json!({"apiId": "/apis/b"})),
            (
                "/products/p/groupLinks/g",
                json!({"groupId": "/groups/team"}),
            ),
            (
                "/products/p/groupLinks/d",
                json!({"groupId": "/groups/developers"}),
            ),
            ("/groups/team", json!({"type": "custom"})),
            ("/groups/developers", json!({"type": "system"})),
            ("/products/other", json!({})),
            ("/tags/t", json!({})),
            (
                "/tags/t/operationLinks/x",
                json!({"operationId": "/apis/a/operations/o"}),
            ),
            ("/tags/t/apiLinks/b", json!({"apiId": "/apis/b"})),
            (
                "/subscriptions/ofp",
                json!({"scope": "/products/p", "ownerId": "/users/1"}),
            ),
            ("/subscriptions/all", json!({"scope": "/apis"})),
            ("/users/1", json!({})),
        ];
        for (path, properties) in items {
            let properties = properties.as_object().unwrap().clone();
            inventory.insert(Resource::new(path.parse().unwrap(), properties, None).unwrap());
        }
        inventory
    }

    fn members(without: &[&str]) -> (Vec<String>, Closure) {
        let without: Vec<String> = without.iter().map(|s| (*s).to_owned()).collect();
        let closure = closure(&inventory(), &["/apis/a".parse().unwrap()], &without);
        (
            closure.members.keys().map(ToString::to_string).collect(),
            closure,
        )
    }

    #[test]
    fn an_api_brings_what_belongs_to_it_and_not_its_neighbours() {
        let (members, closure) = members(&[]);
        assert_eq!(
            members,
            [
                "/apis/a",
                "/apis/a/operations/o",
                "/apis/a/releases/now",
                "/apis/a;rev=1",
                "/apis/a;rev=1/operations/old",
                "/apiVersionSets/v",
                "/groups/team",
                "/products/p",
                "/products/p/apiLinks/a",
                "/products/p/groupLinks/d",
                "/products/p/groupLinks/g",
                "/subscriptions/ofp",
                "/tags/t",
                "/tags/t/operationLinks/x",
            ]
        );
        let keys = |m: &BTreeMap<ResourcePath, BTreeSet<ResourcePath>>| {
            m.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&closure.referenced),
            ["/groups/developers", "/users/1"]
        );
        assert_eq!(keys(&closure.left), ["/apis/a/wikis/default"]);
    }

    #[test]
    fn branches_can_be_left_out() {
        let (members, closure) = members(&["products", "tags"]);
        assert!(
            !members
                .iter()
                .any(|m| m.contains("products") || m.contains("tags")),
            "{members:?}"
        );
        assert!(!closure.cut.is_empty());
        let (members, _) = self::members(&["groups", "subscriptions"]);
        assert!(members.contains(&"/products/p".to_owned()));
        assert!(
            !members
                .iter()
                .any(|m| m.contains("group") || m.contains("subscriptions"))
        );
    }
}
