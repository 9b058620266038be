//! What others have on what a plan made: a subscription that goes with it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::held::{Held, Inspected};
use crate::address::ResourcePath;
use crate::catalog::{Effect, EffectNames, kinds};
use crate::plan::Action;
use crate::plan::place::same_id;
use crate::target::ReadFailed;
use crate::target::account::Account;
use crate::target::automatic::{Automatic, is_hex};
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::survey::place;

/// Marks what has subscriptions that only the service or somebody else can have
/// made: they would go with it. The one that the service makes itself for a new
/// product does not count.
pub(super) async fn mark_used(
    account: &Account<'_>,
    order: &Order<'_>,
    lists: &Lists,
    inspected: &mut HashMap<usize, Inspected>,
) -> Result<(), ReadFailed> {
    let plan = account.plan();
    let tidied = tidied_owners(account, order);
    let ours: HashSet<ResourcePath> = inspected.values().map(|f| f.path.clone()).collect();
    for effect in owner_effects() {
        let kind = effect.kind;
        let collection = kind.collection();
        let whole = |f: &Inspected| f.held == Held::Untouched && f.path.parent().is_none();
        if !inspected.values().any(whole) {
            return Ok(());
        }
        let items = lists.of(None, collection).await;
        let items = items.map_err(|source| ReadFailed {
            target: format!("/workspaces/{}/{collection}", plan.workspace),
            source,
        })?;
        let theirs = items.iter().filter(|item| {
            !ResourcePath::top(collection, &item.name).is_ok_and(|path| ours.contains(&path))
        });
        let theirs: Vec<(&str, &str)> = theirs
            .filter_map(|item| {
                let names = item.properties.get(effect.property)?.as_str()?;
                Some((item.name.as_str(), names))
            })
            .collect();
        for (position, found) in inspected.iter_mut().filter(|(_, f)| whole(f)) {
            let id = format!("{}{}", plan.workspace_id(), found.path);
            let makes = plan.steps[*position].kind.effects.iter();
            let makes = makes.filter(|e| e.names == EffectNames::Owner).count();
            let mut automatic = if tidied.contains(position) { 0 } else { makes };
            let mut users = Vec::new();
            for (name, names) in &theirs {
                if !same_id(names, &id, place(plan)) {
                    continue;
                }
                if automatic > 0 && is_hex(name) {
                    automatic -= 1;
                } else {
                    users.push(crate::secret::plain(name));
                }
            }
            if !users.is_empty() {
                let (plural, users) = (kind.plural, users.join(", "));
                found.held = Held::with(&format!("{plural} that are not this plan's: {users}"));
            }
        }
    }
    Ok(())
}

/// What names an owner, each once.
fn owner_effects() -> impl Iterator<Item = &'static Effect> {
    let all = kinds().iter().flat_map(|kind| kind.effects.iter());
    let mut seen = BTreeSet::new();
    all.filter(move |e| e.names == EffectNames::Owner && seen.insert(e.kind))
}

/// Owners whose automatic resources were dealt with, so that what looks like
/// one now is somebody's.
fn tidied_owners(account: &Account<'_>, order: &Order<'_>) -> Vec<usize> {
    use crate::progress::Outcome::{NothingToTidy, Tidied};
    let plan = account.plan();
    let tidies = plan.steps.iter().enumerate();
    let done = tidies.filter(|(i, step)| {
        let outcome = account.holding(*i).and_then(|h| h.outcome);
        step.action == Action::Tidy && matches!(outcome, Some(Tidied | NothingToTidy))
    });
    done.filter_map(|(_, step)| Automatic::of_tidy(plan, order, step))
        .filter(|automatic| automatic.names_owner())
        .map(|automatic| automatic.owner)
        .collect()
}
