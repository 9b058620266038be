//! A plan in brief: what will be done, and what a person should know.

use std::fmt::Write as _;
use std::path::Path;

use apim_migrate::plan::{Action, Finding, Plan, Severity};
use apim_migrate::progress::summary::Counts;
use apim_migrate::secret::plain;
use serde_json::{Value, json};

use super::ui::{BOLD, ERROR, GOOD, HELP, WARNING, painted};

/// Where lines are broken.
const WIDTH: usize = 100;

/// Most findings of one code that are told, the rest is counted.
const TOLD: usize = 3;

/// The brief as JSON.
pub(crate) fn document(plan: &Plan, dir: &Path, counts: &Counts) -> Value {
    let findings: Vec<Value> = (plan.findings.iter())
        .map(|f| {
            json!({
                "severity": f.severity, "code": f.code, "resource": f.resource,
                "message": f.message, "help": f.help, "allowed": f.allowed,
            })
        })
        .collect();
    json!({
        "plan": plan.name,
        "folder": dir,
        "source": plan.source.to_string(),
        "target": plan.workspace_id(),
        "apis": plan.selection.apis,
        "steps": {
            "create": plan.count(Action::Create),
            "reuse": plan.count(Action::Reuse),
            "tidy": plan.count(Action::Tidy),
        },
        "blockers": plan.blockers().count(),
        "findings": findings,
        "requests": counts.requests,
    })
}

/// The brief for people.
pub(crate) fn text(plan: &Plan, dir: &Path, counts: &Counts) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} into workspace {} of {}",
        painted(BOLD, &dir.display().to_string()),
        many(plan.selection.apis.len(), "API"),
        plan.workspace,
        plan.target.name(),
    );
    for (action, does) in [
        (Action::Create, "create"),
        (Action::Reuse, "reuse"),
        (Action::Tidy, "tidy"),
    ] {
        let kinds = kinds(plan, action);
        if !kinds.is_empty() {
            let label = format!("  {does:<7} {:>4}  ", plan.count(action));
            wrapped(&label, &kinds, &mut out);
        }
    }
    if counts.all_requests() > 0 {
        let _ = writeln!(out, "  {:<7} {:>4}", "reads", counts.all_requests());
    }
    findings(plan, &mut out);
    let dir = dir.display();
    let blockers = plan.blockers().count();
    if blockers > 0 {
        let _ = writeln!(
            out,
            "{} {} in the way; deal with each, or allow its code with `--allow CODE`",
            painted(ERROR, "blocked:"),
            many(blockers, "blocker"),
        );
    } else {
        let _ = writeln!(
            out,
            "{} `apim-migrate show {dir}` for all of it, `apim-migrate apply {dir}` to carry it out",
            painted(GOOD, "next:"),
        );
    }
    out
}

/// Writes what is separated by commas after a label, with further lines
/// indented by as much.
fn wrapped(label: &str, text: &str, out: &mut String) {
    let indent = label.chars().count();
    let mut column = indent;
    out.push_str(label);
    for (at, item) in text.split_inclusive(", ").enumerate() {
        let width = item.trim_end().chars().count();
        if at > 0 && column + width > WIDTH {
            out.truncate(out.trim_end().len());
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        }
        out.push_str(item);
        column += item.chars().count();
    }
    out.push('\n');
}

fn kinds(plan: &Plan, action: Action) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for step in plan.steps.iter().filter(|s| s.action == action) {
        match kinds.iter_mut().find(|(name, _)| *name == step.kind.plural) {
            Some((_, count)) => *count += 1,
            None => kinds.push((step.kind.plural, 1)),
        }
    }
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let kinds: Vec<String> = kinds.iter().map(|(k, n)| format!("{k}: {n}")).collect();
    kinds.join(", ")
}

/// Findings by code: what each code means is said once, then where it is found.
fn findings(plan: &Plan, out: &mut String) {
    for (severity, style) in [
        (Severity::Blocker, ERROR),
        (Severity::Warning, WARNING),
        (Severity::Note, HELP),
    ] {
        let found: Vec<&Finding> = (plan.findings.iter())
            .filter(|f| f.severity == severity)
            .collect();
        if severity == Severity::Note {
            // Notes are read with `show`.
            if !found.is_empty() {
                let _ = writeln!(out, "  {}", many(found.len(), severity.as_str()));
            }
            continue;
        }
        for same in found.chunk_by(|a, b| a.code == b.code && a.allowed == b.allowed) {
            let word = match same[0].allowed {
                true => "allowed",
                false => severity.as_str(),
            };
            let _ = writeln!(out, "  {} {}", painted(style, word), plain(&same[0].code));
            for finding in same.iter().take(TOLD) {
                let (resource, message) = (plain(&finding.resource), plain(&finding.message));
                let _ = writeln!(out, "    {resource}: {message}");
            }
            if same.len() > TOLD {
                let _ = writeln!(out, "    and {} more", same.len() - TOLD);
            }
            if !same[0].help.is_empty() {
                let _ = writeln!(out, "    help: {}", plain(&same[0].help));
            }
        }
    }
}

/// A count with its noun.
pub(crate) fn many(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_broken_between_items_and_indented() {
        let items: Vec<String> = (0..20).map(|n| format!("{n} named values")).collect();
        let mut out = String::new();
        wrapped("  create  ", &items.join(", "), &mut out);
        let lines: Vec<&str> = out.lines().collect();
        assert!(lines.len() > 1);
        for line in &lines {
            assert!(line.chars().count() <= WIDTH && *line == line.trim_end());
        }
        assert!(lines[1..].iter().all(|l| l.starts_with("          ")));
        let joined: Vec<&str> = lines.iter().map(|l| l[10..].trim()).collect();
        assert_eq!(joined.join(" "), items.join(", "));
    }
}
