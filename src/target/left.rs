//! What left the plan and is still there: copies that this plan made, and that
//! it has no step for any more.

use std::collections::HashSet;

use super::spot;
use crate::address::TargetPath;
use crate::catalog;
use crate::engine::journal::{BodyStore, Holding, Ledger, Spot};
use crate::plan::{Action, Plan, Step, StepId};

/// A plan with a step more for each copy that left it, behind its own.
pub(crate) fn whole(plan: &Plan, ledger: &Ledger, sent: &BodyStore) -> Plan {
    let mut whole = plan.clone();
    whole.steps.extend(left(plan, ledger, sent));
    whole
}

/// What a journal holds as a plan's own or as written over by it, and the plan has
/// no step for, as the steps that wrote it.
pub(super) fn left(plan: &Plan, ledger: &Ledger, sent: &BodyStore) -> Vec<Step> {
    let own: HashSet<Spot> = plan.steps.iter().map(spot).collect();
    let mut ids: HashSet<StepId> = plan.steps.iter().map(|s| s.id.clone()).collect();
    let mut left: Vec<Step> = ledger
        .all()
        .filter(|(at, holding)| holding.hold.is_to_undo() && !own.contains(at))
        .filter_map(|(_, holding)| step(holding, sent))
        .filter(|step| step.target.workspace() == &plan.workspace)
        .collect();
    left.sort_by_key(|step| step.target.to_string());
    for step in &mut left {
        while !ids.insert(step.id.clone()) {
            step.id = StepId::new(format!("{} (before)", step.id.as_str()));
        }
    }
    for step in &mut left {
        step.after.retain(|id| ids.contains(id) && *id != step.id);
    }
    left
}

/// The step that something was made by, as far as it is known.
fn step(holding: &Holding, sent: &BodyStore) -> Option<Step> {
    let target: TargetPath = holding.target.as_ref()?.parse().ok()?;
    let kind = catalog::kind_of(target.below())?;
    let sent = holding.sent.as_deref().and_then(|digest| sent.get(digest));
    Some(Step {
        id: holding.step.clone(),
        kind,
        action: Action::Create,
        source: None,
        content: sent.as_ref().map(|sent| sent.content()),
        secret: None,
        upload: None,
        source_etag: None,
        source_digest: None,
        after: sent.map(|sent| sent.after).unwrap_or_default(),
        because: Vec::new(),
        target,
    })
}
