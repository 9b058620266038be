//! Whether a workspace has room for what comes: documented limits, counted
//! over what is there and what the plan makes.

use std::collections::BTreeMap;

use super::codes;
use super::finding::Finding;
use super::model::{Action, Step};
use super::outcome::singular;
use super::target::Target;
use crate::address::ResourcePath;
use crate::catalog::{self, Kind, Per, pointer};
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};

/// Finds what would not fit.
pub(super) fn room(inventory: &Inventory, target: &Target, steps: &[Step]) -> Vec<Finding> {
    let mut in_workspace: BTreeMap<&str, (usize, &Kind)> = BTreeMap::new();
    let mut around: BTreeMap<(ResourcePath, &str), Crowd> = BTreeMap::new();
    for step in steps.iter().filter(|s| s.action == Action::Create) {
        in_workspace
            .entry(step.kind.name)
            .or_insert((0, step.kind))
            .0 += 1;
        let Some(resource) = step.source.as_ref().and_then(|s| inventory.get(&s.0)) else {
            continue;
        };
        let below = resource
            .path
            .parent()
            .zip(catalog::limit_of(step.kind, Per::Parent));
        for (around_what, most) in below.into_iter().chain(named(resource, inventory)) {
            let crowd = Crowd {
                count: 0,
                kind: step.kind,
                most,
            };
            (around.entry((around_what, step.kind.name)).or_insert(crowd)).count += 1;
        }
    }
    let workspace = format!("/workspaces/{}", target.workspace);
    let mut found = Vec::new();
    for (name, (coming, kind)) in in_workspace {
        let there = target.counts.get(name).copied().unwrap_or(0);
        if let Some(most) = catalog::limit_of(kind, Per::Workspace)
            && there + coming > most
        {
            let message = format!(
                "{there} {} are there and {coming} come, {most} fit",
                kind.plural
            );
            found.push(codes::LIMIT.about(&workspace, message));
        }
    }
    for ((path, _), crowd) in around {
        if crowd.count > crowd.most {
            let one = catalog::kind_of(&path).map(singular).unwrap_or_default();
            let message = format!(
                "it has {} {}, {} fit with one {one}",
                crowd.count, crowd.kind.plural, crowd.most
            );
            found.push(codes::LIMIT.about(&path, message));
        }
    }
    found
}

struct Crowd {
    count: usize,
    kind: &'static Kind,
    most: usize,
}

/// What a resource names from elsewhere, where only so many may name it.
fn named(resource: &Resource, inventory: &Inventory) -> Vec<(ResourcePath, usize)> {
    let mut found = Vec::new();
    for reference in resource.kind.references {
        pointer::each_of(&resource.properties, reference.pointer, &mut |value| {
            let text = value.as_str().unwrap_or_default();
            let Followed::To(path) = follow_property(resource, inventory, reference, text) else {
                return;
            };
            let referrers = catalog::kind_of(&path).map_or(&[] as &[_], |k| k.referrers);
            let most = (referrers.iter())
                .find(|r| r.kind == resource.kind.name)
                .and_then(|r| r.most);
            found.extend(most.map(|most| (path, most)));
        });
    }
    found
}
