//! The plan as text: what it is, what becomes of the APIs, what a person should
//! know, and, on request, each step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::plan::setup::Item;
use crate::plan::{Action, Finding, Plan, Severity, Step};
use crate::secret::plain;
use crate::view::graph::part::Part;
use crate::view::mapping::Row;

/// How many of the resources a step is there for are named.
const REASONS: usize = 2;

/// How many APIs an overview names.
const APIS: usize = 20;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// What can be taken in at a glance.
    #[default]
    Brief,
    /// Each step.
    Steps,
    /// Each finding, and nothing else.
    Findings,
}

/// Renders an overview of a plan, or more of it, in lines that are not wider than
/// so many characters, unless a single word is.
pub fn text(plan: &Plan, part: &Part, detail: Detail, width: usize) -> String {
    let mut out = Lines::of(width);
    match detail {
        Detail::Brief => overview(plan, part, &mut out),
        Detail::Steps => {
            overview(plan, part, &mut out);
            steps(plan, part, &mut out);
        }
        Detail::Findings => findings(plan, &mut out),
    }
    out.text
}

fn overview(plan: &Plan, part: &Part, out: &mut Lines) {
    let field = |out: &mut Lines, name: &str, value: &str| {
        out.wrapped(&format!("{name:<11}"), &plain(value));
    };
    field(
        out,
        "plan",
        &format!("{}, made {} by {}", plan.name, plan.created, plan.generator),
    );
    field(out, "from", &plan.source.in_words());
    field(out, "into", &into(plan));
    field(out, "APIs", &selection(plan));
    if !plan.allow.is_empty() {
        field(out, "allowed", &plan.allow.join(", "));
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
        field(out, "first", &what);
    }
    for step in plan.steps.iter().filter(|step| part.has(step)) {
        if let Some(upload) = &step.upload {
            let what = format!("{} from {upload}", step.target.below());
            field(out, "upload", &what);
        }
    }
    counts(plan, part, out);
    apis(plan, part, out);
    brief_findings(plan, out);
}

fn apis(plan: &Plan, part: &Part, out: &mut Lines) {
    let current = |step: &&Step| {
        let root = step.target.below().root();
        step.kind.revisions && crate::address::split_revision(root.name()).1.is_none()
    };
    let apis = part.steps(plan).map(|(_, step)| step).filter(current);
    let rows: Vec<Row<'_>> = apis.map(Row::of).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nAPIs ({})", rows.len());
    for row in rows.iter().take(APIS) {
        let target = row.target.rsplit('/').next().unwrap_or_default();
        let line = format!("{} -> {target} at /{}", row.source, row.path);
        out.wrapped("  ", &plain(&line));
    }
    if rows.len() > APIS {
        let _ = writeln!(out, "  and {} more", rows.len() - APIS);
    }
}

