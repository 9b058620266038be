//! The order of a plan's steps as numbers, checked.

use std::collections::{BTreeSet, HashMap};

use super::error::RunError;
use super::revision::origin_of;
use crate::address::ResourcePath;
use crate::catalog::{Effect, EffectNames};
use crate::engine::frontier::Node;
use crate::engine::lanes::{LaneKey, shares};
use crate::plan::{Action, Plan, StepId};

/// Positions of the steps, and what each waits for.
#[derive(Debug)]
pub(crate) struct Order<'p> {
    positions: HashMap<&'p StepId, usize>,
    nodes: Vec<Node>,
    /// Whether all that the service makes in one collection is dealt with after
    /// all of it was made.
    lists_once: bool,
}

impl<'p> Order<'p> {
    /// Takes the order out of a plan.
    ///
    /// # Errors
    /// When a step waits for one that is not there, or for itself in the end.
    pub(crate) fn of(plan: &'p Plan) -> Result<Self, RunError> {
        let steps = plan.steps.iter().enumerate();
        let positions: HashMap<&StepId, usize> = steps.map(|(i, s)| (&s.id, i)).collect();
        let mut nodes = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let mut after = Vec::with_capacity(step.after.len());
            for id in &step.after {
                let Some(&position) = positions.get(id) else {
                    return Err(RunError::Order {
                        step: step.id.clone(),
                        after: id.clone(),
                        absent: true,
                    });
                };
                after.push(position);
            }
            after.sort_unstable();
            after.dedup();
            nodes.push(Node {
                after,
                behind: Vec::new(),
                lane: LaneKey::of(step.kind, &step.target, step.content.as_ref()),
                shares: shares(step.kind, &step.target),
            });
        }
        let mut order = Self {
            positions,
            nodes,
            lists_once: true,
        };
        match order.in_cycle() {
            None => {
                order.put_copies_first(plan);
                order.put_tidies_first(plan);
                order.lists_once = order.put_owners_first(plan);
                Ok(order)
            }
            Some((step, after)) => Err(RunError::Order {
                step: plan.steps[step].id.clone(),
                after: plan.steps[after].id.clone(),
                absent: false,
            }),
        }
    }

    /// A revision that is made from another one takes a copy of all that stands
    /// below that. It is made while nothing does: what it should not have would
    /// have to be found and removed again.
    fn put_copies_first(&mut self, plan: &Plan) {
        let mut copies: HashMap<ResourcePath, Vec<usize>> = HashMap::new();
        for (position, step) in plan.steps.iter().enumerate() {
            if let Some(path) = origin_of(plan, step) {
                copies.entry(path).or_default().push(position);
            }
        }
        for (position, step) in plan.steps.iter().enumerate() {
            let above = std::iter::successors(step.target.below().parent(), |p| p.parent());
            let of_these = above.filter_map(|p| copies.get(&p));
            let behind: Vec<usize> = of_these.flatten().copied().collect();
            self.put_behind(position, behind);
        }
    }

    /// What the service made on its own counts like anything else of its kind,
    /// towards a product's subscriptions per owner for one. It is removed
    /// before the plan's own of that kind are made.
    fn put_tidies_first(&mut self, plan: &Plan) {
        let mut tidies: HashMap<(usize, &str), Vec<usize>> = HashMap::new();
        let all = || plan.steps.iter().enumerate();
        for (position, step) in all().filter(|(_, s)| s.action == Action::Tidy) {
            for &owner in &self.nodes[position].after {
                let key = (owner, step.kind.name);
                tidies.entry(key).or_default().push(position);
            }
        }
        for (position, step) in all().filter(|(_, s)| s.action != Action::Tidy) {
            let owners = self.nodes[position].after.iter();
            let first = owners.filter_map(|&owner| tidies.get(&(owner, step.kind.name)));
            let first: Vec<usize> = first.flatten().copied().collect();
            self.put_behind(position, first);
        }
    }

    /// What the service makes beside its owners, all in one collection, is looked
    /// for after all of these were made, so that one list tells of all of it.
    fn put_owners_first(&mut self, plan: &Plan) -> bool {
        let mut owners: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        let mut looking = Vec::new();
        for (position, step) in plan.steps.iter().enumerate() {
            if step.action == Action::Create {
                continue;
            }
            let is_it = |e: &Effect| e.names == EffectNames::Owner && e.kind == step.kind;
            let of_it = |&owner: &usize| plan.steps[owner].kind.effects.iter().any(is_it);
            let all = self.nodes[position].after.iter().copied().filter(of_it);
            let all: Vec<usize> = all.collect();
            if !all.is_empty() {
                owners.entry(step.kind.name).or_default().extend(all);
                looking.push((position, step.kind.name));
            }
        }
        let mut all = true;
        for (position, kind) in looking {
            let first = owners.get(kind).into_iter().flatten().copied();
            all &= self.put_behind(position, first.collect());
        }
        all
    }

    /// Whether one list, read when the first of them asks, tells of all that the
    /// service makes in a collection.
    pub(crate) fn lists_once(&self) -> bool {
        self.lists_once
    }

    /// Lets a step go behind others, but for those that wait for it: where the
    /// plan has an order, that holds. Returns whether it goes behind them.
    fn put_behind(&mut self, position: usize, first: Vec<usize>) -> bool {
        if first.is_empty() {
            return true;
        }
        let mut follows = vec![false; self.nodes.len()];
        let mut stack = first.clone();
        while let Some(at) = stack.pop() {
            if !std::mem::replace(&mut follows[at], true) {
                let node = &self.nodes[at];
                stack.extend(node.after.iter().chain(&node.behind));
            }
        }
        if !follows[position] {
            self.nodes[position].behind.extend(first);
        }
        !follows[position]
    }

    /// A step that can never start, and one of those it waits for.
    fn in_cycle(&self) -> Option<(usize, usize)> {
        let waits = |n: &Node| n.after.len() + n.behind.len();
        let mut open: Vec<usize> = self.nodes.iter().map(waits).collect();
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for &before in node.after.iter().chain(&node.behind) {
                dependents[before].push(index);
            }
        }
        let mut free: Vec<usize> = (0..open.len()).filter(|&i| open[i] == 0).collect();
        while let Some(index) = free.pop() {
            for &next in &dependents[index] {
                open[next] -= 1;
                if open[next] == 0 {
                    free.push(next);
                }
            }
        }
        let stuck = open.iter().position(|&n| n > 0)?;
        let node = &self.nodes[stuck];
        let mut before = node.after.iter().chain(&node.behind).copied();
        Some((stuck, before.find(|&a| open[a] > 0)?))
    }

    /// Where a step stands in the plan.
    pub(crate) fn position(&self, id: &StepId) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// What each step waits for, by position, and its lane.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::steps::{plan, step};
    use serde_json::json;

    fn behind(plan: &Plan, id: &str) -> Vec<String> {
        let order = Order::of(plan).unwrap();
        let position = order.position(&StepId::new(id)).unwrap();
        let first = order.nodes()[position].behind.iter();
        first.map(|&i| plan.steps[i].id.to_string()).collect()
    }

    fn revision(after: &[&str]) -> crate::plan::Step {
        step("api", "/apis/x;rev=1", after).with(json!({"sourceApiId": "/apis/x"}))
    }

    #[test]
    fn what_stands_below_a_copied_api_goes_behind_the_copy() {
        let plan = plan(vec![
            step("api", "/apis/x", &[]),
            step("operation", "/apis/x/operations/a", &["apis/x"]),
            revision(&["apis/x"]),
            step("operation", "/apis/x;rev=1/operations/a", &["apis/x;rev=1"]),
        ]);
        assert_eq!(behind(&plan, "apis/x/operations/a"), ["apis/x;rev=1"]);
        assert_eq!(behind(&plan, "apis/x;rev=1/operations/a"), [] as [&str; 0]);
    }

    #[test]
    fn where_the_plan_has_an_order_that_holds() {
        let plan = plan(vec![
            step("api", "/apis/x", &[]),
            step("operation", "/apis/x/operations/a", &["apis/x"]),
            revision(&["apis/x", "apis/x/operations/a"]),
        ]);
        assert_eq!(behind(&plan, "apis/x/operations/a"), [] as [&str; 0]);
    }

    #[test]
    fn the_plans_own_subscriptions_go_behind_the_automatic_one() {
        let plan = plan(vec![
            step("product", "/products/p", &[]),
            step("product", "/products/q", &[]),
            step(
                "subscription",
                "/products/p/subscriptions/auto",
                &["products/p"],
            )
            .action(Action::Tidy),
            step("subscription", "/subscriptions/s", &["products/p"]),
            step("subscription", "/subscriptions/t", &["products/q"]),
        ]);
        assert_eq!(
            behind(&plan, "subscriptions/s"),
            ["products/p/subscriptions/auto"]
        );
        assert_eq!(behind(&plan, "subscriptions/t"), [] as [&str; 0]);
    }

    #[test]
    fn a_circle_and_an_absent_step_are_refused_with_their_names() {
        let circle = plan(vec![
            step("tag", "/tags/a", &["tags/b"]),
            step("tag", "/tags/b", &["tags/a"]),
        ]);
        let error = Order::of(&circle).unwrap_err();
        assert!(matches!(error, RunError::Order { absent: false, .. }));
        let absent = plan(vec![step("tag", "/tags/a", &["tags/none"])]);
        let error = Order::of(&absent).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`tags/a` waits for `tags/none`, which is not in the plan"
        );
    }
}
