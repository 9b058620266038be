//! Making a plan: from what was read to what is done.

use std::collections::BTreeSet;

use super::again::Ours;
use super::braces::braces;
use super::codes;
use super::model::{Plan, Selection};
use super::names::{NameError, Naming, names};
use super::needs;
use super::outcome::{Outcome, outcome};
use super::place::Place;
use super::remarks::remarks;
use super::setup::Setup;
use super::steps::{Sources, steps};
use super::survey::survey;
use super::target::Target;
use super::upload::{self, Uploads};
use super::validate;
use crate::address::ResourcePath;
use crate::catalog::{self, ApiVersion, Home, KINDS};
use crate::exit::Exit;
use crate::graph::closure::{asked_for, closure_by};
use crate::graph::{Closure, Why};
use crate::inventory::Inventory;
use crate::traits::Braces;

/// What becomes of the keys of subscriptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keys {
    /// Carried into another service, new within one, unless the service was
    /// asked and takes a key twice.
    #[default]
    Auto,
    /// Read at apply time and given to the copy.
    Carry,
    /// Made by the service.
    New,
}

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The plan's name.
    pub name: String,
    /// When it is made, RFC 3339 in UTC.
    pub created: String,
    /// How copies are named.
    pub naming: Naming,
    /// Codes of blockers that are accepted.
    pub allow: Vec<String>,
    /// Branches of the closure that are left out.
    pub without: Vec<String>,
    /// What is for the whole service and is made for the whole workspace.
    pub service_scope: Vec<String>,
    /// Whether sibling versions were added to the selection.
    pub whole_version_sets: bool,
    /// What becomes of subscription keys.
    pub keys: Keys,
    /// What is set up before the steps.
    pub setup: Setup,
    /// What is uploaded where the service does not give it back; files are
    /// named as the plan is to name them.
    pub uploads: Uploads,
    /// The version of the service's API that bodies are written for.
    pub api_version: ApiVersion,
    /// What of the workspace is this plan's own already.
    pub ours: Ours,
}

/// Why no plan can be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The workspace is not there.
    #[error("the workspace `{workspace}` does not exist in `{service}`")]
    NoWorkspace {
        /// Its id.
        workspace: String,
        /// The service's name.
        service: String,
    },
    /// Copies can't be named.
    #[error(transparent)]
    Names(#[from] NameError),
    /// A finding's code was to be allowed that does not exist.
    #[error("there is no finding with the code `{0}`")]
    UnknownCode(String),
    /// A branch was to be left out that does not exist.
    #[error("there is no branch `{0}` to leave out")]
    UnknownBranch(String),
    /// Something of the service was to be copied that can't be.
    #[error("there is no `{0}` of the service to copy")]
    UnknownScope(String),
    /// A copy would act beside the original.
    #[error(
        "the {0} would act twice: within one service it runs in front of the workspace already"
    )]
    ActsTwice(&'static str),
    /// Something is to be uploaded for a resource that does not exist.
    #[error("a PFX is given for `{path}`, which `{service}` does not have")]
    UnknownUpload {
        /// The resource.
        path: ResourcePath,
        /// The service's name.
        service: String,
        /// Those that can be uploaded, and are there.
        known: Vec<String>,
    },
}

impl PlanError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            PlanError::NoWorkspace { .. } => {
                "create the workspace first, or check its id".to_owned()
            }
            PlanError::Names(_) => {
                "use a template that keeps names apart, such as `{name}-in-{workspace}`".to_owned()
            }
            PlanError::UnknownCode(_) => {
                let blockers = codes::CODES
                    .iter()
                    .filter(|c| c.severity == super::Severity::Blocker)
                    .map(|c| c.code);
                let known: Vec<&str> = blockers.collect();
                format!("blockers are: {}", known.join(", "))
            }
            PlanError::UnknownBranch(_) => {
                format!("branches are: {}", branches().join(", "))
            }
            PlanError::UnknownScope(_) => {
                format!("there are: {}", scope_words().join(", "))
            }
            PlanError::ActsTwice(_) => {
                "take it out of `serviceScope`, or of `--with-service-scope`".to_owned()
            }
            PlanError::UnknownUpload { known, .. } => match known.as_slice() {
                [] => "take it out of the migration file: the service has none".to_owned(),
                known => format!("check the name; there are: {}", known.join(", ")),
            },
        }
    }

    /// The exit code: all of these are bad input.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The words that `--without` takes.
