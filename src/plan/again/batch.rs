//! Which folder a plan belongs into, and what it would no longer make.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::ours::Ours;
use crate::address::{ResourcePath, TargetPath};
use crate::catalog::Kind;
use crate::inventory::Inventory;
use crate::plan::model::Plan;

/// What a folder holds.
#[derive(Debug, Clone)]
pub struct Past<'a> {
    /// The plan in it.
    pub last: &'a Plan,
    /// What of the workspace is that plan's own.
    pub ours: &'a Ours,
}

/// Where a plan belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// Into the folder at this position.
    In(usize),
    /// Into a folder of its own.
    Another,
}

/// Picks the folder that a plan belongs into, by which APIs are `selected` and
/// where copies would stand: the first with a plan for one of these APIs, and
/// before others one of whose copies none would be missing.
pub fn choose(
    folders: &[Past<'_>],
    selected: &[ResourcePath],
    targets: &BTreeSet<ResourcePath>,
) -> Batch {
    let shares = |past: &Past<'_>| {
        let apis = &past.last.selection.apis;
        (selected.iter()).any(|path| apis.iter().any(|api| api.eq_ignore_ascii_case(path.name())))
    };
    let covered = |past: &Past<'_>| past.ours.copies().all(|(path, _)| targets.contains(path));
    let sharing = || folders.iter().enumerate().filter(|(_, past)| shares(past));
    let found = (sharing().find(|(_, past)| covered(past))).or_else(|| sharing().next());
    found.map_or(Batch::Another, |(at, _)| Batch::In(at))
}

/// Why a copy is no longer made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyLeft {
    /// It left the plan before.
    Before,
    /// A person took its step out.
    Dropped,
    /// It is gone at the source, or nothing there needs it any more.
    Gone,
    /// The copy of the same source has another name now.
    Renamed,
    /// What it belongs to is not selected any more.
    Deselected,
}

impl WhyLeft {
    /// Whether the options of the new plan did it, rather than the source or an
    /// edit: what was asked for last time is not asked for now.
    pub fn by_options(self) -> bool {
        matches!(self, WhyLeft::Renamed | WhyLeft::Deselected)
    }
}

/// A copy of ours that the plan no longer makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Left {
    /// Where it stands.
    pub target: TargetPath,
    /// Why.
    pub why: WhyLeft,
}

/// Finds the copies of ours that the new plan no longer makes, by path. `made`
/// is where its copies would stand before any step was taken out by hand.
pub fn left(
    past: &Past<'_>,
    new: &Plan,
    made: &BTreeSet<ResourcePath>,
    inventory: &Inventory,
) -> Vec<Left> {
    let last: BTreeSet<&ResourcePath> = past.last.steps.iter().map(|s| s.target.below()).collect();
    let now: BTreeSet<&ResourcePath> = new.steps.iter().map(|s| s.target.below()).collect();
    let moved: BTreeMap<&ResourcePath, &ResourcePath> = (new.steps.iter())
        .filter_map(|s| Some((&s.source.as_ref()?.0, s.target.below())))
        .collect();
    let narrower = narrower(past.last, new, inventory);
    (past.ours.copies())
        .filter(|(path, _)| !now.contains(path))
        .map(|(path, copy)| Left {
            target: TargetPath::new(new.workspace.clone(), path.clone()),
            why: match &copy.source {
                _ if made.contains(path) => WhyLeft::Dropped,
                _ if !last.contains(path) => WhyLeft::Before,
                Some(source) if moved.contains_key(&source.0) => WhyLeft::Renamed,
                _ if narrower => WhyLeft::Deselected,
                _ => WhyLeft::Gone,
            },
        })
        .collect()
}

/// Whether less was asked for than last time. An API that is gone at the source
/// can't be asked for.
fn narrower(last: &Plan, new: &Plan, inventory: &Inventory) -> bool {
    let (old, new) = (&last.selection, &new.selection);
    let has = |list: &[String], word: &String| list.iter().any(|w| w.eq_ignore_ascii_case(word));
    let is_gone = |api: &String| {
        let mut sources = last
            .steps
            .iter()
            .filter_map(|s| Some((s.kind, &s.source.as_ref()?.0)));
        let of_api = |(kind, path): &(&'static Kind, &ResourcePath)| {
            kind.revisions && path.name().eq_ignore_ascii_case(api)
        };
        let source = sources.find(of_api);
        source
            .is_some_and(|(kind, path)| inventory.is_listed(kind) && inventory.get(path).is_none())
    };
    (old.apis.iter()).any(|api| !has(&new.apis, api) && !is_gone(api))
        || new.without.iter().any(|word| !has(&old.without, word))
        || (old.service_scope.iter()).any(|word| !has(&new.service_scope, word))
}
