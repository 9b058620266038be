//! What stands in a copy and is nothing of the plan's.

use std::collections::HashSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::address::{ResourcePath, TargetPath};
use crate::plan::{Action, StepId};
use crate::target::ReadFailed;
use crate::target::account::Account;
use crate::target::lists::Lists;
use crate::target::strangers::{children, strangers};
use crate::target::survey::READS;

/// What stands in a copy and is nothing of the plan's, nor of the service's own
/// making: the copy is not what was promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// The step that made the copy.
    pub step: StepId,
    /// Where the copy stands.
    pub target: TargetPath,
    /// What was added to it: a kind, in the plural.
    pub what: &'static str,
    /// Names of these, sorted.
    pub names: Vec<String>,
}

/// Finds what was added to copies that stand, given by their positions. What
/// others link to a copy is theirs, and no part of it.
pub(super) async fn added(
    account: &Account<'_>,
    lists: &Lists,
    standing: impl Iterator<Item = usize>,
) -> Result<Vec<Added>, ReadFailed> {
    let plan = account.plan();
    let left = account.left();
    let known: HashSet<ResourcePath> = (plan.steps.iter().chain(&left))
        .map(|step| step.target.below().clone())
        .collect();
    let known = &known;
    let collections = standing
        .filter(|&position| plan.steps[position].action == Action::Create)
        .flat_map(|position| {
            let children = children(plan.steps[position].kind);
            let parts = children.filter(|c| !c.is_link());
            parts.map(move |child| (position, child))
        });
    let collections: Vec<_> = collections.collect();
    let mut found = stream::iter(collections)
        .map(|(position, child)| async move {
            let step = &plan.steps[position];
            let parent = step.target.below();
            let names = strangers(lists, step, parent, child, known).await;
            let mut names = names.map_err(|source| ReadFailed {
                target: format!("{}/{}", step.target, child.collection()),
                source,
            })?;
            names.sort();
            Ok::<_, ReadFailed>((position, child, names))
        })
        .buffer_unordered(READS);
    let mut added = Vec::new();
    while let Some((position, child, names)) = found.try_next().await? {
        if !names.is_empty() {
            let step = &plan.steps[position];
            let added_here = Added {
                step: step.id.clone(),
                target: step.target.clone(),
                what: child.plural,
                names,
            };
            added.push((position, added_here));
        }
    }
    added.sort_by(|a, b| (a.0, a.1.what).cmp(&(b.0, b.1.what)));
    Ok(added.into_iter().map(|(_, added)| added).collect())
}
