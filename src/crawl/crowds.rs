//! How much stands in a workspace around what a plan adds to, where only so
//! much fits: below one parent, or naming one thing.
//!
//! A list is read only where a limit could be met.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::CrawlError;
use crate::address::{Name, ResourcePath, split_revision};
use crate::arm::Reader;
use crate::catalog::{self, Kind, Per, kinds, limit_of, pointer};
use crate::plan::Target;
use crate::plan::place::{Place, in_workspace};
use crate::plan::target::Holder;

/// Reads under way at once, at most.
const WIDTH: usize = 16;

/// Reads the lists that tell whether there is room for what is `wanted`: paths
/// below the workspace, of which what is there already was read.
pub(super) async fn read_crowds(
    reader: &Reader,
    target: &mut Target,
    wanted: &BTreeSet<ResourcePath>,
) -> Result<(), CrawlError> {
    let (lists, totals) = needed(target, wanted);
    let workspace = target.workspace.clone();
    let read_one = |(parent, kind): (ResourcePath, &'static Kind)| {
        let collection = kind.collection();
        let path = format!("/workspaces/{workspace}{parent}/{collection}");
        async move {
            let items = reader.list(&path, &[]).await;
            let items = items.map_err(CrawlError::read(path.as_str()))?;
            Ok::<_, CrawlError>((parent, kind, items))
        }
    };
    let found: Vec<_> = stream::iter(lists)
        .map(read_one)
        .buffered(WIDTH)
        .try_collect()
        .await?;
    for kind in &totals {
        target.counts.insert(kind, 0);
    }
    for (parent, kind, items) in found {
        if totals.contains(kind) {
            *target.counts.entry(kind).or_default() += items.len();
        }
        let none = Map::new();
        for item in items {
            let path = item["name"].as_str();
            let path = path.and_then(|name| parent.child(kind.collection(), name).ok());
            let Some(path) = path else { continue };
            let properties = item["properties"].as_object().unwrap_or(&none);
            take_named(target, kind, &path, properties);
            let below = target.crowds.entry((parent.clone(), kind));
            below.or_default().insert(path);
        }
    }
    Ok(())
}

/// Notes what a resource of the workspace names there, where only so many may
/// name it.
pub(super) fn take_named(
    target: &mut Target,
    kind: &'static Kind,
    path: &ResourcePath,
    properties: &Map<String, Value>,
) {
    let limited =
        (kinds().iter().flat_map(|k| k.referrers)).any(|r| r.kind == kind && r.most.is_some());
    if !limited {
        return;
    }
    let mut named = Vec::new();
    let place = Place {
        service: &target.service,
        workspace: &target.workspace,
    };
    for reference in kind.references {
        pointer::each_of(properties, reference.pointer, &mut |value| {
            named.extend(value.as_str().and_then(|id| in_workspace(id, place)));
        });
    }
    for other in named {
        let by = target.crowds.entry((other, kind));
        by.or_default().insert(path.clone());
    }
}

