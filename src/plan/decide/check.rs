//! What is wrong with options before a plan is made of them.

use std::collections::BTreeSet;

use super::error::{PlanError, branches, scope_words};
use crate::address::{ResourcePath, ServiceId};
use crate::catalog::{self, Access, Kind, kinds};
use crate::graph::Closure;
use crate::graph::closure::{asked_for, closure_by, is_branch};
use crate::inventory::Inventory;
use crate::nearest::nearest;
use crate::plan::options::PlanOptions;
use crate::plan::target::Target;
use crate::plan::{codes, names, upload};
/// The selected APIs, and what else was asked for.
pub(super) fn roots(
    inventory: &Inventory,
    selected: &[ResourcePath],
    options: &PlanOptions,
) -> Vec<ResourcePath> {
    let mut roots = selected.to_vec();
    roots.extend(asked_for(inventory, &options.service_scope));
    roots
}

/// Checks what can be known of options before anything is read: a plan of
/// `source` into `target` can be made with them, as far as they go.
///
/// # Errors
/// When an option names something unknown, or can have no effect.
pub fn check(
    source: &ServiceId,
    target: &ServiceId,
    options: &PlanOptions,
) -> Result<(), PlanError> {
    names::check(&options.naming)?;
    if let Some(unknown) = options.allow.iter().find(|c| codes::code(c).is_none()) {
        return Err(PlanError::UnknownCode {
            code: unknown.clone(),
            nearest: nearest(unknown, codes::blockers()),
        });
    }
    check_words(&options.without, &options.service_scope)?;
    for word in &options.service_scope {
        let mut chosen = catalog::chosen(word);
        if let Some((kind, _)) = chosen.find(|(_, choice)| source == target && choice.acts_twice) {
            return Err(PlanError::ActsTwice(kind.plural));
        }
    }
    Ok(())
}

/// Checks the words for what is left out, and for what is copied of the service
/// as a whole.
///
/// # Errors
/// When there is no such word.
pub fn check_words(without: &[String], service_scope: &[String]) -> Result<(), PlanError> {
    let unknown = |words: &[String], known: Vec<&str>| {
        let odd = |word: &&String| !known.iter().any(|k| k.eq_ignore_ascii_case(word));
        words.iter().find(odd).cloned()
    };
    if let Some(word) = unknown(without, branches()) {
        return Err(PlanError::UnknownBranch(word));
    }
    match unknown(service_scope, scope_words()) {
        Some(word) => Err(PlanError::UnknownScope(word)),
        None => Ok(()),
    }
}

/// Checks what needs the service and the workspace to be known.
pub(super) fn check_read(
    inventory: &Inventory,
    target: &Target,
    options: &PlanOptions,
) -> Result<(), PlanError> {
    if !target.exists && options.setup.workspace.is_none() {
        return Err(PlanError::NoWorkspace {
            workspace: target.workspace.to_string(),
            service: target.service.name().to_owned(),
        });
    }
    let service = || inventory.service.name().to_owned();
    for word in &options.service_scope {
        if asked_for(inventory, std::slice::from_ref(word)).is_empty() {
            return Err(PlanError::NothingInScope {
                word: word.clone(),
                service: service(),
            });
        }
    }
    if let Some(path) = upload::unknown(inventory, &options.uploads) {
        let known = inventory.resources().filter(|r| r.kind.upload.is_some());
        return Err(PlanError::UnknownUpload {
            path: path.clone(),
            service: service(),
            known: known.map(|r| r.path.name().to_owned()).collect(),
        });
    }
    Ok(())
}

/// Whether a word names what belongs to something that another word has left out,
/// so that it was not read at all.
fn lost_with(word: &str, closure: &Closure) -> bool {
    let cut: BTreeSet<&Kind> = (closure.cut.keys())
        .filter_map(catalog::kind_of)
        .flat_map(|kind| match kind.access {
            Access::Link => kind.parent(),
            _ => Some(kind),
        })
        .collect();
    (kinds().iter())
        .any(|kind| is_branch(word, kind) && kind.parent().is_some_and(|p| cut.contains(p)))
}

/// Checks what needs to be known of all that comes along.
pub(super) fn check_closed(
    inventory: &Inventory,
    selected: &[ResourcePath],
    closure: &Closure,
    options: &PlanOptions,
) -> Result<(), PlanError> {
    let mut members = closure
        .members
        .keys()
        .filter_map(|path| inventory.get(path));
    // A crawl reads on until there is none.
    if let Some(listed) = members.find(|r| r.listed_only) {
        return Err(PlanError::OnlyListed(listed.path.clone()));
    }
    let cut: BTreeSet<&String> = closure.cut.values().flatten().collect();
    let unseen = |word: &str| {
        let branch = |kind: &Kind| {
            let mut referrers = kinds().iter().flat_map(|k| k.referrers);
            referrers.any(|r| r.kind == kind && r.branch.eq_ignore_ascii_case(word))
        };
        (inventory.unseen.iter()).any(|kind| is_branch(word, kind) || branch(kind))
    };
    for word in options.without.iter().filter(|word| !cut.contains(word)) {
        // What another word leaves out already, this one would have.
        let alone = std::slice::from_ref(word);
        let alone = closure_by(
            inventory,
            &roots(inventory, selected, options),
            alone,
            |_| true,
        );
        if alone.cut.is_empty() && !unseen(word) && !lost_with(word, closure) {
            return Err(PlanError::NothingLeftOut(word.clone()));
        }
    }
    Ok(())
}
