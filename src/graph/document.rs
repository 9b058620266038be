//! What a policy or fragment refers to, resolved against the inventory.
//!
//! One resolution serves both the graph, which wants to know what is needed,
//! and the plan, which wants to know what to write where.

use std::cmp::Reverse;
use std::ops::Range;

use super::company::{is_linked, settled};
use super::follow::{Cause, Strength, Unresolved, with_thumbprint};
use super::naming::{How, Naming, naming};
use crate::address::ResourcePath;
use crate::catalog::{self, Kind};
use crate::inventory::{Inventory, Resource};
use crate::policy::{self, Dynamic, DynamicBy, Literal, Part, Reference, Scan, Target};

/// A place in a document that names a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The bytes that a rename replaces.
    pub span: Range<usize>,
    /// What is named.
    pub to: ResourcePath,
    /// What is written there after a rename.
    pub write: Write,
    /// How sure it is that it is meant, and needed.
    pub strength: Strength,
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

/// What is written where, once what is named is renamed.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The bytes that are replaced.
    pub span: Range<usize>,
    /// What is named.
    pub to: ResourcePath,
    /// What is written there.
    pub write: Write,
}

impl Document {
    /// The places that a rename changes.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let written = (self.uses.iter()).filter(|used| used.write != Write::Nothing);
        written.map(|used| Place {
            span: used.span.clone(),
            to: used.to.clone(),
            write: used.write,
        })
    }
}

/// A document, resolved.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Places that name something that is there; their spans don't overlap.
    pub uses: Vec<Use>,
    /// Names that lead nowhere, or can't be told.
    pub unresolved: Vec<Unresolved>,
}

/// Resolves the policy that a resource is or holds; empty for all others.
pub fn document(resource: &Resource, inventory: &Inventory) -> Document {
    let mut found = Document::default();
    let (Some(text), Some(scan)) = (resource.policy_text(), resource.scan()) else {
        return found;
    };
    for dynamic in &scan.dynamics {
        compose(dynamic, scan, (resource, inventory), text, &mut found);
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
        let in_policy = resource.kind.is_document();
        literal(
            reference,
            scan,
            (resource, inventory),
            (swallowed, in_policy),
            &mut found,
        );
    }
    names_in_code(scan, inventory, &mut found);
    picked_certificates(scan, inventory, &mut found);
    // Of two uses of one place the one that it can't be without counts.
    found
        .uses
        .sort_by_key(|u| (u.span.start, u.span.end, Reverse(u.strength)));
    found.uses.dedup_by(|b, a| a.span == b.span && a.to == b.to);
    found
}

