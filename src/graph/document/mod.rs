//! What a policy or fragment refers to, resolved against the inventory.
//!
//! One resolution serves both the graph, which wants to know what is needed,
//! and the plan, which wants to know what to write where.

mod code;
mod composed;
mod found;
mod uses;

use std::cmp::Reverse;
use std::ops::Range;

use self::code::{names_in_code, picked_certificates};
use self::composed::compose;
use self::found::{absent, look_up, place_of};
use self::uses::place;
use super::follow::{Cause, Strength, Unresolved};
use super::naming::{How, naming};
use crate::inventory::{Inventory, Resource};
use crate::policy::{self, Reference, Scan, Target};

pub use uses::{Document, Slot, Use, Write};

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
            cause: absent(reference.place == policy::Place::Code),
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
