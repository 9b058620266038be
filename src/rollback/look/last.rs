//! What the service deletes with the last that names it: it may not be this
//! plan's, or may have been changed.

use std::collections::{BTreeMap, HashMap};

use super::held::{Held, Inspected};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{Kind, kinds};
use crate::plan::Plan;
use crate::plan::place::same_id;
use crate::target::ReadFailed;
use crate::target::lists::Lists;
use crate::target::survey::place;

/// Marks what would take along, as the last of those that name it, something
/// that is not to be deleted.
pub(super) async fn mark_last(
    plan: &Plan,
    lists: &Lists,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    for ending in kinds() {
        let Some((kind, property)) = ending.ends_with_last else {
            continue;
        };
        mark(plan, lists, inspected, (ending, kind, property)).await?;
    }
    Ok(())
}

async fn mark(
    plan: &Plan,
    lists: &Lists,
    inspected: &mut HashMap<usize, Inspected>,
    (ending, kind, property): (&Kind, &'static Kind, &str),
) -> Result<(), ReadFailed> {
    let goes = |id: &str| {
        let all = inspected.values().filter(|f| f.held == Held::Untouched);
        let mut ids = all.map(|f| format!("{}{}", plan.workspace_id(), f.path));
        ids.any(|own| same_id(id, &own, place(plan)))
    };
    let mut naming: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (&position, found) in inspected.iter() {
        let whole = found.held == Held::Untouched && split_revision(found.path.name()).1.is_none();
        let named = (found.standing.as_ref())
            .filter(|_| whole && plan.steps[position].kind == kind)
            .and_then(|standing| standing.properties.get(property)?.as_str());
        if let Some(id) = named.filter(|id| !goes(id)) {
            naming
                .entry(id.to_ascii_lowercase())
                .or_default()
                .push(position);
        }
    }
    if naming.is_empty() {
        return Ok(());
    }
    let items = lists.of(None, kind.collection()).await;
    let items = items.map_err(|source| ReadFailed {
        target: format!("/workspaces/{}/{}", plan.workspace, kind.collection()),
        source,
    })?;
    for (id, positions) in naming {
        let own = |item: &&ResourcePath| positions.iter().any(|i| inspected[i].path == **item);
        let others = items.iter().filter(|item| {
            let names = item.properties.get(property).and_then(|v| v.as_str());
            names.is_some_and(|names| same_id(names, &id, place(plan)))
        });
        let others = others.filter_map(|item| {
            let (root, _) = split_revision(&item.name);
            ResourcePath::top(kind.collection(), root).ok()
        });
        if others.collect::<Vec<_>>().iter().any(|path| !own(&path)) {
            continue;
        }
        let name = crate::secret::plain(id.rsplit('/').next().unwrap_or_default());
        let what = format!(
            "{} that are not this plan's to delete: {name}",
            ending.plural
        );
        for position in positions {
            if let Some(found) = inspected.get_mut(&position) {
                found.held = Held::with(&what);
            }
        }
    }
    Ok(())
}
