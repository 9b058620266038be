//! What a person should know, by its code.

use serde::Serialize;

use super::things::{self, Things};
use crate::plan::codes::code;
use crate::plan::{Finding, Severity};
use crate::policy;
use crate::view::page::text::{Line, Prose};

/// Longest line that is quoted, in characters.
const QUOTED: usize = 160;

/// All findings of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    pub(crate) code: Line,
    /// `blocker`, `warning` or `note`.
    pub(crate) severity: &'static str,
    /// Whether it was accepted.
    pub(crate) allowed: bool,
    pub(crate) meaning: Prose,
    pub(crate) help: Prose,
    pub(crate) subjects: Vec<Subject>,
}

impl Group {
    /// Whether it stops `apply`.
    pub(crate) fn blocks(&self) -> bool {
        self.severity == Severity::Blocker.as_str() && !self.allowed
    }
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Subject {
    pub(crate) path: Line,
    pub(crate) display: Line,
    pub(crate) owner: Option<Line>,
    pub(crate) message: Prose,
    /// The position of its step, where it is copied.
    pub(crate) step: Option<usize>,
    /// The line of its document that is meant.
    pub(crate) quote: Option<Quote>,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Quote {
    pub(crate) line: usize,
    pub(crate) text: Line,
    /// Whether its document is among those that are shown before and after.
    pub(crate) rewritten: bool,
}

/// Groups a plan's findings, what stops it first.
pub(crate) fn groups(things: &Things<'_>) -> Vec<Group> {
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
