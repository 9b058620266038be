//! Whether a workspace has room for what comes: documented limits, counted
//! over what is there and what the plan makes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::address::{ByPath, ResourcePath};
use crate::catalog::{self, Kind, Per, Quota, kinds, pointer};
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::plan::model::{Action, Step};
use crate::plan::outcome::singular;
use crate::plan::place::{Place, in_workspace};
use crate::plan::target::Target;

/// Finds what would not fit.
pub(in crate::plan::survey) fn room(target: &Target, steps: &[Step]) -> Vec<Finding> {
    let mut everywhere: BTreeMap<&'static Kind, usize> = BTreeMap::new();
    let mut around: BTreeMap<(ResourcePath, &'static Kind), Crowd> = BTreeMap::new();
    let mut sources: ByPath<&ResourcePath, &ResourcePath> = ByPath::default();
    for step in steps.iter().filter(|s| s.action != Action::Tidy) {
        let at = step.target.below();
        sources.extend(step.source.as_ref().map(|source| (at, &source.0)));
        // Counted with what is there, whether it serves or is overwritten.
        if target.existing.contains_key(at) {
            continue;
        }
        *everywhere.entry(step.kind).or_default() += 1;
        let below = at.parent().zip(catalog::limit_of(step.kind, Per::Parent));
        for (what, most) in below.into_iter().chain(named(step, target)) {
            let crowd = around
                .entry((what, step.kind))
                .or_insert_with_key(|key| Crowd {
                    there: target.crowds.get(key).cloned().unwrap_or_default(),
                    coming: 0,
                    most,
                });
            crowd.coming += usize::from(!crowd.there.contains(at));
        }
    }
    let workspace = format!("/workspaces/{}", target.workspace);
    let mut found = Vec::new();
    for (kind, coming) in everywhere {
        let there = target.counts.get(kind).copied().unwrap_or(0);
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
    for ((path, kind), crowd) in around {
        let there = crowd.there.len();
        if crowd.coming == 0 || there + crowd.coming <= crowd.most {
            continue;
        }
        let one = catalog::kind_of(&path).map(singular).unwrap_or_default();
        let (coming, plural, most) = (crowd.coming, kind.plural, crowd.most);
        let message = match there {
            0 => format!("it has {coming} {plural}, {most} fit with one {one}"),
            _ => format!(
                "{there} {plural} are there with its copy and {coming} come, {most} fit with one \
                 {one}"
            ),
        };
        let about = sources.get(&path).copied().unwrap_or(&path);
        found.push(codes::LIMIT.about(about, message));
    }
    found
}

/// Finds what more of one owner name than they allow.
pub(in crate::plan::survey) fn quotas(target: &Target, steps: &[Step]) -> Vec<Finding> {
    let place = Place {
        service: &target.service,
        workspace: &target.workspace,
    };
    let text = |step: &Step, property: &str| {
        let content = step.content.as_ref()?;
        Some(content.properties.get(property)?.as_str()?.to_lowercase())
    };
    let quotas = kinds().iter().filter_map(|k| k.quota);
    let counted: BTreeMap<&Kind, Quota> = quotas.map(|q| (q.of, q)).collect();
    let mut owners: BTreeMap<ResourcePath, BTreeMap<String, u64>> = BTreeMap::new();
    for step in steps.iter().filter(|s| s.action != Action::Tidy) {
        let Some(owner) = (counted.get(step.kind)).and_then(|q| text(step, q.owner)) else {
            continue;
        };
        for reference in step.kind.references {
            let named = text(step, reference.pointer).and_then(|id| in_workspace(&id, place));
            if let Some(named) = named {
                *owners
                    .entry(named)
                    .or_default()
                    .entry(owner.clone())
                    .or_default() += 1;
            }
        }
    }
    let mut found = Vec::new();
    for step in steps.iter().filter(|s| s.action != Action::Tidy) {
        let Some((quota, content)) = step.kind.quota.zip(step.content.as_ref()) else {
            continue;
        };
        let most = content
            .properties
            .get(quota.property)
            .and_then(Value::as_u64);
        let Some((most, owners)) = most.zip(owners.get(step.target.below())) else {
            continue;
        };
        for (owner, count) in owners.iter().filter(|(_, count)| **count > most) {
            let plural = quota.of.plural;
            let owner = owner.rsplit('/').next().unwrap_or_default();
            let message = format!(
                "`{owner}` has {count} {plural} of it, and it allows {most} for each owner"
            );
            let about = step
                .source
                .as_ref()
                .map_or_else(|| step.target.to_string(), ToString::to_string);
            found.push(codes::QUOTA.about(about, message));
        }
    }
    found
}

/// What stands around one thing of the workspace, and what comes.
struct Crowd {
    there: BTreeSet<ResourcePath>,
    coming: usize,
    most: usize,
}

/// What a copy names in the workspace, where only so many may name it.
fn named(step: &Step, target: &Target) -> Vec<(ResourcePath, usize)> {
    let mut found = Vec::new();
    let Some(content) = &step.content else {
        return found;
    };
    let place = Place {
        service: &target.service,
        workspace: &target.workspace,
    };
    for reference in step.kind.references {
        pointer::each_of(&content.properties, reference.pointer, &mut |value| {
            let Some(path) = value.as_str().and_then(|id| in_workspace(id, place)) else {
                return;
            };
            let referrers = catalog::kind_of(&path).map_or(&[] as &[_], |k| k.referrers);
            let most = (referrers.iter())
                .find(|r| r.kind == step.kind)
                .and_then(|r| r.most);
            found.extend(most.map(|most| (path, most)));
        });
    }
    found
}
