//! Names of what stands at the top: those that are free.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{cut, dodges, fill, slug};
use super::{NameError, Named, Names, Naming};
use crate::address::{Name, ResourcePath, SourcePath, split_revision};
use crate::catalog::{self, Kind};
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};
use crate::plan::place::{Place, in_workspace};
use crate::plan::target::{Holder, Route, Target};

const SUFFIX: &str = "-in-{workspace}";

pub(super) struct Giver<'a> {
    target: &'a Target,
    naming: &'a Naming,
    pub(super) moves_within: bool,
    /// Names that copies have by this plan, with what each is known by at the
    /// source.
    used: BTreeMap<(&'static Kind, Name), Option<String>>,
    /// Names that copies have by the last plan, with whose they are.
    kept: BTreeMap<(&'static Kind, Name), &'a ResourcePath>,
}

fn kept_names(naming: &Naming) -> BTreeMap<(&'static Kind, Name), &ResourcePath> {
    (naming.kept.iter())
        .filter_map(|(source, kept)| {
            let name = Name::new(kept.name.as_deref()?);
            Some(((catalog::kind_of(source)?, name), source))
        })
        .collect()
}

/// What people know something by. Subscriptions may have been made without a
/// display name, and can't be any more.
fn known_by(resource: &Resource) -> Option<&str> {
    let rule = resource.kind.display?;
    match resource.text(rule.property).filter(|t| !t.is_empty()) {
        Some(display) => Some(display),
        None if resource.kind.revisions => None,
        None => Some(resource.path.name()),
    }
}

impl<'a> Giver<'a> {
    pub(super) fn new(inventory: &Inventory, target: &'a Target, naming: &'a Naming) -> Self {
        Self {
            target,
            naming,
            moves_within: inventory.service == target.service,
            used: BTreeMap::new(),
            kept: kept_names(naming),
        }
    }

    pub(super) fn top_level(
        &mut self,
        resource: &Resource,
        names: &Names,
    ) -> Result<Named, NameError> {
        let (root, revision) = match resource.kind.revisions {
            true => split_revision(resource.path.name()),
            false => (resource.path.name(), None),
        };
        if let Some(number) = revision {
            return self.revision(resource, root, number, names);
        }
        let by_hand =
            (self.naming.overrides.get(&resource.path)).filter(|_| !resource.kind.fixed_name);
        let name = match by_hand.and_then(|o| o.name.clone()) {
            Some(name) => {
                self.may_have(resource, &name)?;
                name
            }
            None if resource.kind.fixed_name => root.to_owned(),
            None => self.free_name(resource, root),
        };
        let known_by = known_by(resource).map(str::to_lowercase);
        (self.used).insert((resource.kind, Name::new(name.as_str())), known_by);
        let unusable = || NameError::Unusable {
            resource: SourcePath(resource.path.clone()),
            name: name.clone(),
        };
        if name != root && !resource.kind.letters.admit(&name) {
            return Err(unusable());
        }
        let target = resource.path.renamed(&name).map_err(|_| unusable())?;
        let path = match by_hand.and_then(|o| o.path.clone()) {
            Some(path) => Some(path),
            None => self.path(resource),
        };
        Ok(Named {
            target,
            display: None,
            path,
        })
    }

    /// A name that is given by hand is not dodged where it is somebody else's.
    fn may_have(&self, resource: &Resource, name: &str) -> Result<(), NameError> {
        if name.chars().count() > resource.kind.name_limit {
            return Err(NameError::Unusable {
                resource: SourcePath(resource.path.clone()),
                name: name.to_owned(),
            });
        }
        let taken = |whose: &str| NameError::Taken {
            resource: SourcePath(resource.path.clone()),
            name: name.to_owned(),
            whose: whose.to_owned(),
            by: "name",
        };
        match self.elsewhere(resource.kind, &Name::new(name)) {
            Some(Holder::Workspace(other)) => Err(taken(&format!("the workspace `{other}`"))),
            Some(_) => Err(taken("something else of the service")),
            None => Ok(()),
        }
    }

    /// A revision goes by its API's new name, and may differ from it neither
    /// in display name nor in path.
    fn revision(
        &self,
        resource: &Resource,
        root: &str,
        number: &str,
        names: &Names,
    ) -> Result<Named, NameError> {
        let unusable = || NameError::Unusable {
            resource: SourcePath(resource.path.clone()),
            name: resource.path.name().to_owned(),
        };
        let current = resource.path.renamed(root).map_err(|_| unusable())?;
        let current = names.get(&current).ok_or_else(unusable)?;
        let name = format!("{};rev={number}", current.target.name());
        Ok(Named {
            target: current.target.renamed(&name).map_err(|_| unusable())?,
            display: None,
            path: current.path.clone(),
        })
    }

    fn free_name(&self, resource: &Resource, name: &str) -> String {
        let kind = resource.kind;
        let keeps = !self.moves_within || self.target.traits.keeps_names(kind);
        let default = if keeps {
            "{name}"
        } else {
            "{name}-in-{workspace}"
        };
        let template = self.naming.name.as_deref().unwrap_or(default);
        let workspace = slug(self.target.workspace.as_str());
        let first = fill(template, "name", name, &workspace);
        let suffixed = fill(&format!("{{name}}{SUFFIX}"), "name", name, &workspace);
        let numbered = (2..).map(|n| format!("{suffixed}-{n}"));
        let limit = kind.name_limit;
        // A template that was given and joins two is a mistake to report, not
        // one to dodge.
        let joins = (self.used).contains_key(&(kind, Name::new(cut(&first, limit))));
        if self.naming.name.is_some() && joins {
            return first;
        }
        let kept = (self.naming.kept.get(&resource.path))
            .and_then(|kept| kept.name.clone())
            .filter(|kept| self.naming.name.is_none() || dodges(kept, &cut(&first, limit)));
        let mut candidates = (kept.into_iter())
            .chain([first.clone(), suffixed.clone()])
            .chain(numbered);
        candidates
            .find_map(|candidate| {
                let candidate = cut(&candidate, limit);
                self.is_free(resource, &candidate).then_some(candidate)
            })
            .unwrap_or(first)
    }

    /// A name that stands in this very workspace is not in the way: what holds
    /// it may be an earlier copy, which serves, or another thing, which is a
    /// conflict to report rather than to dodge.
    fn is_free(&self, resource: &Resource, name: &str) -> bool {
        let (kind, name) = (resource.kind, Name::new(name));
        let elsewhere = self.elsewhere(kind, &name).is_some();
        let key = (kind, name);
        let anothers = (self.kept.get(&key)).is_some_and(|source| **source != resource.path);
        !elsewhere && !anothers && !self.used.contains_key(&key)
    }

    /// Who holds a name outside of this workspace, where that is in the way.
    fn elsewhere(&self, kind: &Kind, name: &Name) -> Option<&Holder> {
        let traits = &self.target.traits;
        let held = self.target.names.get(kind)?.get(name)?;
        let is_in_the_way = match held {
            Holder::Service => !traits.names_of_service.is_free(kind),
            Holder::Workspace(_) => !traits.names_of_workspaces.is_free(kind),
            Holder::ThisWorkspace => false,
        };
        is_in_the_way.then_some(held)
    }

    /// The display name of a copy, once the names of all are known.
    pub(super) fn shown(
        &self,
        resource: &Resource,
        inventory: &Inventory,
        names: &Names,
    ) -> Option<String> {
        let (root, revision) = match resource.kind.revisions {
            true => split_revision(resource.path.name()),
            false => (resource.path.name(), None),
        };
        if revision.is_some() {
            let current = resource.path.renamed(root).ok()?;
            return names.get(&current)?.display.clone();
        }
        let by_hand =
            (self.naming.overrides.get(&resource.path)).filter(|_| !resource.kind.fixed_name);
        if let Some(display) = by_hand.and_then(|o| o.display_name.clone()) {
            return Some(display);
        }
        let siblings = self.siblings(resource, inventory, names);
        self.display(resource, |holder, old| {
            let holder = match resource.kind.revisions {
                true => Name::new(split_revision(holder.as_str()).0),
                false => holder.clone(),
            };
            siblings.contains(&holder) || self.shares(resource.kind, holder, old)
        })
    }

    /// Whether what holds a display name is where this plan puts a copy of
    /// something that is known by the same one at the source: what share one
    /// there may share one here, the first time and when planned again.
    fn shares(&self, kind: &'static Kind, holder: Name, old: &str) -> bool {
        let theirs = self.used.get(&(kind, holder)).and_then(Option::as_deref);
        theirs == Some(old.to_lowercase().as_str())
    }

    /// Versions of the set that a copy joins, which stand in the workspace:
    /// those share a display name.
    fn siblings(
        &self,
        resource: &Resource,
        inventory: &Inventory,
        names: &Names,
    ) -> BTreeSet<Name> {
        let reference = (resource.kind.references.iter()).find(|r| r.pointer == Route::VERSION_SET);
        let set = reference.and_then(|reference| {
            let id = resource.text(Route::VERSION_SET)?;
            match follow_property(resource, inventory, reference, id) {
                Followed::To(set) => names.get(&set),
                _ => None,
            }
        });
        let Some(set) = set else {
            return BTreeSet::new();
        };
        let place = Place {
            service: &self.target.service,
            workspace: &self.target.workspace,
        };
        let joined = |route: &&Route| {
            let id = route.version_set.as_deref();
            let theirs = id.and_then(|id| in_workspace(id, place));
            route.holder == Holder::ThisWorkspace && theirs.as_ref() == Some(&set.target)
        };
        (self.target.routes.iter().filter(joined))
            .map(|route| route.name.clone())
            .collect()
    }

    /// The first display name that nobody holds but those who may.
    fn display(
        &self,
        resource: &Resource,
        may_hold: impl Fn(&Name, &str) -> bool,
    ) -> Option<String> {
        let rule = resource.kind.display?;
        let old = known_by(resource)?;
        let traits = &self.target.traits;
        let keeps = !self.moves_within || traits.keeps_display_names(resource.kind);
        let default = if keeps {
            "{displayName}"
        } else {
            "{displayName}-in-{workspace}"
        };
        let template = self.naming.display_name.as_deref().unwrap_or(default);
        let workspace = match rule.plain {
            true => slug(self.target.workspace.as_str()),
            false => self.target.workspace.to_string(),
        };
        let first = fill(template, "displayName", old, &workspace);
        let held = self.target.displays.get(resource.kind);
        let numbered = (2..).map(|n| format!("{first}-{n}"));
        let kept = (self.naming.kept.get(&resource.path))
            .and_then(|kept| kept.display_name.clone())
            .filter(|kept| dodges(kept, &cut(&first, rule.limit)));
        let mut candidates = (kept.into_iter())
            .chain(std::iter::once(first.clone()))
            .chain(numbered);
        candidates
            .find_map(|candidate| {
                let candidate = cut(&candidate, rule.limit);
                let holders = held.and_then(|h| h.get(&candidate.to_lowercase()));
                let free = holders.is_none_or(|holders| holders.iter().all(|h| may_hold(h, old)));
                free.then_some(candidate)
            })
            .or(Some(first))
    }

    /// A workspace with a gateway of its own has a host of its own: the path
    /// can stay. Behind the service's gateway it would clash with the original.
    fn path(&self, resource: &Resource) -> Option<String> {
        if !resource.kind.revisions {
            return None;
        }
        let old = resource
            .text("path")
            .unwrap_or_default()
            .trim_start_matches('/');
        let own_gateway = self.target.gateways.as_ref().is_some_and(|g| !g.is_empty());
        let keep = own_gateway || !self.moves_within || self.target.traits.keeps_paths();
        let default = if keep {
            "{path}"
        } else {
            "{path}-in-{workspace}"
        };
        let template = self.naming.path.as_deref().unwrap_or(default);
        let workspace = slug(self.target.workspace.as_str());
        let new = fill(template, "path", old, &workspace);
        Some(new.trim_start_matches(['-', '/']).to_owned())
    }
}
