//! What a person should know, by its code.

use serde::Serialize;

use super::text::{Line, Prose};
use super::things::{self, Things};
use crate::plan::codes::code;
use crate::plan::{Finding, Severity};
use crate::policy;

/// Longest line that is quoted, in characters.
const QUOTED: usize = 160;

/// All findings of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Group {
    pub(super) code: Line,
    /// `blocker`, `warning` or `note`.
    pub(super) severity: &'static str,
    /// Whether it was accepted.
    pub(super) allowed: bool,
    pub(super) meaning: Prose,
    pub(super) help: Prose,
    pub(super) subjects: Vec<Subject>,
}

impl Group {
    /// Whether it stops `apply`.
    pub(super) fn blocks(&self) -> bool {
        self.severity == Severity::Blocker.as_str() && !self.allowed
    }
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Subject {
    pub(super) path: Line,
    pub(super) display: Line,
    pub(super) owner: Option<Line>,
    pub(super) message: Prose,
    /// The position of its step, where it is copied.
    pub(super) step: Option<usize>,
    /// The line of its document that is meant.
    pub(super) quote: Option<Quote>,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Quote {
    pub(super) line: usize,
    pub(super) text: Line,
    /// Whether its document is among those that are shown before and after.
    pub(super) rewritten: bool,
}

/// Groups a plan's findings, what stops it first.
pub(super) fn groups(things: &Things<'_>) -> Vec<Group> {
    let mut findings: Vec<&Finding> = things.plan.findings.iter().collect();
    findings.sort_by_key(|f| (f.severity, f.allowed, &f.code));
    let alike = |a: &&Finding, b: &&Finding| {
        (a.severity, a.allowed, &a.code, &a.help) == (b.severity, b.allowed, &b.code, &b.help)
    };
    let groups = findings.chunk_by(alike).filter_map(|found| {
        let first = found.first()?;
        Some(Group {
            code: Line::of(&first.code),
            severity: first.severity.as_str(),
            allowed: first.allowed,
            meaning: Prose::of(code(&first.code).map_or("", |c| c.meaning)),
            help: Prose::of(&first.help),
            subjects: found.iter().map(|f| subject(things, f)).collect(),
        })
    });
    groups.collect()
}

fn subject(things: &Things<'_>, finding: &Finding) -> Subject {
    let path = finding.resource.parse().ok();
    let step = path.and_then(|path| things.of_source(&path));
    let of_step = step.map(|at| &things.plan.steps[at]);
    Subject {
        path: Line::of(&finding.resource),
        display: of_step.map(things::display).unwrap_or_default(),
        owner: of_step.and_then(things::owner),
        message: Prose::of(&finding.message),
        step,
        quote: step.and_then(|at| quote(things, at, &finding.message)),
    }
}

/// The line that a message names, as it stands at the source. What holds a
/// secret is not quoted.
fn quote(things: &Things<'_>, position: usize, message: &str) -> Option<Quote> {
    let after = message.split("line ").nth(1)?;
    let digits = after.find(|c: char| !c.is_ascii_digit());
    let line: usize = after[..digits.unwrap_or(after.len())].parse().ok()?;
    let step = &things.plan.steps[position];
    let source = things.sources.get(&step.id);
    let copy = step.content.as_ref().and_then(|c| c.document.as_ref());
    let text = source.or(copy)?;
    if !policy::scan(text).in_clear.is_empty() {
        return None;
    }
    let text = text.lines().nth(line.checked_sub(1)?)?;
    Some(Quote {
        line,
        text: Line::of(text.trim()).cut(QUOTED),
        rewritten: source.is_some(),
    })
}
