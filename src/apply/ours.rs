//! What of the workspace is a plan's own, by its journal.

use std::collections::HashMap;
use std::path::Path;

use super::ApplyError;
use crate::address::{SourcePath, TargetPath};
use crate::catalog;
use crate::engine::journal::{Journal, Spot};
use crate::plan::again::{Copy, Ours, Written};
use crate::plan::{Action, Plan};
use crate::target::{about, spot};

/// Reads which copies a plan holds: those that it made, or sent without an
/// answer. `written` tells where those stand that left the plan, where the
/// journal is so old that it does not say.
///
/// # Errors
/// When the journal can't be read, or is that of another workspace.
pub fn ours(plan: &Plan, written: Option<&Written>, dir: &Path) -> Result<Ours, ApplyError> {
    let mut about = about(plan);
    if let Some(written) = written {
        let dropped = written.steps.iter();
        let dropped = dropped.map(|(id, step)| (id, step.target.to_string()));
        let left = written.left.iter().map(|(target, id)| (id, target.clone()));
        for (id, target) in dropped.chain(left) {
            about.places.entry(id.clone()).or_insert(target);
        }
    }
    let ledger = Journal::peek(&about, dir)?;
    let steps = plan.steps.iter().filter(|s| s.action != Action::Tidy);
    let sources: HashMap<Spot, &SourcePath> = steps
        .filter_map(|step| Some((spot(step), step.source.as_ref()?)))
        .collect();
    let mut ours = Ours::default();
    for (spot, holding) in ledger.all().filter(|(_, holding)| holding.hold.is_ours()) {
        let target = holding.target.as_ref();
        let Some(Ok(target)) = target.map(|t| t.parse::<TargetPath>()) else {
            continue;
        };
        let Some(kind) = catalog::kind_of(target.below()) else {
            continue;
        };
        let copy = Copy {
            kind,
            source: sources.get(spot).map(|source| (*source).clone()),
            sent: holding.digest.clone(),
        };
        ours.insert(target.below().clone(), copy);
    }
    Ok(ours)
}
