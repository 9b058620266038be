//! A plan in brief: what will be done, and what a person should know.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use apim_migrate::arm::{Forecast, Span};
use apim_migrate::crawl::Remembered;
use apim_migrate::plan::again::{Again, Changes, Edit};
use apim_migrate::plan::codes::COMES_ALONG;
use apim_migrate::plan::folder::PLAN_FILE;
use apim_migrate::plan::{Action, Finding, Plan, Severity, StepId};
use apim_migrate::progress::summary::Counts;
use apim_migrate::secret::plain;
use apim_migrate::shell::quoted_path;
use apim_migrate::view::kinds;

use crate::cli::documents::{Actions, Diff, Mapped, Planned, tenths};
use crate::cli::ui::wrap::beside;
use crate::cli::ui::{BOLD, ERROR, GOOD, HELP, WARNING, painted, width};

/// Most findings of one code that are told, the rest is counted.
const TOLD: usize = 3;

/// What is told of a plan that was made.
pub(crate) struct Brief<'a> {
    pub(crate) again: &'a Again,
    pub(crate) dir: &'a Path,
    pub(crate) counts: &'a Counts,
    /// What was found out about the service's lists.
    pub(crate) notes: &'a [String],
    /// What was foretold of the reads.
    pub(crate) forecast: Option<Forecast>,
    /// What was not read again.
    pub(crate) remembered: Option<Remembered>,
    /// How long all of it took.
    pub(crate) took: Duration,
}

impl Brief<'_> {
    /// As JSON.
    pub(crate) fn document(&self) -> Planned {
        document(self)
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        self.body() + &self.next()
    }

    /// What the plan does, and what is to be known of it.
    pub(crate) fn body(&self) -> String {
        text(self)
    }

    /// What to do next.
    pub(crate) fn next(&self) -> String {
        let dir = quoted_path(self.dir);
        match self.again.plan.blockers().count() {
            0 => format!(
                "{} `apim-migrate show {dir}` for all of it, `apim-migrate apply {dir}` to carry \
                 it out\n",
                painted(GOOD, "next:"),
            ),
            blockers => format!(
                "{} {} in the way; deal with each, or allow its code with `--allow CODE`\n",
                painted(ERROR, "blocked:"),
                many(blockers, "blocker"),
            ),
        }
    }
}

fn document(brief: &Brief<'_>) -> Planned {
    let plan = &brief.again.plan;
    let copied = plan.steps.iter().filter_map(|step| {
        Some(Mapped {
            kind: step.kind.name,
            source: step.source.clone()?,
            target: step.target.clone(),
        })
    });
    Planned {
        plan: plan.name.clone(),
        folder: brief.dir.display().to_string(),
        source: plan.source.to_string(),
        target: plan.workspace_id().to_string(),
        apis: plan.selection.apis.clone(),
        along: along(plan).into_iter().map(str::to_owned).collect(),
        steps: Actions {
            create: plan.count(Action::Create),
            reuse: plan.count(Action::Reuse),
            tidy: plan.count(Action::Tidy),
        },
        blockers: plan.blockers().count(),
        findings: plan.findings.clone(),
        setup: plan.setup.clone(),
        mapping: copied.collect(),
        notes: brief.notes.to_vec(),
        forecast: brief.forecast,
        remembered: brief.remembered,
        seconds: tenths(brief.took),
        changes: !brief.again.is_unchanged(),
        diff: brief.again.changes.as_ref().map(|changes| Diff {
            new: changes.new.clone(),
            changed: changes.changed.clone(),
            gone: changes.gone.clone(),
        }),
        kept: brief.again.kept.clone(),
        overruled: brief.again.overruled.clone(),
        left: brief.again.left.clone(),
        traffic: brief.counts.into(),
    }
}

