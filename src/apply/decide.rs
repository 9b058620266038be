//! What happens to every step, decided before anything is written.

use sha2::{Digest, Sha256};

use super::OnConflict;
use super::error::{ApplyError, Conflict};
use super::renumber;
use crate::engine::journal::Past;
use crate::engine::resume::{Before, Found, Next, next};
use crate::plan::compare::Difference;
use crate::plan::{Action, Plan, Step};
use crate::target::remote::{Remote, same_etag};
use crate::target::survey::{There, survey};

/// What happens to a step.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// What happens; meaningful for steps that create something.
    pub(crate) next: Next,
    /// The ETag of what is adopted, or written over as this plan's own.
    pub(crate) etag: Option<String>,
}

/// Looks up the targets of all steps that are not done, and decides.
pub(crate) async fn decide(
    plan: &Plan,
    past: &Past,
    before: &[Before],
    remote: &Remote,
    on_conflict: OnConflict,
) -> Result<Vec<Decision>, ApplyError> {
    let nothing = Decision {
        next: Next::Skip,
        etag: None,
    };
    let mut decisions = vec![nothing; plan.steps.len()];
    let wanted: Vec<usize> = (0..plan.steps.len())
        .filter(|&i| before[i] != Before::Done)
        .filter(|&i| plan.steps[i].action == Action::Create)
        .collect();
    let found = survey(plan, remote, &wanted).await?;
    let mut conflicts = Vec::new();
    for position in wanted {
        let step = &plan.steps[position];
        let there = found.get(&position).unwrap_or(&There::Nothing);
        let holds = match there {
            There::Nothing => Found::Nothing,
            There::Same(etag) => {
                decisions[position].etag.clone_from(etag);
                Found::Same
            }
            There::Different(found, _) if is_unfinished(past, step, found) => Found::Inherited,
            There::Different(_, etag) if is_as_left(past, step, etag.as_deref()) => {
                decisions[position].etag.clone_from(etag);
                Found::AsLeft
            }
            There::Different(..) if is_inherited(plan, past, step) => Found::Inherited,
            There::Different(..) => Found::Different,
        };
        let next = next(before[position], holds, on_conflict);
        decisions[position].next = next;
        if let (Next::Conflict, There::Different(differences, _)) = (next, there) {
            conflicts.push(Conflict {
                step: step.id.clone(),
                target: step.target.clone(),
                differences: differences.clone(),
                begun: before[position] == Before::Begun,
            });
        }
    }
    if conflicts.is_empty() {
        Ok(decisions)
    } else {
        Err(ApplyError::Conflicts(conflicts))
    }
}

/// Whether something is this plan's, and nobody changed it since.
fn is_as_left(past: &Past, step: &Step, now: Option<&str>) -> bool {
    let ours = past.of(&step.id).filter(|record| record.is_ours());
    match (ours.and_then(|record| record.etag.as_deref()), now) {
        (Some(left), Some(now)) => same_etag(left, now),
        _ => false,
    }
}

/// Whether an API is this plan's and lacks nothing but the name of its revision:
/// a run was cut off before it had that.
fn is_unfinished(past: &Past, step: &Step, found: &[Difference]) -> bool {
    renumber::wanted(step).is_some()
        && found.iter().all(|d| d.pointer == "apiRevision")
        && past.of(&step.id).is_some_and(|r| r.is_ours())
}

/// Whether a step stands below something that this plan made as a copy of
/// something else in the workspace, with all that stands below that.
fn is_inherited(plan: &Plan, past: &Past, step: &Step) -> bool {
    let mut above = step.target.below().parent();
    while let Some(path) = above {
        let owner = plan.steps.iter().find(|s| *s.target.below() == path);
        if let Some(owner) = owner {
            let content = owner.content.as_ref();
            let copies = content.is_some_and(|c| c.properties.contains_key("sourceApiId"));
            if copies && past.of(&owner.id).is_some_and(|r| r.is_ours()) {
                return true;
            }
        }
        above = path.parent();
    }
    false
}

/// A digest of what a step wants, to notice an edited one. What it is made of
/// stands in the plan anyway; no secret is among it.
pub(crate) fn digest(step: &Step) -> String {
    let body = step.content.as_ref().map(|c| c.body().to_string());
    let text = format!("{}\n{}", step.target, body.unwrap_or_default());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
