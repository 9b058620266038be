//! What happens to every step, decided before anything is written.

use std::collections::{HashMap, HashSet};
use std::iter::successors;

use crate::address::ResourcePath;
use crate::apply::error::Conflict;
use crate::engine::OnConflict;
use crate::engine::journal::{Further, Part};
use crate::engine::ownership::{Found, Hold, Next, Was, next};
use crate::plan::compare::Difference;
use crate::plan::{Action, Plan, Step};
use crate::target::ReadFailed;
use crate::target::account::Account;
use crate::target::order::Order;
use crate::target::remote::{Remote, Standing};
use crate::target::revision::{is_copy, is_other, lacks_number, took_over};
use crate::target::secret::{is_for_another, is_other_secret, other_secret};
use crate::target::survey::{There, survey};

/// What happens to a step.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// What happens; of steps that reuse or tidy, only whether anything does.
    pub(crate) next: Next,
    /// The ETag of what stands there.
    pub(crate) etag: Option<String>,
    /// In what that differs from what the plan wants.
    pub(crate) differences: Vec<Difference>,
    /// What somebody else has there, where it is to be written over.
    pub(crate) replaces: Option<Standing>,
    /// The digest that this is saved by.
    pub(crate) saved: Option<String>,
    /// The request with which it goes on, where it is half made.
    pub(crate) further: Option<Further>,
    /// Whether it is this plan's own word over his that is written over.
    pub(crate) over_own_word: bool,
}

impl Decision {
    /// Whether somebody else's is written over that this plan never wrote over.
    pub(crate) fn is_first_word(&self) -> bool {
        self.saved.is_some() && !self.over_own_word
    }
}

const NOTHING: Decision = Decision {
    next: Next::Skip,
    etag: None,
    differences: Vec::new(),
    replaces: None,
    saved: None,
    further: None,
    over_own_word: false,
};

/// What happens to all steps, and what is in the way.
pub(crate) type Decided = (Vec<Decision>, Vec<Conflict>);

/// Looks up the targets of all steps that are not done, and decides. What these
/// need and is done is only seen to be there.
pub(crate) async fn decide(
    plan: &Plan,
    order: &Order<'_>,
    account: &Account<'_>,
    remote: &Remote,
    on_conflict: OnConflict,
) -> Result<Decided, ReadFailed> {
    let (mut found, known) = look(plan, order, account, remote).await?;
    for (&position, there) in &mut found {
        let step = &plan.steps[position];
        if account.is_secret_in_doubt(position)
            && matches!(there, There::Same(_))
            && is_for_another(remote, step).await
        {
            *there = There::Different(other_secret(step), None);
        }
    }
    let copies = copies(plan, account, &found);
    let mut decisions = vec![NOTHING; plan.steps.len()];
    let mut conflicts = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        if step.action != Action::Create {
            if !account.is_done(position) {
                decisions[position].next = Next::Send;
            }
            continue;
        }
        let Some(there) = found.get(&position) else {
            continue;
        };
        if known.contains(&position) && *there != There::Nothing {
            continue;
        }
        let decision = of_creation(account, &copies, position, there, on_conflict);
        if decision.next == Next::Conflict {
            conflicts.push(conflict(account, position, there, &decision));
        }
        decisions[position] = decision;
    }
    for (position, step) in plan.steps.iter().enumerate() {
        let Some(there @ There::Different(differences, _)) = found.get(&position) else {
            continue;
        };
        if !is_other(step, differences) {
            continue;
        }
        let below = sent_below(plan, &decisions, position);
        if below.is_empty() {
            continue;
        }
        let decision = of_creation(account, &copies, position, there, on_conflict);
        match decision.next {
            Next::Leave => {
                let left = needing(below, plan, order, &decisions).into_iter();
                for at in left.chain([position]) {
                    let next = Next::Leave;
                    decisions[at] = Decision { next, ..NOTHING };
                }
            }
            _ if known.contains(&position) => {
                conflicts.push(conflict(account, position, there, &decision));
            }
            _ => {}
        }
    }
    reopen(plan, order, &mut decisions);
    Ok((decisions, conflicts))
}

