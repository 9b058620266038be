//! What stands below a copy and is nothing of this plan's, nor of the service's
//! own making.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::automatic::names_built_in;
use super::lists::Lists;
use super::remote::Item;
use super::survey::revision_root;
use crate::address::ResourcePath;
use crate::arm::ArmError;
use crate::catalog::{EffectNames, Home, Kind, kinds};
use crate::plan::Step;

/// The kinds whose instances stand below one of this kind in a workspace.
pub(crate) fn children(kind: &'static Kind) -> impl Iterator<Item = &'static Kind> {
    kinds().iter().copied().filter(move |child| {
        child.home == Home::Workspace && child.parent().is_some_and(|parent| parent == kind)
    })
}

/// The names of what stands in one collection below a step's copy, which is at
/// `parent`, and is not among `known`.
///
/// # Errors
/// When the collection can't be read.
pub(crate) async fn strangers(
    lists: &Lists,
    step: &Step,
    parent: &ResourcePath,
    child: &Kind,
    known: &HashSet<ResourcePath>,
) -> Result<Vec<String>, ArmError> {
    let items = lists.of(Some(parent), child.collection()).await?;
    let nothing = Map::new();
    let has = step.content.as_ref().map_or(&nothing, |c| &c.properties);
    let theirs = items
        .iter()
        .filter(|item| is_theirs((step.kind, has), child, parent, item, known));
    Ok(theirs
        .map(|item| crate::secret::plain(&item.name))
        .collect())
}

fn is_theirs(
    (owner, has): (&Kind, &Map<String, Value>),
    child: &Kind,
    parent: &ResourcePath,
    item: &Item,
    known: &HashSet<ResourcePath>,
) -> bool {
    let collection = child.collection();
    let Ok(path) = parent.child(collection, &item.name) else {
        return true;
    };
    if known.contains(&path) {
        return false;
    }
    // A revision begins with what the current one has.
    if let Some(root) = revision_root(parent)
        && root
            .child(collection, &item.name)
            .is_ok_and(|twin| known.contains(&twin))
    {
        return false;
    }
    // The service links built-ins by itself.
    let automatic = owner.effects.iter().any(|effect| {
        let names = item.properties.get(effect.property).and_then(Value::as_str);
        match (effect.kind == child, effect.names) {
            (true, EffectNames::ServiceLevel(built_in)) => {
                names.is_some_and(|id| names_built_in(id, built_in))
            }
            _ => effect.stands_below(has, child, &item.name),
        }
    });
    !automatic
}
