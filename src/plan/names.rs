//! Under which name each copy will stand.
//!
//! Resource names of one type must be unique over a service and all of its
//! workspaces, so within one service a copy needs another name; children and
//! links are scoped by their parent and keep theirs. Where the service was asked
//! and takes the same name in each scope, all keep theirs.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::place::{Place, in_workspace};
use super::target::{Holder, Route, Target};
use crate::address::{Name, ResourcePath, SourcePath, split_revision};
use crate::catalog::{self, Access, pointer};
use crate::graph::Closure;
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};

/// How copies are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// Template of resource names, with `{name}` and `{workspace}`.
    pub name: Option<String>,
    /// Template of display names, with `{displayName}` and `{workspace}`.
    pub display_name: Option<String>,
    /// Template of API paths, with `{path}` and `{workspace}`.
    pub path: Option<String>,
    /// Names for single resources.
    pub overrides: BTreeMap<ResourcePath, Override>,
    /// Names that copies have by the last plan: they stay, unless what is given
    /// above says another.
    pub kept: BTreeMap<ResourcePath, Override>,
}

/// A name given by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// The copy's resource name.
    pub name: Option<String>,
    /// The copy's display name.
    pub display_name: Option<String>,
    /// The copy's path, for APIs.
    pub path: Option<String>,
}

/// Why no names can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Two copies would stand in the same place.
    #[error("`{first}` and `{second}` would both become `{target}`")]
    SameTarget {
        /// One source.
        first: SourcePath,
        /// The other source.
        second: SourcePath,
        /// Where both would stand, below the workspace.
        target: ResourcePath,
    },
    /// A template gives something that can't be a name.
    #[error("the name `{name}` for the copy of `{resource}` is not usable")]
    Unusable {
        /// The resource.
        resource: SourcePath,
        /// The name.
        name: String,
    },
    /// A template names a variable that does not exist.
    #[error("the template `{template}` names the unknown variable `{{{variable}}}`")]
    UnknownVariable {
        /// The template.
        template: String,
        /// The variable.
        variable: String,
    },
}

/// The name of one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where the copy stands, below the workspace.
    pub target: ResourcePath,
    /// Its display name, for kinds that are known by one.
    pub display: Option<String>,
    /// Its path, for APIs.
    pub path: Option<String>,
}

/// The names of all copies, by source.
pub type Names = BTreeMap<ResourcePath, Named>;

const SUFFIX: &str = "-in-{workspace}";

/// Hex digits of the hash that keeps names apart.
const HASH: usize = 8;

/// Gives every member of the closure its name.
///
/// # Errors
/// When a template is unusable or two members would get the same name.
pub fn names(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
    naming: &Naming,
) -> Result<Names, NameError> {
    let mut giver = Giver {
        target,
        naming,
        moves_within: inventory.service == target.service,
        used: BTreeSet::new(),
        kept: kept_names(naming),
    };
    giver.check_templates()?;
    let mut names = Names::new();
    // Parents come before their children in the order of paths but for links,
    // whose names are made of what they name.
    let members = || closure.members.keys().filter_map(|p| inventory.get(p));
    let top = || members().filter(|r| r.path.parent().is_none());
    for resource in top() {
        let named = giver.top_level(resource, &names)?;
        names.insert(resource.path.clone(), named);
    }
    // Which display names are free depends on the names of version sets.
    for resource in top() {
        let display = giver.shown(resource, inventory, &names);
        if let Some(named) = names.get_mut(&resource.path) {
            named.display = display;
        }
    }
    for resource in members().filter(|r| r.path.parent().is_some() && r.kind.access != Access::Link)
    {
        let person = match resource.kind.member {
            Some(_) if !giver.moves_within => target.user_like(resource, inventory),
            _ => None,
        };
        let name = person.map_or(resource.path.name(), Name::as_str);
        let named = child(resource, name, &names)?;
        names.insert(resource.path.clone(), named);
    }
    let mut linked = BTreeSet::new();
    for resource in members().filter(|r| r.kind.access == Access::Link) {
        let name = link_name(resource, inventory, &names);
        let named = child(resource, &name, &names)?;
        // The service has one link per pair, whatever links are called.
        if linked.insert(named.target.clone()) {
            names.insert(resource.path.clone(), named);
        }
    }
    let mut taken: BTreeMap<&ResourcePath, &ResourcePath> = BTreeMap::new();
    for (source, named) in &names {
        if let Some(other) = taken.insert(&named.target, source) {
            return Err(NameError::SameTarget {
                first: SourcePath(other.clone()),
                second: SourcePath(source.clone()),
                target: named.target.clone(),
            });
        }
    }
    Ok(names)
}

