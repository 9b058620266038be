//! A plan as a comment on a pull request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markup::{escaped, html, in_code};
use crate::plan::{Action, Finding, Plan, Severity, Sources};
use crate::policy;
use crate::secret::plain;
use crate::view::diff::{of_step, rewritten};
use crate::view::graph::part::Part;
use crate::view::mapping::Row;
use crate::view::verdict::Verdict;

/// Most characters: GitHub takes 65,536 in a comment.
const MOST: usize = 65_000;
/// Kept for what says that something was left out.
const RESERVE: usize = 500;

/// Renders the headline, what stands in the way, what becomes of the APIs and of
/// everything else, and what is rewritten, folded; under 65,000 characters.
pub fn markdown(plan: &Plan, sources: &Sources, part: &Part) -> String {
    let mut out = Page::default();
    let within = match plan.within_one_service() {
        true => format!("`{}`", plain(plan.source.name())),
        false => format!(
            "`{}` → `{}`",
            plain(plan.source.name()),
            plain(plan.target.name())
        ),
    };
    out.add(&format!(
        "## {}: {within} → workspace `{}`\n\n**{}** · {} to create, {} to reuse, {} to tidy\n",
        escaped(&plan.name),
        plan.workspace,
        Verdict::of(plan),
        plan.count(Action::Create),
        plan.count(Action::Reuse),
        plan.count(Action::Tidy),
    ));
    findings(plan, &mut out);
    apis(plan, part, &mut out);
    others(plan, part, &mut out);
    diffs(plan, sources, part, &mut out);
    out.finish()
}

/// Text that keeps to a length: what no longer fits is counted.
#[derive(Default)]
struct Page {
    text: String,
    length: usize,
    left_out: usize,
}

impl Page {
    fn add(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        if self.length + length > MOST - RESERVE {
            self.left_out += 1;
            return false;
        }
        self.text.push_str(text);
        self.length += length;
        true
    }

    /// Adds what ends something that was begun.
    fn close(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.len();
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "\n_{} more don't fit into a comment: see the plan's folder._\n",
                self.left_out
            );
        }
        self.text
    }
}

fn findings(plan: &Plan, out: &mut Page) {
    for (title, severity, folded) in [
        ("Blockers", Severity::Blocker, false),
        ("Warnings", Severity::Warning, true),
        ("Notes", Severity::Note, true),
    ] {
        let mut codes: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in plan.findings.iter().filter(|f| f.severity == severity) {
            codes.entry(&finding.code).or_default().push(finding);
        }
        if codes.is_empty() {
            continue;
        }
        let count: usize = codes.values().map(Vec::len).sum();
        let (open, close) = match folded {
            true => (
                format!("\n<details><summary>{title} ({count})</summary>\n\n"),
                "\n</details>\n",
            ),
            false => (format!("\n### {title} ({count})\n\n"), ""),
        };
        if !out.add(&open) {
            continue;
        }
        for (code, found) in codes {
            for finding in &found {
                let allowed = if finding.allowed { " (allowed)" } else { "" };
                out.add(&format!(
                    "- `{code}`{allowed} `{}`: {}\n",
                    in_code(&finding.resource),
                    escaped(&finding.message)
                ));
            }
            let help = found
                .iter()
                .map(|f| f.help.as_str())
                .find(|h| !h.is_empty());
            if let Some(help) = help {
                out.add(&format!("  - {}\n", escaped(help)));
            }
        }
        out.close(close);
    }
}

fn apis(plan: &Plan, part: &Part, out: &mut Page) {
    let apis: Vec<Row<'_>> = (part.steps(plan).map(|(_, step)| step))
        .filter(|step| step.kind.revisions)
        .map(Row::of)
        .collect();
    if apis.is_empty() {
        return;
    }
    out.add("\n### APIs\n\n| old | new | display name | path | |\n|---|---|---|---|---|\n");
    for row in apis {
        out.add(&format!(
            "| `{}` | `{}` | {} | `{}` | {} |\n",
            in_code(&row.source),
            in_code(&row.target),
            escaped(row.display),
            in_code(row.path),
            row.action
        ));
    }
}

fn others(plan: &Plan, part: &Part, out: &mut Page) {
    let others: Vec<(String, Row<'_>)> = (part.steps(plan).map(|(_, step)| step))
        .filter(|step| !step.kind.revisions && step.target.below().parent().is_none())
        .map(|step| (step.kind.noun(), Row::of(step)))
        .collect();
    if others.is_empty() {
        return;
    }
    let open = format!(
        "\n<details><summary>What comes along ({})</summary>\n\n| kind | old | new | |\n|---|---|---|---|\n",
        others.len()
    );
    if !out.add(&open) {
        return;
    }
    for (noun, row) in others {
        out.add(&format!(
            "| {noun} | `{}` | `{}` | {} |\n",
            in_code(&row.source),
            in_code(&row.target),
            row.action
        ));
    }
    out.close("\n</details>\n");
}

fn diffs(plan: &Plan, sources: &Sources, part: &Part, out: &mut Page) {
    for (step, source) in rewritten(plan, sources, part) {
        let name = html(&plain(step.id.as_str()));
        // A comment is read by more people than the plan's folder.
        let copy = step.content.as_ref().and_then(|c| c.document.as_deref());
        let mut texts = [Some(source), copy].into_iter().flatten();
        if let Some(spot) = texts.find_map(|t| policy::scan(t).in_clear.into_iter().next()) {
            let (line, what) = (spot.line, html(&plain(&spot.what)));
            out.add(&format!(
                "\nRewritten, and not shown, since in line {line} {what}: <code>{name}</code>\n"
            ));
            continue;
        }
        let diff = of_step(step, source);
        // A fence is longer than any run of backticks in what it holds.
        let longest = diff
            .split(|c| c != '`')
            .map(str::len)
            .max()
            .unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        out.add(&format!(
            "\n<details><summary>Rewritten: <code>{}</code></summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n",
            name
        ));
    }
}
