//! What stands in the workspace where a plan's steps write, and in which order
//! these go.

pub(crate) mod account;
pub(crate) mod automatic;
mod error;
pub(crate) mod left;
pub(crate) mod lists;
pub(crate) mod order;
mod ready;
pub(crate) mod remote;
pub(crate) mod revision;
pub(crate) mod secret;
pub(crate) mod strangers;
pub(crate) mod survey;

pub use error::{ReadFailed, RunError};
pub use ready::{Needed, Unready, checked, checked_past, resolved};

use crate::engine::journal::{About, Spot};
use crate::plan::setup::Item;
use crate::plan::{Plan, Step};

/// Where a step writes, as the journal keeps its accounts.
pub(crate) fn spot(step: &Step) -> Spot {
    Spot::new(&step.target.to_string())
}

/// What is set up, as the journal keeps its accounts.
pub(crate) fn spot_of_item(item: &Item<'_>) -> Spot {
    Spot::new(item.id().as_str())
}

/// What a plan's journal is about.
pub(crate) fn about(plan: &Plan) -> About {
    let steps = plan
        .steps
        .iter()
        .map(|s| (s.id.clone(), s.target.to_string()));
    let items = plan.setup.items().map(|item| item.id());
    About {
        plan: plan.name.clone(),
        target: plan.workspace_id(),
        places: steps
            .chain(items.map(|id| (id.clone(), id.as_str().to_owned())))
            .collect(),
    }
}
