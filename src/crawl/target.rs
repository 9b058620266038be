//! What stands on the target's side, as far as a plan has to know it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::CrawlError;
use super::collect::{gateways_of, read};
use super::crowds::{read_crowds, take_named};
use crate::address::{Name, ResourcePath, WorkspaceName, split_revision};
use crate::arm::Reader;
use crate::catalog::{self, Access, ApiVersion, Home, Kind, kinds};
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
    target.sku = tier(reader, within.then_some(source)).await?;
    let own = format!("/workspaces/{workspace}");
    let found = reader.get(&own, &[]).await;
    target.exists = found.map_err(CrawlError::read(own.as_str()))?.is_some();
    target.gateways = gateways(reader, workspace, target.exists).await;
    // Within one service copies get names that nobody else has by accident, and
    // there can be a hundred other workspaces; where names are kept, it has to
    // be known whether they are free.
    let workspaces = match within && !may_meet {
        true => Vec::new(),
        false => list(reader, "/workspaces").await?,
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
        if within && source.is_listed(kind) {
            let held = target.names.entry(kind).or_default();
            let known = source.of_kind(kind).map(|r| Name::new(r.path.name()));
            held.extend(known.map(|name| (name, Holder::Service)));
        } else {
            lists.push((Holder::Service, format!("/{collection}"), kind));
        }
        if kind.is_top_level() {
            for other in others.clone() {
                let holder = Holder::Workspace(other.to_owned());
                lists.push((holder, format!("/workspaces/{other}/{collection}"), kind));
            }
        }
    }
    let found: Vec<_> = stream::iter(lists)
        .map(|(holder, path, kind)| async move {
            Ok::<_, CrawlError>((holder, kind, list(reader, &path).await?))
        })
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

async fn list(reader: &Reader, path: &str) -> Result<Vec<Value>, CrawlError> {
    (reader.list(path, &[]).await).map_err(CrawlError::read(path))
}

/// The tier of the target's service, which may be the crawled one.
///
/// # Errors
/// When the service does not take the API version that the reader asks with.
async fn tier(reader: &Reader, crawled: Option<&Inventory>) -> Result<Option<String>, CrawlError> {
    let (sku, oldest) = match crawled {
        Some(source) => (source.sku.clone(), source.oldest),
        None => match reader.get("", &[]).await {
            Ok(found) => found.map_or((None, None), |found| {
                let sku = found.body["sku"]["name"].as_str().map(str::to_owned);
                (sku, ApiVersion::oldest_of(&found.body))
            }),
            Err(error) if error.status().is_some_and(|s| s != 401) => (None, None),
            Err(error) => return Err(CrawlError::read("")(error)),
        },
    };
    if let Some(version) = reader.version().and_then(|version| version.parse().ok()) {
        ApiVersion::taken_from(version, oldest)?;
    }
    Ok(sku)
}

/// The gateways that serve a workspace, where that can be seen.
async fn gateways(reader: &Reader, workspace: &WorkspaceName, exists: bool) -> Option<Vec<String>> {
    // Nothing serves a workspace that is still to be made, and no link is how a
    // service may say that there is no gateway.
    if !exists {
        return Some(Vec::new());
    }
    let link = format!("/workspaceLinks/{workspace}");
    let found = reader.get(&link, &[]).await.ok()?;
    Some(found.map(|f| gateways_of(&f.body)).unwrap_or_default())
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
    for kind in kinds().iter().filter(|k| !k.pattern.contains('/')) {
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
        for item in list(reader, &format!("/{}", kind.collection())).await? {
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
        let there = paths.into_iter().filter(|path| may_stand(target, path));
        let asked: Vec<ResourcePath> = there.cloned().collect();
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

/// Whether something can stand there, as far as lists and parents tell.
fn may_stand(target: &Target, path: &ResourcePath) -> bool {
    if let Some(parent) = path.parent() {
        let everywhere = catalog::kind_of(&parent).is_some_and(|k| k.everywhere);
        return everywhere || target.existing.contains_key(&parent);
    }
    let Some(kind) = catalog::kind_of(path) else {
        return false;
    };
    let held = target.names.get(kind);
    let is_own =
        |name: &str| held.and_then(|n| n.get(&Name::new(name))) == Some(&Holder::ThisWorkspace);
    let (root, revision) = split_revision(path.name());
    // Lists may leave revisions out; their API tells.
    is_own(path.name()) || (kind.revisions && revision.is_some() && is_own(root))
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
