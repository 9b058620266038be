//! What a policy or fragment refers to, resolved against the inventory.
//!
//! One resolution serves both the graph, which wants to know what is needed,
//! and the plan, which wants to know what to write where.

use std::ops::Range;

use super::references::{Cause, Unresolved, with_thumbprint};
use crate::address::ResourcePath;
use crate::catalog::{self, Kind};
use crate::inventory::{Inventory, Resource};
use crate::policy::{By, Dynamic, DynamicBy, Part, Place, Reference, Scan, Target};

/// A place in a document that names a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The bytes that a rename replaces.
    pub span: Range<usize>,
    /// What is named.
    pub to: ResourcePath,
    /// What is written there after a rename.
    pub write: Write,
    /// Whether only a comment names it.
    pub in_comment: bool,
    /// In words, how it is named: `{{db-key}}`, `backend-id`.
    pub by: String,
    /// One-based.
    pub line: u32,
    /// One-based, in characters.
    pub column: u32,
}

/// What a place in a document takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// The resource's name.
    Name,
    /// Its display name.
    Display,
    /// Nothing changes, as with thumbprints.
    Nothing,
}

/// A document, resolved.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Places that name something that is there; their spans don't overlap.
    pub uses: Vec<Use>,
    /// Names that lead nowhere, or can't be told.
    pub unresolved: Vec<Unresolved>,
}

/// How a document names resources of a kind.
pub(crate) struct Naming {
    pub(crate) kind: &'static Kind,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Name,
    Display,
    NameOrDisplay,
    Thumbprint,
    /// The bare name of an operation, in whatever API.
    Operation,
}

/// Turns what the scanner calls it into a row of the catalog. `None` for what
/// is no resource that could be copied.
pub(crate) fn naming(target: &Target) -> Option<Naming> {
    let (kind, how) = match target {
        Target::NamedValue => ("namedValue", How::Display),
        Target::Fragment => ("policyFragment", How::Name),
        Target::Backend => ("backend", How::Name),
        Target::Certificate => ("certificate", How::Name),
        Target::Thumbprint => ("certificate", How::Thumbprint),
        Target::Logger => ("logger", How::Name),
        Target::Schema => ("globalSchema", How::Name),
        Target::Api { by: By::Id } => ("api", How::Name),
        Target::Api { by: By::Name } => ("api", How::NameOrDisplay),
        Target::Operation { .. } => ("operation", How::Operation),
        _ => return None,
    };
    let kind = catalog::kind(kind)?;
    Some(Naming { kind, how })
}

/// Resolves the document of a policy or fragment; empty for other kinds.
pub fn document(resource: &Resource, inventory: &Inventory) -> Document {
    let mut found = Document::default();
    let (Some(text), Some(scan)) = (resource.document(), resource.scan()) else {
        return found;
    };
    for dynamic in &scan.dynamics {
        compose(dynamic, scan, inventory, text, &mut found);
    }
    // A composed name is replaced as a whole: what stands inside it is needed
    // still, but not written to.
    let whole: Vec<Range<usize>> = (found.uses.iter())
        .filter(|u| u.write == Write::Name)
        .map(|u| u.span.clone())
        .collect();
    for reference in &scan.references {
        let within =
            |w: &Range<usize>| w.start <= reference.span.start && reference.span.end <= w.end;
        let swallowed = whole.iter().any(within);
        literal(reference, scan, inventory, swallowed, &mut found);
    }
    names_in_code(scan, inventory, &mut found);
    found.uses.sort_by_key(|u| (u.span.start, u.span.end));
    found.uses.dedup_by(|b, a| a.span == b.span && a.to == b.to);
    found
}

