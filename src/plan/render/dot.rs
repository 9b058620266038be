//! The plan as a graph for Graphviz.

use std::fmt::Write as _;

use super::edges;
use crate::plan::model::{Action, Plan};
use crate::secret::plain;

/// Renders steps and what they wait for; an arrow leads to what comes first.
pub fn dot(plan: &Plan) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "digraph plan {{\n  label=\"{}\";\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
        quoted(&plan.name)
    );
    for (i, step) in plan.steps.iter().enumerate() {
        let style = match step.action {
            Action::Create => "",
            Action::Reuse => ", style=dashed",
            Action::Tidy => ", style=dotted",
        };
        let _ = writeln!(
            out,
            "  s{i} [label=\"{}\\n{}\"{style}];",
            quoted(step.id.as_str()),
            quoted(step.kind.name)
        );
    }
    for (step, before) in edges(plan) {
        let _ = writeln!(out, "  s{step} -> s{before};");
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    plain(text).replace('\\', "\\\\").replace('"', "\\\"")
}
