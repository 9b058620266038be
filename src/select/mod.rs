//! Which APIs are meant.

mod error;
mod glob;

use std::collections::BTreeSet;

use crate::address::{ResourcePath, split_revision};
use crate::catalog::{API, Kind, PRODUCT, PRODUCT_API_LINK, TAG, TAG_API_LINK, VERSION_SET};
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};
use crate::nearest::nearest;

pub use error::{By, SelectError};
pub use glob::Glob;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// By name, or `name;rev=N`.
    pub apis: Vec<Glob>,
    /// By display name.
    pub display_names: Vec<Glob>,
    /// With a tag, by name or display name.
    pub tags: Vec<String>,
    /// In a product, by name or display name.
    pub products: Vec<String>,
    /// In a version set, by name or display name.
    pub version_sets: Vec<String>,
    /// All of them.
    pub all: bool,
    /// But for these, by name.
    pub exclude: Vec<Glob>,
    /// With the other versions of what was selected.
    pub whole_version_sets: bool,
    /// Branches of what comes along that are left out.
    pub without: Vec<String>,
    /// What is for the whole service and is made for the whole workspace.
    pub service_scope: Vec<String>,
}

/// Kinds whose links decide a selection, with what was asked of each.
pub fn asked_owners(select: &Select) -> [(&'static Kind, &'static Kind, &[String]); 2] {
    [
        (&TAG, &TAG_API_LINK, &select.tags),
        (&PRODUCT, &PRODUCT_API_LINK, &select.products),
    ]
}

/// Finds an owner by its name or display name.
pub fn owner<'i>(
    inventory: &'i Inventory,
    kind: &'static Kind,
    name: &str,
) -> Option<&'i Resource> {
    inventory
        .named(kind, name)
        .or_else(|| inventory.displayed(kind, name))
}

/// Tells which APIs are meant: paths without a revision, sorted.
///
/// The inventory must hold the list of APIs and, where tags, products or
/// version sets were asked for, those and their links.
///
/// # Errors
/// When something that was named is not there or has no effect, or nothing is
/// left.
pub fn select(inventory: &Inventory, select: &Select) -> Result<Vec<ResourcePath>, SelectError> {
    let apis = Apis::of(inventory);
    let mut chosen: BTreeSet<ResourcePath> = BTreeSet::new();
    if select.all {
        chosen.extend(apis.current.iter().map(|r| r.path.clone()));
    }
    for glob in &select.apis {
        chosen.extend(apis.named(glob)?);
    }
    for glob in &select.display_names {
        chosen.extend(apis.displayed(glob)?);
    }
    for name in &select.tags {
        chosen.extend(apis.linked(By::Tag, name)?);
    }
    for name in &select.products {
        chosen.extend(apis.linked(By::Product, name)?);
    }
    for name in &select.version_sets {
        chosen.extend(apis.versions(name)?);
    }
    if select.whole_version_sets {
        let siblings = apis.siblings(&chosen);
        chosen.extend(siblings);
    }
    let any = !chosen.is_empty();
    for glob in &select.exclude {
        if !chosen.iter().any(|p| glob.matches(p.name())) {
            let names = chosen.iter().map(ResourcePath::name);
            return Err(SelectError::NoApi {
                by: By::Exclude,
                name: glob.as_str().to_owned(),
                nearest: nearest(glob.as_str(), names).map(str::to_owned),
            });
        }
    }
    chosen.retain(|p| !select.exclude.iter().any(|g| g.matches(p.name())));
    match chosen.is_empty() {
        true if any => Err(SelectError::AllExcluded),
        true => Err(SelectError::Nothing),
        false => Ok(chosen.into_iter().collect()),
    }
}

/// The APIs of a service, under the names by which they are current.
struct Apis<'i> {
    inventory: &'i Inventory,
    current: Vec<&'i Resource>,
}

impl<'i> Apis<'i> {
    fn of(inventory: &'i Inventory) -> Self {
        let apis = inventory.of_kind(&API);
        Self {
            inventory,
            current: (apis.filter(|r| split_revision(r.path.name()).1.is_none())).collect(),
        }
    }

    fn meant(&self, is_meant: impl Fn(&Resource) -> bool) -> Vec<ResourcePath> {
        let meant = self.current.iter().filter(|r| is_meant(r));
        meant.map(|r| r.path.clone()).collect()
    }

