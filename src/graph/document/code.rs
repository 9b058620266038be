//! What code names in literals that no attribute tells from other texts.

use super::found::named;
use super::uses::{Document, Write, guess, place};
use crate::catalog::{self, Kind};
use crate::graph::follow::{Cause, Unresolved};
use crate::graph::naming::naming;
use crate::inventory::Inventory;
use crate::policy::{Dynamic, Scan, Target};

/// What code names in a literal: no attribute says so, but a table of backends
/// in C# is a pattern in the field.
pub(super) fn names_in_code(scan: &Scan, inventory: &Inventory, found: &mut Document) {
    for kind in catalog::kinds().iter().filter(|kind| kind.in_code) {
        instances_in_code(kind, scan, inventory, found);
    }
}

/// Where code looks through the certificates, or takes one that no literal names
/// on the spot, a literal that is the name or thumbprint of one may pick it.
pub(super) fn picked_certificates(scan: &Scan, inventory: &Inventory, found: &mut Document) {
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

/// Whether a text can be a name at all.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_'))
}