/// The steps that would write below an API or make a revision of it: where another
/// revision is current, what they are for is not what they would write into, nor
/// be made from.
fn sent_below(plan: &Plan, decisions: &[Decision], position: usize) -> Vec<usize> {
    let top = plan.steps[position].target.below();
    let below = |at: &usize| {
        let next = decisions[*at].next;
        let root = || plan.steps[*at].target.below().root();
        *at != position
            && next.is_sent()
            && (root() == *top || (next.is_made() && root().without_revision() == *top))
    };
    (0..decisions.len()).filter(below).collect()
}

/// These steps, and all that would be sent and need one of them.
fn needing(
    steps: Vec<usize>,
    plan: &Plan,
    order: &Order<'_>,
    decisions: &[Decision],
) -> HashSet<usize> {
    let mut found: HashSet<usize> = steps.into_iter().collect();
    loop {
        let needs = |at: &usize| order.nodes()[*at].after.iter().any(|on| found.contains(on));
        let is_sent =
            |at: &usize| plan.steps[*at].action == Action::Create && decisions[*at].next.is_sent();
        let more =
            (0..decisions.len()).filter(|at| !found.contains(at) && is_sent(at) && needs(at));
        let more: Vec<usize> = more.collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn conflict(
    account: &Account<'_>,
    position: usize,
    there: &There,
    decision: &Decision,
) -> Conflict {
    let step = &account.plan().steps[position];
    let ours = account.hold_of(position, there.etag()) == Hold::Ours;
    let since = |standing| account.changed(position, standing);
    let changed = ours.then(|| there.standing().and_then(since).unwrap_or_default());
    Conflict {
        step: step.id.clone(),
        target: step.target.clone(),
        differences: decision.differences.clone(),
        begun: account.holding(position).is_some_and(|h| h.is_begun()),
        changed,
        other_revision: is_other(step, &decision.differences),
    }
}

/// What stands where steps create something that are not done, or that these
/// need; and which of them are done. What is done and stood on something that is
/// gone may have gone with it, and is looked up as well.
async fn look(
    plan: &Plan,
    order: &Order<'_>,
    account: &Account<'_>,
    remote: &Remote,
) -> Result<(HashMap<usize, There>, HashSet<usize>), ReadFailed> {
    let mut found = HashMap::new();
    let mut known = HashSet::new();
    let mut open: Vec<usize> = (0..plan.steps.len())
        .filter(|&i| !account.is_done(i))
        .collect();
    // Which revision of these is current has to be seen.
    let roots: HashSet<ResourcePath> = (open.iter())
        .map(|&i| plan.steps[i].target.below().root().without_revision())
        .collect();
    loop {
        let fresh = wanted(plan, order, open, &found);
        if fresh.is_empty() {
            return Ok((found, known));
        }
        known.extend(fresh.iter().copied().filter(|&i| account.is_done(i)));
        // What stands below something that is gone need not be asked for.
        let above: HashSet<ResourcePath> = (fresh.iter())
            .flat_map(|&i| successors(plan.steps[i].target.below().parent(), ResourcePath::parent))
            .collect();
        let gone: HashSet<usize> = (found.iter())
            .filter(|(_, there)| **there == There::Nothing)
            .map(|(&i, _)| i)
            .filter(|&i| above.contains(plan.steps[i].target.below()))
            .collect();
        let all: Vec<usize> = fresh.iter().chain(&gone).copied().collect();
        let is_seen = |i: &usize| {
            let step = &plan.steps[*i];
            !(step.kind.revisions && roots.contains(step.target.below()))
        };
        let seen: HashSet<usize> = known.iter().copied().filter(is_seen).collect();
        found.extend(survey(plan, remote, &all, &seen).await?);
        open = (0..plan.steps.len())
            .filter(|i| !found.contains_key(i))
            .filter(|&i| {
                let mut needs = order.nodes()[i].after.iter();
                needs.any(|need| found.get(need) == Some(&There::Nothing))
            })
            .collect();
    }
}

/// The steps among these and what they need that create something and were not
/// looked up yet.
fn wanted(
    plan: &Plan,
    order: &Order<'_>,
    mut stack: Vec<usize>,
    found: &HashMap<usize, There>,
) -> Vec<usize> {
    let mut seen = vec![false; plan.steps.len()];
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            stack.extend(&order.nodes()[at].after);
        }
    }
    (0..plan.steps.len())
        .filter(|i| seen[*i] && plan.steps[*i].action == Action::Create && !found.contains_key(i))
        .collect()
}

