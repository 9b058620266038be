//! Whether the paths of the copies are free: the service refuses an API whose
//! path another one has, unless both are versions of one set.
//!
//! That holds among the APIs of a workspace. Whether it holds between a
//! workspace and the service level is not documented; where no gateway of its
//! own serves the workspace, both would answer on one host, unless the service
//! was asked and takes that.

use std::collections::BTreeMap;

use crate::address::{Name, split_revision};
use crate::catalog::Kind;
use crate::inventory::Inventory;
use crate::plan::codes;
use crate::plan::finding::{Finding, few};
use crate::plan::model::{Action, Step};
use crate::plan::place::{Place, same_id};
use crate::plan::target::{Holder, Route, Target};
use crate::secret::plain;
use crate::traits::Scope;

/// Finds paths that are taken.
pub(in crate::plan::survey) fn routes(
    inventory: &Inventory,
    target: &Target,
    steps: &[Step],
) -> Vec<Finding> {
    let shares_host = target.gateways.as_ref().is_none_or(Vec::is_empty)
        && target.traits.api_paths_of_service != Scope::Free;
    // Within one service its level is what was read of the source: there the
    // originals stand, too, and stay.
    let originals = (inventory.resources())
        .filter(|_| inventory.service == target.service)
        .filter(|r| is_api(r.kind, r.path.name()))
        .map(|r| Route::of(Holder::Service, Name::new(r.path.name()), &r.properties));
    let mut taken: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    for route in target.routes.iter().cloned().chain(originals) {
        if route.holder == Holder::ThisWorkspace || shares_host {
            taken.entry(normal(&route.path)).or_default().push(route);
        }
    }
    let coming: Vec<(&Step, Route)> = (steps.iter())
        .filter(|s| s.action != Action::Tidy)
        .filter_map(|s| Some((s, of_copy(s)?)))
        .collect();
    let mut found = Vec::new();
    let mut earlier: BTreeMap<String, Vec<&(&Step, Route)>> = BTreeMap::new();
    for one in &coming {
        let (step, copy) = one;
        let before = earlier.entry(normal(&copy.path)).or_default();
        before.push(one);
        let Some(source) = &step.source else { continue };
        if step.action != Action::Create {
            continue;
        }
        let there = taken.get(&normal(&copy.path)).into_iter().flatten();
        let there = there
            .filter(|r| r.holder != Holder::ThisWorkspace || r.name != copy.name)
            .filter(|r| clash(copy, r, target))
            .map(|r| place_of(r, target));
        // Of two that come, the later one is told.
        let before = (before.iter().rev().skip(1))
            .filter(|(_, other)| clash(copy, other, target))
            .filter_map(|(other, _)| Some(format!("the copy of `{}`", other.source.as_ref()?)));
        let mut by: Vec<String> = there.chain(before).collect();
        by.dedup();
        if !by.is_empty() {
            let message = format!(
                "the path of its copy, `{}`, is that of {}",
                plain(&copy.path),
                few(by.into_iter())
            );
            found.push(codes::PATH_TAKEN.about(source, message));
        }
    }
    found
}

/// The route of a copy; none of a revision, which goes by its API's.
fn of_copy(step: &Step) -> Option<Route> {
    let name = step.target.below().name();
    if !is_api(step.kind, name) {
        return None;
    }
    let content = step.content.as_ref()?;
    Some(Route::of(
        Holder::ThisWorkspace,
        Name::new(name),
        &content.properties,
    ))
}

fn is_api(kind: &Kind, name: &str) -> bool {
    kind.revisions && split_revision(name).1.is_none()
}

/// Whether two APIs of the same path can't stand beside each other.
fn clash(copy: &Route, other: &Route, target: &Target) -> bool {
    let place = Place {
        service: &target.service,
        workspace: &target.workspace,
    };
    // A set of the service level is none of a workspace's.
    let siblings = other.holder == Holder::ThisWorkspace
        && match (&copy.version_set, &other.version_set) {
            (Some(a), Some(b)) => same_id(a, b, place),
            _ => false,
        };
    !siblings || copy.version.eq_ignore_ascii_case(&other.version)
}

fn place_of(route: &Route, target: &Target) -> String {
    let name = route.name.as_str();
    match route.holder {
        Holder::ThisWorkspace => format!("`/workspaces/{}/apis/{name}`", target.workspace),
        _ => format!("`/apis/{name}` at the service's own gateway"),
    }
}

/// The service drops slashes at the ends, and takes no regard of case.
fn normal(path: &str) -> String {
    path.trim_matches('/').to_lowercase()
}