/// Blockers in full, and how many there are of everything else.
fn brief_findings(plan: &Plan, out: &mut Lines) {
    grouped(plan, "Blockers", (Severity::Blocker, false), out);
    let mut codes: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for finding in plan.findings.iter().filter(|f| !f.blocks()) {
        *codes.entry((finding.severity, &finding.code)).or_default() += 1;
    }
    if codes.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nTo look at ({})", codes.values().sum::<usize>());
    for ((severity, code), count) in codes {
        let label = match severity {
            Severity::Blocker => "allowed",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = writeln!(out, "  {label:<8} {count:>4}  {}", plain(code));
    }
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

/// Where a plan's copies go, in words.
pub fn into(plan: &Plan) -> String {
    let workspace = &plan.workspace;
    match plan.within_one_service() {
        true => format!("workspace {workspace} of the same service"),
        false => format!("workspace {workspace} of {}", plan.target.in_words()),
    }
}

/// How many steps of each kind do this, most first: `named values: 12`.
pub fn kinds<'s>(steps: impl IntoIterator<Item = &'s Step>, action: Action) -> Vec<String> {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for step in steps.into_iter().filter(|s| s.action == action) {
        match kinds.iter_mut().find(|(name, _)| *name == step.kind.plural) {
            Some((_, count)) => *count += 1,
            None => kinds.push((step.kind.plural, 1)),
        }
    }
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    kinds.iter().map(|(k, n)| format!("{k}: {n}")).collect()
}

fn counts(plan: &Plan, part: &Part, out: &mut Lines) {
    for action in [Action::Create, Action::Reuse, Action::Tidy] {
        let steps = || part.steps(plan).map(|(_, step)| step);
        let all = steps().filter(|step| step.action == action).count();
        if all > 0 {
            let label = format!("{:<8}{all:>5}  ", action.as_str());
            // An item is in one line.
            let kinds = kinds(steps(), action).join(", ");
            out.wrapped(
                &label,
                &kinds.replace(' ', KEPT).replace(&format!(",{KEPT}"), ", "),
            );
        }
    }
}

fn findings(plan: &Plan, out: &mut Lines) {
    for (title, severity, allowed) in [
        ("Blockers", Severity::Blocker, false),
        ("Allowed blockers", Severity::Blocker, true),
        ("Warnings", Severity::Warning, false),
        ("Warnings, allowed", Severity::Warning, true),
        ("Notes", Severity::Note, false),
        ("Notes, allowed", Severity::Note, true),
    ] {
        grouped(plan, title, (severity, allowed), out);
    }
}

fn grouped(plan: &Plan, title: &str, (severity, allowed): (Severity, bool), out: &mut Lines) {
    // What has the same code has the same help, which is said once.
    let mut codes: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    let found = plan.findings.iter();
    for finding in found.filter(|f| f.severity == severity && f.allowed == allowed) {
        let key = (finding.code.as_str(), finding.help.as_str());
        codes.entry(key).or_default().push(finding);
    }
    if codes.is_empty() {
        return;
    }
    let count: usize = codes.values().map(Vec::len).sum();
    let _ = writeln!(out, "\n{title} ({count})");
    for ((code, help), found) in codes {
        let _ = writeln!(out, "  {}", plain(code));
        for finding in found {
            let line = format!("{}: {}", finding.resource, finding.message);
            out.wrapped("    - ", &plain(&line));
        }
        if !help.is_empty() {
            out.wrapped("    help: ", &plain(help));
        }
    }
}

fn steps(plan: &Plan, part: &Part, out: &mut Lines) {
    let steps: Vec<&Step> = part.steps(plan).map(|(_, step)| step).collect();
    let _ = writeln!(out, "\nSteps ({})", steps.len());
    let widest = steps.iter().map(|s| s.kind.noun().len()).max();
    let widest = widest.unwrap_or_default();
    for step in steps {
        let label = format!(
            "  {:<6}  {:<widest$}  ",
            step.action.as_str(),
            step.kind.noun()
        );
        out.wrapped(&label, &plain(&line(step)));
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

/// A blank that no line is broken at.
const KEPT: &str = "\u{a0}";

/// Text whose lines are broken between words.
pub(crate) struct Lines {
    pub(crate) text: String,
    width: usize,
}

impl std::fmt::Write for Lines {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.text.write_str(text)
    }
}

impl Lines {
    pub(crate) fn of(width: usize) -> Self {
        let text = String::new();
        Self { text, width }
    }

    /// Writes words after a label, and further lines indented by as much.
    pub(crate) fn wrapped(&mut self, label: &str, text: &str) {
        let indent = label.chars().count();
        self.text.push_str(label);
        let mut column = indent;
        for word in text.split(' ') {
            let length = word.chars().count();
            if column > indent && column + 1 + length > self.width {
                let _ = write!(self.text, "\n{:indent$}", "");
                column = indent;
            }
            if column > indent {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(&word.replace(KEPT, " "));
            column += length;
        }
        self.text.push('\n');
    }
}
