//! A revision takes what its body leaves out from the one that it is made of.
//!
//! The plan says null where it wants nothing. Whether the service takes that for
//! nothing is not known, and PUT replaces the whole of what is there only by
//! contract [service contract, 2.1, 3.1]: so what came of it is compared.

use super::Newcomer;
use crate::arm::ArmError;
use crate::plan::compare::differences;
use crate::plan::{Content, Plan, Step};
use crate::target::remote::{Put, Remote};
use crate::target::revision::{SOURCE, is_inherited};
use crate::target::survey::place;

/// Makes the revision of a step from another one, and tells whether it has settings
/// from that which the plan does not give it: then it is written once more, without
/// an origin. What it still has of them in the end is left for `verify` to say:
/// nobody can make another of it.
pub(crate) async fn make(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    content: &Content,
    newcomer: Newcomer,
) -> Result<(Put, bool), ArmError> {
    let (kind, target) = (step.kind, &step.target);
    let guard = newcomer.guard(target);
    let mut bare = content.clone();
    bare.properties.retain(|_, value| !value.is_null());
    let put = match remote.put(kind, target, content, &[], guard).await {
        // It may not be had that a revision has nothing where the current one
        // has something.
        Err(error) if error.status() == Some(400) && bare != *content => {
            (remote.put_instead(&error, kind, target, &bare, guard)).await?
        }
        put => put?,
    };
    let found = differences(kind, content, &put.properties, place(plan));
    let inherits = found.iter().any(|d| is_inherited(step, d));
    Ok((put, inherits))
}

/// What is written over a copy that stands.
pub(crate) fn without_origin(content: Option<&Content>) -> Content {
    let mut bare = content.cloned().unwrap_or_default();
    bare.properties.remove(SOURCE);
    bare.properties.retain(|_, value| !value.is_null());
    bare
}
