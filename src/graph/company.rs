//! What runs in the same call as a document: it reads and writes the same
//! variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::follow::{Followed, follow_property, without_revision};
use super::naming::naming;
use crate::address::{ByPath, ResourcePath};
use crate::catalog::kinds;
use crate::inventory::{Call, Inventory, Resource};
use crate::policy::{Literal, Scan, Sole, Target, Variables};

/// The literals that a variable has as its value, whatever happens.
pub(super) struct Settled<'s> {
    pub(super) literals: Vec<&'s Literal>,
    /// Where it is read as well, so that a rename changes something there.
    pub(super) elsewhere: Option<String>,
}

/// Tells what a variable is that gives a name in a document; `None` when
/// something else may give it another value.
pub(super) fn settled<'s>(
    sole: &Sole,
    resource: &Resource,
    scan: &'s Scan,
    inventory: &Inventory,
) -> Option<Settled<'s>> {
    let spans = scan.variables.literals(&sole.name)?;
    let mut literals = Vec::new();
    for span in spans.iter().chain(&sole.default) {
        let at = (scan.literals).partition_point(|l| l.span.start < span.start);
        match scan.literals.get(at).filter(|l| l.span == *span) {
            Some(literal) => literals.push(literal),
            // An empty default names nothing, and nothing else is left out.
            None if span.is_empty() && !spans.contains(span) => {}
            None => return None,
        }
    }
    let call = call(resource, inventory)?;
    if call.assigns_besides(&sole.name, &resource.path) {
        return None;
    }
    let besides = || call.reader_besides(&sole.name, &resource.path);
    let elsewhere =
        read_besides(sole, scan, resource).or_else(|| besides().map(|path| format!("in `{path}`")));
    Some(Settled {
        literals,
        elsewhere,
    })
}

/// Where a document reads a variable for something else than a name.
fn read_besides(sole: &Sole, scan: &Scan, resource: &Resource) -> Option<String> {
    let named = |at: &usize| {
        let by_it = |s: &Sole| s.name == sole.name;
        (scan.dynamics.iter()).any(|d| d.sole.as_ref().is_some_and(by_it) && d.span.contains(at))
    };
    let at = scan.variables.reads(&sole.name).find(|at| !named(at))?;
    let text = resource.policy_text().unwrap_or_default();
    Some(format!("in {}", Variables::spot(text, at)))
}

type Documents<'i> = BTreeMap<&'i ResourcePath, &'i Resource>;

/// What happens to variables where a document runs; `None` when that can't be told,
/// since code gives the name of a fragment.
fn call(resource: &Resource, inventory: &Inventory) -> Option<Arc<Call>> {
    inventory.get(&resource.path)?;
    // Policies below one root run in the same calls.
    let of = match resource.kind.is_policy() {
        true => resource.path.root(),
        false => resource.path.clone(),
    };
    inventory.call(&of, || {
        let mut call = Call::default();
        for (path, document) in company(resource, inventory)? {
            if let Some(scan) = document.scan() {
                call.add(path, &scan.variables);
            }
        }
        Some(call)
    })
}

/// All documents that may run where one does, itself among them; `None` when that
/// can't be told.
fn company<'i>(resource: &Resource, inventory: &'i Inventory) -> Option<Documents<'i>> {
    let mut found = Documents::new();
    let mut upwards = vec![inventory.get(&resource.path)?];
    let mut above = Documents::new();
    while let Some(document) = upwards.pop() {
        if above.insert(&document.path, document).is_some() {
            continue;
        }
        match document.kind.is_policy() {
            true => {
                let others = beside(document, inventory).into_iter();
                found.extend(others.map(|other| (&other.path, other)));
            }
            false => upwards.extend(includers(document, inventory)),
        }
    }
    found.extend(above);
    let mut included: Vec<&Resource> = found.values().copied().collect();
    while let Some(document) = included.pop() {
        for other in includes(document, inventory)? {
            if found.insert(&other.path, other).is_none() {
                included.push(other);
            }
        }
    }
    Some(found)
}

fn documents(inventory: &Inventory) -> impl Iterator<Item = &Resource> {
    let kinds = kinds().iter().filter(|k| k.policy_in().is_some());
    kinds.flat_map(|kind| inventory.of_kind(kind))
}

/// What is put into a document when it is saved or run.
fn includes<'i>(resource: &Resource, inventory: &'i Inventory) -> Option<Vec<&'i Resource>> {
    let Some(scan) = resource.scan() else {
        return Some(Vec::new());
    };
    let by_code = |to: &Target| *to == Target::Fragment;
    if scan.dynamics.iter().any(|d| by_code(&d.to)) {
        return None;
    }
    let named = scan.references.iter().filter_map(|reference| {
        let kind = naming(&reference.to)?.kind;
        match reference.to {
            Target::Fragment => inventory.named(kind, &reference.name),
            Target::NamedValue => inventory.displayed(kind, &reference.name),
            _ => None,
        }
    });
    Some(named.collect())
}

fn includers<'i>(resource: &Resource, inventory: &'i Inventory) -> Vec<&'i Resource> {
    let names_it = |other: &&Resource| {
        // What is included by code may be this one.
        let included = includes(other, inventory);
        included.is_none_or(|all| all.iter().any(|i| i.path == resource.path))
    };
    documents(inventory).filter(names_it).collect()
}

/// The policies that run in the same calls as this one: those of its API and
/// its operations, and those that apply to more than one API.
fn beside<'i>(policy: &Resource, inventory: &'i Inventory) -> Vec<&'i Resource> {
    let policies = documents(inventory).filter(|r| r.kind.is_policy());
    let a = policy.path.root();
    // One root has many policies: what is linked to it is looked for once.
    let mut known: ByPath<bool> = ByPath::default();
    policies
        .filter(|other| {
            let with = known.entry(other.path.root());
            *with.or_insert_with_key(|b| {
                a == *b || runs_with(&a, b, inventory) || runs_with(b, &a, inventory)
            })
        })
        .collect()
}

/// Whether policies below a root run where those of an API do: they are the
/// service's, or those of what the API is linked to.
fn runs_with(wide: &ResourcePath, api: &ResourcePath, inventory: &Inventory) -> bool {
    let is_document = |r: &Resource| r.kind.is_document();
    let Some(owner) = inventory.get(wide) else {
        return false;
    };
    is_document(owner) || is_linked(wide, api, inventory)
}

/// Whether something is linked to an API: a product that the API is in.
pub(super) fn is_linked(owner: &ResourcePath, api: &ResourcePath, inventory: &Inventory) -> bool {
    let api = without_revision(api);
    let mut links = inventory.children(owner).filter(|l| l.kind.with_named_end);
    links.any(|link| {
        link.kind.references.iter().any(|reference| {
            let text = link.text(reference.pointer).unwrap_or_default();
            matches!(follow_property(link, inventory, reference, text), Followed::To(p) if p == api)
        })
    })
}
