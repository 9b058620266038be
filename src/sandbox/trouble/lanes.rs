//! What can't be written at the same time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::links::references::{self, Scope};
use crate::sandbox::store::Service;
use crate::sandbox::store::path::Path;
use crate::sandbox::switches::OneWriter;

/// The name under which the making of named values is taken.
pub(crate) const NAMED_VALUES: &str = "namedValues";

/// What stands before the product whose subscriptions are made.
const SUBSCRIPTIONS: &str = "subscriptions of ";

/// The lane that a write to this path takes: an API with all its
/// revisions and everything below is one lane, and so are new named values;
/// anything else is a lane of its own.
pub(crate) fn lane(service: &Service, path: &Path, creates: bool) -> String {
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
pub(crate) fn lane_of(service: &Service, path: &Path, call: &Call) -> String {
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

/// Whether a write takes part in its lane beside others, as the service is set.
pub(crate) fn shares(service: &Service, path: &Path) -> bool {
    let below = path.api_root().is_some() && !path.is_api();
    below && service.switches.one_writer == OneWriter::Own
}

/// The lanes that are taken, with how many are in one that is shared.
#[derive(Debug, Default)]
pub(crate) struct Lanes(BTreeMap<(usize, String), Option<usize>>);

impl Lanes {
    /// Takes a lane of a service, and tells whether there was room.
    pub(crate) fn enter(&mut self, lane: (usize, String), shares: bool) -> bool {
        match self.0.get_mut(&lane) {
            None => drop(self.0.insert(lane, shares.then_some(1))),
            Some(Some(beside)) if shares => *beside += 1,
            Some(_) => return false,
        }
        true
    }

    /// Gives it up.
    pub(crate) fn leave(&mut self, lane: &(usize, String)) {
        match self.0.get_mut(lane) {
            Some(Some(beside)) if *beside > 1 => *beside -= 1,
            _ => drop(self.0.remove(lane)),
        }
    }
}

/// What a write to a taken lane is answered with.
pub(crate) fn taken(lane: &str) -> Refusal {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_shared_by_those_that_share_it_and_by_nobody_else() {
        let mut lanes = Lanes::default();
        let lane = (0, "/apis/a".to_owned());
        let enter = |lanes: &mut Lanes, shares| lanes.enter(lane.clone(), shares);
        assert!(enter(&mut lanes, true) && enter(&mut lanes, true));
        assert!(!enter(&mut lanes, false));
        lanes.leave(&lane);
        assert!(!enter(&mut lanes, false));
        lanes.leave(&lane);
        assert!(enter(&mut lanes, false));
        assert!(!enter(&mut lanes, true) && !enter(&mut lanes, false));
        lanes.leave(&lane);
        assert!(enter(&mut lanes, true));
    }
}
