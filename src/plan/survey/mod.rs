//! Findings about what comes along and what stays: one module a subject.

mod along;
mod around;
mod left_out;
mod member;
mod remarks;
mod revisions;
mod shared;
mod stays;
mod subscriptions;
mod texts;

use self::around::{addresses, room, routes, service};
use self::texts::{braces, meaning};
use super::finding::Finding;
use super::model::Step;
use super::needs;
use super::options::PlanOptions;
use super::target::Target;
use super::upload;
use crate::address::ResourcePath;
use crate::graph::Closure;
use crate::inventory::{Inventory, Resource};

/// What findings are about.
pub(super) struct Seen<'a> {
    /// The source.
    pub(super) inventory: &'a Inventory,
    /// The APIs that were selected.
    pub(super) selected: &'a [ResourcePath],
    /// What comes along with them.
    pub(super) closure: &'a Closure,
    /// Where it goes.
    pub(super) target: &'a Target,
    /// What is made of it.
    pub(super) steps: &'a [Step],
    /// How.
    pub(super) options: &'a PlanOptions,
}

impl<'a> Seen<'a> {
    fn within(&self) -> bool {
        self.inventory.service == self.target.service
    }

    fn is_member(&self, path: &ResourcePath) -> bool {
        self.closure.members.contains_key(path)
    }

    fn members(&self) -> impl Iterator<Item = &'a Resource> {
        let inventory = self.inventory;
        (self.closure.members.keys()).filter_map(|path| inventory.get(path))
    }
}

/// Collects the findings about a closure and the steps made of it.
pub(super) fn survey(seen: &Seen<'_>) -> Vec<Finding> {
    let Seen {
        inventory,
        closure,
        target,
        steps,
        options,
        ..
    } = *seen;
    let mut found = Vec::new();
    for subject in [
        service::findings,
        stays::findings,
        left_out::findings,
        shared::findings,
        member::findings,
        subscriptions::findings,
        along::findings,
        addresses::findings,
        revisions::findings,
    ] {
        found.extend(subject(seen));
    }
    let kept = meaning::Kept::of(seen);
    let meanings = (seen.members()).flat_map(|r| meaning::meaning(r, seen, &kept));
    found.extend(meanings);
    found.extend(room::room(target, steps));
    found.extend(room::quotas(target, steps));
    found.extend(routes::routes(inventory, target, steps));
    found.extend(upload::unused(inventory, closure, &options.uploads));
    found.extend(needs::missing(inventory, target, steps, &options.setup));
    found.extend(braces::braces(inventory, closure, target));
    found.extend(remarks::remarks(inventory, closure, options.api_version));
    found
}
