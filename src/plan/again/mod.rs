//! Planning again: what is kept of the last plan, what differs from it, and
//! what of the workspace is this plan's own.
//!
//! Pure. The last plan is what its folder holds now, after whatever a person
//! has edited in it; what `plan` itself wrote there is known by digests.

mod batch;
mod changes;
mod edits;
mod ours;
mod replan;
mod written;

pub use batch::{Batch, Left, Past, WhyLeft, choose, left};
pub use changes::{Changed, Changes, changes};
pub use edits::{Edit, Kept, What, keep};
pub use ours::{Copy, Ours};
pub use replan::{Again, Last, Refused, replan};
pub use written::{Written, WrittenStep};

use std::collections::BTreeMap;

use super::model::Plan;
use super::names::Override;
use crate::address::{ResourcePath, split_revision};

/// The names that copies have by a plan, for [`super::Naming::kept`].
pub fn names_of(plan: &Plan) -> BTreeMap<ResourcePath, Override> {
    let mut names = BTreeMap::new();
    for step in &plan.steps {
        let (Some(source), path) = (&step.source, step.target.below()) else {
            continue;
        };
        // Children keep their names, and revisions go by their API's.
        let by_its_own = !step.kind.revisions || split_revision(path.name()).1.is_none();
        if path.parent().is_some() || source.0.parent().is_some() || !by_its_own {
            continue;
        }
        let display = step.kind.display.and_then(|rule| {
            let content = step.content.as_ref()?;
            content.properties.get(rule.property)?.as_str()
        });
        names.insert(
            source.0.clone(),
            Override {
                name: Some(path.name().to_owned()),
                display_name: display.map(str::to_owned),
                path: None,
            },
        );
    }
    names
}

#[cfg(test)]
mod tests;
