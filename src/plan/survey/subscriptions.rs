//! What becomes of subscriptions.

use super::Seen;
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::plan::model::Action;

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = new_keys(seen);
    let made = seen.steps.iter().filter(|s| s.action == Action::Create);
    let copied = made.filter_map(|step| seen.inventory.get(&step.source.as_ref()?.0));
    found.extend(copied.flat_map(|resource| needless(resource, seen)));
    found
}

/// What it is of that nobody needs one of.
fn needless(resource: &Resource, seen: &Seen<'_>) -> Vec<Finding> {
    let is_open = |owner: &&Resource| {
        let of_it = owner.kind.quota.filter(|quota| quota.of == resource.kind);
        of_it.is_some_and(|quota| owner.flag(quota.needed) == Some(false))
    };
    let member = seen.closure.members.get(&resource.path);
    let needs = member.into_iter().flat_map(|m| &m.references.needs);
    let named = needs.filter_map(|need| seen.inventory.get(&need.to));
    (named.filter(is_open))
        .map(|owner| {
            let message = format!("`{}` requires none", owner.path);
            codes::OPEN.about(&resource.path, message)
        })
        .collect()
}

fn new_keys(seen: &Seen<'_>) -> Vec<Finding> {
    let made = seen.steps.iter().filter(|s| s.action == Action::Create);
    let of_its_own = made.filter(|s| s.kind.makes_its_secrets() && s.secret.is_none());
    of_its_own
        .filter_map(|step| step.source.as_ref())
        .map(|source| codes::NEW_KEYS.about(source, "its copy gets keys of its own"))
        .collect()
}
