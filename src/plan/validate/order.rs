//! The order of the steps: that there is one, and putting them into it.

use std::collections::HashMap;

use super::{Problem, Trouble};
use crate::graph::order::order;
use crate::nearest::nearest;
use crate::plan::model::{Plan, StepId};

/// Sorts the steps so that each comes after those it waits for. Steps that
/// stand well already stay where they are.
///
/// # Errors
/// When a step waits for one that is not there, or steps wait for each other;
/// the plan is left as it was.
pub fn sort(plan: &mut Plan) -> Result<(), Vec<Problem>> {
    let problems = problems(plan);
    if !problems.is_empty() {
        return Err(problems);
    }
    let keys: Vec<usize> = (0..plan.steps.len()).collect();
    if let Ok(sorted) = order(&keys, &needs(plan)) {
        let mut steps: Vec<_> = std::mem::take(&mut plan.steps)
            .into_iter()
            .map(Some)
            .collect();
        plan.steps = sorted.iter().filter_map(|i| steps[*i].take()).collect();
    }
    Ok(())
}

/// What stands in the way of an order.
pub(super) fn problems(plan: &Plan) -> Vec<Problem> {
    let at = positions(plan);
    let about = |step: &StepId, trouble| Problem {
        step: Some(step.clone()),
        file: None,
        place: None,
        trouble,
    };
    let mut found = Vec::new();
    for step in &plan.steps {
        for after in step.after.iter().filter(|a| !at.contains_key(a)) {
            let ids = plan.steps.iter().map(|s| s.id.as_str());
            found.push(about(
                &step.id,
                Trouble::UnknownStep {
                    after: after.clone(),
                    near: nearest(after.as_str(), ids).map(str::to_owned),
                },
            ));
        }
    }
    let keys: Vec<usize> = (0..plan.steps.len()).collect();
    for cycle in order(&keys, &needs(plan)).err().unwrap_or_default() {
        let members: Vec<StepId> = cycle.iter().map(|i| plan.steps[*i].id.clone()).collect();
        if let Some(first) = members.first().cloned() {
            found.push(about(&first, Trouble::Cycle(members)));
        }
    }
    found
}

fn positions(plan: &Plan) -> HashMap<&StepId, usize> {
    (plan.steps.iter().enumerate())
        .map(|(i, s)| (&s.id, i))
        .collect()
}

fn needs(plan: &Plan) -> Vec<(usize, usize)> {
    let at = positions(plan);
    let mut needs = Vec::new();
    for (i, step) in plan.steps.iter().enumerate() {
        let before = step.after.iter().filter_map(|id| at.get(id));
        needs.extend(before.map(|before| (i, *before)));
    }
    needs.sort_unstable();
    needs.dedup();
    needs
}
