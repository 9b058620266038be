//! Names of what stands below something else: its own, but for links.

use super::text::{cut, hash_of, word};
use super::{NameError, Named, Names};
use crate::address::SourcePath;
use crate::catalog::pointer;
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};

pub(super) fn child(resource: &Resource, name: &str, names: &Names) -> Result<Named, NameError> {
    let unusable = || NameError::Unusable {
        resource: SourcePath(resource.path.clone()),
        name: name.to_owned(),
    };
    let parent = resource.path.parent().ok_or_else(unusable)?;
    let everywhere = resource.kind.parent().is_some_and(|k| k.everywhere);
    let parent = match names.get(&parent) {
        Some(named) => &named.target,
        None if everywhere => &parent,
        None => return Err(unusable()),
    };
    Ok(Named {
        target: parent
            .child(resource.path.collection(), name)
            .map_err(|_| unusable())?,
        display: None,
        path: None,
    })
}

/// The name of a link is made of what it names, so that one that is there is
/// recognised whatever it was called at the source.
pub(super) fn link_name(resource: &Resource, inventory: &Inventory, names: &Names) -> String {
    let mut found = None;
    for reference in resource.kind.references {
        pointer::each_of(&resource.properties, reference.pointer, &mut |value| {
            let text = value.as_str().unwrap_or_default();
            if let Followed::To(path) = follow_property(resource, inventory, reference, text) {
                let target = names.get(&path).map_or(&path, |n| &n.target);
                let parts: Vec<&str> = target.pairs().map(|(_, name)| name).collect();
                found = Some(parts.join("--"));
            }
        });
    }
    let name = found.unwrap_or_else(|| resource.path.name().to_owned());
    let plain = word(&name);
    // Two names that differ only in what a link's name can't hold stay apart.
    let plain = match plain == name {
        true => plain,
        false => format!("{plain}-{}", hash_of(&name)),
    };
    cut(&plain, resource.kind.name_limit)
}
