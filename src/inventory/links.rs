//! What links are called: the name that a service gives one says nothing, and
//! is not shown by every way of reading it. It goes by what it leads to, so that
//! it is the same one whatever way it was read.

use super::{Inventory, Resource};
use crate::address::{AddressError, ResourcePath};
use crate::catalog::{Access, Form, Kind, Reference};

/// Where a link is said to stand; `None` for what is none, or leads nowhere.
pub(crate) fn place_of(link: &Resource, inventory: &Inventory) -> Option<ResourcePath> {
    let reference = (link.kind.references.first()).filter(|_| link.kind.access == Access::Link)?;
    let named = inventory.resolve_id(link.text(reference.pointer)?)?;
    place(link.kind, reference, &link.path.parent()?, &named).ok()
}

/// Where the link between an owner and a thing is said to stand.
pub(crate) fn place(
    kind: &Kind,
    reference: &Reference,
    owner: &ResourcePath,
    named: &ResourcePath,
) -> Result<ResourcePath, AddressError> {
    let named = end_of(reference, named);
    let parts: Vec<&str> = named.pairs().map(|(_, name)| name).collect();
    owner.child(kind.collection(), &parts.join("--"))
}

/// What a link to a thing leads to: an API, where one of its revisions is named.
pub(crate) fn end_of(reference: &Reference, named: &ResourcePath) -> ResourcePath {
    match reference.form {
        Form::IdOfRoot => named.without_revision(),
        _ => named.clone(),
    }
}
