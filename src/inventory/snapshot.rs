//! The snapshot format: an inventory on disk, and what the sandbox is seeded
//! with.
//!
//! A snapshot that is written never holds a secret: the value of a secret
//! named value and subscription keys are left out. One that is read may.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Inventory, Resource, WorkspaceInfo, links};
use crate::address::{AddressError, ResourcePath, ServiceId};
use crate::catalog::{self, Kind};
use crate::misread::Misread;
use crate::secret::seen_json;

/// Why a snapshot can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not JSON of the right shape.
    #[error("the snapshot{} is not of the right shape", .0.at())]
    Shape(#[source] Misread),
    /// Its service has no usable name.
    #[error("the snapshot's service is not named properly")]
    Service(#[source] AddressError),
    /// A resource's path is none.
    #[error("resource {index} of the snapshot has no usable path")]
    Path {
        /// Its position, from zero.
        index: usize,
        /// What is wrong with it.
        source: AddressError,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    service: ServiceFile,
    #[serde(default)]
    workspaces: Vec<WorkspaceFile>,
    resources: Vec<ResourceFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nameless: Vec<NamelessFile>,
}

/// What has a name that no address can hold.
#[derive(Serialize, Deserialize)]
struct NamelessFile {
    /// Below what it stands, where that is anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<String>,
    /// What it is called.
    called: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceFile {
    #[serde(default = "nobody")]
    subscription_id: String,
    #[serde(default = "group")]
    resource_group: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<String>,
}

fn nobody() -> String {
    "00000000-0000-0000-0000-000000000000".to_owned()
}

fn group() -> String {
    "rg".to_owned()
}

#[derive(Serialize, Deserialize)]
struct WorkspaceFile {
    name: String,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    gateways: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ResourceFile {
    path: String,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, rename = "listedOnly", skip_serializing_if = "is_false")]
    listed_only: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads a snapshot. Resources of kinds the catalog does not know are counted;
/// of those that stand in workspaces only names at the top are kept, which are
/// taken for the whole service.
///
/// # Errors
/// When the text is not a snapshot, naming the place.
pub fn read(text: &str) -> Result<Inventory, SnapshotError> {
    let file: File = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| SnapshotError::Shape(error.into()))?;
    let s = &file.service;
    let service = ServiceId::new(&s.subscription_id, &s.resource_group, &s.name)
        .map_err(SnapshotError::Service)?;
    let mut inventory = Inventory::new(service);
    inventory.sku = file.service.sku;
    inventory.location = file.service.location;
    inventory.hosts = file.service.hosts;
    for workspace in file.workspaces {
        let info = WorkspaceInfo {
            properties: workspace.properties,
            gateways: workspace.gateways,
            ..WorkspaceInfo::default()
        };
        inventory.workspaces.insert(workspace.name, info);
    }
    for nameless in file.nameless {
        let below = nameless.below.and_then(|below| below.parse().ok());
        inventory.nameless.insert((below, nameless.called));
    }
    inventory.reserve(file.resources.len());
    let mut links = Vec::new();
    for (index, item) in file.resources.into_iter().enumerate() {
        let path: ResourcePath =
            (item.path.parse()).map_err(|source| SnapshotError::Path { index, source })?;
        if let Some(link) = membership(&path, &inventory) {
            links.push(link);
            continue;
        }
        let pattern = path.pattern();
        match Resource::new(path.clone(), item.properties, item.etag) {
            Some(mut resource) => {
                if let Some(place) = links::place_of(&resource, &inventory) {
                    resource.path = place;
                }
                resource.listed_only = item.listed_only;
                resource.digest = item.digest;
                inventory.insert(without_secret(resource));
            }
            None if in_workspace(&pattern) => name_in_workspace(&path, &mut inventory),
            None => *inventory.unknown.entry(pattern).or_default() += 1,
        }
    }
    for link in links {
        let known =
            |other: &Resource| other.kind == link.kind && other.properties == link.properties;
        let parent = link.path.parent();
        if !parent.is_some_and(|parent| inventory.children(&parent).any(known)) {
            inventory.insert(link);
        }
    }
    Ok(inventory)
}

fn name_in_workspace(path: &ResourcePath, inventory: &mut Inventory) {
    let mut pairs = path.pairs();
    let (Some((_, workspace)), Some((collection, name)), None) =
        (pairs.next(), pairs.next(), pairs.next())
    else {
        return;
    };
    let mut known = inventory.workspaces.iter_mut();
    let found = known.find(|(known, _)| known.eq_ignore_ascii_case(workspace));
    if let Some(((_, info), kind)) = found.zip(catalog::kind_of_pattern(collection)) {
        info.names.insert((kind, name.to_owned()));
    }
}

fn in_workspace(pattern: &str) -> bool {
    let top = pattern.split('/').next().unwrap_or_default();
    top.eq_ignore_ascii_case("workspaces")
}

/// The link that a classic membership means: `products/x/apis/y`, or from the
/// other side `apis/x/tags/y`. Both are what older versions of the API have.
fn membership(path: &ResourcePath, inventory: &Inventory) -> Option<Resource> {
    if catalog::kind_of(path).is_some() {
        return None;
    }
    let below = path.parent()?;
    let (collection, name) = (path.collection(), path.name());
    let of = catalog::kind_of(&below)?;
    let is = |c: &str| c.eq_ignore_ascii_case(collection);
    let links = catalog::kinds()
        .iter()
        .copied()
        .filter(|k| k.access == catalog::Access::Link);
    let names = |link: &&catalog::Kind| {
        let ends = link.references.iter().flat_map(|r| r.to);
        link.parent() == Some(of) && ends.into_iter().any(|k| is(k.collection()))
    };
    let (link, named, at) = match links.into_iter().find(|k| names(k)) {
        Some(link) => {
            let named = ResourcePath::top(collection, name).ok()?;
            (link, named, below.child(link.collection(), name).ok()?)
        }
        None => {
            let view = of.referrers.iter().find(|r| r.view.is_some_and(is))?;
            let link = view.kind;
            let owner = ResourcePath::top(link.parent()?.collection(), name).ok()?;
            let parts: Vec<&str> = below.pairs().map(|(_, name)| name).collect();
            let at = owner.child(link.collection(), &parts.join("--")).ok()?;
            (link, below, at)
        }
    };
    let pointer = link.references.first()?.pointer;
    let id = Value::from(inventory.service.id_of(&named));
    Resource::new(at, Map::from_iter([(pointer.to_owned(), id)]), None)
}

/// Writes a snapshot: indented JSON, sorted, dependencies before dependents as
/// far as kinds tell, without secrets.
pub fn write(inventory: &Inventory) -> String {
    let rank = |r: &Resource| catalog::kinds().iter().position(|k| *k == r.kind);
    let mut resources: Vec<&Resource> = inventory.resources().collect();
    resources.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path)));
    let file = File {
        service: ServiceFile {
            subscription_id: inventory.service.subscription().to_owned(),
            resource_group: inventory.service.resource_group().to_owned(),
            name: inventory.service.name().to_owned(),
            sku: inventory.sku.clone(),
            location: inventory.location.clone(),
            hosts: inventory.hosts.clone(),
        },
        workspaces: (inventory.workspaces.iter())
            .map(|(name, info)| WorkspaceFile {
                name: name.clone(),
                properties: info.properties.clone(),
                gateways: info.gateways.clone(),
            })
            .collect(),
        resources: (resources.into_iter())
            .map(|r| {
                let r = without_secret(r.clone());
                ResourceFile {
                    path: r.path.to_string(),
                    properties: r.properties,
                    etag: r.etag,
                    digest: r.digest,
                    listed_only: r.listed_only,
                }
            })
            .collect(),
        nameless: (inventory.nameless.iter())
            .map(|(below, called)| NamelessFile {
                below: below.as_ref().map(ToString::to_string),
                called: called.clone(),
            })
            .collect(),
    };
    let value = serde_json::to_value(file).unwrap_or_else(|_| json!({}));
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    seen_json(format!("{text}\n"))
}

