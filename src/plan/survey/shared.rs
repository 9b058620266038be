//! What is copied and goes on being used where it is: products and version sets
//! of APIs that stay, and named values that are only mentioned.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Seen;
use crate::address::{ResourcePath, split_revision};
use crate::catalog;
use crate::graph::references::{Followed, follow_property, without_revision};
use crate::graph::{Cause, Strength};
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::{Finding, Severity, some};

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    version_sets(seen, &mut found);
    products(seen, &mut found);
    mentioned(seen, &mut found);
    found
}

fn version_sets(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let inventory = seen.inventory;
    let mut staying: BTreeMap<ResourcePath, BTreeSet<&str>> = BTreeMap::new();
    for api in inventory.of_kind(&catalog::API) {
        if seen.is_member(&without_revision(&api.path)) {
            continue;
        }
        for reference in api.kind.references {
            let named = api.text(reference.pointer).unwrap_or_default();
            if let Followed::To(set) = follow_property(api, inventory, reference, named)
                && seen.is_member(&set)
            {
                let apis = staying.entry(set).or_default();
                apis.insert(split_revision(api.path.name()).0);
            }
        }
    }
    for (set, apis) in staying {
        let message = format!("not selected: {}", some(apis));
        found.push(codes::SIBLINGS.about(set, message));
    }
}

fn products(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let inventory = seen.inventory;
    for path in seen.closure.members.keys() {
        let mut apis = BTreeSet::new();
        for link in inventory.children(path).filter(|c| c.kind.with_named_end) {
            for reference in link.kind.references {
                let text = link.text(reference.pointer).unwrap_or_default();
                match follow_property(link, inventory, reference, text) {
                    Followed::To(api) if !seen.is_member(&api) => {
                        apis.insert(api.name().to_owned());
                    }
                    Followed::Lost(cause) => found.push(lost(link, text, cause)),
                    Followed::To(_) | Followed::Everything => {}
                }
            }
        }
        if !apis.is_empty() {
            let message = format!("not selected: {}", some(apis));
            found.push(codes::SHARED_PRODUCT.about(path, message));
        }
    }
}

/// A link that leads to nothing that could ever be selected. Nothing is refused
/// for want of it.
fn lost(link: &Resource, text: &str, cause: Cause) -> Finding {
    let (code, what) = match cause {
        Cause::Foreign => (&codes::FOREIGN, "is of another service"),
        _ => (&codes::NOTHING, "is not there"),
    };
    Finding {
        severity: Severity::Warning,
        ..code.about(&link.path, format!("names `{text}`, which {what}"))
    }
}

/// What comes along though only comments name it.
fn mentioned(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let needs = || {
        let members = seen.closure.members.iter();
        members.flat_map(|(path, m)| m.references.needs.iter().map(move |need| (path, need)))
    };
    let is_soft = |strength| strength == Strength::Soft;
    let needed: HashSet<&ResourcePath> = needs()
        .filter(|(_, need)| !is_soft(need.why.strength()))
        .map(|(_, need)| &need.to)
        .collect();
    let mut by: BTreeMap<&ResourcePath, Vec<&ResourcePath>> = BTreeMap::new();
    for (path, need) in needs() {
        if is_soft(need.why.strength()) && !needed.contains(&need.to) {
            by.entry(&need.to).or_default().push(path);
        }
    }
    for (named, by) in by {
        let message = match by.as_slice() {
            [only] => format!("only a comment in `{only}` names it"),
            _ => format!("only comments in {} name it", some(by)),
        };
        found.push(codes::REDIRECTED.about(named, message));
    }
}
