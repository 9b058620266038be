//! A plan to look at: as text, as one JSON document, as a page, as a graph for
//! Graphviz or for Mermaid. Pure, and without colours.

mod dot;
mod html;
mod mermaid;
mod text;

use std::collections::HashMap;

use super::folder::PlanForm;
use super::model::{Plan, Step};
use crate::secret::seen_json;

pub use dot::dot;
pub use html::html;
pub use mermaid::mermaid;
pub use text::text;

/// The plan as one JSON document: `plan.yaml` in JSON, with the paths of the
/// bodies.
///
/// # Errors
/// Never for a plan that was read or made; the type is serde's.
pub fn json(plan: &Plan) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(&PlanForm::from(plan))?;
    Ok(seen_json(&format!("{text}\n")))
}

/// The edges of the plan's graph: pairs of a step and one that comes before
/// it, by position. Ids that no step has are left out.
fn edges(plan: &Plan) -> Vec<(usize, usize)> {
    let at: HashMap<_, _> = (plan.steps.iter().enumerate())
        .map(|(i, s)| (&s.id, i))
        .collect();
    let after = |(i, step): (usize, &Step)| -> Vec<(usize, usize)> {
        let known = step.after.iter().filter_map(|id| at.get(id));
        known.map(|before| (i, *before)).collect()
    };
    plan.steps.iter().enumerate().flat_map(after).collect()
}

#[cfg(test)]
mod tests;
