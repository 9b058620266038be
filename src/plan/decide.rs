//! From the closure to steps: what is made, in which order, and why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::codes;
use super::compare;
use super::content::{Destination, content};
use super::finding::Finding;
use super::model::{Action, Content, Plan, Selection, Step, StepId};
use super::names::{NameError, Named, Names, Naming, names};
use super::outcome::{Outcome, outcome};
use super::place::Place;
use super::setup::Setup;
use super::survey::survey;
use super::target::Target;
use crate::address::{ResourcePath, SourcePath, TargetPath, split_revision};
use crate::catalog::{self, EffectNames, KINDS, Kind};
use crate::exit::Exit;
use crate::graph::{Closure, closure, order};
use crate::inventory::{Inventory, Resource};

/// What becomes of the keys of subscriptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keys {
    /// Carried into another service, new within one.
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
    /// Whether sibling versions were added to the selection.
    pub whole_version_sets: bool,
    /// What becomes of subscription keys.
    pub keys: Keys,
    /// What is set up before the steps.
    pub setup: Setup,
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
    let closure = closure(inventory, selected, &options.without);
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
    check(target, options)?;
    let closure = closure(inventory, selected, &options.without);
    let names = names(inventory, &closure, target, &options.naming)?;
    let Outcome {
        left_out,
        mut findings,
    } = outcome(inventory, &closure, target, &names);
    let mut maker = Maker {
        inventory,
        closure: &closure,
        target,
        names: &names,
        left_out: &left_out,
        keys: options.keys,
        stand_ins: stand_ins(inventory, &closure, target),
        missing: BTreeSet::new(),
        steps: Vec::new(),
        needs: Vec::new(),
    };
    maker.make();
    let (steps, more) = maker.finish();
    findings.extend(more);
    findings.extend(survey(inventory, &closure, target, &steps, selected));
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
        selection: Selection {
            apis: selected.iter().map(|p| p.name().to_owned()).collect(),
            whole_version_sets: options.whole_version_sets,
            without: options.without.clone(),
        },
        setup: options.setup.clone(),
        allow,
        findings,
        steps,
    })
}

fn check(target: &Target, options: &PlanOptions) -> Result<(), PlanError> {
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
    Ok(())
}

/// People go by their e-mail in another service: ids mean somebody else there.
fn stand_ins(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
) -> BTreeMap<ResourcePath, ResourcePath> {
    let mut found = BTreeMap::new();
    if inventory.service == target.service {
        return found;
    }
    for path in closure.referenced.keys() {
        let email = inventory.get(path).and_then(|r| r.text("email"));
        let user = email.and_then(|e| target.users.get(&e.to_lowercase()));
        if let Some(other) = user.and_then(|u| path.renamed(u.as_str()).ok()) {
            found.insert(path.clone(), other);
        }
    }
    found
}

fn names_owner(step: &Step, property: &str, id: &str) -> bool {
    let value = step
        .content
        .as_ref()
        .and_then(|c| c.properties.get(property));
    value
        .and_then(Value::as_str)
        .is_some_and(|v| v.eq_ignore_ascii_case(id))
}

struct Maker<'a> {
    inventory: &'a Inventory,
    closure: &'a Closure,
    target: &'a Target,
    names: &'a Names,
    left_out: &'a BTreeSet<ResourcePath>,
    keys: Keys,
    stand_ins: BTreeMap<ResourcePath, ResourcePath>,
    /// Service-level things that the target service lacks, with who names them.
    missing: BTreeSet<(ResourcePath, ResourcePath)>,
    steps: Vec<Step>,
    /// Pairs of a step and one that must be done before, as indices.
    needs: Vec<(usize, usize)>,
}

