//! What one resource needs: its parent, what its properties name, and what its
//! document names. Pure, and the same for the crawler, the closure and the plan.

use std::borrow::Cow;
use std::fmt;

use super::document::document;
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Form, Kind, Reference, pointer};
use crate::inventory::{Inventory, Resource};
use crate::policy::names_in_braces;

/// Everything a resource refers to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct References {
    /// What it needs, in the order found, without repeats.
    pub needs: Vec<Need>,
    /// What it names that is not there, or that can't be told.
    pub unresolved: Vec<Unresolved>,
}

/// One thing that is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The resource that is needed.
    pub to: ResourcePath,
    /// Why.
    pub why: Why,
}

/// Why something is needed.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It is the parent.
    Parent,
    /// A non-current revision is made from the current one.
    Current,
    /// A property names it.
    Property(&'static str),
    /// A property's text holds its name in `{{ }}`.
    Embedded(&'static str),
    /// The document names it.
    Document {
        /// How: `{{name}}`, `fragment-id` and so on.
        by: String,
        /// One-based.
        line: u32,
        /// One-based, in characters.
        column: u32,
    },
    /// Only a comment in the document names it.
    Comment,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Parent => f.write_str("stands below it"),
            Why::Current => f.write_str("is a revision of it"),
            Why::Property(pointer) => write!(f, "names it in `{pointer}`"),
            Why::Embedded(pointer) => write!(f, "has it in `{pointer}`"),
            Why::Document { by, line, .. } => write!(f, "names it as {by} in line {line}"),
            Why::Comment => f.write_str("names it in a comment"),
        }
    }
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
    /// Where it would stand: an inventory that grows can still find it there.
    pub candidate: Option<ResourcePath>,
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
}

/// Finds everything that a resource refers to, as far as the inventory tells.
pub fn references(resource: &Resource, inventory: &Inventory) -> References {
    let mut found = References::default();
    if let Some(parent) = resource.path.parent() {
        found.need(parent, Why::Parent);
    }
    if let (root, Some(_)) = split_revision(resource.path.name())
        && resource.path.parent().is_none()
        && let Ok(current) = resource.path.renamed(root)
    {
        found.need(current, Why::Current);
    }
    // Each thing is named once, whatever the forms in which it is shown.
    let named = match resource.kind.two_forms.is_empty() {
        true => Cow::Borrowed(&resource.properties),
        false => Cow::Owned(resource.kind.plain(&resource.properties)),
    };
    for reference in resource.kind.references {
        pointer::each_of(&named, reference.pointer, &mut |value| {
            if let Some(text) = value.as_str() {
                follow(resource, inventory, reference, text, &mut found);
            }
        });
    }
    if let Some(named_value) = catalog::kind("namedValue") {
        for embed in resource.kind.embeds {
            pointer::each_of(&resource.properties, embed, &mut |value| {
                let text = value.as_str().unwrap_or_default();
                for name in names_in_braces(text).into_iter().map(|at| &text[at]) {
                    match named_value_of(inventory, name) {
                        Some(r) => found.need(r.path.clone(), Why::Embedded(embed)),
                        None => found.unresolved.push(Unresolved {
                            kind: named_value,
                            name: name.to_owned(),
                            place: format!("`{embed}`"),
                            cause: Cause::Absent,
                            candidate: None,
                        }),
                    }
                }
            });
        }
    }
    let document = document(resource, inventory);
    for used in document.uses {
        let why = match used.in_comment {
            true => Why::Comment,
            false => Why::Document {
                by: used.by,
                line: used.line,
                column: used.column,
            },
        };
        found.need(used.to, why);
    }
    found.unresolved.extend(document.unresolved);
    found
}

impl References {
    /// Adds a need, unless the same thing is needed already.
    pub(super) fn need(&mut self, to: ResourcePath, why: Why) {
        match self.needs.iter_mut().find(|n| n.to == to) {
            // A live reference says more than one in a comment.
            Some(old) if old.why == Why::Comment => old.why = why,
            Some(_) => {}
            None => self.needs.push(Need { to, why }),
        }
    }
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
    let kinds = || reference.to.iter().filter_map(|name| catalog::kind(name));
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

fn follow(
    resource: &Resource,
    inventory: &Inventory,
    reference: &Reference,
    text: &str,
    found: &mut References,
) {
    match follow_property(resource, inventory, reference, text) {
        Followed::To(path) => found.need(path, Why::Property(reference.pointer)),
        Followed::Everything => {}
        Followed::Lost(cause) => {
            if let Some(kind) = reference.to.first().and_then(|k| catalog::kind(k)) {
                let candidate = match reference.form {
                    Form::Id => inventory.resolve_id(text),
                    Form::IdOfRoot => inventory.resolve_id(text).map(|p| without_revision(&p)),
                    Form::Name => ResourcePath::top(kind.collection(), text).ok(),
                    Form::NameInApi => resource.path.root().child(kind.collection(), text).ok(),
                    Form::Thumbprint => None,
                };
                found.unresolved.push(Unresolved {
                    candidate,
                    kind,
                    name: text.to_owned(),
                    place: format!("`{}`", reference.pointer),
                    cause,
                });
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
    inventory.of_kind(kind.name).find(|r| {
        r.text("thumbprint")
            .is_some_and(|t| t.eq_ignore_ascii_case(thumbprint.trim()))
    })
}

/// Finds a named value by its display name, or, failing that, by its resource
/// name: loggers made by older tools hold the latter.
pub fn named_value_of<'i>(inventory: &'i Inventory, name: &str) -> Option<&'i Resource> {
    let kind = catalog::kind("namedValue")?;
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
    let root = path.root();
    let (name, revision) = split_revision(root.name());
    if revision.is_none() {
        return path.clone();
    }
    let rest = &path.as_str()[root.as_str().len()..];
    root.renamed(name)
        .ok()
        .and_then(|root| format!("{root}{rest}").parse().ok())
        .unwrap_or_else(|| path.clone())
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
        .and_then(|r| r.text("apiRevision"));
    if revision.is_some() && current == revision {
        plain
    } else {
        path.clone()
    }
}

#[cfg(test)]
#[path = "references_tests.rs"]
mod tests;
