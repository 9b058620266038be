//! Making a plan: from what was read to what is done.

use std::collections::BTreeSet;

use super::again::Ours;
use super::basis::Basis;
use super::codes;
use super::model::{Plan, Selection};
use super::names::{NameError, Naming, names};
use super::outcome::{Outcome, outcome};
use super::place::Place;
use super::setup::Setup;
use super::steps::{Sources, steps};
use super::survey::{Seen, survey};
use super::target::Target;
use super::upload::{self, Uploads};
use super::validate;
use crate::address::{ResourcePath, ServiceId};
use crate::catalog::{self, Access, ApiVersion, Home, KINDS, Kind};
use crate::exit::Exit;
use crate::graph::closure::{asked_for, closure_by, is_branch};
use crate::graph::{Closure, Why};
use crate::inventory::Inventory;
use crate::nearest::nearest;
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
    /// Whether an API that comes along unselected stands in the way.
    pub only_selected: bool,
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
    #[error("there is no finding with the code `{code}`")]
    UnknownCode {
        /// What was given.
        code: String,
        /// One that is like it.
        nearest: Option<&'static str>,
    },
    /// A code was to be allowed that no blocker of the plan has.
    #[error("nothing is allowed by `{code}`: no blocker of this plan has that code")]
    NothingAllowed {
        /// What was given.
        code: String,
        /// The codes that the plan's blockers have.
        blockers: Vec<String>,
    },
    /// A branch was to be left out that does not exist.
    #[error("there is no branch `{0}` to leave out")]
    UnknownBranch(String),
    /// What was to be left out would not come along.
    #[error(
        "nothing is left out by `{0}`: nothing of that would come along, or all of it is needed"
    )]
    NothingLeftOut(String),
    /// Only the entry in a list was seen of what is to be copied.
    #[error("`{0}` was only listed: what belongs to it was not read")]
    OnlyListed(ResourcePath),
    /// The service has nothing of what was to be copied of it.
    #[error("`{service}` has nothing of `{word}` to copy")]
    NothingInScope {
        /// What was given.
        word: String,
        /// The service's name.
        service: String,
    },
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
            PlanError::Names(error) => error.help(),
            PlanError::UnknownCode {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            PlanError::UnknownCode { .. } => {
                let known: Vec<&str> = codes::blockers().collect();
                format!("blockers are: {}", known.join(", "))
            }
            PlanError::NothingAllowed { code, blockers } => {
                codes::nothing_allowed(code, blockers.iter().map(String::as_str))
            }
            PlanError::UnknownBranch(word) => one_of(word, "branches", &branches()),
            PlanError::NothingLeftOut(_) => {
                "take it out of `without`, or of `--without`".to_owned()
            }
            PlanError::OnlyListed(_) => {
                "make the snapshot again with these APIs selected, or with --all".to_owned()
            }
            PlanError::UnknownScope(word) => one_of(word, "there", &scope_words()),
            PlanError::NothingInScope { .. } => "take it out".to_owned(),
            PlanError::ActsTwice(_) => {
                "take it out of `serviceScope`, or of `--with-service-scope`".to_owned()
            }
            PlanError::UnknownUpload { path, known, .. } => match known.as_slice() {
                [] => "take it out of the migration file: the service has none".to_owned(),
                known => {
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    one_of(path.name(), "there", &known)
                }
            },
        }
    }

    /// Where a migration file says what is wrong.
    pub fn way(&self) -> Option<Vec<String>> {
        let way = |words: [&str; 2]| Some(words.map(str::to_owned).into());
        match self {
            PlanError::Names(error) => error.way(),
            PlanError::UnknownCode { code, .. } | PlanError::NothingAllowed { code, .. } => {
                way(["allow", code])
            }
            PlanError::UnknownBranch(word) | PlanError::NothingLeftOut(word) => {
                way(["without", word])
            }
            PlanError::UnknownScope(word) | PlanError::NothingInScope { word, .. } => {
                way(["serviceScope", word])
            }
            PlanError::UnknownUpload { path, .. } => way(["certificates", path.name()]),
            PlanError::NoWorkspace { .. } | PlanError::OnlyListed(_) | PlanError::ActsTwice(_) => {
                None
            }
        }
    }

    /// The exit code: all of these are bad input.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The words that there are, the nearest one first.
fn one_of(word: &str, what: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(like) => format!("did you mean `{like}`? {what} are: {}", known.join(", ")),
        None => format!("{what} are: {}", known.join(", ")),
    }
}

/// The words that `--without` takes: of what comes along though nothing needs
/// it.
pub fn branches() -> Vec<&'static str> {
    let mut words: BTreeSet<&str> = BTreeSet::new();
    let owners = || KINDS.iter().filter(|k| k.can_be_copied());
    for referrer in owners().flat_map(|k| k.referrers) {
        words.insert(referrer.branch);
    }
    let below = owners().flat_map(|k| k.children).copied();
    for kind in below.filter(|k| k.can_be_copied()) {
        match kind.access {
            Access::Link => words.extend(ends(kind).map(Kind::collection)),
            _ => words.extend([kind.collection()]),
        }
    }
    words.remove("apis");
    words.into_iter().collect()
}

/// The kinds that a link names.
fn ends(link: &Kind) -> impl Iterator<Item = &'static Kind> {
    link.references.iter().flat_map(|r| r.to).copied()
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
    let basis = Basis::of(inventory, &closure, target);
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
    if let Some(code) = codes::without_effect(&options.allow, &blockers) {
        return Err(PlanError::NothingAllowed {
            code: code.clone(),
            blockers: blockers.into_iter().map(str::to_owned).collect(),
        });
    }
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
        basis: Some(basis),
    })
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
    super::names::check(&options.naming)?;
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
fn check_read(
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
    (KINDS.iter())
        .any(|kind| is_branch(word, kind) && kind.parent().is_some_and(|p| cut.contains(p)))
}

/// Checks what needs to be known of all that comes along.
fn check_closed(
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
            let mut referrers = KINDS.iter().flat_map(|k| k.referrers);
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

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
