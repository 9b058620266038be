//! What is left of what a plan made.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::crowd::mark_crowded;
use super::held::{Held, Inspected};
use super::last::mark_last;
use super::linked::mark_linked;
use super::used::mark_used;
use crate::address::{ResourcePath, split_revision};
use crate::arm::ArmError;
use crate::catalog::Lane;
use crate::engine::ownership::{Undo, undo};
use crate::plan::Plan;
use crate::target::ReadFailed;
use crate::target::account::Account;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::{Remote, Standing};
use crate::target::revision::number_of;
use crate::target::secret::is_for_another;
use crate::target::survey::{READS, twin};

/// A collection: what it is below, and the kind of what is in it.
type Collection = (Option<ResourcePath>, &'static str);

/// Looks up what steps, given by their positions, have left in the target, of
/// their own and of what they wrote over.
pub(super) async fn inspect(
    account: &Account<'_>,
    order: &Order<'_>,
    lists: &Lists,
    undone: &[usize],
) -> Result<HashMap<usize, Inspected>, ReadFailed> {
    let plan = account.plan();
    let mut linked: BTreeMap<Collection, Vec<usize>> = BTreeMap::new();
    let (mut single, mut replaced) = (Vec::new(), Vec::new());
    for &position in undone {
        let step = &plan.steps[position];
        if account.hold(position).is_replaced() {
            replaced.push(position);
        } else if step.kind.is_link() {
            let key = (step.target.below().parent(), step.kind.name);
            linked.entry(key).or_default().push(position);
        } else {
            single.push(position);
        }
    }
    let mut inspected = one_by_one(account, lists.remote(), single).await?;
    mark_turned(plan, &mut inspected);
    let mut listed = stream::iter(linked)
        .map(|((parent, _), positions)| async move {
            let kind = plan.steps[positions[0]].kind;
            let items = lists.of(parent.as_ref(), kind.collection()).await;
            let items = items.map_err(|source| ReadFailed {
                target: plan.steps[positions[0]].target.to_string(),
                source,
            })?;
            let found = positions.into_iter().map(|position| {
                let step = &plan.steps[position];
                let path = step.target.below();
                let twin = twin(plan, kind, step, &items);
                let real = twin.and_then(|item| path.renamed(&item.name).ok());
                let held = match real {
                    Some(_) => Held::Untouched,
                    None => Held::Gone,
                };
                let path = real.unwrap_or_else(|| path.clone());
                let standing = None;
                (
                    position,
                    Inspected {
                        held,
                        path,
                        standing,
                    },
                )
            });
            Ok::<_, ReadFailed>(found.collect::<Vec<_>>())
        })
        .buffer_unordered(READS);
    while let Some(found) = listed.try_next().await? {
        inspected.extend(found);
    }
    drop(listed);
    let half: HashSet<ResourcePath> =
        (undone.iter().flat_map(|&at| account.half_made(at))).collect();
    mark_crowded(plan, lists, &half, &mut inspected).await?;
    mark_shared(plan, lists, &half, &mut inspected).await?;
    mark_used(account, order, lists, &mut inspected).await?;
    mark_linked(plan, lists, &mut inspected).await?;
    mark_last(plan, lists, &mut inspected).await?;
    // What is somebody's does not count as ours before.
    inspected.extend(one_by_one(account, lists.remote(), replaced).await?);
    Ok(inspected)
}

async fn one_by_one(
    account: &Account<'_>,
    remote: &Remote,
    positions: Vec<usize>,
) -> Result<HashMap<usize, Inspected>, ReadFailed> {
    let reads = stream::iter(positions).map(|position| async move {
        let step = &account.plan().steps[position];
        let standing = settled(account, remote, position).await;
        let standing = standing.map_err(|source| ReadFailed {
            target: step.target.to_string(),
            source,
        })?;
        let mut held = held(account, position, standing.as_ref());
        if held == Held::Untouched
            && account.is_secret_in_doubt(position)
            && is_for_another(remote, step).await
        {
            held = Held::Stays("it has another secret than its source".to_owned());
        }
        let found = Inspected {
            held,
            path: step.target.below().clone(),
            standing,
        };
        Ok((position, found))
    });
    reads.buffer_unordered(READS).try_collect().await
}

/// Marks what stood below an API of which another revision is current by now: it is
/// not gone, but stands below its own revision.
fn mark_turned(plan: &Plan, inspected: &mut HashMap<usize, Inspected>) {
    let turned: HashSet<ResourcePath> = (inspected.iter())
        .filter(|(position, found)| {
            let step = plan.steps[**position].content.as_ref();
            let wanted = step.and_then(|content| number_of(&content.properties));
            let standing = found.standing.as_ref();
            let there = standing.and_then(|standing| number_of(&standing.properties));
            wanted.is_some() && there.is_some() && wanted != there
        })
        .map(|(_, found)| found.path.clone())
        .collect();
    let below = |found: &&mut Inspected| turned.contains(&found.path.root());
    for found in inspected.values_mut().filter(below) {
        if found.held == Held::Gone {
            found.held = Held::NotOurs;
        }
    }
}

/// Marks what has revisions that are not this plan's: deleting the current one
/// would take them along.
async fn mark_shared(
    plan: &Plan,
    lists: &Lists,
    half: &HashSet<ResourcePath>,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    let ours = inspected.values().map(|f| f.path.clone());
    let mut ours: HashSet<ResourcePath> = ours.chain(half.iter().cloned()).collect();
    // A release may have moved the root's name to another revision: then this
    // plan's root goes by its number.
    ours.extend(inspected.keys().filter_map(|&i| {
        let step = &plan.steps[i];
        let number = number_of(&step.content.as_ref()?.properties)?;
        let (root, _) = split_revision(step.target.below().name());
        let name = format!("{root};rev={number}");
        step.target.below().renamed(&name).ok()
    }));
    let whole = |f: &Inspected| f.held == Held::Untouched && f.path.parent().is_none();
    let collections: BTreeSet<&'static str> = inspected
        .iter()
        .filter(|(i, f)| whole(f) && plan.steps[**i].kind.lane == Lane::PerApi)
        .map(|(i, _)| plan.steps[*i].kind.collection())
        .collect();
    let mut shared: HashSet<ResourcePath> = HashSet::new();
    for collection in collections {
        let items = lists.of(None, collection).await;
        let items = items.map_err(|source| ReadFailed {
            target: format!("/workspaces/{}/{collection}", plan.workspace),
            source,
        })?;
        for item in items.iter() {
            let (root, revision) = split_revision(&item.name);
            let (Ok(path), Ok(root)) = (
                ResourcePath::top(collection, &item.name),
                ResourcePath::top(collection, root),
            ) else {
                continue;
            };
            if revision.is_some() && !ours.contains(&path) {
                shared.insert(root);
            }
        }
    }
    for found in inspected.values_mut().filter(|f| whole(f)) {
        if shared.contains(&found.path) {
            found.held = Held::with("revisions that are not this plan's");
        }
    }
    Ok(())
}

/// How long something that was sent, and has no outcome, may still come.
const LATE: Duration = Duration::from_secs(60);

/// Reads what stands at a step's target. What was sent a moment ago by a run that
/// was cut off may be at work still, and is waited for.
async fn settled(
    account: &Account<'_>,
    remote: &Remote,
    position: usize,
) -> Result<Option<Standing>, ArmError> {
    let step = &account.plan().steps[position];
    let mut wait = Duration::from_millis(500);
    loop {
        let standing = remote.read(step.kind, &step.target).await?;
        let found = account.found(position, standing.as_ref());
        let late = undo(account.hold(position), found) == Undo::NotYet
            && account
                .holding(position)
                .is_some_and(|h| h.is_younger(LATE));
        if !late {
            return Ok(standing);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}

/// Whether a resource may be deleted.
fn held(account: &Account<'_>, position: usize, standing: Option<&Standing>) -> Held {
    let hold = account.hold(position);
    let etag = standing.and_then(|s| s.etag.as_deref());
    match undo(hold, account.found(position, standing)) {
        Undo::NotYet if hold.is_replaced() => Held::NotOurs,
        Undo::NotOurs => Held::NotOurs,
        Undo::Gone | Undo::NotYet => Held::Gone,
        Undo::Delete => Held::Untouched,
        Undo::PutBack => replaced(account, position),
        Undo::Changed if hold.is_replaced() => Held::Lost(
            "it was changed since this plan wrote over it, so that what was there before is not \
             put back"
                .to_owned(),
        ),
        Undo::Changed if account.is_made_again(position, etag) => Held::Stays(
            "a rollback that was cut off was about to delete it, and another one stands there now"
                .to_owned(),
        ),
        Undo::Changed => Held::Stays("it was changed since this plan wrote it".to_owned()),
    }
}

/// Whether what somebody else had can be put back.
fn replaced(account: &Account<'_>, position: usize) -> Held {
    let kind = account.plan().steps[position].kind;
    match account.before(position) {
        None => Held::Lost(
            "it is somebody else's and was written over, and what was there before is not on \
             record any more"
                .to_owned(),
        ),
        Some(before) if kind.takes_upload(&before.properties) => Held::Lost(
            "it is somebody else's and was written over, and what was there before could not be \
             read: upload it again"
                .to_owned(),
        ),
        Some(_) => Held::Replaced,
    }
}
