//! What a revision began with and the plan does not give it.
//!
//! The service makes a revision as a copy of the current one. The plan makes
//! its revisions while the current one is still empty; but one that failed and
//! is made by a later run finds it filled.

use std::collections::{HashMap, HashSet};

use super::step_error::StepError;
use crate::address::{ResourcePath, TargetPath};
use crate::plan::{Action, Plan};
use crate::target::remote::Remote;
use crate::target::survey::{There, look_at, revision_root};

/// A copy that a revision may have of what the plan gives the current one
/// only.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surplus {
    /// The step that makes what it may be a copy of.
    pub(super) twin: usize,
    /// Where it would stand.
    path: TargetPath,
}

/// Finds what may be surplus by the step that makes the revision, in an order
/// in which it can be deleted; what goes with something else is left out.
pub(super) fn surplus(plan: &Plan) -> HashMap<usize, Vec<Surplus>> {
    let create = |i: &usize| plan.steps[*i].action == Action::Create;
    let planned: HashSet<&ResourcePath> = plan.steps.iter().map(|s| s.target.below()).collect();
    let mut inherited: HashMap<ResourcePath, Vec<usize>> = HashMap::new();
    for position in (0..plan.steps.len()).filter(create) {
        let step = &plan.steps[position];
        if step.kind.by_revision && revision_root(step.target.below()).is_none() {
            let root = step.target.below().root();
            inherited.entry(root).or_default().push(position);
        }
    }
    let mut all = HashMap::new();
    for revision in (0..plan.steps.len()).filter(create) {
        let place = plan.steps[revision].target.below();
        let Some(root) = revision_root(place).filter(|_| place.parent().is_none()) else {
            continue;
        };
        let mut found: Vec<Surplus> = Vec::new();
        let mut paths: HashSet<ResourcePath> = HashSet::new();
        for &twin in inherited.get(&root).into_iter().flatten() {
            let below = plan.steps[twin].target.below().pairs().skip(1);
            let mut below = below.map(|(c, n)| (c.to_owned(), n.to_owned()));
            let path = below.try_fold(place.clone(), |path, (c, n)| path.child(&c, &n));
            let Some(path) = path.ok().filter(|path| !planned.contains(path)) else {
                continue;
            };
            let mut above = std::iter::successors(path.parent(), ResourcePath::parent);
            if above.all(|above| !paths.contains(&above)) {
                let workspace = plan.workspace.clone();
                paths.insert(path.clone());
                found.push(Surplus {
                    twin,
                    path: TargetPath::new(workspace, path),
                });
            }
        }
        // What is made later may need what is made before.
        found.sort_by_key(|s| std::cmp::Reverse(s.twin));
        if !found.is_empty() {
            all.insert(revision, found);
        }
    }
    all
}

/// Deletes what is there of it, and is the copy that the service made.
pub(super) async fn shed(plan: &Plan, remote: &Remote, all: &[Surplus]) -> Result<(), StepError> {
    for surplus in all {
        let twin = &plan.steps[surplus.twin];
        let there = look_at(plan, remote, twin, &surplus.path).await;
        let there = there.map_err(|source| StepError::Read {
            target: surplus.path.to_string(),
            source,
        })?;
        let There::Same(etag) = there else { continue };
        let (path, query) = (surplus.path.below(), twin.kind.delete_query);
        let deleted = remote.delete(twin.kind, path, query, etag.as_deref()).await;
        deleted.map_err(|source| StepError::Remove {
            path: surplus.path.to_string(),
            source,
        })?;
    }
    Ok(())
}
