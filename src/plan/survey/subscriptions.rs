//! What becomes of subscriptions.

use super::Seen;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::plan::model::Action;

pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let made = seen.steps.iter().filter(|s| s.action == Action::Create);
    let of_its_own = made.filter(|s| s.kind.makes_its_secrets() && s.secret.is_none());
    of_its_own
        .filter_map(|step| step.source.as_ref())
        .map(|source| codes::NEW_KEYS.about(source, "its copy gets keys of its own"))
        .collect()
}
