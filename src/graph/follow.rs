//! Where a single reference leads, and what the matter is when it leads nowhere.

use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Form, Kind, Reference};
use crate::inventory::{Inventory, Resource};

/// How much one thing needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It only mentions it.
    Soft,
    /// It may need it, and works without if it does not.
    Guessed,
    /// It can't be without.
    Hard,
}

/// A reference that leads nowhere, or that can't be followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    /// The kind of what is named.
    pub kind: &'static Kind,
    /// The name as it was written.
    pub name: String,
    /// Where: a pointer, or `line 3, column 9`.
    pub place: String,
    /// What the matter is.
    pub cause: Cause,
    /// Where it would stand, or may: an inventory that grows can still find it
    /// there.
    pub candidates: Vec<ResourcePath>,
}

/// Why a reference can't be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing of that name is there.
    Absent,
    /// The id is of another service.
    Foreign,
    /// Only an expression gives the name.
    Expression,
    /// The name is put together from a value that is secret or unknown.
    Unknown,
    /// Code holds the name of an existing resource in a literal.
    Literal,
    /// The variable that gives the name is read for something else as well.
    AlsoRead,
    /// The name is put together from named values; a copy of another name is
    /// named by itself.
    PutTogether,
    /// Whether the service takes the braces for a named value is not known.
    Braces,
}

/// What a property's reference leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Followed {
    /// A resource, whether or not it was read.
    To(ResourcePath),
    /// Nothing particular: all APIs, the whole service, or an empty text.
    Everything,
    /// Nothing that is there.
    Lost(Cause),
}

/// Follows one reference of a property.
pub fn follow_property(
    resource: &Resource,
    inventory: &Inventory,
    reference: &Reference,
    text: &str,
) -> Followed {
    let kinds = || reference.to.iter().copied();
    match reference.form {
        Form::Id | Form::IdOfRoot => {
            if text.is_empty() || is_scope_of_all(text) {
                return Followed::Everything;
            }
            let Some(path) = inventory.resolve_id(text) else {
                return Followed::Lost(Cause::Foreign);
            };
            let path = if reference.form == Form::IdOfRoot {
                without_revision(&path)
            } else {
                current_name(&path, inventory)
            };
            match inventory.get(&path) {
                Some(_) => Followed::To(path),
                None => Followed::Lost(Cause::Absent),
            }
        }
        Form::Name => {
            let named = kinds().find_map(|kind| inventory.named(kind, text));
            match named {
                Some(r) => Followed::To(r.path.clone()),
                None => Followed::Lost(Cause::Absent),
            }
        }
        Form::NameInApi => {
            let api = resource.path.root();
            let path = kinds().find_map(|k| api.child(k.collection(), text).ok());
            match path {
                Some(path) if inventory.get(&path).is_some() => Followed::To(path),
                _ => Followed::Lost(Cause::Absent),
            }
        }
        Form::Thumbprint => {
            let found = kinds().find_map(|kind| with_thumbprint(inventory, kind, text));
            match found {
                Some(r) => Followed::To(r.path.clone()),
                None => Followed::Lost(Cause::Absent),
            }
        }
    }
}

/// Finds a certificate by its thumbprint, without regard to case.
pub(super) fn with_thumbprint<'i>(
    inventory: &'i Inventory,
    kind: &'static Kind,
    thumbprint: &str,
) -> Option<&'i Resource> {
    inventory.of_kind(kind).find(|r| {
        r.text("thumbprint")
            .is_some_and(|t| t.eq_ignore_ascii_case(thumbprint.trim()))
    })
}

/// Finds a named value by its display name, or, failing that, by its resource
/// name: loggers made by older tools hold the latter.
pub fn named_value_of<'i>(inventory: &'i Inventory, name: &str) -> Option<&'i Resource> {
    let kind = &catalog::NAMED_VALUE;
    inventory
        .displayed(kind, name)
        .or_else(|| inventory.named(kind, name))
}

/// Whether a scope covers all APIs or the whole service.
pub fn is_scope_of_all(text: &str) -> bool {
    let below = match crate::address::ServiceId::split(text) {
        Some((_, below)) => below,
        None => text,
    };
    matches!(
        below.trim_end_matches('/').to_ascii_lowercase().as_str(),
        "" | "/apis"
    )
}

/// Takes `;rev=N` off an API's path.
pub fn without_revision(path: &ResourcePath) -> ResourcePath {
    path.without_revision()
}

/// The path under which a revision is known: the current one goes by the plain
/// name, whatever its number.
fn current_name(path: &ResourcePath, inventory: &Inventory) -> ResourcePath {
    if inventory.get(path).is_some() {
        return path.clone();
    }
    let plain = without_revision(path);
    let root = path.root();
    let (_, revision) = split_revision(root.name());
    let current = inventory
        .get(&plain.root())
        .map(|r| r.text("apiRevision").unwrap_or("1"));
    if revision.is_some() && current == revision {
        plain
    } else {
        path.clone()
    }
}
