//! What one resource needs: its parent, what its properties name, and what its
//! document names. Pure, and the same for the crawler, the closure and the plan.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use super::document::{Slot, document};
pub use super::follow::{
    Cause, Followed, Strength, Unresolved, follow_property, is_scope_of_all, named_value_of,
    without_revision,
};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Form, Reference, pointer};
use crate::inventory::{Inventory, Resource};
use crate::policy::names_in_braces;

/// Everything a resource refers to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct References {
    /// What it needs, in the order found, without repeats.
    pub needs: Vec<Need>,
    /// What it names that is not there, or that can't be told.
    pub unresolved: Vec<Unresolved>,
    /// Where its document names something by a name that a copy may have
    /// changed; in order, and without overlap.
    pub slots: Vec<Slot>,
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
    /// A literal of the document is its name, and may mean something else.
    Guess {
        /// One-based.
        line: u32,
    },
    /// Only a comment in the document names it.
    Comment,
}

impl Why {
    /// How strong a need is that has this reason.
    pub fn strength(&self) -> Strength {
        match self {
            Why::Comment => Strength::Soft,
            Why::Guess { .. } => Strength::Guessed,
            Why::Parent
            | Why::Current
            | Why::Property(_)
            | Why::Embedded(_)
            | Why::Document { .. } => Strength::Hard,
        }
    }
}

impl Need {
    /// Whether what has it can't be without.
    pub fn is_hard(&self) -> bool {
        self.why.strength() == Strength::Hard
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Parent => f.write_str("stands below it"),
            Why::Current => f.write_str("is a revision of it"),
            Why::Property(pointer) => write!(f, "names it in `{pointer}`"),
            Why::Embedded(pointer) => write!(f, "has it in `{pointer}`"),
            Why::Document { by, line, .. } => write!(f, "names it as {by} in line {line}"),
            Why::Guess { line } => write!(f, "holds its name in line {line}"),
            Why::Comment => f.write_str("names it in a comment"),
        }
    }
}

/// Finds everything that a resource refers to, as far as the inventory tells.
pub fn references(resource: &Resource, inventory: &Inventory) -> References {
    let mut found = Finder::default();
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
    {
        for embed in resource.kind.embeds {
            pointer::each_of(&resource.properties, embed, &mut |value| {
                let text = value.as_str().unwrap_or_default();
                for name in names_in_braces(text).into_iter().map(|at| &text[at]) {
                    match named_value_of(inventory, name) {
                        Some(r) => found.need(r.path.clone(), Why::Embedded(embed)),
                        None => found.lost(Unresolved {
                            kind: &catalog::NAMED_VALUE,
                            name: name.to_owned(),
                            place: format!("`{embed}`"),
                            cause: Cause::Absent,
                            candidates: Vec::new(),
                        }),
                    }
                }
            });
        }
    }
    let document = document(resource, inventory);
    found.found.slots = document.slots().collect();
    for used in document.uses {
        let why = match used.strength {
            Strength::Soft => Why::Comment,
            Strength::Guessed => Why::Guess { line: used.line },
            Strength::Hard => Why::Document {
                by: used.by,
                line: used.line,
                column: used.column,
            },
        };
        found.need(used.to, why);
    }
    found.found.unresolved.extend(document.unresolved);
    // There is one of it for each resource, and most need one or two things.
    found.found.needs.shrink_to_fit();
    found.found
}

/// Collects what a resource refers to.
#[derive(Default)]
struct Finder {
    found: References,
    /// Where each thing stands that is needed.
    at: HashMap<ResourcePath, usize>,
}

impl Finder {
    /// Adds a need, unless the same thing is needed already.
    fn need(&mut self, to: ResourcePath, why: Why) {
        let needs = &mut self.found.needs;
        match self.at.get(&to).and_then(|at| needs.get_mut(*at)) {
            Some(old) if old.why.strength() < why.strength() => old.why = why,
            Some(_) => {}
            None => {
                self.at.insert(to.clone(), needs.len());
                needs.push(Need { to, why });
            }
        }
    }

    fn lost(&mut self, unresolved: Unresolved) {
        self.found.unresolved.push(unresolved);
    }
}

fn follow(
    resource: &Resource,
    inventory: &Inventory,
    reference: &Reference,
    text: &str,
    found: &mut Finder,
) {
    match follow_property(resource, inventory, reference, text) {
        Followed::To(path) => found.need(path, Why::Property(reference.pointer)),
        Followed::Everything => {}
        Followed::Lost(cause) => {
            if let Some(kind) = reference.to.first().copied() {
                let candidate = match reference.form {
                    Form::Id => inventory.resolve_id(text),
                    Form::IdOfRoot => inventory.resolve_id(text).map(|p| without_revision(&p)),
                    Form::Name => ResourcePath::top(kind.collection(), text).ok(),
                    Form::NameInApi => resource.path.root().child(kind.collection(), text).ok(),
                    Form::Thumbprint => None,
                };
                found.lost(Unresolved {
                    candidates: candidate.into_iter().collect(),
                    kind,
                    name: text.to_owned(),
                    place: format!("`{}`", reference.pointer),
                    cause,
                });
            }
        }
    }
}

#[cfg(test)]
#[path = "references_tests.rs"]
mod tests;
