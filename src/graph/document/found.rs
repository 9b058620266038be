//! What a name leads to, and what is written in its place.

use super::uses::Write;
use crate::address::ResourcePath;
use crate::graph::company::is_linked;
use crate::graph::follow::{Cause, with_thumbprint};
use crate::graph::naming::{How, Naming, naming};
use crate::inventory::{Inventory, Resource};
use crate::policy::{Reference, Scan, Target};

pub(super) fn look_up(
    naming: &Naming,
    name: &str,
    reference: &Reference,
    scan: &Scan,
    (resource, inventory): (&Resource, &Inventory),
) -> Option<(ResourcePath, Write)> {
    let kind = naming.kind;
    let by_name = || {
        inventory
            .named(kind, name)
            .map(|r| (r.path.clone(), Write::Name))
    };
    // Versions of an API share a display name: what is linked to the owner of
    // the policy is meant before all others.
    let by_display = || {
        let found = || inventory.all_displayed(kind, name);
        let own = || found().find(|r| is_linked(&resource.path.root(), &r.path, inventory));
        let several = found().nth(1).is_some();
        let meant = several.then(own).flatten().or_else(|| found().next());
        meant.map(|r| (r.path.clone(), Write::Display))
    };
    let shown = |path: &ResourcePath| {
        let display = kind.display?.property;
        inventory.get(path)?.text(display).map(str::to_owned)
    };
    match naming.how {
        How::Name => by_name(),
        How::Display => by_display(),
        // Spelled exactly, either counts before a name that fits but for case.
        How::NameOrDisplay => by_name()
            .filter(|(path, _)| path.name() == name)
            .or_else(|| by_display().filter(|(p, _)| shown(p).as_deref() == Some(name)))
            .or_else(by_name)
            .or_else(by_display),
        How::Thumbprint => {
            with_thumbprint(inventory, kind, name).map(|r| (r.path.clone(), Write::Nothing))
        }
        How::NameOrThumbprint => by_name().or_else(|| {
            with_thumbprint(inventory, kind, name).map(|r| (r.path.clone(), Write::Nothing))
        }),
        How::Operation => {
            let api = enclosing_api(reference, scan, (resource, inventory))?;
            let by_name = |r: &&Resource| r.path.name().eq_ignore_ascii_case(name);
            let by_display = |r: &&Resource| r.text("displayName") == Some(name);
            let operations = || inventory.children(&api).filter(|r| r.kind == kind);
            let operation = operations()
                .find(by_name)
                .or_else(|| operations().find(by_display))?;
            // Operations keep both their names, so there is nothing to write.
            Some((operation.path.clone(), Write::Nothing))
        }
    }
}

/// The API whose element encloses an operation's: the last one named before it.
fn enclosing_api(
    reference: &Reference,
    scan: &Scan,
    (resource, inventory): (&Resource, &Inventory),
) -> Option<ResourcePath> {
    let before =
        |r: &&Reference| matches!(r.to, Target::Api { .. }) && r.span.start < reference.span.start;
    let api = scan.references.iter().rfind(before)?;
    let naming = naming(&api.to)?;
    look_up(&naming, &api.name, api, scan, (resource, inventory)).map(|(path, _)| path)
}

/// What a name leads to that attribute and code give, and what is written in
/// its place.
pub(super) fn named(
    naming: &Naming,
    name: &str,
    inventory: &Inventory,
) -> Option<(ResourcePath, Write)> {
    let by_name = || {
        let named = inventory.named(naming.kind, name)?;
        Some((named.path.clone(), Write::Name))
    };
    let by_thumbprint = || {
        let named = with_thumbprint(inventory, naming.kind, name)?;
        Some((named.path.clone(), Write::Nothing))
    };
    match naming.how {
        How::Thumbprint => by_thumbprint(),
        How::NameOrThumbprint => by_name().or_else(by_thumbprint),
        _ => by_name(),
    }
}

/// Why a name leads to nothing. The service takes code that gives such a name, and
/// only misses it when that runs.
pub(super) fn absent(in_code: bool) -> Cause {
    match in_code {
        true => Cause::Expression,
        false => Cause::Absent,
    }
}

/// Where something of a name would stand.
pub(super) fn place_of(naming: &Naming, name: &str) -> Vec<ResourcePath> {
    let place = ResourcePath::top(naming.kind.collection(), name);
    place.into_iter().collect()
}
