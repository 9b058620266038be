//! What stands below what a plan made and is not this plan's: it would go with
//! it.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::held::{Held, Inspected};
use crate::address::ResourcePath;
use crate::catalog::Kind;
use crate::plan::Plan;
use crate::target::ReadFailed;
use crate::target::lists::Lists;
use crate::target::strangers::{children, strangers};
use crate::target::survey::READS;

/// Marks what somebody else put something below.
pub(super) async fn mark_crowded(
    plan: &Plan,
    lists: &Lists,
    half: &HashSet<ResourcePath>,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    let ours = inspected.values().map(|f| f.path.clone());
    let ours: HashSet<ResourcePath> = ours.chain(half.iter().cloned()).collect();
    let collections: Vec<(usize, ResourcePath, &'static Kind)> = inspected
        .iter()
        .filter(|(_, found)| found.held == Held::Untouched)
        .flat_map(|(&position, found)| {
            let children = children(plan.steps[position].kind);
            children.map(move |child| (position, found.path.clone(), child))
        })
        .collect();
    let ours = &ours;
    let mut found = stream::iter(collections)
        .map(|(position, parent, child)| async move {
            let theirs = strangers(lists, &plan.steps[position], &parent, child, ours).await;
            let theirs = theirs.map_err(|source| ReadFailed {
                target: format!("{parent}/{}", child.collection()),
                source,
            })?;
            Ok::<_, ReadFailed>((position, child, theirs))
        })
        .buffer_unordered(READS);
    let mut crowded: HashMap<usize, Vec<String>> = HashMap::new();
    while let Some((position, child, theirs)) = found.try_next().await? {
        if !theirs.is_empty() {
            let words = format!(
                "{} that are not this plan's: {}",
                child.plural,
                theirs.join(", ")
            );
            crowded.entry(position).or_default().push(words);
        }
    }
    drop(found);
    for (position, mut words) in crowded {
        words.sort();
        if let Some(found) = inspected.get_mut(&position) {
            found.held = Held::with(&words.join("; "));
        }
    }
    Ok(())
}