fn literal(
    reference: &Reference,
    scan: &Scan,
    inventory: &Inventory,
    swallowed: bool,
    found: &mut Document,
) {
    let Some(naming) = naming(&reference.to) else {
        return;
    };
    let is_named_value = matches!(reference.to, Target::NamedValue);
    let in_comment = reference.place == Place::Comment;
    if in_comment && !is_named_value {
        return;
    }
    match look_up(&naming, &reference.name, reference, scan, inventory) {
        Some((to, write)) => found.uses.push(Use {
            span: reference.span.clone(),
            to,
            write: if swallowed { Write::Nothing } else { write },
            in_comment,
            by: described(reference),
            line: reference.line,
            column: reference.column,
        }),
        // Liquid has the same braces, and nothing in a comment ever blocks.
        None if in_comment || reference.place == Place::Liquid => {}
        // Names in limits that fit no API are not refused by the service.
        None if matches!(naming.how, How::Operation | How::NameOrDisplay) => {}
        None => found.unresolved.push(Unresolved {
            candidate: match naming.how {
                How::Name => ResourcePath::top(naming.kind.collection(), &reference.name).ok(),
                _ => None,
            },
            kind: naming.kind,
            name: reference.name.clone(),
            place: place(reference.line, reference.column),
            cause: Cause::Absent,
        }),
    }
}

fn described(reference: &Reference) -> String {
    match (&reference.to, &reference.attribute) {
        (Target::NamedValue, _) => format!("`{{{{{}}}}}`", reference.name),
        (_, Some(attribute)) => format!("`{attribute}` of `{}`", reference.element),
        (_, None) => format!("`{}`", reference.element),
    }
}

fn place(line: u32, column: u32) -> String {
    format!("line {line}, column {column}")
}

fn look_up(
    naming: &Naming,
    name: &str,
    reference: &Reference,
    scan: &Scan,
    inventory: &Inventory,
) -> Option<(ResourcePath, Write)> {
    let kind = naming.kind;
    let by_name = || {
        inventory
            .named(kind, name)
            .map(|r| (r.path.clone(), Write::Name))
    };
    let by_display = || {
        inventory
            .displayed(kind, name)
            .map(|r| (r.path.clone(), Write::Display))
    };
    let shown = |path: &ResourcePath| {
        let display = kind.display?.property;
        inventory.get(path)?.text(display).map(str::to_owned)
    };
    match naming.how {
        How::Name => by_name(),
        How::Display => by_display(),
        // Spelled exactly, either counts before a name that fits but for case.
        How::NameOrDisplay => by_name()
            .filter(|(path, _)| path.name() == name)
            .or_else(|| by_display().filter(|(p, _)| shown(p).as_deref() == Some(name)))
            .or_else(by_name)
            .or_else(by_display),
        How::Thumbprint => {
            with_thumbprint(inventory, kind, name).map(|r| (r.path.clone(), Write::Nothing))
        }
        How::Operation => {
            let api = enclosing_api(reference, scan, inventory)?;
            let by_name = |r: &&Resource| r.path.name().eq_ignore_ascii_case(name);
            let by_display = |r: &&Resource| r.text("displayName") == Some(name);
            let operations = || inventory.children(&api).filter(|r| r.kind == kind);
            let operation = operations()
                .find(by_name)
                .or_else(|| operations().find(by_display))?;
            // Operations keep both their names, so there is nothing to write.
            Some((operation.path.clone(), Write::Nothing))
        }
    }
}

/// The API whose element encloses an operation's: the last one named before it.
fn enclosing_api(
    reference: &Reference,
    scan: &Scan,
    inventory: &Inventory,
) -> Option<ResourcePath> {
    let before =
        |r: &&Reference| matches!(r.to, Target::Api { .. }) && r.span.start < reference.span.start;
    let api = scan.references.iter().rfind(before)?;
    let naming = naming(&api.to)?;
    look_up(&naming, &api.name, api, scan, inventory).map(|(path, _)| path)
}

