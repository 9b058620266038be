//! A revision takes what its body leaves out from the one that it is made of.
//!
//! The plan says null where it wants nothing. Whether the service takes that for
//! nothing is not known, and PUT replaces the whole of what is there only by
//! contract [service contract, 2.1, 3.1]: so what came of it is compared.

use serde_json::Value;

use crate::arm::ArmError;
use crate::plan::compare::differences;
use crate::plan::{Content, Plan, Step};
use crate::target::remote::{Put, Remote};
use crate::target::survey::place;

/// The member that says what a revision is made of.
pub(super) const SOURCE: &str = "sourceApiId";

/// Makes the revision of a step from another one, without the settings that it
/// would take from that. What it still has of them in the end is left for
/// `verify` to say: nobody can make another of it.
pub(super) async fn make(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    content: &Content,
) -> Result<Put, ArmError> {
    let (kind, target) = (step.kind, &step.target);
    let mut bare = content.clone();
    bare.properties.retain(|_, value| !value.is_null());
    let put = match remote.put(kind, target, content, &[]).await {
        // It may not be had that a revision has nothing where the current one
        // has something.
        Err(error) if error.status() == Some(400) && bare != *content => {
            remote.put(kind, target, &bare, &[]).await?
        }
        put => put?,
    };
    if !inherits(plan, step, content, &put) {
        return Ok(put);
    }
    bare.properties.remove(SOURCE);
    match remote.put(kind, target, &bare, &[]).await {
        Err(error) if error.status() == Some(400) => Ok(put),
        put => put,
    }
}

/// Whether a revision has settings that its plan does not give it.
fn inherits(plan: &Plan, step: &Step, content: &Content, put: &Put) -> bool {
    let found = differences(step.kind, content, &put.properties, place(plan));
    found.iter().any(|difference| {
        let member = difference.pointer.split(['.', '[']).next();
        member.is_some_and(|member| step.kind.inherited.contains(&member))
    })
}

/// What is written over a copy that stands.
pub(super) fn without_origin(content: Option<&Content>) -> Content {
    let mut bare = content.cloned().unwrap_or_default();
    bare.properties.remove(SOURCE);
    bare.properties.retain(|_, value| !value.is_null());
    bare
}

/// Whether a content is that of a copy of something that stands there.
pub(super) fn is_copy(content: &Content) -> bool {
    content.properties.get(SOURCE).is_some_and(Value::is_string)
}
