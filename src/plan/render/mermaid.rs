//! The plan as a graph for Mermaid, which code hosts draw in Markdown.

use std::fmt::Write as _;

use super::edges;
use crate::plan::model::{Action, Plan};
use crate::secret::plain;

/// Renders steps and what they wait for; an arrow leads to what comes first.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart LR\n");
    for (i, step) in plan.steps.iter().enumerate() {
        let (open, close) = match step.action {
            Action::Create => ("[", "]"),
            Action::Reuse => ("([", "])"),
            Action::Tidy => ("{{", "}}"),
        };
        let _ = writeln!(
            out,
            "  s{i}{open}\"{}<br/>{}\"{close}",
            quoted(step.id.as_str()),
            quoted(step.kind.name)
        );
    }
    for (step, before) in edges(plan) {
        let _ = writeln!(out, "  s{step} --> s{before}");
    }
    out
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