struct Giver<'a> {
    target: &'a Target,
    naming: &'a Naming,
    moves_within: bool,
    used: BTreeSet<(&'static str, Name)>,
    /// Names that copies have by the last plan, with whose they are.
    kept: BTreeMap<(&'static str, Name), &'a ResourcePath>,
}

fn kept_names(naming: &Naming) -> BTreeMap<(&'static str, Name), &ResourcePath> {
    (naming.kept.iter())
        .filter_map(|(source, kept)| {
            let name = Name::new(kept.name.as_deref()?);
            Some(((catalog::kind_of(source)?.name, name), source))
        })
        .collect()
}

impl Giver<'_> {
    fn check_templates(&self) -> Result<(), NameError> {
        let templates = [
            (&self.naming.name, "name"),
            (&self.naming.display_name, "displayName"),
            (&self.naming.path, "path"),
        ];
        for (template, own) in templates {
            let Some(template) = template else { continue };
            let mut rest = template.as_str();
            while let Some(start) = rest.find('{') {
                let end = rest[start..].find('}').map_or(rest.len(), |e| start + e);
                let variable = &rest[start + 1..end];
                if variable != own && variable != "workspace" {
                    return Err(NameError::UnknownVariable {
                        template: template.clone(),
                        variable: variable.to_owned(),
                    });
                }
                rest = rest.get(end + 1..).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn top_level(&mut self, resource: &Resource, names: &Names) -> Result<Named, NameError> {
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
            Some(name) => name,
            None if resource.kind.fixed_name => root.to_owned(),
            None => self.free_name(resource, root),
        };
        self.used
            .insert((resource.kind.name, Name::new(name.as_str())));
        let unusable = || NameError::Unusable {
            resource: SourcePath(resource.path.clone()),
            name: name.clone(),
        };
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
        let workspace = word(self.target.workspace.as_str());
        let first = fill(template, "name", name, &workspace);
        let suffixed = fill(&format!("{{name}}{SUFFIX}"), "name", name, &workspace);
        let numbered = (2..).map(|n| format!("{suffixed}-{n}"));
        let limit = kind.name_limit;
        // A template that was given and joins two is a mistake to report, not
        // one to dodge.
        let joins = self
            .used
            .contains(&(kind.name, Name::new(cut(&first, limit))));
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
        let held = self
            .target
            .names
            .get(kind.name)
            .and_then(|held| held.get(&name));
        let traits = &self.target.traits;
        let elsewhere = match held {
            Some(Holder::Service) => !traits.names_of_service.is_free(kind),
            Some(Holder::Workspace(_)) => !traits.names_of_workspaces.is_free(kind),
            Some(Holder::ThisWorkspace) | None => false,
        };
        let key = (kind.name, name);
        let anothers = (self.kept.get(&key)).is_some_and(|source| **source != resource.path);
        !elsewhere && !anothers && !self.used.contains(&key)
    }

    /// The display name of a copy, once the names of all are known.
    fn shown(&self, resource: &Resource, inventory: &Inventory, names: &Names) -> Option<String> {
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
        let name = names.get(&resource.path)?.target.name();
        let siblings = self.siblings(resource, inventory, names);
        self.display(resource, |holder| {
            let holder = match resource.kind.revisions {
                true => Name::new(split_revision(holder.as_str()).0),
                false => holder.clone(),
            };
            holder == Name::new(name) || siblings.contains(&holder)
        })
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
    fn display(&self, resource: &Resource, may_hold: impl Fn(&Name) -> bool) -> Option<String> {
        let rule = resource.kind.display?;
        // Subscriptions may have been made without one, and can't be any more.
        let old = match resource.text(rule.property).filter(|t| !t.is_empty()) {
            Some(old) => old,
            None if resource.kind.revisions => return None,
            None => resource.path.name(),
        };
        let traits = &self.target.traits;
        let keeps = !self.moves_within || traits.keeps_display_names(resource.kind);
        let default = if keeps {
            "{displayName}"
        } else {
            "{displayName}-in-{workspace}"
        };
        let template = self.naming.display_name.as_deref().unwrap_or(default);
        let workspace = match rule.plain {
            true => word(self.target.workspace.as_str()),
            false => self.target.workspace.to_string(),
        };
        let first = fill(template, "displayName", old, &workspace);
        let held = self.target.displays.get(resource.kind.name);
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
                let free = holders.is_none_or(|holders| holders.iter().all(&may_hold));
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
        let workspace = word(self.target.workspace.as_str());
        let new = fill(template, "path", old, &workspace);
        Some(new.trim_start_matches(['-', '/']).to_owned())
    }
}

fn child(resource: &Resource, name: &str, names: &Names) -> Result<Named, NameError> {
    let unusable = || NameError::Unusable {
        resource: SourcePath(resource.path.clone()),
        name: name.to_owned(),
    };
    let parent = resource.path.parent().ok_or_else(unusable)?;
    let everywhere = resource.kind.parent().is_some_and(|k| k.everywhere);
    let parent = match names.get(&parent) {
        Some(named) => &named.target,
        None if everywhere => &parent,
        None => return Err(unusable()),
    };
    Ok(Named {
        target: parent
            .child(resource.path.collection(), name)
            .map_err(|_| unusable())?,
        display: None,
        path: None,
    })
}

/// The name of a link is made of what it names, so that one that is there is
/// recognised whatever it was called at the source.
fn link_name(resource: &Resource, inventory: &Inventory, names: &Names) -> String {
    let mut found = None;
    for reference in resource.kind.references {
        pointer::each_of(&resource.properties, reference.pointer, &mut |value| {
            let text = value.as_str().unwrap_or_default();
            if let Followed::To(path) = follow_property(resource, inventory, reference, text) {
                let target = names.get(&path).map_or(&path, |n| &n.target);
                let parts: Vec<&str> = target.pairs().map(|(_, name)| name).collect();
                found = Some(parts.join("--"));
            }
        });
    }
    let name = found.unwrap_or_else(|| resource.path.name().to_owned());
    let plain = word(&name);
    // Two names that differ only in what a link's name can't hold stay apart.
    let plain = match plain == name {
        true => plain,
        false => format!("{plain}-{}", hash_of(&name)),
    };
    cut(&plain, resource.kind.name_limit)
}

fn fill(template: &str, variable: &str, value: &str, workspace: &str) -> String {
    template
        .replace(&format!("{{{variable}}}"), value)
        .replace("{workspace}", workspace)
}

/// Whether a name is another one, or that with a number that makes it free.
fn dodges(name: &str, base: &str) -> bool {
    name.strip_prefix(base).is_some_and(|rest| {
        let number = rest.strip_prefix('-').unwrap_or_default();
        rest.is_empty() || (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Keeps letters, digits, `-` and `_`; anything else becomes a dash.
fn word(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => c,
            _ => '-',
        })
        .collect()
}

/// Cuts an over-long name and closes it with a hash of the whole, so that two
/// long names that begin alike stay apart.
fn cut(name: &str, limit: usize) -> String {
    if name.chars().count() <= limit {
        return name.to_owned();
    }
    let kept: String = name.chars().take(limit.saturating_sub(HASH + 1)).collect();
    let kept = kept.trim_end_matches(['-', '.', ' ']);
    format!("{kept}-{}", hash_of(name))
}

/// Eight digits that tell names apart, without regard to case.
fn hash_of(name: &str) -> String {
    let digest = Sha256::digest(name.to_lowercase().as_bytes());
    digest
        .iter()
        .take(HASH / 2)
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