/// Follows a reference that no single literal gives.
fn compose(
    dynamic: &Dynamic,
    scan: &Scan,
    inventory: &Inventory,
    text: &str,
    found: &mut Document,
) {
    let Some(naming) = naming(&dynamic.to) else {
        return;
    };
    let lost = |name: String, cause| Unresolved {
        kind: naming.kind,
        name,
        place: place(dynamic.line, dynamic.column),
        cause,
        candidate: None,
    };
    let written = text.get(dynamic.span.clone()).unwrap_or_default();
    if dynamic.by == DynamicBy::Expression {
        let known: Vec<&Resource> = (dynamic.candidates.iter())
            .filter_map(|name| inventory.named(naming.kind, name))
            .collect();
        let all = !known.is_empty() && known.len() == dynamic.candidates.len();
        if all {
            candidates(&known, dynamic, scan, found);
        } else {
            found
                .unresolved
                .push(lost(short(written), Cause::Expression));
        }
        return;
    }
    let Some(name) = composed(&dynamic.parts, inventory) else {
        found.unresolved.push(lost(short(written), Cause::Unknown));
        return;
    };
    let (to, write) = match naming.how {
        How::Thumbprint => {
            let path = with_thumbprint(inventory, naming.kind, &name).map(|r| r.path.clone());
            (path, Write::Nothing)
        }
        _ => (
            inventory.named(naming.kind, &name).map(|r| r.path.clone()),
            Write::Name,
        ),
    };
    match to {
        Some(to) => found.uses.push(Use {
            span: dynamic.span.clone(),
            to,
            write,
            in_comment: false,
            by: format!("`{}`, put together from `{}`", dynamic.attr, short(written)),
            line: dynamic.line,
            column: dynamic.column,
        }),
        // A thumbprint that is no certificate of the service is the client's.
        None if matches!(naming.how, How::Thumbprint) => {}
        None => found.unresolved.push(Unresolved {
            candidate: ResourcePath::top(naming.kind.collection(), &name).ok(),
            ..lost(name, Cause::Absent)
        }),
    }
}

/// All values that the variable behind an expression can take are literals of
/// this very document: those literals are the references.
fn candidates(known: &[&Resource], dynamic: &Dynamic, scan: &Scan, found: &mut Document) {
    for literal in &scan.literals {
        let Some(resource) =
            (known.iter()).find(|r| r.path.name().eq_ignore_ascii_case(&literal.text))
        else {
            continue;
        };
        found.uses.push(Use {
            span: literal.span.clone(),
            to: resource.path.clone(),
            write: Write::Name,
            in_comment: false,
            by: format!("a literal that reaches `{}`", dynamic.attr),
            line: literal.line,
            column: literal.column,
        });
    }
}

/// The name that named values and literals give together, when none of the
/// values is secret, unknown, or code.
fn composed(parts: &[Part], inventory: &Inventory) -> Option<String> {
    let mut name = String::new();
    for part in parts {
        match part {
            Part::Literal(text) => name.push_str(text),
            Part::NamedValue(display) => {
                let value = inventory.displayed(catalog::kind("namedValue")?, display)?;
                let in_vault = value
                    .properties
                    .get("keyVault")
                    .is_some_and(|v| !v.is_null());
                if value.flag("secret") == Some(true) || in_vault {
                    return None;
                }
                let text = value.text("value")?;
                if text.starts_with('@') {
                    return None;
                }
                name.push_str(text);
            }
        }
    }
    (!name.is_empty()).then_some(name)
}

/// What code names in a literal: no attribute says so, but a table of backends
/// in C# is a pattern in the field.
fn names_in_code(scan: &Scan, inventory: &Inventory, found: &mut Document) {
    for kind in catalog::KINDS.iter().filter(|kind| kind.in_code) {
        instances_in_code(kind, scan, inventory, found);
    }
}

fn instances_in_code(
    kind: &'static Kind,
    scan: &Scan,
    inventory: &Inventory,
    found: &mut Document,
) {
    if inventory.of_kind(kind.name).next().is_none() {
        return;
    }
    for literal in &scan.literals {
        if !literal.in_code || !is_name(&literal.text) {
            continue;
        }
        let Some(named) = inventory.named(kind, &literal.text) else {
            continue;
        };
        let known = found.uses.iter().any(|u| u.span == literal.span);
        if known {
            continue;
        }
        found.uses.push(Use {
            span: literal.span.clone(),
            to: named.path.clone(),
            write: Write::Nothing,
            in_comment: false,
            by: "a literal in code".to_owned(),
            line: literal.line,
            column: literal.column,
        });
        found.unresolved.push(Unresolved {
            kind,
            name: literal.text.clone(),
            place: place(literal.line, literal.column),
            cause: Cause::Literal,
            candidate: None,
        });
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 60;
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= MOST {
        return flat;
    }
    let mut cut: String = flat.chars().take(MOST).collect();
    cut.push('…');
    cut
}

/// Whether a text can be a name at all.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_'))
}