/// Takes secret values out of a resource, so that they never get any further.
pub fn without_secret(mut resource: Resource) -> Resource {
    for member in resource.kind.secrets_in(&resource.properties) {
        resource.properties.remove(member);
    }
    // What is never copied has no use for its secrets either.
    if !resource.kind.can_be_copied() {
        let mut properties = Value::Object(std::mem::take(&mut resource.properties));
        strip(&mut properties);
        if let Value::Object(map) = properties {
            resource.properties = map;
        }
    }
    resource
}

/// Whether [`without_secret`] would take something out of these properties.
pub fn holds_secret(kind: &Kind, properties: &Map<String, Value>) -> bool {
    let keys = || {
        properties
            .iter()
            .any(|(name, value)| holds_key(name, value))
    };
    !kind.secrets_in(properties).is_empty() || (!kind.can_be_copied() && keys())
}

fn holds_key(name: &str, value: &Value) -> bool {
    KEYS.contains(&name)
        || match value {
            Value::Object(map) => map.iter().any(|(name, value)| holds_key(name, value)),
            Value::Array(items) => items.iter().any(|item| holds_key("", item)),
            _ => false,
        }
}

/// Members that hold secrets wherever they stand.
const KEYS: &[&str] = &[
    "clientSecret",
    "password",
    "data",
    "primaryKey",
    "secondaryKey",
    "connectionString",
    "accessToken",
    "refreshToken",
];

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !KEYS.contains(&name.as_str()));
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium", "extra": 1},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/subscriptions/a", "properties": {"displayName": "a", "primaryKey": "pk-1"}},
            {"path": "/namedValues/k", "properties": {"displayName": "k", "secret": true, "value": "hush"}},
            {"path": "/namedValues/p", "properties": {"displayName": "p", "value": "open"}},
            {"path": "/unheardOf/x", "properties": {}}
        ]}"#;

    #[test]
    fn a_snapshot_that_is_written_holds_no_secret() {
        let inventory = read(SAMPLE).unwrap();
        let text = write(&inventory);
        assert!(!text.contains("hush") && !text.contains("pk-1"), "{text}");
        assert!(text.contains("open"));
        assert_eq!(write(&read(&text).unwrap()), text);
        assert_eq!(inventory.len(), 3);
        assert_eq!(inventory.workspaces["w"].gateways, ["gw"]);
    }

    #[test]
    fn what_no_address_can_hold_is_remembered() {
        let mut inventory = read(SAMPLE).unwrap();
        let below: ResourcePath = "/apis/a".parse().unwrap();
        let all = [
            (None, "/tags/a#b".to_owned()),
            (Some(below), "/apis/a/operations/x/y".to_owned()),
        ];
        inventory.nameless.extend(all);
        let again = read(&write(&inventory)).unwrap();
        assert_eq!(again.nameless, inventory.nameless);
        assert_eq!(again.nameless.len(), 2);
    }

    #[test]
    fn classic_memberships_are_links() {
        let text = r#"{"service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n"}, "resources": [
            {"path": "/products/p/apis/a"}, {"path": "/products/p/groups/g"}, {"path": "/apis/a/tags/t"},
            {"path": "/apis/a/operations/o/tags/t"}, {"path": "/products/p/tags/t"}, {"path": "/apis/a/products/p"}]}"#;
        let inventory = read(text).unwrap();
        let mut found: Vec<String> = (inventory.resources())
            .map(|r| format!("{} {}", r.path, r.properties.values().next().unwrap()))
            .map(|t| {
                t.replace(
                    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n",
                    "",
                )
            })
            .collect();
        found.sort();
        assert_eq!(
            found,
            [
                "/products/p/apiLinks/a \"/apis/a\"",
                "/products/p/groupLinks/g \"/groups/g\"",
                "/tags/t/apiLinks/a \"/apis/a\"",
                "/tags/t/operationLinks/a--o \"/apis/a/operations/o\"",
                "/tags/t/productLinks/p \"/products/p\"",
            ]
        );
    }

    #[test]
    fn a_link_goes_by_what_it_leads_to_whatever_it_is_called() {
        let text = r#"{"service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n"}, "resources": [
            {"path": "/products/p/apiLinks/6f0e", "properties": {"apiId": "/apis/a;rev=2"}}]}"#;
        let inventory = read(text).unwrap();
        let found: Vec<&str> = inventory.resources().map(|r| r.path.as_str()).collect();
        assert_eq!(found, ["/products/p/apiLinks/a"]);
    }

    #[test]
    fn a_bad_path_is_named_by_its_position() {
        let text = r#"{"service": {"name": "n"}, "resources": [{"path": "apis"}]}"#;
        let error = read(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "resource 0 of the snapshot has no usable path"
        );
    }
}