fn of_creation(
    account: &Account<'_>,
    copies: &HashSet<&ResourcePath>,
    position: usize,
    there: &There,
    on_conflict: OnConflict,
) -> Decision {
    let step = &account.plan().steps[position];
    let hold = account.hold_of(position, there.etag());
    let (found, etag, differences) = match there {
        There::Nothing => (Found::Absent, None, Vec::new()),
        There::Listed => return NOTHING,
        There::Same(etag) => {
            let found = account.found_same(position, etag.as_deref());
            (found, etag.clone(), Vec::new())
        }
        There::Different(differences, standing) => {
            let found = match standing {
                _ if lacks_number(step, hold, differences)
                    && (matches!(hold, Hold::Unsure(_))
                        || standing
                            .as_ref()
                            .is_some_and(|s| account.is_as_left(position, s))) =>
                {
                    Found::Inherited
                }
                Some(standing)
                    if took_over(account.plan(), step, hold, differences, standing)
                        || account.is_as_left(position, standing) =>
                {
                    Found::AsLeft
                }
                // What this plan has written there is no copy of the service's any more.
                _ if matches!(hold, Hold::Nothing | Hold::Unsure(Was::Nothing))
                    && is_inherited(step, copies) =>
                {
                    Found::Inherited
                }
                _ => Found::Other,
            };
            let etag = standing.as_ref().and_then(|s| s.etag.clone());
            (found, etag, differences.clone())
        }
    };
    let next = match next(hold, found, on_conflict) {
        // The revision that is current there would have to go, and a secret could
        // not be put back.
        Next::Overwrite if is_other(step, &differences) || is_other_secret(&differences) => {
            Next::Conflict
        }
        next => next,
    };
    let mut decision = Decision {
        next,
        etag,
        differences,
        further: further(account, position, next, found),
        ..NOTHING
    };
    if let (Next::Overwrite, Was::Theirs, There::Different(_, standing)) =
        (next, hold.under(), there)
    {
        let known = account.holding(position).and_then(|h| h.saved.clone());
        // Over what this plan wrote itself, it is the one before that counts.
        match known.filter(|_| hold.is_replaced() && found == Found::AsLeft) {
            Some(saved) => {
                decision.saved = Some(saved);
                decision.over_own_word = true;
            }
            None => decision.replaces.clone_from(standing),
        }
    }
    decision
}

/// The request with which a step goes on that an earlier run was cut off in: what
/// has its number lacks only what is taken out.
fn further(account: &Account<'_>, position: usize, next: Next, found: Found) -> Option<Further> {
    let holding = account.holding(position)?;
    let further = (holding.further.clone())
        .filter(|further| matches!(holding.hold, Hold::Unsure(_)) && further.part != Part::Bare)?;
    match (next, found) {
        (Next::Send, Found::Inherited) => Some(further),
        (Next::Adopt, _) => Some(Further {
            part: Part::TakeOut,
            ..further
        }),
        _ => None,
    }
}

/// What this plan made as copies of something else in the workspace, with all
/// that stands below that.
fn copies<'p>(
    plan: &'p Plan,
    account: &Account<'_>,
    found: &HashMap<usize, There>,
) -> HashSet<&'p ResourcePath> {
    let steps = plan.steps.iter().enumerate();
    let etag = |at: usize| found.get(&at).and_then(There::etag);
    let copies = steps.filter(|(at, step)| {
        let is_copy = step.content.as_ref().is_some_and(is_copy);
        is_copy && account.hold_of(*at, etag(*at)).is_ours()
    });
    copies.map(|(_, step)| step.target.below()).collect()
}

/// Whether a step stands below one of these.
fn is_inherited(step: &Step, copies: &HashSet<&ResourcePath>) -> bool {
    let parent = step.target.below().parent();
    let mut above = std::iter::successors(parent, ResourcePath::parent);
    above.any(|path| copies.contains(&path))
}

/// What the service makes with something comes again when that is made again,
/// and is dealt with again.
fn reopen(plan: &Plan, order: &Order<'_>, decisions: &mut [Decision]) {
    let made: HashSet<usize> = (decisions.iter().enumerate())
        .filter(|(i, d)| plan.steps[*i].action == Action::Create && d.next.is_made())
        .map(|(i, _)| i)
        .collect();
    for (position, step) in plan.steps.iter().enumerate() {
        if step.action != Action::Create {
            let mut owners = order.nodes()[position].after.iter();
            if owners.any(|owner| made.contains(owner)) {
                decisions[position].next = Next::Send;
            }
        }
    }
}
