//! What `--without` leaves out: all of it is said, and what guards an API that
//! is copied is missed there.

use std::collections::BTreeMap;

use super::Seen;
use crate::address::ResourcePath;
use crate::catalog::{self, Kind};
use crate::plan::codes;
use crate::plan::finding::{Finding, some, which_hold};

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut kinds: BTreeMap<&'static Kind, Vec<&ResourcePath>> = BTreeMap::new();
    let mut unguarded: BTreeMap<ResourcePath, Vec<&ResourcePath>> = BTreeMap::new();
    for path in seen.closure.cut.keys() {
        if let Some(kind) = catalog::kind_of(path) {
            kinds.entry(kind).or_default().push(path);
        }
        documents(seen, path, &mut |document| {
            let root = document.root();
            if document.parent().is_some_and(|of| seen.is_member(&of)) {
                unguarded.entry(root).or_default().push(document);
            }
        });
    }
    for (kind, paths) in kinds {
        let (count, plural) = (paths.len(), kind.plural);
        let message = format!(
            "{count} of the {plural} that would come along: {}",
            some(paths)
        );
        found.push(codes::LEFT_AS_ASKED.about(format!("/{}", kind.pattern), message));
    }
    for kind in &seen.inventory.unseen {
        let message = format!(
            "the {} that would come along could not be read",
            kind.plural
        );
        let code = match kind.is_policy() {
            true => &codes::POLICY_LEFT_OUT,
            false => &codes::LEFT_AS_ASKED,
        };
        found.push(code.about(format!("/{}", kind.pattern), message));
    }
    for (root, documents) in unguarded {
        let texts = documents
            .iter()
            .filter_map(|path| seen.inventory.get(path)?.document());
        let held = which_hold("hold", texts);
        let message = format!("left out as asked: {}{held}", some(documents));
        found.push(codes::POLICY_LEFT_OUT.about(root, message));
    }
    found
}

/// The documents at a path and below.
fn documents<'a>(seen: &Seen<'a>, path: &ResourcePath, visit: &mut dyn FnMut(&'a ResourcePath)) {
    let Some(resource) = seen.inventory.get(path) else {
        return;
    };
    if resource.kind.is_policy() {
        visit(&resource.path);
    }
    for child in seen.inventory.children(path) {
        documents(seen, &child.path, visit);
    }
}
