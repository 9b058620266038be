//! The plan as a graph for Mermaid, which code hosts draw in Markdown.

use std::fmt::Write as _;

use crate::plan::{Action, Plan};
use crate::secret::plain;
use crate::view::graph::{Focus, Graph, GraphError};

/// Most edges that Mermaid draws.
const MOST_EDGES: usize = 500;
/// Most characters that Mermaid reads.
const MOST: usize = 50_000;

/// Renders things and what they wait for; an arrow leads to what comes first.
///
/// # Errors
/// When Mermaid would not draw it, or there is nothing to focus on.
pub fn mermaid(plan: &Plan, focus: &Focus) -> Result<String, GraphError> {
    let graph = Graph::of(plan, focus)?;
    let mut out = String::from("flowchart LR\n");
    for (i, node) in graph.nodes.iter().enumerate() {
        let (open, close) = match node.step.action {
            Action::Create => ("[", "]"),
            Action::Reuse => ("([", "])"),
            Action::Tidy => ("{{", "}}"),
        };
        let _ = writeln!(
            out,
            "  s{i}{open}\"{}<br/>{}\"{close}",
            quoted(node.step.id.as_str()),
            quoted(&node.about())
        );
    }
    for (step, before) in &graph.edges {
        let _ = writeln!(out, "  s{step} --> s{before}");
    }
    let (edges, characters) = (graph.edges.len(), out.chars().count());
    match edges > MOST_EDGES || characters > MOST {
        true => Err(GraphError::TooLarge { edges, characters }),
        false => Ok(out),
    }
}

/// Writes everything that Mermaid or Markdown could take for markup as an
/// entity of Mermaid's.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '/' | '-' | '.' | '=') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
