//! Putting answers into the inventory.

use serde_json::{Map, Value};
use url::Url;

use super::agenda::{Agenda, Ask};
use super::fetch::Answer;
use crate::address::{ResourcePath, split_revision};
use crate::arm::Fetched;
use crate::catalog::{self, Access, ApiVersion, Kind, Listed, Reference, says_something};
use crate::inventory::snapshot::without_secret;
use crate::inventory::{Inventory, Resource, WorkspaceInfo, digest, links};
use crate::secret::plain;

/// Puts one answer into the inventory, and tells the agenda what it means.
pub(super) fn collect(ask: &Ask, answer: Answer, inventory: &mut Inventory, agenda: &mut Agenda) {
    match (ask, answer) {
        (Ask::Service, Answer::Item(Some(found))) => {
            let text = |v: &Value| v.as_str().map(str::to_owned);
            inventory.sku = text(&found.body["sku"]["name"]);
            inventory.location = text(&found.body["location"]);
            inventory.hosts = hosts_of(&found.body["properties"]);
            inventory.oldest = ApiVersion::oldest_of(&found.body);
        }
        (Ask::Workspaces, Answer::Workspaces(workspaces, links)) => {
            for workspace in workspaces {
                let Some(name) = name_of(&workspace) else {
                    continue;
                };
                let info = WorkspaceInfo {
                    properties: properties_of(&workspace),
                    gateways: Vec::new(),
                    ..WorkspaceInfo::default()
                };
                inventory.workspaces.insert(name.to_owned(), info);
            }
            for link in links {
                let Some(name) = name_of(&link) else { continue };
                let is_it = |n: &str| n.eq_ignore_ascii_case(name);
                if let Some((_, info)) = (inventory.workspaces.iter_mut()).find(|(n, _)| is_it(n)) {
                    info.gateways = gateways_of(&link);
                }
            }
        }
        (Ask::Item(path), Answer::Item(Some(found))) => {
            let spelled = as_spelled(path, &found.body, inventory);
            if let Some(resource) = read(spelled, &found) {
                agenda.policies.found(path, inventory);
                inventory.insert(without_secret(resource));
            }
        }
        (Ask::Policies, Answer::List(items)) => agenda.policies.take(&items, inventory),
        (Ask::Policies, Answer::Refused) => agenda.policies.refused(),
        // Listed and gone since. What a list shows is not all of it.
        (Ask::Item(path), Answer::Item(None)) => inventory.remove(path),
        (Ask::List(kind, below), Answer::List(items)) => {
            if below.is_none() {
                inventory.mark_listed(kind);
            }
            for item in items {
                list_item(kind, below.as_ref(), &item, inventory);
            }
        }
        (Ask::Revisions(api), Answer::List(items)) => revisions(api, &items, inventory),
        (Ask::View(link, named), Answer::List(items)) => {
            for item in items {
                owner_of_link(link, named, &item, inventory);
            }
        }
        (Ask::ViewOfAll(link, _), Answer::List(items)) => {
            let told = items.iter().all(|item| tagged(link, item, inventory));
            if !told {
                agenda.no_view(link);
            }
        }
        (Ask::List(kind, _), Answer::Refused) => drop(inventory.unseen.insert(kind)),
        (Ask::Item(path), Answer::Refused) => inventory.unseen.extend(catalog::kind_of(path)),
        (Ask::View(link, _) | Ask::ViewOfAll(link, _), Answer::Refused) => agenda.no_view(link),
        (Ask::AtTop(kind), Answer::List(items)) => {
            let told = items.iter().all(|item| below_named(kind, item, inventory));
            if !told {
                agenda.no_list_of_all(kind);
            }
        }
        (Ask::AtTop(kind), Answer::Refused) => agenda.no_list_of_all(kind),
        (Ask::Sample(path), Answer::Item(Some(found))) => {
            let listed = inventory.get(path);
            if let (Some(listed), Some(mut alone)) = (listed, read(path.clone(), &found)) {
                if agenda.trust.try_on(listed, &alone) {
                    // What it is compared with later on is the list.
                    alone.etag = None;
                    alone.digest.clone_from(&listed.digest);
                }
                inventory.insert(without_secret(alone));
            }
        }
        (Ask::Sample(path), Answer::Item(None)) => inventory.remove(path),
        _ => {}
    }
}

