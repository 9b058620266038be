//! APIs that come along though nobody selected them, and because of what.

use std::collections::{BTreeSet, VecDeque};

use super::Seen;
use crate::address::{ByPath, ResourcePath, split_revision};
use crate::catalog::Access;
use crate::graph::Closure;
use crate::inventory::Inventory;
use crate::plan::codes;
use crate::plan::finding::{Finding, Severity};

/// Most links of a chain that are told.
const TOLD: usize = 6;

/// Finds the APIs of a closure that were not selected.
pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    along(
        seen.inventory,
        seen.closure,
        seen.selected,
        seen.options.only_selected,
    )
}

/// The same; `unwanted` when only what was selected is to be copied.
fn along(
    inventory: &Inventory,
    closure: &Closure,
    selected: &[ResourcePath],
    unwanted: bool,
) -> Vec<Finding> {
    let selected: BTreeSet<&ResourcePath> = selected.iter().collect();
    let is_along = |path: &&ResourcePath| {
        let is_api = inventory.get(path).is_some_and(|r| r.kind.revisions);
        is_api && split_revision(path.name()).1.is_none() && !selected.contains(*path)
    };
    let found: Vec<&ResourcePath> = closure.members.keys().filter(is_along).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let sources = sources(closure, &selected);
    found
        .into_iter()
        .map(|path| {
            let finding = codes::COMES_ALONG.about(path, chain(path, &sources, inventory, closure));
            match unwanted {
                true => Finding {
                    severity: Severity::Blocker,
                    ..finding
                },
                false => finding,
            }
        })
        .collect()
}

/// What pulled each member in, on a shortest way from what was selected.
fn sources<'c>(
    closure: &'c Closure,
    selected: &BTreeSet<&'c ResourcePath>,
) -> ByPath<&'c ResourcePath, &'c ResourcePath> {
    let mut pulls: ByPath<Vec<&ResourcePath>, &ResourcePath> = ByPath::default();
    for (path, member) in &closure.members {
        for source in &member.because {
            pulls.entry(source).or_default().push(path);
        }
    }
    let mut found = ByPath::default();
    let mut queue: VecDeque<&ResourcePath> = selected.iter().copied().collect();
    while let Some(source) = queue.pop_front() {
        for path in pulls.get(source).into_iter().flatten() {
            if !selected.contains(path) && !found.contains_key(path) {
                found.insert(*path, source);
                queue.push_back(path);
            }
        }
    }
    found
}

/// The way by which something comes along, from the near end.
fn chain(
    path: &ResourcePath,
    sources: &ByPath<&ResourcePath, &ResourcePath>,
    inventory: &Inventory,
    closure: &Closure,
) -> String {
    let mut way = Vec::new();
    let mut at = path;
    while let Some(source) = sources.get(at) {
        way.push(*source);
        at = source;
    }
    let Some((namer, further)) = way.split_first() else {
        return "it comes along".to_owned();
    };
    let needs = closure.members.get(*namer).map(|m| &m.references.needs);
    let why = needs.and_then(|needs| needs.iter().find(|need| need.to == *path));
    let mut message = match why {
        Some(need) => format!("`{namer}` {}", need.why),
        None => format!("`{namer}` brings it along"),
    };
    // Links only say that their ends belong together.
    let is_link = |p: &&ResourcePath| {
        inventory
            .get(p)
            .is_some_and(|r| r.kind.access == Access::Link)
    };
    let further: Vec<String> = (further.iter().filter(|p| !is_link(p)))
        .take(TOLD)
        .map(|p| format!("`{p}`"))
        .collect();
    if !further.is_empty() {
        message.push_str(", and comes with ");
        message.push_str(&further.join(", which comes with "));
    }
    message
}

#[cfg(test)]
#[path = "along_tests.rs"]
mod tests;