fn literal(
    reference: &Reference,
    scan: &Scan,
    (resource, inventory): (&Resource, &Inventory),
    (swallowed, in_policy): (bool, bool),
    found: &mut Document,
) {
    let Some(naming) = naming(&reference.to) else {
        return;
    };
    let is_named_value = matches!(reference.to, Target::NamedValue);
    let in_comment = reference.place == policy::Place::Comment;
    if in_comment && !is_named_value {
        return;
    }
    let there = look_up(
        &naming,
        &reference.name,
        reference,
        scan,
        (resource, inventory),
    );
    let of_value = is_named_value && !in_policy && !in_comment;
    // What a named value names and is not there is not there for the copy either.
    if reference.place == policy::Place::Cdata || (of_value && there.is_some()) {
        found.unresolved.push(Unresolved {
            candidates: Vec::new(),
            kind: naming.kind,
            name: reference.name.clone(),
            place: place(reference.line, reference.column),
            cause: Cause::Braces,
        });
    }
    match there {
        Some((to, write)) => found.uses.push(Use {
            span: reference.span.clone(),
            to,
            write: if swallowed { Write::Nothing } else { write },
            strength: match (in_comment, of_value) {
                (true, _) => Strength::Soft,
                (false, true) => Strength::Guessed,
                (false, false) => Strength::Hard,
            },
            by: described(reference),
            line: reference.line,
            column: reference.column,
        }),
        // Others have the same braces, and nothing in a comment ever blocks.
        None if is_named_value && (reference.place != policy::Place::Live || !in_policy) => {}
        // Names in limits that fit no API are not refused by the service, nor
        // what code asks for.
        None if matches!(
            naming.how,
            How::Operation | How::NameOrDisplay | How::NameOrThumbprint
        ) => {}
        None => found.unresolved.push(Unresolved {
            candidates: match naming.how {
                How::Name => place_of(&naming, &reference.name),
                _ => Vec::new(),
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
    (resource, inventory): (&Resource, &Inventory),
) -> Option<(ResourcePath, Write)> {
    let kind = naming.kind;
    let by_name = || {
        inventory
            .named(kind, name)
            .map(|r| (r.path.clone(), Write::Name))
    };
    // Versions of an API share a display name: what is linked to the owner of
    // the policy is meant before all others.
    let by_display = || {
        let found = || inventory.all_displayed(kind, name);
        let own = || found().find(|r| is_linked(&resource.path.root(), &r.path, inventory));
        let several = found().nth(1).is_some();
        let meant = several.then(own).flatten().or_else(|| found().next());
        meant.map(|r| (r.path.clone(), Write::Display))
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
        How::NameOrThumbprint => by_name().or_else(|| {
            with_thumbprint(inventory, kind, name).map(|r| (r.path.clone(), Write::Nothing))
        }),
        How::Operation => {
            let api = enclosing_api(reference, scan, (resource, inventory))?;
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
    (resource, inventory): (&Resource, &Inventory),
) -> Option<ResourcePath> {
    let before =
        |r: &&Reference| matches!(r.to, Target::Api { .. }) && r.span.start < reference.span.start;
    let api = scan.references.iter().rfind(before)?;
    let naming = naming(&api.to)?;
    look_up(&naming, &api.name, api, scan, (resource, inventory)).map(|(path, _)| path)
}

/// What a name leads to that attribute and code give, and what is written in
/// its place.
fn named(naming: &Naming, name: &str, inventory: &Inventory) -> Option<(ResourcePath, Write)> {
    let by_name = || {
        let named = inventory.named(naming.kind, name)?;
        Some((named.path.clone(), Write::Name))
    };
    let by_thumbprint = || {
        let named = with_thumbprint(inventory, naming.kind, name)?;
        Some((named.path.clone(), Write::Nothing))
    };
    match naming.how {
        How::Thumbprint => by_thumbprint(),
        How::NameOrThumbprint => by_name().or_else(by_thumbprint),
        _ => by_name(),
    }
}

/// Follows a reference that no single literal gives.
fn compose(
    dynamic: &Dynamic,
    scan: &Scan,
    (resource, inventory): (&Resource, &Inventory),
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
        candidates: Vec::new(),
    };
    let code = format!("{}.{}", dynamic.element, dynamic.attr);
    let written = match dynamic.span.is_empty() {
        true => code.as_str(),
        false => text.get(dynamic.span.clone()).unwrap_or_default(),
    };
    if dynamic.by == DynamicBy::Expression {
        if by_variable(dynamic, &naming, scan, (resource, inventory), found).is_none() {
            let unknown = guesses(dynamic, &naming, scan, inventory, found);
            found.unresolved.push(Unresolved {
                candidates: unknown,
                ..lost(short(written), Cause::Expression)
            });
        }
        return;
    }
    let in_doubt = dynamic.by == DynamicBy::TemplateToken;
    let Some(name) = composed(&dynamic.parts, inventory) else {
        let cause = if in_doubt {
            Cause::Braces
        } else {
            Cause::Unknown
        };
        found.unresolved.push(lost(short(written), cause));
        return;
    };
    match named(&naming, &name, inventory) {
        Some((to, write)) => found.uses.push(Use {
            span: dynamic.span.clone(),
            to,
            write,
            strength: Strength::Hard,
            by: format!("`{}`, put together from `{}`", dynamic.attr, short(written)),
            line: dynamic.line,
            column: dynamic.column,
        }),
        // A thumbprint that is no certificate of the service is the client's.
        None if matches!(naming.how, How::Thumbprint | How::NameOrThumbprint) => {}
        None => found.unresolved.push(Unresolved {
            candidates: place_of(&naming, &name),
            ..lost(name, Cause::Absent)
        }),
    }
}

/// Where code is nothing but a variable, and all values that it can have are
/// literals of this very document: those literals are the references.
fn by_variable(
    dynamic: &Dynamic,
    naming: &Naming,
    scan: &Scan,
    (resource, inventory): (&Resource, &Inventory),
    found: &mut Document,
) -> Option<()> {
    let sole = dynamic.sole.as_ref()?;
    let settled = settled(sole, resource, scan, inventory)?;
    let mut uses = Vec::new();
    for literal in settled.literals {
        let (to, write) = named(naming, &literal.text, inventory)?;
        // One literal can't become two names.
        let known = found.uses.iter().find(|u| u.span == literal.span);
        if known.is_some_and(|u| u.to != to) {
            return None;
        }
        uses.push(Use {
            span: literal.span.clone(),
            to,
            write,
            strength: Strength::Hard,
            by: format!("a literal that reaches `{}`", dynamic.attr),
            line: literal.line,
            column: literal.column,
        });
    }
    if uses.is_empty() {
        return None;
    }
    found.uses.extend(uses);
    if let Some(place) = settled.elsewhere {
        found.unresolved.push(Unresolved {
            kind: naming.kind,
            name: sole.name.clone(),
            place,
            cause: Cause::AlsoRead,
            candidates: Vec::new(),
        });
    }
    Some(())
}

/// What code may mean by a name: it comes along, and nothing is written.
/// Returns where things would stand that are not known yet.
fn guesses(
    dynamic: &Dynamic,
    naming: &Naming,
    scan: &Scan,
    inventory: &Inventory,
    found: &mut Document,
) -> Vec<ResourcePath> {
    let mut unknown = Vec::new();
    let may_reach = |l: &&Literal| !l.in_code && dynamic.candidates.contains(&l.text);
    for literal in scan.literals.iter().filter(may_reach) {
        match named(naming, &literal.text, inventory) {
            Some((to, _)) => found.uses.push(guess(literal, to)),
            None => unknown.extend(place_of(naming, &literal.text)),
        }
    }
    unknown
}

/// Where something of a name would stand.
fn place_of(naming: &Naming, name: &str) -> Vec<ResourcePath> {
    let place = ResourcePath::top(naming.kind.collection(), name);
    place.into_iter().collect()
}

fn guess(literal: &Literal, to: ResourcePath) -> Use {
    Use {
        span: literal.span.clone(),
        to,
        write: Write::Nothing,
        strength: Strength::Guessed,
        by: "a literal".to_owned(),
        line: literal.line,
        column: literal.column,
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
                let value = inventory.displayed(&catalog::NAMED_VALUE, display)?;
                let in_vault = value
                    .properties
                    .get("keyVault")
                    .is_some_and(|v| !v.is_null());
                if value.flag("secret") == Some(true) || in_vault {
                    return None;
                }
                let text = value.text("value")?;
                // Whether what is put in is looked through again is not known.
                if text.starts_with('@') || text.contains("{{") {
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

/// Where code looks through the certificates, or takes one that no literal names
/// on the spot, a literal that is the name or thumbprint of one may pick it.
fn picked_certificates(scan: &Scan, inventory: &Inventory, found: &mut Document) {
    let by_code = |d: &Dynamic| d.to == Target::CertificateInCode && d.span.is_empty();
    let looks = scan.certificates_in_code.is_some() || scan.dynamics.iter().any(by_code);
    let Some(naming) = naming(&Target::CertificateInCode).filter(|_| looks) else {
        return;
    };
    for literal in &scan.literals {
        let Some((to, write)) = named(&naming, &literal.text, inventory) else {
            continue;
        };
        if found.uses.iter().any(|u| u.span == literal.span) {
            continue;
        }
        found.uses.push(guess(literal, to));
        // A thumbprint stays what it is.
        if write == Write::Name {
            found.unresolved.push(Unresolved {
                kind: naming.kind,
                name: literal.text.clone(),
                place: place(literal.line, literal.column),
                cause: Cause::Expression,
                candidates: Vec::new(),
            });
        }
    }
}

fn instances_in_code(
    kind: &'static Kind,
    scan: &Scan,
    inventory: &Inventory,
    found: &mut Document,
) {
    if inventory.of_kind(kind).next().is_none() {
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
        found.uses.push(guess(literal, named.path.clone()));
        found.unresolved.push(Unresolved {
            kind,
            name: literal.text.clone(),
            place: place(literal.line, literal.column),
            cause: Cause::Literal,
            candidates: Vec::new(),
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