fn text(brief: &Brief<'_>) -> String {
    let Brief {
        again,
        dir,
        counts,
        notes,
        forecast,
        remembered,
        took,
    } = brief;
    let plan = &again.plan;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} into workspace {} of {}",
        painted(BOLD, &dir.display().to_string()),
        apis(plan),
        plan.workspace,
        plan.target.name(),
    );
    if !again.is_unchanged() {
        actions(plan, &mut out);
    }
    if counts.all_requests() > 0 {
        let took = Span(*took);
        let reads = counts.all_requests();
        let foretold = forecast.map(|f| format!(" (after the lists: {f})"));
        let foretold = foretold.unwrap_or_default();
        let _ = writeln!(out, "  {:<7} {reads:>4} in {took}{foretold}", "reads");
    }
    if let Some(Remembered { reads, age }) = remembered {
        let _ = writeln!(
            out,
            "  {:<7} {reads:>4} more, of {} ago at most: schemas, releases and the like of APIs that \
             are as they were by ETags and lists; `--fresh` reads all",
            "trusted",
            Span(*age),
        );
    }
    for note in *notes {
        let _ = writeln!(out, "  {} {}", painted(HELP, "note:"), plain(note));
    }
    if again.is_unchanged() {
        let _ = writeln!(
            out,
            "  no changes: `{PLAN_FILE}` of {} says all of it",
            plan.created
        );
    } else {
        findings(plan, &mut out);
    }
    if let Some(changes) = &again.changes {
        differing(changes, &mut out);
    }
    edits("kept, as edited by hand", &again.kept, &mut out);
    edits(
        "overruled, though edited by hand",
        &again.overruled,
        &mut out,
    );
    left(again, &mut out);
    out
}

/// The APIs that come along unselected.
fn along(plan: &Plan) -> Vec<&str> {
    let findings = plan.findings.iter().filter(|f| f.code == COMES_ALONG.code);
    findings.map(|f| f.resource.as_str()).collect()
}

/// How many APIs are copied, and how many of them nobody selected.
fn apis(plan: &Plan) -> String {
    let selected = plan.selection.apis.len();
    match along(plan).len() {
        0 => many(selected, "API"),
        1 => format!("{selected} selected, 1 comes along,"),
        more => format!("{selected} selected, {more} come along,"),
    }
}

/// What is done, by action and kind.
fn actions(plan: &Plan, out: &mut String) {
    for (action, does) in [
        (Action::Create, "create"),
        (Action::Reuse, "reuse"),
        (Action::Tidy, "tidy"),
    ] {
        let kinds = kinds(&plan.steps, action);
        if !kinds.is_empty() {
            let label = format!("  {does:<7} {:>4}  ", plan.count(action));
            let _ = writeln!(out, "{}", beside(&label, &kinds.join(", "), width()));
        }
    }
}

/// What differs from the last plan: `+` new, `~` changed, `-` gone.
fn differing(changes: &Changes, out: &mut String) {
    let changed: Vec<String> = (changes.changed.iter().map(|c| {
        let what: Vec<String> = c.what.iter().map(|w| plain(w)).collect();
        format!("{}: {}", plain(c.step.as_str()), what.join(", "))
    }))
    .collect();
    let names =
        |steps: &[StepId]| -> Vec<String> { steps.iter().map(|s| plain(s.as_str())).collect() };
    for (sign, word, lines) in [
        ("+", "new", names(&changes.new)),
        ("~", "changed", changed),
        ("-", "gone", names(&changes.gone)),
    ] {
        listed(&format!("  {sign}"), word, &lines, out);
    }
}

/// Lines with a sign, not more than a screen takes.
fn listed(sign: &str, word: &str, lines: &[String], out: &mut String) {
    const MOST: usize = 12;
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {word:<7} {:>4}", lines.len());
    for line in lines.iter().take(MOST) {
        let _ = writeln!(out, "  {sign} {line}");
    }
    if lines.len() > MOST {
        let _ = writeln!(out, "  {sign} and {} more", lines.len() - MOST);
    }
}

fn edits(label: &str, edits: &[Edit], out: &mut String) {
    let lines: Vec<String> = edits.iter().map(|e| plain(&e.to_string())).collect();
    if !lines.is_empty() {
        let label = format!("  {label}: ");
        let _ = writeln!(out, "{}", beside(&label, &lines.join(", "), width()));
    }
}

/// Copies of ours that no step makes any more.
fn left(again: &Again, out: &mut String) {
    let lines: Vec<String> = (again.left.iter())
        .map(|left| plain(&left.target.to_string()))
        .collect();
    if !lines.is_empty() {
        let _ = writeln!(
            out,
            "{} made by this plan and in it no more; `apply --prune` deletes them",
            painted(WARNING, "left:"),
        );
        listed("  -", "left", &lines, out);
    }
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
        let _ = writeln!(out, "{}", beside("  create  ", &items.join(", "), width()));
        let lines: Vec<&str> = out.lines().collect();
        assert!(lines.len() > 1);
        for line in &lines {
            assert!(line.chars().count() <= width() && *line == line.trim_end());
        }
        assert!(lines[1..].iter().all(|l| l.starts_with("          ")));
        let joined: Vec<&str> = lines.iter().map(|l| l[10..].trim()).collect();
        assert_eq!(joined.join(" "), items.join(", "));
    }
}