    fn named(&self, glob: &Glob) -> Result<Vec<ResourcePath>, SelectError> {
        let lower = glob.as_str().to_ascii_lowercase();
        let (root, revision) = split_revision(&lower);
        let root = Glob::new(root);
        let found = self.meant(|r| root.matches(r.path.name()));
        if found.is_empty() {
            let names = || self.current.iter().map(|r| r.path.name());
            return Err(missing(By::Name, &root, names));
        }
        let Some(number) = revision else {
            return Ok(found);
        };
        // A revision goes with its API; asking for it by number makes sense
        // only where it is the one that callers reach.
        let at_number = self.meant(|r| {
            let current = r.text("apiRevision").unwrap_or("1");
            root.matches(r.path.name()) && current.eq_ignore_ascii_case(number)
        });
        match at_number.is_empty() {
            true => Err(SelectError::OnlyARevision(glob.as_str().to_owned())),
            false => Ok(at_number),
        }
    }

    fn displayed(&self, glob: &Glob) -> Result<Vec<ResourcePath>, SelectError> {
        let shown = |r: &'i Resource| r.text("displayName").unwrap_or_default();
        let found = self.meant(|r| glob.matches(r.text("displayName").unwrap_or_default()));
        match found.is_empty() {
            true => {
                let names = || self.current.iter().map(|r| shown(r));
                Err(missing(By::DisplayName, glob, names))
            }
            false => Ok(found),
        }
    }

    fn linked(&self, by: By, name: &str) -> Result<Vec<ResourcePath>, SelectError> {
        let (kind, link) = match by {
            By::Tag => (&TAG, &TAG_API_LINK),
            _ => (&PRODUCT, &PRODUCT_API_LINK),
        };
        let owner = self.owner(by, kind, name)?;
        let links = (self.inventory.children(&owner.path)).filter(|c| c.kind == link);
        let found = links.filter_map(|link| named_api(link, self.inventory));
        some(by, name, found.collect())
    }

    fn versions(&self, name: &str) -> Result<Vec<ResourcePath>, SelectError> {
        let set = &self.owner(By::VersionSet, &VERSION_SET, name)?.path;
        let of_it = |r: &Resource| set_of(r, self.inventory).as_ref() == Some(set);
        some(By::VersionSet, name, self.meant(of_it))
    }

    fn siblings(&self, chosen: &BTreeSet<ResourcePath>) -> Vec<ResourcePath> {
        let chosen = chosen.iter().filter_map(|p| self.inventory.get(p));
        let sets: BTreeSet<ResourcePath> =
            chosen.filter_map(|r| set_of(r, self.inventory)).collect();
        self.meant(|r| set_of(r, self.inventory).is_some_and(|s| sets.contains(&s)))
    }

    fn owner(&self, by: By, kind: &'static Kind, name: &str) -> Result<&'i Resource, SelectError> {
        owner(self.inventory, kind, name).ok_or_else(|| {
            let display = |r: &'i Resource| r.text(r.kind.display?.property);
            let there = || self.inventory.of_kind(kind);
            let names = there()
                .map(|r| r.path.name())
                .chain(there().filter_map(display));
            SelectError::Unknown {
                by,
                name: name.to_owned(),
                nearest: nearest(name, names).map(str::to_owned),
            }
        })
    }
}

fn some(by: By, name: &str, found: Vec<ResourcePath>) -> Result<Vec<ResourcePath>, SelectError> {
    match found.is_empty() {
        true => Err(SelectError::NoApi {
            by,
            name: name.to_owned(),
            nearest: None,
        }),
        false => Ok(found),
    }
}

fn missing<'i, I: Iterator<Item = &'i str>>(
    by: By,
    glob: &Glob,
    names: impl Fn() -> I,
) -> SelectError {
    let name = glob.as_str().to_owned();
    if !glob.is_literal() {
        return SelectError::NoApi {
            by,
            name,
            nearest: None,
        };
    }
    let longer = || {
        let start = name.to_lowercase();
        names().find(|n| n.to_lowercase().starts_with(&start))
    };
    SelectError::Unknown {
        by,
        nearest: (nearest(&name, names()).or_else(longer)).map(str::to_owned),
        name,
    }
}

fn named_api(link: &Resource, inventory: &Inventory) -> Option<ResourcePath> {
    let reference = link.kind.references.first()?;
    let text = link.text(reference.pointer)?;
    match follow_property(link, inventory, reference, text) {
        Followed::To(path) => Some(path),
        Followed::Everything | Followed::Lost(_) => None,
    }
}

/// The version set of an API, even where the set itself was not read yet.
fn set_of(api: &Resource, inventory: &Inventory) -> Option<ResourcePath> {
    inventory.resolve_id(api.text("apiVersionSetId")?)
}

#[cfg(test)]
mod tests;
