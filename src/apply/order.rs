//! The order of a plan's steps as numbers, checked.

use std::collections::HashMap;

use super::ApplyError;
use super::frontier::{LaneKey, Node};
use crate::address::{ResourcePath, ServiceId};
use crate::plan::place::below_workspace;
use crate::plan::{Plan, StepId};

/// Positions of the steps, and what each waits for.
#[derive(Debug)]
pub(crate) struct Order<'p> {
    positions: HashMap<&'p StepId, usize>,
    nodes: Vec<Node>,
}

impl<'p> Order<'p> {
    /// Takes the order out of a plan.
    ///
    /// # Errors
    /// When a step waits for one that is not there, or for itself in the end.
    pub(crate) fn of(plan: &'p Plan) -> Result<Self, ApplyError> {
        let steps = plan.steps.iter().enumerate();
        let positions: HashMap<&StepId, usize> = steps.map(|(i, s)| (&s.id, i)).collect();
        let mut nodes = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let mut after = Vec::with_capacity(step.after.len());
            for id in &step.after {
                let Some(&position) = positions.get(id) else {
                    return Err(ApplyError::Order {
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
                lane: LaneKey::of(step.kind, &step.target),
            });
        }
        let mut order = Self { positions, nodes };
        match order.in_cycle() {
            None => {
                order.put_copies_first(plan);
                Ok(order)
            }
            Some((step, after)) => Err(ApplyError::Order {
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
            let content = step.content.as_ref();
            let of = content.and_then(|c| c.properties.get("sourceApiId")?.as_str());
            let of = of.map(|id| ServiceId::split(id).map_or(id, |(_, below)| below));
            let of = of.map(|below| below_workspace(below, &plan.workspace).unwrap_or(below));
            if let Some(Ok(path)) = of.map(str::parse) {
                copies.entry(path).or_default().push(position);
            }
        }
        for (position, step) in plan.steps.iter().enumerate() {
            let above = std::iter::successors(step.target.below().parent(), |p| p.parent());
            let of_these = above.filter_map(|p| copies.get(&p));
            let behind: Vec<usize> = of_these.flatten().copied().collect();
            self.nodes[position].behind = behind;
        }
        // Where a copy waits for what it should precede, the plan's word holds.
        if self.in_cycle().is_some() {
            for node in &mut self.nodes {
                node.behind.clear();
            }
        }
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
