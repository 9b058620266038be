//! What a rollback may delete, and in which order: pure, from what the journal
//! says and what was found.

use std::collections::{BTreeSet, HashMap};

use super::held::Held;
use crate::address::ResourcePath;
use crate::engine::frontier::Node;
use crate::engine::lanes::LaneKey;
use crate::plan::Plan;
use crate::target::survey::revision_root;

/// What becomes of the steps of a plan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    /// What takes a request of its own; with what goes with it.
    pub(crate) units: Vec<Unit>,
    /// What is kept though this plan made it, and the step for whose sake.
    pub(crate) kept: Vec<(usize, usize)>,
}

/// One DELETE, or one PUT of what somebody else had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The step whose resource is deleted or put back.
    pub(crate) step: usize,
    /// Whether what somebody else had is put back.
    pub(crate) puts_back: bool,
    /// Steps whose resources go with it.
    pub(crate) with: Vec<usize>,
    /// Indices of the units that must be done before.
    pub(crate) after: Vec<usize>,
}

impl Unit {
    /// The unit as the frontier sees it.
    pub(crate) fn node(&self, plan: &Plan) -> Node {
        let step = &plan.steps[self.step];
        Node {
            after: self.after.clone(),
            behind: Vec::new(),
            lane: LaneKey::of(step.kind, &step.target, None),
            shares: false,
        }
    }
}

/// Decides what is deleted, and what put back. `after` holds, for each step, the steps it waited
/// for when the plan was applied.
pub(crate) fn undo(plan: &Plan, after: &[Node], held: &[Held]) -> Undo {
    let places: HashMap<&ResourcePath, usize> = (0..held.len())
        .filter(|&i| held[i] == Held::Untouched)
        .map(|i| (plan.steps[i].target.below(), i))
        .collect();
    let kept_for = keepers(plan, after, held, &places);
    let kept = (0..held.len())
        .filter(|&i| held[i] == Held::Untouched || held[i].stays())
        .filter_map(|i| Some((i, kept_for[i]?)))
        .collect();
    let goes = |i: usize| held[i] == Held::Untouched && kept_for[i].is_none();
    // What is somebody's goes with nothing, and nobody keeps it from him.
    let puts_back = |i: usize| held[i] == Held::Replaced;
    let going: Vec<usize> = (0..held.len())
        .filter(|&i| goes(i) || puts_back(i))
        .collect();
    let above: Vec<usize> = going
        .iter()
        .map(|&i| {
            if puts_back(i) {
                return i;
            }
            let takers = takers(plan.steps[i].target.below());
            let mut topmost = takers.iter().rev().filter_map(|p| places.get(p).copied());
            topmost.find(|&a| goes(a)).unwrap_or(i)
        })
        .collect();
    let mut unit_of = vec![None; held.len()];
    let mut units: Vec<Unit> = Vec::new();
    for (&step, &top) in going.iter().zip(&above) {
        if step == top {
            unit_of[step] = Some(units.len());
            units.push(Unit {
                step,
                puts_back: puts_back(step),
                with: Vec::new(),
                after: Vec::new(),
            });
        }
    }
    for (&step, &top) in going.iter().zip(&above) {
        if step != top
            && let Some(unit) = unit_of[top]
        {
            unit_of[step] = Some(unit);
            units[unit].with.push(step);
        }
    }
    let mut edges = BTreeSet::new();
    for &step in &going {
        for &needed in &after[step].after {
            if let (Some(first), Some(then)) = (unit_of[step], unit_of[needed])
                && first != then
            {
                edges.insert((then, first));
            }
        }
    }
    for (then, first) in edges {
        units[then].after.push(first);
    }
    Undo { units, kept }
}

/// What takes a resource along when it is deleted, from the nearest to the
/// topmost: what it stands below, and, for a revision, the API's current one.
fn takers(path: &ResourcePath) -> Vec<ResourcePath> {
    let mut takers: Vec<_> = std::iter::successors(path.parent(), ResourcePath::parent).collect();
    takers.extend(revision_root(path));
    takers
}

/// For each step the touched one for whose sake it is kept: that itself and, where
/// it is this plan's, what it stands below and all that links to these; what all of
/// these need; and what stands below any of it.
fn keepers(
    plan: &Plan,
    after: &[Node],
    held: &[Held],
    places: &HashMap<&ResourcePath, usize>,
) -> Vec<Option<usize>> {
    let mut kept_for = vec![None; held.len()];
    if !held.iter().any(Held::stays) {
        return kept_for;
    }
    let mut below: HashMap<ResourcePath, Vec<usize>> = HashMap::new();
    let mut links: HashMap<usize, Vec<usize>> = HashMap::new();
    for (position, step) in plan.steps.iter().enumerate() {
        if step.kind.is_link() {
            let ends = after[position].after.iter().copied();
            ends.for_each(|end| links.entry(end).or_default().push(position));
        } else {
            let above = takers(step.target.below()).into_iter();
            above.for_each(|path| below.entry(path).or_default().push(position));
        }
    }
    let whole = |at: usize| {
        let above = takers(plan.steps[at].target.below());
        let above: Vec<usize> = above
            .iter()
            .filter_map(|p| places.get(p).copied())
            .collect();
        std::iter::once(at).chain(above)
    };
    let touched: Vec<usize> = (0..held.len()).filter(|&i| held[i].stays()).collect();
    for &touched in &touched {
        kept_for[touched] = Some(touched);
    }
    let mut seen = vec![false; held.len()];
    for touched in touched {
        // What hangs on somebody else's is this plan's all the same.
        let mut stack = after[touched].after.clone();
        if matches!(held[touched], Held::Stays(_)) {
            stack = whole(touched).collect();
            let linked = stack.iter().filter_map(|at| links.get(at)).flatten();
            // One that never came to stand there keeps nobody.
            let linked = linked.filter(|at| held[**at] == Held::Untouched);
            let linked: Vec<usize> = linked.copied().collect();
            stack.extend(linked);
        }
        while let Some(at) = stack.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            kept_for[at].get_or_insert(touched);
            stack.extend(whole(at));
            stack.extend(&after[at].after);
            let path = plan.steps[at].target.below();
            stack.extend(below.get(path).into_iter().flatten());
        }
    }
    kept_for
}

#[cfg(test)]
#[path = "undo_tests.rs"]
mod tests;
