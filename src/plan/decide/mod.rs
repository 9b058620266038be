//! Making a plan: from what was read to what is done.

mod check;
mod error;

use std::collections::BTreeSet;

use super::basis::Basis;
use super::codes;
use super::model::{Plan, Selection};
use super::names::names;
use super::options::PlanOptions;
use super::outcome::{Outcome, outcome};
use super::place::Place;
use super::steps::{Sources, steps};
use super::survey::{Seen, survey};
use super::target::Target;
use super::validate;
use crate::address::ResourcePath;
use crate::catalog::{self, Kind};
use crate::graph::closure::closure_by;
use crate::graph::{Closure, Why};
use crate::inventory::Inventory;
use crate::traits::Braces;

pub use check::{check, check_words};
use check::{check_closed, check_read, roots};
pub use error::{PlanError, branches, scope_words};

/// What comes along with them into this target.
fn closed(
    inventory: &Inventory,
    selected: &[ResourcePath],
    target: &Target,
    options: &PlanOptions,
) -> Closure {
    let roots = roots(inventory, selected, options);
    let dead = target.traits.values_in_comments == Braces::Ignored;
    closure_by(inventory, &roots, &options.without, |why| {
        !dead || *why != Why::Comment
    })
}

/// What has to be known of the target before a plan can be made.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Top-level kinds of which there will be copies.
    pub kinds: BTreeSet<&'static Kind>,
    /// Where copies would stand, below the workspace.
    pub paths: BTreeSet<ResourcePath>,
}

/// Tells what has to be known of the target.
///
/// # Errors
/// When copies can't be named.
pub fn wanted(
    inventory: &Inventory,
    selected: &[ResourcePath],
    target: &Target,
    options: &PlanOptions,
) -> Result<Wanted, PlanError> {
    let closure = closed(inventory, selected, target, options);
    let names = names(inventory, &closure, target, &options.naming)?;
    let top = closure.members.keys().filter(|p| p.parent().is_none());
    Ok(Wanted {
        kinds: top.filter_map(catalog::kind_of).collect(),
        paths: names.values().map(|n| n.target.clone()).collect(),
    })
}

/// Makes a plan: pure, so that the same input gives the same plan.
///
/// # Errors
/// When the workspace is not there, copies can't be named, or an option names
/// something unknown.
pub fn make(
    inventory: &Inventory,
    selected: &[ResourcePath],
    target: &Target,
    options: &PlanOptions,
) -> Result<Plan, PlanError> {
    check(&inventory.service, &target.service, options)?;
    check_read(inventory, target, options)?;
    let closure = closed(inventory, selected, target, options);
    check_closed(inventory, selected, &closure, options)?;
    let names = names(inventory, &closure, target, &options.naming)?;
    let Outcome {
        left_out,
        mut findings,
    } = outcome(inventory, &closure, target, &names, &options.uploads);
    let (steps, more) = steps(
        Sources {
            inventory,
            closure: &closure,
            target,
            names: &names,
            left_out: &left_out,
            uploads: &options.uploads,
            version: options.api_version,
            ours: &options.ours,
        },
        options.keys,
    );
    // A large plan takes as much again while it is made: nothing is held longer than
    // it is needed.
    drop(names);
    findings.extend(more);
    findings.extend(survey(&Seen {
        inventory,
        selected,
        closure: &closure,
        target,
        steps: &steps,
        options,
    }));
    let place = Place {
        service: &target.service,
        workspace: &target.workspace,
    };
    findings.extend(validate::findings(&steps, options.api_version, place));
    for finding in &mut findings {
        finding.allowed =
            finding.severity == super::Severity::Blocker && options.allow.contains(&finding.code);
    }
    findings.sort();
    findings.dedup();
    let blockers: BTreeSet<&str> = (findings.iter())
        .filter(|f| f.severity == super::Severity::Blocker)
        .map(|f| f.code.as_str())
        .collect();
    let mut allow = options.allow.clone();
    allow.sort();
    allow.dedup();
    while let Some(code) = codes::without_effect(&allow, &blockers).cloned() {
        if !options.allowed_before.contains(&code) {
            return Err(PlanError::NothingAllowed {
                code,
                blockers: blockers.into_iter().map(str::to_owned).collect(),
            });
        }
        allow.retain(|a| *a != code);
    }
    let basis = Basis::of(inventory, &closure, target);
    Ok(Plan {
        name: options.name.clone(),
        created: options.created.clone(),
        generator: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        source: inventory.service.clone(),
        target: target.service.clone(),
        workspace: target.workspace.clone(),
        api_version: options.api_version,
        selection: Selection {
            apis: selected.iter().map(|p| p.name().to_owned()).collect(),
            whole_version_sets: options.whole_version_sets,
            without: options.without.clone(),
            service_scope: options.service_scope.clone(),
        },
        setup: options.setup.clone(),
        allow,
        findings,
        steps,
        basis: Some(basis),
    })
}

#[cfg(test)]
mod tests;
