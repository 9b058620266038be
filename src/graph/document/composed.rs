//! References that no single literal gives: put together from named values, or
//! given by code.

use super::found::{absent, named, place_of};
use super::uses::{Document, Use, Write, guess, place};
use crate::address::ResourcePath;
use crate::catalog;
use crate::graph::company::settled;
use crate::graph::follow::{Cause, Strength, Unresolved};
use crate::graph::naming::{How, Naming, naming};
use crate::inventory::{Inventory, Resource};
use crate::policy::{Dynamic, DynamicBy, Literal, Part, Scan};

/// Follows a reference that no single literal gives.
pub(super) fn compose(
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
        Some((to, write)) => {
            let written_out = write != Write::Nothing;
            found.uses.push(Use {
                span: dynamic.span.clone(),
                to,
                write,
                strength: Strength::Hard,
                by: format!("`{}`, put together from `{}`", dynamic.attr, short(written)),
                line: dynamic.line,
                column: dynamic.column,
            });
            if written_out {
                let put = lost(short(written), Cause::PutTogether);
                found.unresolved.push(put);
            }
        }
        // A thumbprint that is no certificate of the service is the client's.
        None if matches!(naming.how, How::Thumbprint | How::NameOrThumbprint) => {}
        None => found.unresolved.push(Unresolved {
            candidates: place_of(&naming, &name),
            ..lost(name, absent(dynamic.in_code))
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
