//! What can't be written at the same time.

use serde_json::Value;

use super::call::Call;
use super::path::Path;
use super::references::{self, Scope};
use super::reply::Refusal;
use super::store::Service;

/// The name under which the making of named values is taken.
pub(super) const NAMED_VALUES: &str = "namedValues";

/// What stands before the product whose subscriptions are made.
const SUBSCRIPTIONS: &str = "subscriptions of ";

/// The lane that a write to this path takes: an API with all its
/// revisions and everything below is one lane, and so are new named values;
/// anything else is a lane of its own.
pub(super) fn lane(service: &Service, path: &Path, creates: bool) -> String {
    if let Some(root) = path.api_root() {
        return root.key();
    }
    let new = creates && path.pattern() == "namedValues" && service.get(path).is_none();
    if new {
        NAMED_VALUES.to_owned()
    } else {
        path.key()
    }
}

/// The lane that a request takes: as above, but that new subscriptions of one
/// product are one lane.
pub(super) fn lane_of(service: &Service, path: &Path, call: &Call) -> String {
    let creates = call.method == "PUT";
    if creates && path.pattern() == "subscriptions" && service.get(path).is_none() {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let scope = body["properties"]["scope"].as_str().unwrap_or_default();
        if let Ok(Scope::One(product)) = references::scope(service, path.workspace(), scope)
            && product.pattern() == "products"
        {
            return format!("{SUBSCRIPTIONS}{}", product.key());
        }
    }
    lane(service, path, creates)
}

/// What a write to a taken lane is answered with.
pub(super) fn taken(lane: &str) -> Refusal {
    if lane.starts_with(SUBSCRIPTIONS) {
        return Refusal::stale();
    }
    if lane == NAMED_VALUES {
        return Refusal::conflict("Operation on the named values is in progress");
    }
    let words: Vec<&str> = lane.split('/').collect();
    match words.as_slice() {
        ["", "apis", _] | ["", "workspaces", _, "apis", _] => Refusal::busy(),
        _ => Refusal::conflict("Another operation on the resource is in progress"),
    }
}