impl Maker<'_> {
    fn within(&self) -> bool {
        self.inventory.service == self.target.service
    }

    fn make(&mut self) {
        let mut at: HashMap<ResourcePath, usize> = HashMap::new();
        for path in self.closure.members.keys() {
            if self.left_out.contains(path) {
                continue;
            }
            let (Some(resource), Some(named)) = (self.inventory.get(path), self.names.get(path))
            else {
                continue;
            };
            at.insert(path.clone(), self.steps.len());
            let step = self.copy(resource, named);
            self.steps.push(step);
        }
        for (path, &index) in &at {
            self.order(path, index, &at);
        }
        let made: Vec<(ResourcePath, usize)> = at.iter().map(|(p, i)| (p.clone(), *i)).collect();
        for (path, index) in made {
            self.effects(&path, index);
        }
        self.needs.sort_unstable();
        self.needs.dedup();
    }

    fn step_id(path: &ResourcePath) -> StepId {
        StepId::new(path.as_str().trim_start_matches('/'))
    }

    fn below(&self, path: &ResourcePath) -> TargetPath {
        TargetPath::new(self.target.workspace.clone(), path.clone())
    }

    fn copy(&mut self, resource: &Resource, named: &Named) -> Step {
        let path = &resource.path;
        let content = self.content(resource);
        let found = self.target.existing.get(&named.target);
        let same = found.is_some_and(|found| self.same(resource.kind, &content, &found.properties));
        let because = self.closure.members.get(path).map(|m| &m.because);
        Step {
            id: Self::step_id(path),
            kind: resource.kind,
            action: if same { Action::Reuse } else { Action::Create },
            source: Some(SourcePath(path.clone())),
            target: self.below(&named.target),
            content: (resource.kind.access != catalog::Access::Membership).then_some(content),
            secret: self.secret(resource),
            source_etag: resource.etag.clone(),
            after: Vec::new(),
            because: because
                .into_iter()
                .flatten()
                .cloned()
                .map(SourcePath)
                .collect(),
        }
    }

    fn same(&self, kind: &Kind, content: &Content, found: &Map<String, Value>) -> bool {
        let ids = Place {
            service: &self.target.service,
            workspace: &self.target.workspace,
        };
        compare::differences(kind, content, found, ids, true).is_empty()
    }

    fn content(&mut self, resource: &Resource) -> Content {
        let mut missing = Vec::new();
        let content = {
            let missing = std::cell::RefCell::new(&mut missing);
            let keep = |path: &ResourcePath| {
                if self.names.contains_key(path) {
                    return !self.left_out.contains(path);
                }
                if !self.closure.referenced.contains_key(path) {
                    return false;
                }
                let there = self.is_there(path);
                if !there {
                    missing.borrow_mut().push(path.clone());
                }
                there
            };
            let to = Destination {
                service: &self.target.service,
                workspace: &self.target.workspace,
                names: self.names,
                stand_ins: &self.stand_ins,
            };
            content(resource, self.inventory, to, &keep)
        };
        for path in missing {
            self.missing.insert((path, resource.path.clone()));
        }
        content
    }

    /// Whether the target's service level has what a copy wants to name there.
    fn is_there(&self, path: &ResourcePath) -> bool {
        let Some(referable) = &self.target.referable else {
            return true;
        };
        let is_person = self
            .inventory
            .get(path)
            .is_some_and(|r| r.text("email").is_some());
        self.stand_ins.contains_key(path) || (!is_person && referable.contains(path))
    }

    fn secret(&self, resource: &Resource) -> Option<String> {
        let secret = resource.kind.secret?;
        if !(secret.applies)(&resource.properties) {
            return None;
        }
        let carry = match self.keys {
            Keys::Auto => !self.within(),
            Keys::Carry => true,
            Keys::New => false,
        };
        (!resource.kind.makes_its_secrets() || carry).then(|| secret.action.to_owned())
    }

    fn order(&mut self, path: &ResourcePath, index: usize, at: &HashMap<ResourcePath, usize>) {
        let needs = self.closure.members.get(path).map(|m| &m.references.needs);
        for need in needs.into_iter().flatten() {
            if let Some(&other) = at.get(&need.to) {
                self.needs.push((index, other));
            }
        }
        let root = path.root();
        let Some(kind) = catalog::kind_of(&root).filter(|k| k.revisions) else {
            return;
        };
        debug_assert_eq!(kind.collection(), root.collection());
        let others: Vec<(u64, usize)> = self
            .inventory
            .revisions(&root)
            .iter()
            .filter_map(|r| {
                let number = split_revision(r.path.name()).1?.parse().ok()?;
                Some((number, *at.get(&r.path)?))
            })
            .collect();
        // A revision that is made from another one copies what that has: made
        // while the current one is still empty, it copies nothing that would
        // have to be taken away again.
        let is_revision = path.parent().is_none();
        if !is_revision {
            self.needs
                .extend(others.iter().map(|(_, other)| (index, *other)));
        } else if let Some(number) = split_revision(path.name())
            .1
            .and_then(|n| n.parse::<u64>().ok())
        {
            // Ascending, as the service numbers them.
            let before = others.iter().filter(|(n, _)| *n < number).max();
            self.needs.extend(before.map(|(_, other)| (index, *other)));
        }
    }

    /// What the service makes on its own beside a copy: it serves when the plan
    /// wants just that, and is undone otherwise.
    fn effects(&mut self, path: &ResourcePath, index: usize) {
        let step = &self.steps[index];
        if step.action != Action::Create {
            return;
        }
        let kind = step.kind;
        let Some(named) = self.names.get(path) else {
            return;
        };
        for effect in kind.effects {
            let flag = effect.unless_false.map(|flag| {
                let content = self.steps[index].content.as_ref();
                content
                    .and_then(|c| c.properties.get(flag))
                    .and_then(Value::as_bool)
            });
            if flag == Some(Some(false)) {
                continue;
            }
            let Some(made) = catalog::kind(effect.kind) else {
                continue;
            };
            if let EffectNames::ServiceLevel(pointed) = effect.names {
                let wanted = self.steps.iter().position(|s| {
                    s.kind == made && s.target.below().parent().as_ref() == Some(&named.target) && {
                        let value = s
                            .content
                            .as_ref()
                            .and_then(|c| c.properties.get(effect.property));
                        let id = format!("{}{pointed}", self.target.service);
                        value
                            .and_then(Value::as_str)
                            .is_some_and(|v| v.eq_ignore_ascii_case(&id))
                    }
                });
                if let Some(wanted) = wanted {
                    self.steps[wanted].action = Action::Reuse;
                    continue;
                }
                // Left out on purpose: then what the service does stays too.
                let cut = self.closure.cut.iter().any(|c| {
                    c.parent().as_ref() == Some(path) && catalog::kind_of(c) == Some(made)
                });
                if cut {
                    continue;
                }
            }
            let label = format!("{}/{}/{}", path, made.collection(), effect.label);
            let (Ok(source), Ok(target)) = (
                label.parse::<ResourcePath>(),
                named.target.child(made.collection(), effect.label),
            ) else {
                continue;
            };
            // What comes of itself counts against limits of the owner, so that
            // it has to be gone before the like of it is made.
            let id = self.owner_id(&named.target);
            let tidy = self.steps.len();
            if effect.names == EffectNames::Owner {
                let alike = (self.steps.iter().enumerate())
                    .filter(|(_, s)| s.kind == made && names_owner(s, effect.property, &id));
                self.needs.extend(alike.map(|(i, _)| (i, tidy)));
            }
            self.needs.push((tidy, index));
            self.steps.push(Step {
                id: Self::step_id(&source),
                kind: made,
                action: Action::Tidy,
                source: None,
                target: self.below(&target),
                content: None,
                secret: None,
                source_etag: None,
                after: Vec::new(),
                because: vec![SourcePath(path.clone())],
            });
        }
    }

    fn owner_id(&self, below: &ResourcePath) -> String {
        format!(
            "{}/workspaces/{}{below}",
            self.target.service, self.target.workspace
        )
    }

    fn finish(mut self) -> (Vec<Step>, Vec<Finding>) {
        let mut findings = Vec::new();
        for step in &self.steps {
            let taken = self.target.existing.contains_key(step.target.below());
            if taken && step.action == Action::Create {
                let message = format!("`{}` is there already, and differs", step.target);
                let resource = step
                    .source
                    .as_ref()
                    .map_or_else(|| step.target.to_string(), ToString::to_string);
                findings.push(codes::DIFFERS.about(resource, message));
            }
        }
        for (path, by) in std::mem::take(&mut self.missing) {
            let code = match catalog::kind_of(&path).is_some_and(|k| k.name == "user") {
                true => &codes::OWNER,
                false => &codes::REFERABLE,
            };
            let message = format!(
                "names `{path}`, which `{}` does not have",
                self.target.service.name()
            );
            findings.push(code.about(&by, message));
        }
        let rank = |kind: &Kind| KINDS.iter().position(|k| k == kind);
        let keys: Vec<_> = (self.steps.iter())
            .map(|s| (rank(s.kind), s.id.clone()))
            .collect();
        // Members of circles were left out, so an order exists; were it not so,
        // the plan's validation would say which steps need each other.
        let sorted =
            order::order(&keys, &self.needs).unwrap_or_else(|_| (0..self.steps.len()).collect());
        for &(step, need) in &self.needs {
            let id = self.steps[need].id.clone();
            self.steps[step].after.push(id);
        }
        let mut steps: Vec<Option<Step>> = self.steps.into_iter().map(Some).collect();
        let steps = sorted
            .into_iter()
            .filter_map(|i| {
                let mut step = steps[i].take()?;
                step.after.sort();
                Some(step)
            })
            .collect();
        (steps, findings)
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
