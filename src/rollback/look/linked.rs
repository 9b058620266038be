//! Links of others to what a plan made: they would go with it.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::held::{Held, Inspected};
use crate::address::ResourcePath;
use crate::catalog::{Access, Home, Kind, kinds};
use crate::plan::Plan;
use crate::plan::place::same_id;
use crate::target::ReadFailed;
use crate::target::lists::Lists;
use crate::target::survey::{READS, place};

/// Marks what others link to, such as an API that somebody put into a product.
pub(super) async fn mark_linked(
    plan: &Plan,
    lists: &Lists,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    let is_link = |kind: &&&Kind| kind.access == Access::Link && kind.home == Home::Workspace;
    for link in kinds().iter().filter(is_link) {
        mark(plan, lists, inspected, link).await?;
    }
    Ok(())
}

async fn mark(
    plan: &Plan,
    lists: &Lists,
    inspected: &mut HashMap<usize, Inspected>,
    link: &'static Kind,
) -> Result<(), ReadFailed> {
    let (Some(owner), Some(end)) = (link.parent(), link.references.first()) else {
        return Ok(());
    };
    let ends: Vec<(usize, String)> = (inspected.iter())
        .filter(|(i, found)| {
            found.held == Held::Untouched && end.to.contains(&plan.steps[**i].kind)
        })
        .map(|(&i, found)| (i, format!("{}{}", plan.workspace_id(), found.path)))
        .collect();
    if ends.is_empty() {
        return Ok(());
    }
    let failed = |target: String| {
        move |source| ReadFailed {
            target: format!("/workspaces/{}{target}", plan.workspace),
            source,
        }
    };
    let owners = lists.of(None, owner.collection()).await;
    let owners = owners.map_err(failed(format!("/{}", owner.collection())))?;
    let owners = (owners.iter())
        .filter_map(|item| ResourcePath::top(owner.collection(), &item.name).ok())
        .map(|path| async move {
            let links = lists.of(Some(&path), link.collection()).await;
            let links = links.map_err(failed(format!("{path}/{}", link.collection())))?;
            Ok::<_, ReadFailed>((path, links))
        });
    let all: Vec<_> = stream::iter(owners)
        .buffer_unordered(READS)
        .try_collect()
        .await?;
    let ours: HashSet<ResourcePath> = inspected.values().map(|f| f.path.clone()).collect();
    let mut users: HashMap<usize, BTreeSet<String>> = HashMap::new();
    for (path, links) in &all {
        let theirs = links.iter().filter(|item| {
            let path = path.child(link.collection(), &item.name);
            !path.is_ok_and(|path| ours.contains(&path))
        });
        for item in theirs {
            let Some(id) = item.properties.get(end.pointer).and_then(|v| v.as_str()) else {
                continue;
            };
            // An API's id names its revisions as well.
            let linked = ends.iter().filter(|(_, own)| same_id(id, own, place(plan)));
            for (position, _) in linked {
                let user = crate::secret::plain(path.name());
                users.entry(*position).or_default().insert(user);
            }
        }
    }
    for (position, users) in users {
        if let Some(found) = inspected.get_mut(&position) {
            let users: Vec<String> = users.into_iter().collect();
            let what = format!(
                "{} that are not this plan's, of {}",
                link.plural,
                users.join(", ")
            );
            found.held = Held::with(&what);
        }
    }
    Ok(())
}
