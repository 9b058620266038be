//! What of the workspace is a plan's own, by its journal.

use std::collections::HashSet;
use std::path::Path;

use super::ApplyError;
use crate::address::{SourcePath, TargetPath};
use crate::catalog;
use crate::engine::journal::Journal;
use crate::plan::again::{Copy, Ours, Written};
use crate::plan::{Action, Plan, StepId};

/// Reads which copies a plan holds: those that it made, or sent without an
/// answer. `written` tells where those stand whose steps are not in the plan any
/// more.
///
/// # Errors
/// When the journal can't be read, or is that of another workspace.
pub fn ours(plan: &Plan, written: Option<&Written>, dir: &Path) -> Result<Ours, ApplyError> {
    let past = Journal::peek(plan, dir)?;
    let mut ours = Ours::default();
    let mut take = |id: &StepId, target: &TargetPath, source: Option<&SourcePath>| {
        let record = past.of(id).filter(|record| record.is_ours());
        let (Some(record), Some(kind)) = (record, catalog::kind_of(target.below())) else {
            return;
        };
        let copy = Copy {
            kind,
            source: source.cloned(),
            sent: record.digest.clone(),
        };
        ours.insert(target.below().clone(), copy);
    };
    let written = written.into_iter();
    for (target, id) in written.clone().flat_map(|w| &w.left) {
        if let Ok(target) = target.parse() {
            take(id, &target, None);
        }
    }
    let planned: HashSet<&StepId> = plan.steps.iter().map(|s| &s.id).collect();
    let dropped = |(id, _): &(&StepId, _)| !planned.contains(id);
    for (id, step) in written.flat_map(|w| &w.steps).filter(dropped) {
        take(id, &step.target, None);
    }
    for step in plan.steps.iter().filter(|s| s.action != Action::Tidy) {
        take(&step.id, &step.target, step.source.as_ref());
    }
    Ok(ours)
}
