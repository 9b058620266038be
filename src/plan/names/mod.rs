//! Under which name each copy will stand.
//!
//! Resource names of one type must be unique over a service and all of its
//! workspaces, so within one service a copy needs another name; children and
//! links are scoped by their parent and keep theirs. Where the service was asked
//! and takes the same name in each scope, all keep theirs.

mod below;
mod error;
mod giver;
mod overrides;
mod text;

use std::collections::{BTreeMap, HashSet};

use self::below::{child, link_name};
use self::giver::Giver;
use self::overrides::Overrides;
use self::text::check_template;
use super::target::Target;
use crate::address::{ByPath, Name, ResourcePath, SourcePath};
use crate::catalog::Access;
use crate::graph::Closure;
use crate::inventory::{Inventory, Resource};

pub use self::error::NameError;

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

impl Naming {
    /// Whether copies within one service may get a name that something of
    /// another workspace has: the names they get by themselves hold that of the
    /// workspace.
    pub fn may_meet(&self) -> bool {
        let template = self.name.as_deref();
        template.is_some_and(|t| !t.contains("{workspace}"))
            || self.overrides.values().any(|o| o.name.is_some())
    }
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

/// The names of all copies, sorted by source.
pub type Names = ByPath<Named>;

/// Checks what can be known of names before anything is read.
///
/// # Errors
/// When a template names an unknown variable, or an override can have no effect.
pub fn check(naming: &Naming) -> Result<(), NameError> {
    for (template, own) in [
        (&naming.name, "name"),
        (&naming.display_name, "displayName"),
        (&naming.path, "path"),
    ] {
        check_template(template.as_deref().unwrap_or_default(), own)?;
    }
    Overrides(&naming.overrides).check()
}

/// Gives every member of the closure its name.
///
/// # Errors
/// When a template is unusable, an override has no effect, or two members would
/// get the same name.
pub fn names(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
    naming: &Naming,
) -> Result<Names, NameError> {
    check(naming)?;
    Overrides(&naming.overrides).find_in(inventory, closure)?;
    let mut giver = Giver::new(inventory, target, naming);
    let mut names = Names::default();
    names.reserve(closure.members.len());
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
    check_displays(inventory, &names, naming)?;
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
    let mut linked = HashSet::new();
    for resource in members().filter(|r| r.kind.access == Access::Link) {
        let name = link_name(resource, inventory, &names);
        let named = child(resource, &name, &names)?;
        // The service has one link per pair, whatever links are called.
        if linked.insert(named.target.clone()) {
            names.insert(resource.path.clone(), named);
        }
    }
    names.sort_unstable_keys();
    let mut taken: ByPath<&ResourcePath, &ResourcePath> = ByPath::default();
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

/// Refuses display names that can't be, and such as two would share that had
/// different ones.
fn check_displays(inventory: &Inventory, names: &Names, naming: &Naming) -> Result<(), NameError> {
    let mut given: BTreeMap<(&str, String), &Resource> = BTreeMap::new();
    for (source, named) in names {
        let Some(resource) = inventory.get(source) else {
            continue;
        };
        let (Some(rule), Some(display)) = (resource.kind.display, &named.display) else {
            continue;
        };
        let old = |r: &Resource| r.text(rule.property).unwrap_or_default().to_lowercase();
        if old(resource) != display.to_lowercase()
            && let Some(why) = rule.refuses(display)
        {
            let by_hand = naming.overrides.get(source);
            return Err(NameError::Display {
                resource: SourcePath(source.clone()),
                name: display.clone(),
                why,
                by_hand: by_hand.is_some_and(|o| o.display_name.is_some()),
            });
        }
        let key = (resource.kind.name, display.to_lowercase());
        if rule.unique
            && let Some(other) = given.insert(key, resource)
            && old(other) != old(resource)
        {
            return Err(NameError::SameDisplay {
                first: SourcePath(other.path.clone()),
                second: SourcePath(source.clone()),
                name: display.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
