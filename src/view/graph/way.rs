//! How the things of a plan come along: by shortest ways from what was selected.

use std::collections::{BTreeMap, HashSet, VecDeque};

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::{ResourcePath, SourcePath, split_revision};
use crate::plan::basis::Use;
use crate::plan::{Plan, Step};

/// One thing on the way from what was selected.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hop<'p> {
    /// The thing.
    pub resource: &'p ResourcePath,
    /// Why it is there.
    pub why: String,
}

/// All ways of a plan.
pub(crate) struct Ways<'p> {
    plan: &'p Plan,
    /// The APIs that were asked for, in lower case.
    selected: HashSet<String>,
    steps: BTreeMap<&'p ResourcePath, &'p Step>,
    /// What each thing comes along with; none for what was selected.
    from: BTreeMap<&'p ResourcePath, Option<&'p ResourcePath>>,
}

impl<'p> Ways<'p> {
    /// Finds the ways of a plan.
    pub(crate) fn of(plan: &'p Plan) -> Self {
        let mut pulls: BTreeMap<&ResourcePath, Vec<&ResourcePath>> = BTreeMap::new();
        let mut ways = Self {
            plan,
            selected: (plan.selection.apis.iter())
                .map(|api| api.to_ascii_lowercase())
                .collect(),
            steps: BTreeMap::new(),
            from: BTreeMap::new(),
        };
        for step in &plan.steps {
            let Some(SourcePath(path)) = &step.source else {
                continue;
            };
            ways.steps.insert(path, step);
            for SourcePath(by) in &step.because {
                pulls.entry(by).or_default().push(path);
            }
        }
        let selected = ways.steps.keys().copied();
        let selected = selected.filter(|path| ways.is_selected(path));
        let mut queue: VecDeque<&ResourcePath> = selected.collect();
        ways.from.extend(queue.iter().map(|path| (*path, None)));
        while let Some(by) = queue.pop_front() {
            for next in pulls.get(by).into_iter().flatten() {
                if !ways.from.contains_key(next) {
                    ways.from.insert(next, Some(by));
                    queue.push_back(next);
                }
            }
        }
        ways
    }

    /// Whether something is an API that was asked for.
    pub(crate) fn is_selected(&self, path: &ResourcePath) -> bool {
        self.steps.get(path).is_some_and(|step| step.kind.revisions)
            && self.selected.contains(&path.name().to_ascii_lowercase())
    }

    /// How a step's source comes along, from what was selected to itself.
    pub(crate) fn to(&self, step: &'p Step) -> Vec<Hop<'p>> {
        // What the service makes on its own is there for what it is made with.
        let start = (step.source.as_ref().map(|s| &s.0))
            .filter(|path| self.from.contains_key(path))
            .or_else(|| step.because.first().map(|s| &s.0));
        let mut way = Vec::new();
        let mut at = start;
        while let Some(resource) = at {
            let by = self.from.get(resource).copied().flatten();
            let why = match by {
                Some(by) => link(self.plan, by, resource),
                None if self.is_selected(resource) => "was selected".to_owned(),
                None => "comes along".to_owned(),
            };
            way.push(Hop { resource, why });
            at = by;
        }
        way.reverse();
        way
    }
}

/// Who uses something at the source, as far as the plan knows.
pub(crate) fn users<'p>(plan: &'p Plan, path: &ResourcePath) -> impl Iterator<Item = &'p Use> {
    let basis = plan.basis.iter();
    basis.flat_map(move |basis| basis.users(path))
}

/// What one thing has to do with the next on the way.
fn link(plan: &Plan, by: &ResourcePath, next: &ResourcePath) -> String {
    if let Some(used) = users(plan, next).find(|used| used.by == *by) {
        return format!("{by} {}", used.how);
    }
    if let Some(uses) = users(plan, by).find(|used| used.by == *next) {
        return uses.how.clone();
    }
    match (next.is_within(by), by.is_within(next)) {
        (true, _) => format!("stands below {by}"),
        (_, true) => format!("{by} stands below it"),
        _ if split_revision(by.name()).0 == split_revision(next.name()).0 => {
            format!("belongs to {by}")
        }
        _ => format!("comes with {by}"),
    }
}
