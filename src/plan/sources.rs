//! What the source holds of each document that its copy holds otherwise.

use std::collections::BTreeMap;

use super::model::{Plan, StepId};
use crate::inventory::Inventory;

/// The texts of policies and fragments as their authors wrote them, by the step
/// that makes a copy with other words in it.
pub type Sources = BTreeMap<StepId, String>;

/// Finds the documents that a plan rewrites.
pub fn sources(plan: &Plan, inventory: &Inventory) -> Sources {
    let rewritten = plan.steps.iter().filter_map(|step| {
        let copy = step.content.as_ref()?.document.as_ref()?;
        let original = inventory.get(&step.source.as_ref()?.0)?.policy_text()?;
        (original != copy).then(|| (step.id.clone(), original.to_owned()))
    });
    rewritten.collect()
}