pub fn branches() -> Vec<&'static str> {
    let mut words: BTreeSet<&str> = KINDS
        .iter()
        .flat_map(|k| k.referrers)
        .map(|r| r.branch)
        .collect();
    words.extend(
        KINDS
            .iter()
            .filter(|k| !k.pattern.contains('/'))
            .map(|k| k.collection()),
    );
    words.remove("apis");
    words.extend(["diagnostics", "releases"]);
    words.into_iter().collect()
}

/// The words that `--with-service-scope` takes.
pub fn scope_words() -> Vec<&'static str> {
    let words = KINDS.iter().filter_map(|k| match k.home {
        Home::ByChoice(choice) => Some(choice.word),
        _ => None,
    });
    let words: BTreeSet<&str> = words.collect();
    words.into_iter().collect()
}

/// The selected APIs, and what else was asked for.
fn roots(
    inventory: &Inventory,
    selected: &[ResourcePath],
    options: &PlanOptions,
) -> Vec<ResourcePath> {
    let mut roots = selected.to_vec();
    roots.extend(asked_for(inventory, &options.service_scope));
    roots
}

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
    pub kinds: BTreeSet<&'static str>,
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
        kinds: top.filter_map(catalog::kind_of).map(|k| k.name).collect(),
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
    check(inventory, target, options)?;
    let closure = closed(inventory, selected, target, options);
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
    findings.extend(more);
    findings.extend(upload::unused(inventory, &closure, &options.uploads));
    findings.extend(survey(inventory, &closure, target, &steps));
    findings.extend(needs::missing(inventory, target, &steps, &options.setup));
    findings.extend(braces(inventory, &closure, target));
    findings.extend(remarks(inventory, &closure, options.api_version));
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
    let mut allow = options.allow.clone();
    allow.sort();
    allow.dedup();
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
    })
}

fn check(inventory: &Inventory, target: &Target, options: &PlanOptions) -> Result<(), PlanError> {
    if !target.exists && options.setup.workspace.is_none() {
        return Err(PlanError::NoWorkspace {
            workspace: target.workspace.to_string(),
            service: target.service.name().to_owned(),
        });
    }
    if let Some(unknown) = options.allow.iter().find(|c| codes::code(c).is_none()) {
        return Err(PlanError::UnknownCode(unknown.clone()));
    }
    let known = branches();
    let odd = |word: &&String| !known.iter().any(|k| k.eq_ignore_ascii_case(word));
    if let Some(unknown) = options.without.iter().find(odd) {
        return Err(PlanError::UnknownBranch(unknown.clone()));
    }
    for word in &options.service_scope {
        let mut chosen = catalog::chosen(word).peekable();
        if chosen.peek().is_none() {
            return Err(PlanError::UnknownScope(word.clone()));
        }
        let within = inventory.service == target.service;
        if let Some((kind, _)) = chosen.find(|(_, choice)| within && choice.acts_twice) {
            return Err(PlanError::ActsTwice(kind.plural));
        }
    }
    if let Some(path) = upload::unknown(inventory, &options.uploads) {
        let known = inventory.resources().filter(|r| r.kind.upload.is_some());
        return Err(PlanError::UnknownUpload {
            path: path.clone(),
            service: inventory.service.name().to_owned(),
            known: known.map(|r| r.path.name().to_owned()).collect(),
        });
    }
    Ok(())
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
