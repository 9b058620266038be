//! Documents before and after.

use std::fmt::Write as _;

use similar::TextDiff;

use super::graph::part::Part;
use crate::plan::{Plan, Sources, Step};
use crate::secret::plain;

/// Lines of a document around each change.
const AROUND: usize = 3;

/// What a plan rewrites, as a unified diff: of each document the lines that
/// name something by another name, with what stands around them.
pub fn diff(plan: &Plan, sources: &Sources, part: &Part) -> String {
    let mut out = String::new();
    for (step, source) in rewritten(plan, sources, part) {
        let _ = write!(out, "{}", of_step(step, source));
    }
    out
}

/// The steps of a part whose documents are rewritten, with the source's texts.
pub(super) fn rewritten<'p>(
    plan: &'p Plan,
    sources: &'p Sources,
    part: &Part,
) -> impl Iterator<Item = (&'p Step, &'p str)> {
    part.steps(plan)
        .filter_map(|(_, step)| Some((step, sources.get(&step.id)?.as_str())))
}

/// The diff of one document, with a header of two lines.
pub(super) fn of_step(step: &Step, source: &str) -> String {
    let copy = step.content.as_ref().and_then(|c| c.document.as_deref());
    // Line ends mean nothing to the service, and can't be seen.
    let (source, copy) = (in_lines(source), in_lines(copy.unwrap_or_default()));
    let from = (step.source.as_ref()).map_or_else(String::new, |s| plain(s.0.as_str()));
    let diff = TextDiff::from_lines(&source, &copy);
    diff.unified_diff()
        .context_radius(AROUND)
        .missing_newline_hint(false)
        .header(&from, &plain(&step.target.to_string()))
        .to_string()
}

fn in_lines(text: &str) -> String {
    let lines = text.lines().map(|line| plain(&line.replace('\t', "    ")));
    lines.fold(String::with_capacity(text.len()), |mut all, line| {
        all.push_str(&line);
        all.push('\n');
        all
    })
}
