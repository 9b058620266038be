//! What is checked before a plan is applied: a person may have edited it, and
//! the first request must not go out before all of it makes sense. Pure.

mod content;
mod order;
mod problem;
mod references;
mod steps;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::codes::is_checked;
use super::folder::bodies;
use super::model::{Plan, Step};
use super::target::{Holder, Target};
use crate::address::{Name, ResourcePath};
use crate::catalog::Kind;

pub(super) use content::findings;
pub use order::sort;
pub use problem::{Problem, Trouble, exit};

/// What stands on the target's side and can be referred to.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// Resources of the workspace, by their path below it. Children need not
    /// be listed: below something that is present and no step of the plan,
    /// every child is taken to be there.
    pub paths: BTreeSet<ResourcePath>,
    /// Display names in the workspace, lower case, by kind.
    pub displays: BTreeMap<&'static Kind, BTreeSet<String>>,
    /// What a workspace may refer to at the service level of the target and
    /// that is there; `None` when that was not read, and then all is taken to
    /// be there.
    pub service: Option<BTreeSet<ResourcePath>>,
}

impl Present {
    /// What is known of a target.
    pub fn of(target: &Target) -> Self {
        let mut present = Self {
            service: target.referable.clone(),
            ..Self::default()
        };
        for (kind, holders) in &target.names {
            let here = holders.iter().filter(|(_, h)| **h == Holder::ThisWorkspace);
            let paths = here.filter_map(|(n, _)| path_of(kind.collection(), n));
            present.paths.extend(paths);
        }
        present.paths.extend(target.existing.keys().cloned());
        for (kind, names) in &target.displays {
            let displays = names.keys().cloned().collect();
            present.displays.insert(kind, displays);
        }
        present
    }
}

fn path_of(collection: &str, name: &Name) -> Option<ResourcePath> {
    ResourcePath::top(collection, name.as_str()).ok()
}

/// Checks a whole plan.
///
/// # Errors
/// Everything that is wrong with it, sorted by step, each with its place and
/// what to do.
pub fn validate(plan: &Plan, present: &Present) -> Result<(), Vec<Problem>> {
    let mut check = Check::new(plan, present);
    check.blockers();
    check.steps();
    check.references();
    check.problems.extend(order::problems(plan));
    match check.problems.as_slice() {
        [] => Ok(()),
        _ => Err(check.problems),
    }
}

/// A plan under scrutiny.
struct Check<'a> {
    plan: &'a Plan,
    present: &'a Present,
    /// The body's file of each step.
    files: Vec<Option<String>>,
    /// Steps by what they make or find, below the workspace.
    at: HashMap<&'a ResourcePath, &'a Step>,
    /// Steps beside an earlier one that is like them where none may be.
    alike: HashMap<usize, &'a Step>,
    /// What has a display name in the plan: kind, and the name in lower case.
    displays: BTreeMap<&'static Kind, BTreeSet<String>>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn new(plan: &'a Plan, present: &'a Present) -> Self {
        let mut displays: BTreeMap<&'static Kind, BTreeSet<String>> = BTreeMap::new();
        for step in &plan.steps {
            let content = step.content.as_ref();
            let shown = step
                .kind
                .display
                .and_then(|d| content?.properties.get(d.property));
            if let Some(text) = shown.and_then(|v| v.as_str()) {
                let names = displays.entry(step.kind).or_default();
                names.insert(text.to_ascii_lowercase());
            }
        }
        Self {
            plan,
            present,
            files: bodies(plan),
            at: (plan.steps.iter()).map(|s| (s.target.below(), s)).collect(),
            alike: content::twins(&plan.steps),
            displays,
            problems: Vec::new(),
        }
    }

    fn blockers(&mut self) {
        for finding in self.plan.blockers() {
            // Of what stands there now the check itself tells.
            if !self.plan.allow.contains(&finding.code) && !is_checked(&finding.code) {
                self.problems.push(Problem {
                    step: None,
                    file: None,
                    place: None,
                    trouble: Trouble::Blocked {
                        code: finding.code.clone(),
                        resource: finding.resource.clone(),
                        message: finding.message.clone(),
                        help: finding.help.clone(),
                    },
                });
            }
        }
    }

    /// Whether something of the workspace is, or will be, there.
    fn has(&self, path: &ResourcePath) -> bool {
        if self.at.contains_key(path) || self.present.paths.contains(path) {
            return true;
        }
        let root = path.root();
        root != *path && !self.at.contains_key(&root) && self.present.paths.contains(&root)
    }

    /// Whether a name in `{{ }}` or the like is that of something.
    fn has_display(&self, kind: &'static Kind, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        [&self.displays, &self.present.displays]
            .iter()
            .any(|names| names.get(kind).is_some_and(|n| n.contains(&name)))
    }
}

#[cfg(test)]
mod tests;
