//! What stands on the target's side, as far as a plan has to know it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::CrawlError;
use super::collect::{gateways_of, read};
use super::crowds::{read_crowds, take_named};
use crate::address::{Name, ResourcePath, WorkspaceName, split_revision};
use crate::arm::Reader;
use crate::catalog::{self, Access, ApiVersion, Home, KINDS, Kind};
use crate::inventory::Inventory;
use crate::plan::Target;
use crate::plan::target::{Holder, Route};

/// Reads under way at once, at most.
const WIDTH: usize = 16;

/// Reads what a plan has to know of the target. `kinds` are the top-level kinds
/// of which there will be copies.
///
/// Where the target is the service that was crawled, what its lists hold is
/// taken from the inventory. A workspace that is not there yet is read as one
/// that is empty.
///
/// # Errors
/// When the service refuses.
pub async fn read_target(
    reader: &Reader,
    workspace: &WorkspaceName,
    kinds: &BTreeSet<&'static Kind>,
    source: &Inventory,
) -> Result<Target, CrawlError> {
    read_target_beside(reader, workspace, kinds, source, false).await
}

/// The same, where within one service the other workspaces are looked at as
/// well, if copies `may_meet` what stands there.
///
/// # Errors
/// When the service refuses.
pub async fn read_target_beside(
    reader: &Reader,
    workspace: &WorkspaceName,
    kinds: &BTreeSet<&'static Kind>,
    source: &Inventory,
    may_meet: bool,
) -> Result<Target, CrawlError> {
    let reader = &reader.for_crawl();
    let mut target = Target::unknown(reader.service().clone(), workspace.clone());
    let within = source.service == target.service;
    let (sku, oldest) = match within {
        true => (source.sku.clone(), source.oldest),
        false => match reader.get("", &[]).await {
            Ok(found) => found.map_or((None, None), |found| {
                let sku = found.body["sku"]["name"].as_str().map(str::to_owned);
                (sku, ApiVersion::oldest_of(&found.body))
            }),
            Err(error) if error.status().is_some_and(|s| s != 401) => (None, None),
            Err(error) => return Err(CrawlError::read("")(error)),
        },
    };
    target.sku = sku;
    if let Some(version) = reader.version().and_then(|version| version.parse().ok()) {
        ApiVersion::taken_from(version, oldest)?;
    }
    let own = format!("/workspaces/{workspace}");
    target.exists = reader
        .get(&own, &[])
        .await
        .map_err(CrawlError::read(own.as_str()))?
        .is_some();
    let link = format!("/workspaceLinks/{workspace}");
    let served = match target.exists {
        true => reader.get(&link, &[]).await,
        // Nothing serves a workspace that is still to be made.
        false => Ok(None),
    };
    target.gateways = match served {
        Ok(Some(found)) => Some(gateways_of(&found.body)),
        // No link is how a service may say that there is no gateway.
        Ok(None) => Some(Vec::new()),
        Err(_) => None,
    };
    // Within one service copies get names that nobody else has by accident, and
    // there can be a hundred other workspaces; where names are kept, it has to
    // be known whether they are free.
    let workspaces = match within && !may_meet {
        true => Vec::new(),
        false => {
            (reader.list("/workspaces", &[]).await).map_err(CrawlError::read("/workspaces"))?
        }
    };
    let others = workspaces
        .iter()
        .filter_map(|w| w["name"].as_str())
        .filter(|name| Name::new(*name) != Name::new(workspace.as_str()));
    let mut lists: Vec<(Holder, String, &'static Kind)> = Vec::new();
    for kind in kinds.iter().copied() {
        let collection = kind.collection();
        if target.exists {
            lists.push((Holder::ThisWorkspace, format!("{own}/{collection}"), kind));
        }
        let known = within && source.is_listed(kind);
        if !known {
            lists.push((Holder::Service, format!("/{collection}"), kind));
        }
        if kind.is_top_level() {
            for other in others.clone() {
                let holder = Holder::Workspace(other.to_owned());
                lists.push((holder, format!("/workspaces/{other}/{collection}"), kind));
            }
        }
        if known {
            let held = target.names.entry(kind).or_default();
            for resource in source.of_kind(kind) {
                held.insert(Name::new(resource.path.name()), Holder::Service);
            }
        }
    }
    let read_one = |(holder, path, kind): (Holder, String, &'static Kind)| async move {
        let items = reader
            .list(&path, &[])
            .await
            .map_err(CrawlError::read(path.as_str()))?;
        Ok::<_, CrawlError>((holder, kind, items))
    };
    let found: Vec<_> = stream::iter(lists)
        .map(read_one)
        .buffered(WIDTH)
        .try_collect()
        .await?;
    for (holder, kind, items) in found {
        take_names(&mut target, &holder, kind, &items);
    }
    if !within {
        read_referable(reader, source, &mut target).await?;
    }
    Ok(target)
}

fn take_names(target: &mut Target, holder: &Holder, kind: &'static Kind, items: &[Value]) {
    let none = Map::new();
    for item in items {
        let Some(name) = item["name"].as_str() else {
            continue;
        };
        let properties = item["properties"].as_object().unwrap_or(&none);
        let path = ResourcePath::top(kind.collection(), name);
        // A workspace lists the built-in groups too.
        if path.is_ok_and(|p| kind.is_built_in(&p, properties)) {
            continue;
        }
        let held = target.names.entry(kind).or_default();
        take_route(
            &mut target.routes,
            holder,
            kind,
            Name::new(name),
            properties,
        );
        // Some names may be taken more than once, such as that of the Azure
        // Monitor logger; the workspace's own is the one a copy would meet.
        let own = held.get(&Name::new(name)) == Some(&Holder::ThisWorkspace);
        if !own {
            held.insert(Name::new(name), holder.clone());
        }
        if *holder != Holder::ThisWorkspace {
            continue;
        }
        *target.counts.entry(kind).or_default() += 1;
        if let Ok(path) = ResourcePath::top(kind.collection(), name) {
            take_named(target, kind, &path, properties);
        }
        if let Some(display) = kind
            .display
            .and_then(|d| properties.get(d.property))
            .and_then(Value::as_str)
        {
            let displays = target.displays.entry(kind).or_default();
            let holders = displays.entry(display.to_lowercase()).or_default();
            holders.insert(Name::new(name));
        }
    }
}

/// Notes where an API answers. Other workspaces have gateways of their own, as
/// far as is known, and revisions go by their API's path.
fn take_route(
    routes: &mut Vec<Route>,
    holder: &Holder,
    kind: &Kind,
    name: Name,
    properties: &Map<String, Value>,
) {
    let is_root = kind.revisions && split_revision(name.as_str()).1.is_none();
    if is_root && !matches!(holder, Holder::Workspace(_)) {
        routes.push(Route::of(holder.clone(), name, properties));
    }
}

/// Reads what a workspace of another service may refer to there.
async fn read_referable(
    reader: &Reader,
    source: &Inventory,
    target: &mut Target,
) -> Result<(), CrawlError> {
    let mut referable = BTreeSet::new();
    for kind in KINDS.iter().filter(|k| !k.pattern.contains('/')) {
        let wanted = match kind.home {
            Home::Service => {
                let members = |m: &crate::inventory::Resource| m.kind.member == Some(*kind);
                source.of_kind(kind).next().is_some() || source.resources().any(members)
            }
            Home::Workspace => kind.lends_built_ins,
            Home::Nowhere(_) | Home::Stays(_) | Home::ByChoice(_) => false,
        };
        if !wanted {
            continue;
        }
        let path = format!("/{}", kind.collection());
        let items = reader
            .list(&path, &[])
            .await
            .map_err(CrawlError::read(path.as_str()))?;
        for item in items {
            let Some(name) = item["name"].as_str() else {
                continue;
            };
            if let Ok(path) = ResourcePath::top(kind.collection(), name) {
                referable.insert(path);
            }
            if let Some(email) = item["properties"]["email"].as_str() {
                target.users.insert(email.to_lowercase(), Name::new(name));
            }
        }
    }
    target.referable = Some(referable);
    Ok(())
}

/// Reads what stands in the workspace where copies would: `wanted` are paths
/// below it. Only what the lists showed is read, and children only below
/// parents that are there; and lists where something might not fit.
///
/// # Errors
/// When the service refuses.
pub async fn read_existing(
    reader: &Reader,
    target: &mut Target,
    wanted: &BTreeSet<ResourcePath>,
) -> Result<(), CrawlError> {
    let mut by_depth: BTreeMap<usize, Vec<&ResourcePath>> = BTreeMap::new();
    for path in wanted {
        by_depth.entry(path.pairs().count()).or_default().push(path);
    }
    for paths in by_depth.into_values() {
        let there = |path: &&ResourcePath| {
            match path.parent() {
            Some(parent) => {
                let everywhere = catalog::kind_of(&parent).is_some_and(|k| k.everywhere);
                everywhere || target.existing.contains_key(&parent)
            }
            None => catalog::kind_of(path).is_some_and(|kind| {
                let held = target.names.get(kind).and_then(|n| n.get(&Name::new(path.name())));
                held == Some(&Holder::ThisWorkspace)
                    // Lists may leave revisions out; their API tells.
                    || (kind.revisions && split_revision(path.name()).1.is_some()
                        && target.names.get(kind).is_some_and(|n| {
                            n.get(&Name::new(split_revision(path.name()).0)) == Some(&Holder::ThisWorkspace)
                        }))
            }),
        }
        };
        let asked: Vec<ResourcePath> = paths.into_iter().filter(there).cloned().collect();
        let workspace = target.workspace.clone();
        let read_one = |path: ResourcePath| {
            let full = format!("/workspaces/{workspace}{path}");
            async move {
                let kind = catalog::kind_of(&path);
                let raw = [("format", "rawxml")];
                let query: &[(&str, &str)] = match kind.is_some_and(Kind::is_document) {
                    true => &raw,
                    false => &[],
                };
                if kind.is_some_and(|k| k.access == Access::Membership) {
                    let found = reader.head(&full).await.map_err(CrawlError::read(full))?;
                    let resource = crate::inventory::Resource::new(path, Map::new(), None);
                    return Ok::<_, CrawlError>(resource.filter(|_| found.is_some()));
                }
                let found = reader
                    .get(&full, query)
                    .await
                    .map_err(CrawlError::read(full))?;
                Ok(found.and_then(|f| read(path, &f)))
            }
        };
        let found: Vec<_> = stream::iter(asked)
            .map(read_one)
            .buffered(WIDTH)
            .try_collect()
            .await?;
        for resource in found.into_iter().flatten() {
            target.existing.insert(resource.path.clone(), resource);
        }
    }
    read_crowds(reader, target, wanted).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use serde_json::json;

    #[test]
    fn a_name_that_is_taken_twice_is_the_workspaces_own() {
        let kind = &catalog::LOGGER;
        let items = [json!({"name": "azuremonitor", "properties": {}})];
        let holders = [
            Holder::Service,
            Holder::ThisWorkspace,
            Holder::Workspace("other".to_owned()),
        ];
        for turn in 0..holders.len() {
            let service = ServiceId::new("s", "g", "n").unwrap();
            let mut target = Target::unknown(service, "w".parse().unwrap());
            for at in 0..holders.len() {
                let holder = &holders[(turn + at) % holders.len()];
                take_names(&mut target, holder, kind, &items);
            }
            let held = &target.names[&crate::catalog::LOGGER][&Name::new("AzureMonitor")];
            assert_eq!(*held, Holder::ThisWorkspace);
            assert_eq!(target.counts[&crate::catalog::LOGGER], 1);
        }
    }
}
