//! What the catalog has to say of single resources: what their copies do not
//! carry, so that nothing is lost without a word, and what is doubtful.

use serde_json::Value;

use crate::catalog::{ApiVersion, pointer, says_something};
use crate::graph::Closure;
use crate::inventory::{Inventory, Resource};
use crate::plan::codes;
use crate::plan::finding::Finding;

/// Finds what is to be said of the members of the closure, whose copies are
/// written for a version, and of how they were read.
pub(super) fn remarks(
    inventory: &Inventory,
    closure: &Closure,
    version: ApiVersion,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = (closure.members.keys())
        .filter_map(|path| inventory.get(path))
        .flat_map(|resource| of_one(resource, version))
        .collect();
    if let Some(read) = inventory.read
        && read.at < read.asked
    {
        let message = format!(
            "the service does not take api-version {}, and was read at {}",
            read.asked, read.at
        );
        found.push(codes::READ_VERSION.about(&inventory.service, message));
    }
    found
}

fn of_one(resource: &Resource, version: ApiVersion) -> Vec<Finding> {
    let (kind, path) = (resource.kind, &resource.path);
    let mut found = Vec::new();
    for lost in kind.lost(&resource.properties, version) {
        let message = format!("`{}` holds something: {}", lost.pointer, lost.why);
        found.push(codes::NOT_CARRIED.about(path, message));
    }
    // Revisions are known by the name of their API, which always has one.
    if let Some(display) = kind.display.filter(|_| !kind.revisions)
        && !(resource.properties.get(display.property)).is_some_and(says_something)
    {
        let message = "it has no display name; its copy is called by its name";
        found.push(codes::MADE_UP_NAME.about(path, message));
    }
    for at in kind.identities {
        let mut identity = None;
        pointer::each_of(&resource.properties, at, &mut |v| {
            identity = says_something(v).then_some(v).or(identity);
        });
        let message = match identity {
            None => continue,
            Some(Value::String(name)) => format!("`{at}` names the identity `{name}`"),
            Some(_) => format!("`{at}` signs in with an identity of the service"),
        };
        found.push(codes::MANAGED_IDENTITY.about(path, message));
    }
    for remark in kind.remarks {
        if (remark.applies)(&resource.properties)
            && let Some(code) = codes::code(remark.code)
        {
            found.push(code.about(path, remark.message));
        }
    }
    found
}
