//! A plan to look at: as text, as one JSON document, as a page, as a comment on
//! a pull request, as a table, as a graph for Graphviz or for Mermaid, as what is
//! to be done by hand, what it rewrites, and why a thing is in it. Pure, and without colours.

mod assessed;
mod diff;
mod explain;
mod forms;
mod graph;
mod mapping;
mod page;
mod urls;
mod verdict;

use crate::plan::Plan;
use crate::plan::folder::PlanForm;
use crate::secret::seen_json;

pub use assessed::assessed;
pub use diff::diff;
pub use explain::{ExplainError, Explained, explain, explained};
pub use forms::checklist::checklist;
pub use forms::csv::csv;
pub use forms::dot::dot;
pub use forms::markdown::markdown;
pub use forms::mermaid::mermaid;
pub use forms::text::{Detail, into, kinds, text};
pub use graph::part::Part;
pub use graph::{Focus, GraphError};
pub use page::{PageError, Runs, Since, page};

/// The plan as one JSON document: `plan.yaml` in JSON, with the paths of the
/// bodies.
///
/// # Errors
/// Never for a plan that was read or made; the type is serde's.
pub fn json(plan: &Plan) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(&PlanForm::from(plan))?;
    Ok(seen_json(format!("{text}\n")))
}

#[cfg(test)]
mod tests;
