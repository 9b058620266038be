//! What a revision began with and the plan does not give it.
//!
//! The service makes a revision as a copy of another one, with all that stands
//! below that. The plan makes its revisions while the current one is still
//! empty; but one that is made by a later run, or of what stood there before,
//! finds it filled.

use std::collections::HashMap;

use crate::address::{ResourcePath, TargetPath};
use crate::apply::step_error::StepError;
use crate::catalog::{Home, Kind};
use crate::plan::compare::differences;
use crate::plan::{Action, Plan, Step};
use crate::target::remote::{Item, Remote, content_of};
use crate::target::revision::origin_of;
use crate::target::survey::place;

/// What a revision is made of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Where that stands.
    source: ResourcePath,
    /// The step that makes it.
    pub(crate) made_by: Option<usize>,
    /// The steps that write what a copy of it has too.
    pub(crate) below: Vec<usize>,
}

/// Finds what revisions are made of, by the steps that make them.
pub(crate) fn origins(plan: &Plan) -> HashMap<usize, Origin> {
    let creates = |i: &usize| plan.steps[*i].action == Action::Create;
    let mut below: HashMap<ResourcePath, Vec<usize>> = HashMap::new();
    for position in (0..plan.steps.len()).filter(creates) {
        let step = &plan.steps[position];
        if step.kind.by_revision {
            let root = step.target.below().root();
            below.entry(root).or_default().push(position);
        }
    }
    let steps = plan.steps.iter().enumerate();
    let makers: HashMap<&ResourcePath, usize> = steps
        .map(|(position, step)| (step.target.below(), position))
        .collect();
    let made = (0..plan.steps.len())
        .filter(creates)
        .filter_map(|position| {
            let source = origin_of(plan, &plan.steps[position])?;
            let made_by = makers.get(&source).copied();
            let below = below.get(&source).cloned().unwrap_or_default();
            let origin = Origin {
                source,
                made_by,
                below,
            };
            Some((position, origin))
        });
    made.collect()
}

/// Deletes what the revision of a step has as a copy of what it was made of,
/// unless the plan writes over it. What has something below it goes in any
/// case, so that neither that stays nor two operations with one template meet;
/// and all goes before anything is written, so that there is room.
pub(crate) async fn shed(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    origin: &Origin,
) -> Result<(), StepError> {
    let revision = step.target.below();
    let kinds = step.kind.children.iter().copied().rev();
    for kind in kinds.filter(|k| k.by_revision && k.home == Home::Workspace) {
        let items = listed(plan, remote, revision, kind).await?;
        if items.is_empty() {
            continue;
        }
        let originals = listed(plan, remote, &origin.source, kind).await?;
        for path in copies(plan, kind, revision, &items, &originals) {
            let planned = plan.steps.iter().any(|s| *s.target.below() == path);
            let owner = step.content.as_ref().map(|c| &c.properties);
            let by_service = step
                .kind
                .effects
                .iter()
                .any(|effect| owner.is_some_and(|o| effect.stands_below(o, kind, path.name())));
            if by_service || planned && kind.children.is_empty() {
                continue;
            }
            gone(plan, remote, kind, &path).await?;
        }
    }
    Ok(())
}

/// Deletes something that is not to be there.
pub(super) async fn gone(
    plan: &Plan,
    remote: &Remote,
    kind: &Kind,
    path: &ResourcePath,
) -> Result<(), StepError> {
    // Of an API that would be all its revisions.
    let query = match kind.revisions {
        true => &[],
        false => kind.delete_query,
    };
    let gone = remote.delete(kind, path, query, None, None).await;
    gone.map(drop).map_err(|source| StepError::Remove {
        path: TargetPath::new(plan.workspace.clone(), path.clone()).to_string(),
        source,
    })
}

async fn listed(
    plan: &Plan,
    remote: &Remote,
    api: &ResourcePath,
    kind: &Kind,
) -> Result<Vec<Item>, StepError> {
    let items = remote.list(Some(api), kind.collection()).await;
    items.map_err(|source| StepError::Read {
        target: format!("/workspaces/{}{api}/{}", plan.workspace, kind.collection()),
        source,
    })
}

/// Those of the items below an API that stand below another one in the same
/// form: what somebody put there since is none of them.
fn copies(
    plan: &Plan,
    kind: &Kind,
    api: &ResourcePath,
    items: &[Item],
    originals: &[Item],
) -> Vec<ResourcePath> {
    let is_copy = |item: &&Item| {
        let original = originals
            .iter()
            .find(|o| o.name.eq_ignore_ascii_case(&item.name));
        original.is_some_and(|o| {
            differences(
                kind,
                &content_of(kind, &o.properties),
                &item.properties,
                place(plan),
            )
            .is_empty()
        })
    };
    let copies = items.iter().filter(is_copy);
    let paths = copies.map(|item| api.child(kind.collection(), &item.name));
    paths.filter_map(Result::ok).collect()
}