type Lists = BTreeSet<(ResourcePath, &'static Kind)>;

/// Which collections to list, by parent and kind, and the kinds whose number
/// in the whole workspace these lists tell.
fn needed(target: &Target, wanted: &BTreeSet<ResourcePath>) -> (Lists, BTreeSet<&'static Kind>) {
    let coming: Vec<(&ResourcePath, &'static Kind)> = (wanted.iter())
        .filter(|path| !target.existing.contains_key(*path))
        .filter_map(|path| Some((path, catalog::kind_of(path)?)))
        .collect();
    let number = |kind: &Kind| coming.iter().filter(|(_, k)| *k == kind).count();
    let mut lists = Lists::new();
    for (path, kind) in &coming {
        if let Some(parent) = path.parent()
            && target.existing.contains_key(&parent)
            && limit_of(kind, Per::Parent).is_some()
        {
            lists.insert((parent, kind));
        }
    }
    // Links that name one thing stand below many owners. There are not more of
    // them than owners.
    for referrer in kinds().iter().flat_map(|k| k.referrers) {
        let kind = referrer.kind;
        let Some(most) = referrer.most.filter(|_| referrer.view.is_some()) else {
            continue;
        };
        let owners = parents_of(kind, target);
        let comes = number(kind);
        if comes > 0 && owners.len() + comes > most {
            lists.extend(owners.into_iter().map(|owner| (owner, kind)));
        }
    }
    let mut totals = BTreeSet::new();
    for kind in kinds().iter().copied() {
        let limits = (limit_of(kind, Per::Workspace), limit_of(kind, Per::Parent));
        let (Some(most), Some(each)) = limits else {
            continue;
        };
        let parents = parents_of(kind, target);
        let comes = number(kind);
        if comes > 0 && parents.len() * each + comes > most {
            lists.extend(parents.into_iter().map(|parent| (parent, kind)));
            totals.insert(kind);
        }
    }
    (lists, totals)
}

/// What stands in the workspace that instances of a kind stand below, as lists
/// showed it.
fn parents_of(kind: &Kind, target: &Target) -> Vec<ResourcePath> {
    let Some(parent) = kind.parent().filter(|p| !p.pattern.contains('/')) else {
        return Vec::new();
    };
    let held = target.names.get(parent);
    let here = |(name, holder): &(&Name, &Holder)| {
        **holder == Holder::ThisWorkspace && split_revision(name.as_str()).1.is_none()
    };
    held.into_iter()
        .flatten()
        .filter(here)
        .filter_map(|(name, _)| ResourcePath::top(parent.collection(), name.as_str()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use crate::inventory::Resource;

    fn target(existing: &[&str], tags: usize) -> Target {
        let service = ServiceId::new("s", "g", "n").unwrap();
        let mut target = Target::unknown(service, "w".parse().unwrap());
        for path in existing {
            let path: ResourcePath = path.parse().unwrap();
            let resource = Resource::new(path.clone(), Map::new(), None).unwrap();
            target.existing.insert(path, resource);
        }
        let names = target.names.entry(&crate::catalog::TAG).or_default();
        for n in 0..tags {
            names.insert(Name::new(format!("t{n}")), Holder::ThisWorkspace);
        }
        target
    }

    fn asked(target: &Target, wanted: &[&str]) -> Vec<String> {
        let wanted = wanted.iter().map(|p| p.parse().unwrap()).collect();
        let (lists, _) = needed(target, &wanted);
        lists.iter().map(|(p, k)| format!("{p} {k}")).collect()
    }

    #[test]
    fn lists_are_read_where_something_comes_to_what_is_there() {
        let there = target(&["/apis/a", "/apis/a/operations/o", "/products/p"], 1);
        let wanted = [
            "/apis/a/operations/o",
            "/apis/b/operations/o",
            "/products/p/apiLinks/x",
            "/products/p/policies/policy",
            "/tags/t0/apiLinks/x",
        ];
        assert_eq!(asked(&there, &wanted), ["/products/p productApiLink"]);
        assert_eq!(asked(&there, &["/apis/a/operations/o"]), [""; 0]);
    }

    #[test]
    fn owners_are_walked_only_where_a_limit_could_be_met() {
        let links: Vec<String> = (0..2)
            .map(|n| format!("/tags/n{n}/productLinks/x"))
            .collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        assert_eq!(asked(&target(&[], 48), &links), [""; 0]);
        assert_eq!(asked(&target(&[], 49), &links).len(), 49);
        assert_eq!(asked(&target(&[], 49), &[]), [""; 0]);
    }

    #[test]
    fn all_of_a_kind_are_counted_only_where_they_may_be_too_many() {
        let mut crowded = target(&[], 0);
        let apis = crowded.names.entry(&crate::catalog::API).or_default();
        for n in 0..50 {
            apis.insert(Name::new(format!("a{n}")), Holder::ThisWorkspace);
        }
        assert_eq!(asked(&crowded, &["/apis/b/operations/o"]).len(), 50);
        let apis = crowded.names.entry(&crate::catalog::API).or_default();
        apis.remove(&Name::new("a0"));
        assert_eq!(asked(&crowded, &["/apis/b/operations/o"]).len(), 0);
    }
}
