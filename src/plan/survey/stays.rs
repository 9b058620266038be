//! What belongs to a selection and stays behind: for want of a place in a
//! workspace, of an address, or of a row in the catalog.

use std::collections::BTreeMap;

use super::Seen;
use crate::address::ResourcePath;
use crate::catalog::{self, Home, Kind};
use crate::graph::closure::stands_for_current;
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::{Finding, Severity, counted, some};

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in [homeless, nameless, unknown, releases] {
        subject(seen, &mut found);
    }
    found
}

fn homeless(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let mut groups: BTreeMap<(Option<ResourcePath>, &'static Kind), Vec<&ResourcePath>> =
        BTreeMap::new();
    for path in seen.closure.left.keys() {
        if let Some(kind) = catalog::kind_of(path) {
            let group = groups.entry((path.parent(), kind)).or_default();
            group.push(path);
        }
    }
    for ((parent, kind), paths) in groups {
        let Home::Nowhere(name) = kind.home else {
            continue;
        };
        let Some(code) = codes::code(name) else {
            continue;
        };
        match (paths.as_slice(), parent) {
            (many @ [_, _, ..], Some(parent)) => {
                let names = some(many.iter().map(|p| p.name()));
                let message = format!("a workspace has no {}: {names}", kind.plural);
                found.push(code.about(parent, message));
            }
            (paths, _) => {
                let message = format!("a workspace has no {}", kind.plural);
                found.extend(paths.iter().map(|path| code.about(path, message.as_str())));
            }
        }
    }
}

/// What has a name that no address can hold. Below something that comes along
/// it would be missing there; of the rest it can't be told whether it was meant.
fn nameless(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    for (below, called) in &seen.inventory.nameless {
        let severity = match below {
            Some(parent) if seen.is_member(parent) => codes::NAMELESS.severity,
            Some(_) => continue,
            None => Severity::Warning,
        };
        let message = "its name holds what no address can have, so that it can't be read";
        let finding = codes::NAMELESS.about(called, message);
        found.push(Finding {
            severity,
            ..finding
        });
    }
}

/// What a snapshot holds of kinds that have no row.
fn unknown(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let unknown = &seen.inventory.unknown;
    if !unknown.is_empty() {
        let kinds = unknown.iter().map(|(pattern, many)| (*many, pattern));
        let message = format!("it holds {}", counted(kinds));
        found.push(codes::KIND_UNKNOWN.about(&seen.inventory.service, message));
    }
}

/// Releases of revisions that are not current.
fn releases(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    for owner in seen.members() {
        let left: Vec<&Resource> = (seen.inventory.children(&owner.path))
            .filter(|child| {
                child.kind.home == Home::Workspace
                    && owner.kind.children.contains(&child.kind)
                    && !stands_for_current(child, seen.inventory)
            })
            .collect();
        match left.as_slice() {
            [] => {}
            [only] => {
                let message = "it is of a revision that is not current";
                found.push(codes::RELEASE.about(&only.path, message));
            }
            many => {
                let names = some(many.iter().map(|r| r.path.name()));
                let message = format!("{names} are of revisions that are not current");
                found.push(codes::RELEASE.about(&owner.path, message));
            }
        }
    }
}