pub(super) fn name_of(item: &Value) -> Option<&str> {
    item["name"].as_str().filter(|n| !n.is_empty()).or_else(|| {
        let id = item["id"].as_str()?;
        id.rsplit('/').next().filter(|n| !n.is_empty())
    })
}

/// Where something stands, as the service spells its name: what asked for it may
/// have spelled it otherwise, and a snapshot has the service's spelling.
fn as_spelled(path: &ResourcePath, item: &Value, inventory: &Inventory) -> ResourcePath {
    let is_new = path.parent().is_none() && inventory.get(path).is_none();
    let name = name_of(item).filter(|name| is_new && name.eq_ignore_ascii_case(path.name()));
    let spelled = name.and_then(|name| path.renamed(name).ok());
    spelled.unwrap_or_else(|| path.clone())
}

pub(super) fn properties_of(item: &Value) -> Map<String, Value> {
    item["properties"].as_object().cloned().unwrap_or_default()
}

/// The hosts that a service says its gateway answers on: custom ones, then the
/// one it was made with.
fn hosts_of(service: &Value) -> Vec<String> {
    let configured = service["hostnameConfigurations"].as_array();
    let custom = (configured.into_iter().flatten())
        .filter(|c| {
            c["type"]
                .as_str()
                .is_some_and(|t| t.eq_ignore_ascii_case("Proxy"))
        })
        .filter_map(|c| c["hostName"].as_str().map(str::to_owned));
    let url = service["gatewayUrl"]
        .as_str()
        .and_then(|url| Url::parse(url).ok());
    let own = url.and_then(|url| url.host_str().map(str::to_owned));
    let mut hosts: Vec<String> = custom.filter(|host| Some(host) != own.as_ref()).collect();
    hosts.extend(own);
    hosts
}

/// Names of the gateways in an item of `workspaceLinks`.
pub(crate) fn gateways_of(link: &Value) -> Vec<String> {
    let ids = link["properties"]["gateways"].as_array();
    let name = |g: &Value| {
        g["id"]
            .as_str()
            .and_then(|id| id.rsplit('/').next())
            .map(str::to_owned)
    };
    ids.into_iter().flatten().filter_map(name).collect()
}

/// Makes a resource of what a GET gave.
pub(super) fn read(path: ResourcePath, found: &Fetched) -> Option<Resource> {
    let mut properties = properties_of(&found.body);
    let kind = catalog::kind_of(&path)?;
    if kind.listed == Listed::Whole {
        // As the list has it, which leaves out what is empty.
        properties.retain(|_, v| !v.is_object() || says_something(v));
    }
    if kind.is_document() {
        if let Some(text) = &found.text {
            properties.insert("value".to_owned(), Value::from(text.as_str()));
        }
        properties.insert("format".to_owned(), Value::from("rawxml"));
    }
    let mut resource = Resource::new(path, properties, found.etag.clone())?;
    digested(&mut resource);
    Some(resource)
}

/// Notes a digest of what a list tells of a resource, where that is all of it.
fn digested(resource: &mut Resource) {
    let kind = resource.kind;
    if kind.listed == Listed::Whole && kind.is_told_by_list(&resource.properties) {
        resource.digest = Some(digest(kind, resource.path.name(), &resource.properties));
    }
}

