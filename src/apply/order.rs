//! The order of a plan's steps as numbers, checked.

use std::collections::HashMap;

use super::ApplyError;
use super::frontier::{LaneKey, Node};
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
                lane: LaneKey::of(step.kind, &step.target),
            });
        }
        let order = Self { positions, nodes };
        match order.in_cycle() {
            None => Ok(order),
            Some((step, after)) => Err(ApplyError::Order {
                step: plan.steps[step].id.clone(),
                after: plan.steps[after].id.clone(),
                absent: false,
            }),
        }
    }

    /// A step that can never start, and one of those it waits for.
    fn in_cycle(&self) -> Option<(usize, usize)> {
        let mut open: Vec<usize> = self.nodes.iter().map(|n| n.after.len()).collect();
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for &before in &node.after {
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
        let mut after = self.nodes[stuck].after.iter().copied();
        Some((stuck, after.find(|&a| open[a] > 0)?))
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
