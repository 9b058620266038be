//! The plan as one page that needs nothing else: no script, no file, no network.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::plan::setup::Item;
use crate::plan::{Action, Plan, Step};
use crate::plan::{Finding, Severity};
use crate::secret::is_unseen;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #d0d7de}\
code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow:auto;background:#f6f8fa;padding:.75rem;border-radius:6px}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #eaeef2}\
dt{font-weight:600}dd{margin:0 0 .4rem}summary{cursor:pointer}\
.blocker{border-left:4px solid #cf222e}.warning{border-left:4px solid #bf8700}.note{border-left:4px solid #8c959f}\
.finding{padding:.4rem .8rem;margin:.5rem 0;background:#f6f8fa}.tag{font-weight:600}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre,.finding{background:#161b22}td,th{border-color:#30363d}}";

/// Renders the page.
pub fn html(plan: &Plan) -> String {
    let mut out = String::new();
    let title = escaped(&format!(
        "{}: {} into {}",
        plan.name,
        plan.source.name(),
        plan.workspace
    ));
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    head(plan, &mut out);
    findings(plan, &mut out);
    steps(plan, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

fn head(plan: &Plan, out: &mut String) {
    let mut rows = vec![
        ("made", format!("{} by {}", plan.created, plan.generator)),
        ("from", plan.source.to_string()),
        ("into", plan.workspace_id()),
        ("APIs", plan.selection.apis.join(", ")),
    ];
    for item in plan.setup.items() {
        rows.push((
            "first",
            match item {
                Item::Workspace(workspace) => {
                    format!("make the workspace `{}`", workspace.display_name)
                }
                Item::Access(access) => {
                    format!("give {} the role {}", access.principal, access.role)
                }
            },
        ));
    }
    for action in [Action::Create, Action::Reuse, Action::Tidy] {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for step in plan.steps.iter().filter(|s| s.action == action) {
            *kinds.entry(step.kind.plural).or_default() += 1;
        }
        if !kinds.is_empty() {
            let kinds: Vec<String> = kinds
                .iter()
                .map(|(kind, n)| format!("{n} {kind}"))
                .collect();
            rows.push((action.as_str(), kinds.join(", ")));
        }
    }
    out.push_str("<dl>\n");
    for (name, value) in rows {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
    }
    out.push_str("</dl>\n");
}

fn findings(plan: &Plan, out: &mut String) {
    if plan.findings.is_empty() {
        return;
    }
    out.push_str("<h2>Findings</h2>\n");
    for severity in [Severity::Blocker, Severity::Warning, Severity::Note] {
        let word = severity.as_str();
        let found: Vec<&Finding> = plan
            .findings
            .iter()
            .filter(|f| f.severity == severity)
            .collect();
        for finding in found {
            let allowed = if finding.allowed { ", allowed" } else { "" };
            let _ = writeln!(
                out,
                "<div class=\"finding {word}\"><span class=\"tag\">{word}{allowed}: {}</span> \
                 <code>{}</code><br>{}<br>{}</div>",
                escaped(&finding.code),
                escaped(&finding.resource),
                escaped(&finding.message),
                escaped(&finding.help),
            );
        }
    }
}

fn steps(plan: &Plan, out: &mut String) {
    out.push_str(
        "<h2>Steps</h2>\n<table>\n<tr><th>#</th><th>action</th><th>kind</th><th>what</th><th>because of</th></tr>\n",
    );
    for (number, step) in plan.steps.iter().enumerate() {
        let because: Vec<String> = (step.because.iter())
            .map(|path| format!("<code>{}</code>", escaped(path.as_str())))
            .collect();
        let _ = writeln!(
            out,
            "<tr id=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(step.id.as_str()),
            number + 1,
            step.action.as_str(),
            step.kind.name,
            what(step),
            because.join("<br>"),
        );
    }
    out.push_str("</table>\n");
}

/// Source and target, what comes before, and behind a fold what is sent.
fn what(step: &Step) -> String {
    let mut out = String::new();
    if let Some(source) = &step.source {
        let _ = write!(out, "<code>{}</code><br>", escaped(source.as_str()));
    }
    let _ = write!(out, "→ <code>{}</code>", escaped(&step.target.to_string()));
    if !step.after.is_empty() {
        let after: Vec<String> = (step.after.iter())
            .map(|id| {
                let id = escaped(id.as_str());
                format!("<a href=\"#{id}\">{id}</a>")
            })
            .collect();
        let _ = write!(out, "<br>after {}", after.join(", "));
    }
    if let Some(content) = &step.content {
        let body = Value::Object(content.properties.clone());
        let _ = write!(
            out,
            "<details><summary>what is sent</summary><pre>{}</pre>",
            escaped(&format!("{body:#}"))
        );
        if let Some(document) = &content.document {
            let _ = write!(out, "<pre>{}</pre>", escaped(document));
        }
        out.push_str("</details>");
    }
    if let Some(action) = &step.secret {
        let _ = write!(
            out,
            "<br>its secret is read with <code>{}</code> when applied",
            escaped(action)
        );
    }
    if let Some(upload) = &step.upload {
        let from = escaped(&upload.to_string());
        let _ = write!(out, "<br>uploaded from {from} when applied");
    }
    out
}

/// Text as it may stand in a page, in an element or an attribute. What is not
/// seen, but for line ends and tabs, is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if is_unseen(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