/// A list shows an item's name and part of its properties. Links and what is
/// only worth a finding need no more than that.
fn list_item(
    kind: &'static Kind,
    below: Option<&ResourcePath>,
    item: &Value,
    inventory: &mut Inventory,
) {
    let Some(name) = name_of(item) else { return };
    let path = match below {
        Some(parent) => parent.child(kind.collection(), name),
        None => ResourcePath::top(kind.collection(), name),
    };
    let Ok(path) = path else {
        let parent = below.map(ResourcePath::as_str).unwrap_or_default();
        let called = plain(&format!("{parent}/{}/{name}", kind.collection()));
        inventory.nameless.insert((below.cloned(), called));
        return;
    };
    let Some(mut resource) = Resource::new(path, properties_of(item), None) else {
        return;
    };
    resource.listed_only = !kind.is_told_by_list(&resource.properties);
    digested(&mut resource);
    if kind.access == Access::Membership {
        // What is shown is the member. A person goes by the address in another
        // service; the rest is of no use.
        resource.properties.retain(|name, _| name == "email");
    }
    if kind.access == Access::Link {
        if let Some(path) = links::place_of(&resource, inventory) {
            resource.path = path;
        }
        // A view told it already.
        if inventory.get(&resource.path).is_some() {
            return;
        }
    }
    inventory.insert(without_secret(resource));
}

/// Puts what a list of the whole service shows where it stands: below what it
/// names. Returns whether that could be told.
fn below_named(kind: &'static Kind, item: &Value, inventory: &mut Inventory) -> bool {
    let parent = (kind.listed_at_top)
        .and_then(|at| item["properties"][at.parent].as_str())
        .and_then(|id| inventory.resolve_id(id))
        .filter(|path| catalog::kind_of(path) == kind.parent());
    let Some(parent) = parent else { return false };
    list_item(kind, Some(&parent), item, inventory);
    true
}

/// Makes a link of an item that shows a tag and what has it. Returns whether
/// both could be told.
fn tagged(kind: &'static Kind, item: &Value, inventory: &mut Inventory) -> bool {
    let (Some(reference), Some(owner_kind)) = (kind.references.first(), kind.parent()) else {
        return false;
    };
    let at = |kind: &'static Kind| {
        let path = inventory.resolve_id(item[kind.name]["id"].as_str()?)?;
        (catalog::kind_of(&path) == Some(kind)).then_some(path)
    };
    let ends = reference.to.iter().copied();
    let (Some(owner), Some(named)) = (at(owner_kind), { ends }.find_map(at)) else {
        return false;
    };
    link_between(kind, reference, &owner, &named, inventory);
    true
}

/// Items are flat, and always numbered; the current one goes by the plain name.
fn revisions(api: &ResourcePath, items: &[Value], inventory: &mut Inventory) {
    for item in items {
        let flat = item.get("properties").unwrap_or(item);
        if flat["isCurrent"].as_bool() == Some(true) {
            continue;
        }
        let id = flat["apiId"].as_str().unwrap_or_default();
        let number = split_revision(id)
            .1
            .or_else(|| flat["apiRevision"].as_str());
        let Some(number) = number else { continue };
        let current = inventory.get(api).and_then(|r| r.text("apiRevision"));
        if current == Some(number) {
            continue;
        }
        let Ok(path) = api.renamed(&format!("{};rev={number}", api.name())) else {
            continue;
        };
        if let Some(mut resource) = Resource::new(path, Map::new(), None) {
            resource.listed_only = true;
            if inventory.get(&resource.path).is_none() {
                inventory.insert(resource);
            }
        }
    }
}

/// A view lists owners; the link between owner and named thing is made of both.
fn owner_of_link(
    kind: &'static Kind,
    named: &ResourcePath,
    item: &Value,
    inventory: &mut Inventory,
) {
    let (Some(owner), Some(reference)) = (name_of(item), kind.references.first()) else {
        return;
    };
    let Some(owner_kind) = kind.parent() else {
        return;
    };
    if let Ok(owner) = ResourcePath::top(owner_kind.collection(), owner) {
        link_between(kind, reference, &owner, named, inventory);
    }
}

fn link_between(
    kind: &'static Kind,
    reference: &Reference,
    owner: &ResourcePath,
    named: &ResourcePath,
    inventory: &mut Inventory,
) {
    let Ok(link) = links::place(kind, reference, owner, named) else {
        return;
    };
    let mut properties = Map::new();
    let id = inventory.service.id_of(&links::end_of(reference, named));
    properties.insert(reference.pointer.to_owned(), Value::from(id));
    if let Some(resource) = Resource::new(link, properties, None)
        && inventory.get(&resource.path).is_none()
    {
        inventory.insert(resource);
    }
}
