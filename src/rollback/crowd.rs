//! What stands below what a plan made and is not this plan's: it would go with
//! it.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::held::{Held, Inspected};
use crate::address::ResourcePath;
use crate::catalog::{EffectNames, Home, KINDS, Kind};
use crate::plan::Plan;
use crate::target::ReadFailed;
use crate::target::automatic::names_built_in;
use crate::target::remote::{Item, Remote};
use crate::target::survey::{READS, revision_root};

/// Marks what somebody else put something below.
pub(super) async fn mark_crowded(
    plan: &Plan,
    remote: &Remote,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    let ours: HashSet<ResourcePath> = inspected.values().map(|f| f.path.clone()).collect();
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
            let items = remote.list(Some(&parent), child.collection()).await;
            let items = items.map_err(|source| ReadFailed {
                target: format!("{parent}/{}", child.collection()),
                source,
            })?;
            let step = &plan.steps[position];
            let nothing = Map::new();
            let has = step.content.as_ref().map_or(&nothing, |c| &c.properties);
            let theirs: Vec<String> = (items.iter())
                .filter(|item| is_theirs((step.kind, has), child, &parent, item, ours))
                .map(|item| crate::secret::plain(&item.name))
                .collect();
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
            found.held = Held::Shared(words.join("; "));
        }
    }
    Ok(())
}

/// The kinds whose instances stand below one of this kind in a workspace.
fn children(kind: &'static Kind) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |child| {
        child.home == Home::Workspace && child.parent().is_some_and(|parent| parent == kind)
    })
}

fn is_theirs(
    (owner, has): (&Kind, &Map<String, Value>),
    child: &Kind,
    parent: &ResourcePath,
    item: &Item,
    ours: &HashSet<ResourcePath>,
) -> bool {
    let collection = child.collection();
    let Ok(path) = parent.child(collection, &item.name) else {
        return true;
    };
    if ours.contains(&path) {
        return false;
    }
    // A revision begins with what the current one has.
    if let Some(root) = revision_root(parent)
        && root
            .child(collection, &item.name)
            .is_ok_and(|twin| ours.contains(&twin))
    {
        return false;
    }
    // The service links built-ins by itself.
    let automatic = owner.effects.iter().any(|effect| {
        let names = item.properties.get(effect.property).and_then(Value::as_str);
        match (effect.kind == child.name, effect.names) {
            (true, EffectNames::ServiceLevel(built_in)) => {
                names.is_some_and(|id| names_built_in(id, built_in))
            }
            _ => effect.stands_below(has, child.name, &item.name),
        }
    });
    !automatic
}
