//! Who links to what: by walking owners, or by views below what is named.

use std::collections::{BTreeMap, BTreeSet};

use super::{Agenda, Ask, Scope, Way};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{Kind, Referrer};
use crate::graph::Closure;
use crate::inventory::{Inventory, Resource};

impl Agenda {
    /// Lists of what owns links to such resources, or names them.
    pub fn owners<'r>(&mut self, resources: impl Iterator<Item = &'r Resource>) -> Vec<Ask> {
        let kinds: BTreeSet<&'static Kind> = (resources.flat_map(|r| r.kind.referrers))
            .filter(|referrer| !self.is_cut_off(referrer))
            .filter_map(|referrer| match referrer.view {
                Some(_) => referrer.kind.parent(),
                None => Some(referrer.kind),
            })
            .collect();
        kinds.into_iter().flat_map(|k| self.list_of(k)).collect()
    }

    /// Whether a branch that was left out brings it.
    fn is_cut_off(&self, referrer: &Referrer) -> bool {
        !self.looks && (self.names(referrer.branch) || self.cuts(referrer.kind))
    }

    /// Links name what they link: they are found by walking all owners, or by a
    /// view below the named thing, whichever takes fewer reads.
    pub(super) fn associations(
        &mut self,
        inventory: &Inventory,
        closure: &Closure,
        asks: &mut Vec<Ask>,
    ) {
        let mut pending: BTreeMap<&'static Kind, (&'static Referrer, Vec<ResourcePath>)> =
            BTreeMap::new();
        for path in closure.members.keys() {
            let Some(resource) = inventory.get(path).filter(|r| !r.listed_only) else {
                continue;
            };
            let of_current = path
                .pairs()
                .all(|(_, name)| split_revision(name).1.is_none());
            for referrer in resource.kind.referrers.iter().filter(|r| r.view.is_some()) {
                if !of_current && referrer.view_of_all.is_none() {
                    continue;
                }
                // A view that was asked for and refused has told nothing.
                let refused = self.ways.get(referrer.kind) == Some(&Way::NoView);
                let view = view_of(referrer, path);
                let asked = self.asked.contains(&view) && !refused;
                if !asked && !self.is_cut_off(referrer) {
                    let entry = pending
                        .entry(referrer.kind)
                        .or_insert((referrer, Vec::new()));
                    entry.1.push(path.clone());
                }
            }
        }
        for (link, (referrer, named)) in pending {
            let Some(owner_kind) = link.parent() else {
                continue;
            };
            // A workspace has no views.
            let usual = match self.scope {
                Scope::Workspace => Way::NoView,
                Scope::Selection | Scope::Everything => Way::Open,
            };
            let way = self.ways.get(link).copied().unwrap_or(usual);
            if way == Way::Walked {
                continue;
            }
            let owners: Vec<ResourcePath> = inventory
                .of_kind(owner_kind)
                .map(|r| r.path.clone())
                .collect();
            let views: BTreeSet<Ask> = named.iter().map(|p| view_of(referrer, p)).collect();
            if way == Way::NoView || owners.len() <= views.len() {
                self.ways.insert(link, Way::Walked);
                for owner in owners {
                    self.list(link, Some(&owner), asks);
                }
            } else {
                for view in views {
                    self.ask(view, asks);
                }
            }
        }
    }
}

/// What shows the owners of links to a thing in the fewest reads.
fn view_of(referrer: &Referrer, named: &ResourcePath) -> Ask {
    match (referrer.view_of_all, named.parent()) {
        (Some(_), Some(parent)) => Ask::ViewOfAll(referrer.kind, parent),
        _ => Ask::View(referrer.kind, named.clone()),
    }
}
