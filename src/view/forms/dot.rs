//! The plan as a graph for Graphviz.

use std::fmt::Write as _;

use crate::plan::{Action, Plan};
use crate::secret::plain;
use crate::view::graph::{Focus, Graph, GraphError};

/// Renders things and what they wait for; an arrow leads to what comes first.
///
/// # Errors
/// When there is nothing to focus on.
pub fn dot(plan: &Plan, focus: &Focus) -> Result<String, GraphError> {
    let graph = Graph::of(plan, focus)?;
    let mut out = String::new();
    let _ = write!(
        out,
        "digraph plan {{\n  label=\"{}\";\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
        quoted(&plan.name)
    );
    for (i, node) in graph.nodes.iter().enumerate() {
        let style = match node.step.action {
            Action::Create => "",
            Action::Reuse => ", style=dashed",
            Action::Tidy => ", style=dotted",
        };
        let _ = writeln!(
            out,
            "  s{i} [label=\"{}\\n{}\"{style}];",
            quoted(node.step.id.as_str()),
            node.about()
        );
    }
    for (step, before) in &graph.edges {
        let _ = writeln!(out, "  s{step} -> s{before};");
    }
    out.push_str("}\n");
    Ok(out)
}

fn quoted(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('"', "\\\"")
}
