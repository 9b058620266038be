//! The plan as text: what it is, what a person should know, what is done.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::plan::finding::{Finding, Severity};
use crate::plan::model::{Action, Plan, Step};
use crate::plan::setup::Item;
use crate::secret::plain;

/// Widest line, in characters, unless a single word is longer.
const WIDTH: usize = 100;

/// How many of the resources a step is there for are named.
const REASONS: usize = 2;

/// Renders an overview.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    let field = |out: &mut String, name: &str, value: &str| {
        wrapped(out, &format!("{name:<11}"), &plain(value));
    };
    field(
        &mut out,
        "plan",
        &format!("{}, made {} by {}", plan.name, plan.created, plan.generator),
    );
    field(&mut out, "from", &plan.source.to_string());
    field(&mut out, "into", &plan.workspace_id());
    field(&mut out, "APIs", &selection(plan));
    if !plan.allow.is_empty() {
        field(&mut out, "allowed", &plan.allow.join(", "));
    }
    for item in plan.setup.items() {
        let what = match item {
            Item::Workspace(workspace) => {
                format!(
                    "make the workspace `{}`, if need be",
                    workspace.display_name
                )
            }
            Item::Access(access) => format!(
                "let the {} {} work there as {}",
                access.principal_type.to_lowercase(),
                access.principal,
                access.role
            ),
        };
        field(&mut out, "first", &what);
    }
    counts(plan, &mut out);
    findings(plan, &mut out);
    steps(plan, &mut out);
    out
}

fn selection(plan: &Plan) -> String {
    let mut text = match plan.selection.apis.as_slice() {
        [] => "none".to_owned(),
        apis => apis.join(", "),
    };
    if plan.selection.whole_version_sets {
        text.push_str("; with their whole version sets");
    }
    if !plan.selection.without.is_empty() {
        let _ = write!(text, "; without {}", plan.selection.without.join(", "));
    }
    if !plan.selection.service_scope.is_empty() {
        let words = plan.selection.service_scope.join(", ");
        let _ = write!(text, "; with the service's {words}");
    }
    text
}

fn counts(plan: &Plan, out: &mut String) {
    for action in [Action::Create, Action::Reuse, Action::Tidy] {
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for step in plan.steps.iter().filter(|s| s.action == action) {
            match kinds.iter_mut().find(|(name, _)| *name == step.kind.plural) {
                Some((_, count)) => *count += 1,
                None => kinds.push((step.kind.plural, 1)),
            }
        }
        if kinds.is_empty() {
            continue;
        }
        let kinds: Vec<String> = (kinds.iter()).map(|(k, n)| format!("{k}: {n}")).collect();
        let all = plan.count(action);
        let label = format!("{:<11}", action.as_str());
        wrapped(out, &label, &format!("{all} ({})", kinds.join(", ")));
    }
}

fn findings(plan: &Plan, out: &mut String) {
    let of = |severity, allowed| {
        let found = plan.findings.iter();
        found.filter(move |f| f.severity == severity && f.allowed == allowed)
    };
    for (title, severity, allowed) in [
        ("Blockers", Severity::Blocker, false),
        ("Allowed blockers", Severity::Blocker, true),
        ("Warnings", Severity::Warning, false),
        ("Warnings, allowed", Severity::Warning, true),
        ("Notes", Severity::Note, false),
        ("Notes, allowed", Severity::Note, true),
    ] {
        // What has the same code has the same help, which is said once.
        let mut codes: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in of(severity, allowed) {
            let key = (finding.code.as_str(), finding.help.as_str());
            codes.entry(key).or_default().push(finding);
        }
        if codes.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{title} ({})", of(severity, allowed).count());
        for ((code, help), found) in codes {
            let _ = writeln!(out, "  {}", plain(code));
            for finding in found {
                let line = format!("{}: {}", finding.resource, finding.message);
                wrapped(out, "    - ", &plain(&line));
            }
            if !help.is_empty() {
                wrapped(out, "    help: ", &plain(help));
            }
        }
    }
}

fn steps(plan: &Plan, out: &mut String) {
    let _ = writeln!(out, "\nSteps ({})", plan.steps.len());
    let widest = plan.steps.iter().map(|s| s.kind.name.len()).max();
    let widest = widest.unwrap_or_default();
    for step in &plan.steps {
        let label = format!(
            "  {:<6}  {:<widest$}  ",
            step.action.as_str(),
            step.kind.name
        );
        wrapped(out, &label, &plain(&line(step)));
    }
}

fn line(step: &Step) -> String {
    let mut text = step.target.below().to_string();
    if step.secret.is_some() {
        text.push_str(" (secret read when applied)");
    }
    if let Some(upload) = &step.upload {
        let _ = write!(text, " (uploaded from {upload})");
    }
    let named: Vec<&str> = step
        .because
        .iter()
        .take(REASONS)
        .map(|p| p.as_str())
        .collect();
    if !named.is_empty() {
        let _ = write!(text, " for {}", named.join(", "));
    }
    if step.because.len() > REASONS {
        let _ = write!(text, " and {} more", step.because.len() - REASONS);
    }
    text
}

/// Writes words after a label, and further lines indented by as much.
fn wrapped(out: &mut String, label: &str, text: &str) {
    let indent = label.chars().count();
    out.push_str(label);
    let mut column = indent;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        }
        if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}
