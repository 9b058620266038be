//! What is half made of a revision: a run was cut off between the requests that it
//! takes.

use serde_json::{Map, Value};

use super::remote::Standing;
use super::survey::place;
use crate::address::{ResourcePath, ServiceId, split_revision};
use crate::catalog::API_RELEASE;
use crate::engine::journal::{Further, Part};
use crate::engine::ownership::{Hold, Was};
use crate::plan::compare::{Difference, differences};
use crate::plan::place::below_workspace;
use crate::plan::{Content, Plan, Step};

/// The member that says which revision something is.
pub(crate) const NUMBER: &str = "apiRevision";

/// The member that says what a revision is made of.
pub(crate) const SOURCE: &str = "sourceApiId";

/// What the service calls the first revision of an API by itself.
pub(crate) const FIRST: &str = "1";

/// The release that makes the wanted revision current; it is taken away again,
/// which does not switch back.
pub(crate) const SWITCH: &str = "apim-migrate-switch";

/// Which revision something is.
pub(crate) fn number_of(properties: &Map<String, Value>) -> Option<&str> {
    properties.get(NUMBER)?.as_str()
}

/// Whether a step writes the current revision of something.
fn is_current(step: &Step) -> bool {
    step.kind.revisions && split_revision(step.target.below().name()).1.is_none()
}

/// The revision that a step wants to be current, where that is not the one that
/// the service makes by itself.
pub(crate) fn wanted(step: &Step) -> Option<&str> {
    let content = step.content.as_ref().filter(|_| is_current(step))?;
    number_of(&content.properties).filter(|number| *number != FIRST)
}

/// Whether another revision of an API is current than the one that a step wants,
/// by what differs there.
pub(crate) fn is_other(step: &Step, found: &[Difference]) -> bool {
    is_current(step) && found.iter().any(|d| d.pointer == NUMBER)
}

/// Whether a content is that of a copy of something that stands there.
pub(crate) fn is_copy(content: &Content) -> bool {
    content.properties.get(SOURCE).is_some_and(Value::is_string)
}

/// Whether an API is this plan's and lacks nothing but the name of its revision.
pub(crate) fn lacks_number(step: &Step, hold: Hold, found: &[Difference]) -> bool {
    hold.is_ours() && wanted(step).is_some() && found.iter().all(|d| d.pointer == NUMBER)
}

/// Whether a revision is this plan's and has nothing but settings too much, which
/// it took over from the one that it is made of: they are as the plan has them there.
pub(crate) fn took_over(
    plan: &Plan,
    step: &Step,
    hold: Hold,
    found: &[Difference],
    standing: &Standing,
) -> bool {
    let begun = matches!(hold, Hold::Unsure(Was::Nothing) | Hold::Deleting);
    let inherits = |d: &Difference| is_inherited(step, d);
    if !begun || found.is_empty() || !found.iter().all(inherits) {
        return false;
    }
    let Some(path) = origin_of(plan, step) else {
        return false;
    };
    let origin = plan
        .steps
        .iter()
        .find(|other| *other.target.below() == path);
    let has = origin.and_then(|origin| origin.content.as_ref());
    has.is_some_and(|has| {
        let others = differences(step.kind, has, &standing.properties, place(plan));
        let is_taken = |d: &Difference| others.iter().all(|o| member_of(o) != member_of(d));
        found.iter().all(is_taken)
    })
}

/// What a step makes its copy of, below the workspace.
pub(crate) fn origin_of(plan: &Plan, step: &Step) -> Option<ResourcePath> {
    let content = step.content.as_ref().filter(|_| step.kind.revisions)?;
    let id = content.properties.get(SOURCE)?.as_str()?;
    let below = ServiceId::split(id).map_or(id, |(_, below)| below);
    let below = below_workspace(below, &plan.workspace).unwrap_or(below);
    below.parse().ok()
}

/// The member of the body that a difference is in.
fn member_of(difference: &Difference) -> &str {
    let pointer = &difference.pointer;
    pointer.split(['.', '[']).next().unwrap_or(pointer)
}

/// The request with which a step goes on where an attempt of this run may have made
/// what stands there and is not all of it yet, with the ETag of that.
pub(crate) fn half_made(
    plan: &Plan,
    step: &Step,
    found: &[Difference],
    standing: &Standing,
) -> Option<(Further, Option<String>)> {
    let hold = Hold::Unsure(Was::Nothing);
    let further = match () {
        () if took_over(plan, step, hold, found, standing) => Further::of(Part::Bare),
        () if lacks_number(step, hold, found) => Further {
            part: Part::Numbered,
            made: number_of(&standing.properties)?.to_owned(),
        },
        () => return None,
    };
    Some((further, standing.etag.clone()))
}

/// Whether something differs in a setting that a revision takes over.
pub(crate) fn is_inherited(step: &Step, difference: &Difference) -> bool {
    step.kind.inherited.contains(&member_of(difference))
}

/// What stands around an API while it gets its number: the first revision, the
/// wanted one, and the release.
pub(crate) fn around(step: &Step, first: &str) -> Vec<ResourcePath> {
    let api = step.target.below();
    let numbers = [Some(first), wanted(step)].into_iter().flatten();
    let revisions = numbers.map(|n| api.renamed(&format!("{};rev={n}", api.name())));
    let switch = api.child(API_RELEASE.collection(), SWITCH);
    revisions.chain([switch]).filter_map(Result::ok).collect()
}
