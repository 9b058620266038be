//! Loads a snapshot. A seed is trusted: it is put in order, not judged.

use serde_json::{Map, Value, json};

use super::path::Path;
use super::{Properties, Service, hex};
use crate::address::{ServiceId, split_revision};
use crate::sandbox::links::memberships;
use crate::sandbox::links::references;
use crate::sandbox::read::show;
use crate::sandbox::switches::Switches;
use crate::sandbox::write::revisions;

/// Why a seed can't be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// The service's own description is missing or wrong.
    #[error("the seed does not say which service it is: `{0}` is missing or not usable")]
    Service(&'static str),
    /// A list is not a list.
    #[error("`{0}` of the seed is not a list")]
    NotAList(&'static str),
    /// A resource without a usable path.
    #[error("resource {0} of the seed has no usable path: `{1}`")]
    Path(usize, String),
    /// Two seeds of the same service.
    #[error("two seeds are of the service `{0}`")]
    Twice(String),
}

/// The notifications that every scope has.
pub(crate) const NOTIFICATIONS: &[&str] = &[
    "AccountClosedPublisher",
    "BCC",
    "NewApplicationNotificationMessage",
    "NewIssuePublisherNotificationMessage",
    "PurchasePublisherNotificationMessage",
    "QuotaLimitApproachingPublisherNotificationMessage",
    "RequestPublisherNotificationMessage",
];

/// The groups that every service has, with display names and descriptions.
const SYSTEM_GROUPS: &[(&str, &str, &str)] = &[
    (
        "administrators",
        "Administrators",
        "Administrators is a built-in group containing the admin email account provided at the time of service creation. Its membership is managed by the system.",
    ),
    (
        "developers",
        "Developers",
        "Developers is a built-in group. Its membership is managed by the system. Signed-in users fall into this group.",
    ),
    (
        "guests",
        "Guests",
        "Guests is a built-in group. Its membership is managed by the system. Unauthenticated users visiting the developer portal fall into this group.",
    ),
];

/// Makes a service from a snapshot.
pub(crate) fn load(seed: &Value, switches: &Switches, number: u64) -> Result<Service, SeedError> {
    let about = &seed["service"];
    // Only the name matters on a laptop.
    let or = |member: &str, default: &'static str| about[member].as_str().unwrap_or(default);
    let id = ServiceId::new(
        or("subscriptionId", "00000000-0000-0000-0000-000000000000"),
        or("resourceGroup", "rg"),
        about["name"].as_str().ok_or(SeedError::Service("name"))?,
    )
    .map_err(|_| SeedError::Service("name"))?;
    let mut service = Service::new(id, switches.clone(), number);
    if let Some(sku) = about["sku"].as_str() {
        service.sku = sku.to_owned();
    }
    if let Some(location) = about["location"].as_str() {
        service.location = location.to_owned();
    }
    for (at, workspace) in list(seed, "workspaces")?.iter().enumerate() {
        let name = workspace["name"]
            .as_str()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| SeedError::Path(at, workspace["name"].to_string()))?;
        let mut properties = object(&workspace["properties"]);
        properties
            .entry("displayName")
            .or_insert_with(|| json!(name));
        service.put(&Path::top(None, "workspaces", name), properties);
        let gateways = workspace["gateways"].as_array();
        let gateways = gateways.into_iter().flatten().filter_map(Value::as_str);
        service.gateways.insert(
            name.to_ascii_lowercase(),
            gateways.map(str::to_owned).collect(),
        );
        notifications(&mut service, Some(name));
    }
    notifications(&mut service, None);
    let mut associations = Vec::new();
    for (at, resource) in list(seed, "resources")?.iter().enumerate() {
        let path = resource["path"].as_str().unwrap_or_default();
        let path = Path::parse(path).ok_or_else(|| SeedError::Path(at, path.to_owned()))?;
        let mut properties = object(&resource["properties"]);
        properties.retain(|_, value| !value.is_null());
        if memberships::tie(&path).is_some() {
            associations.push(path);
        } else {
            place(&mut service, &path, properties);
        }
    }
    built_in(&mut service);
    memberships::store_all(&mut service, associations);
    for path in service
        .entries()
        .map(|e| e.path.clone())
        .collect::<Vec<_>>()
    {
        let Some(entry) = service.get(&path) else {
            continue;
        };
        let mut properties = entry.properties.clone();
        references::lengthen(&service, &path, &mut properties);
        service.put(&path, properties);
    }
    for resource in list(seed, "resources")? {
        let path = resource["path"].as_str().and_then(Path::parse);
        let etag = resource["etag"].as_str().and_then(show::etag_number);
        if let (Some(path), Some(etag)) = (path, etag) {
            service.set_etag(&path, etag);
        }
    }
    Ok(service)
}

fn list<'a>(seed: &'a Value, member: &'static str) -> Result<&'a [Value], SeedError> {
    match &seed[member] {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        _ => Err(SeedError::NotAList(member)),
    }
}

fn object(value: &Value) -> Properties {
    value.as_object().cloned().unwrap_or_default()
}

/// Stores one resource, with what the service itself would have added.
fn place(service: &mut Service, path: &Path, mut properties: Properties) {
    let name = path.name().to_owned();
    match path.pattern().as_str() {
        "apis" => {
            let (_, revision) = split_revision(&name);
            properties
                .entry("apiRevision")
                .or_insert_with(|| json!(revision.unwrap_or("1")));
            if revision.is_some() {
                properties.remove("isCurrent");
            } else {
                properties.insert("isCurrent".to_owned(), json!(true));
            }
            for gone in ["sourceApiId", "apiVersionSet", "format", "value"] {
                properties.remove(gone);
            }
            revisions::defaults(&mut properties);
        }
        "subscriptions" => {
            for (member, which) in [("primaryKey", 1), ("secondaryKey", 2)] {
                let text = format!("{} {} {which}", service.seed, path.key());
                properties
                    .entry(member)
                    .or_insert_with(|| json!(hex(&text, 32)));
            }
            properties.entry("state").or_insert_with(|| json!("active"));
        }
        pattern if pattern.ends_with("policies") || pattern == "policyFragments" => {
            properties
                .entry("format")
                .or_insert_with(|| json!("rawxml"));
        }
        _ => {}
    }
    service.put(path, properties);
}

fn notifications(service: &mut Service, workspace: Option<&str>) {
    for name in NOTIFICATIONS {
        let mut properties = Map::new();
        properties.insert("title".to_owned(), json!(name));
        service.put(&Path::top(workspace, "notifications", name), properties);
    }
}

/// Adds the notifications of a workspace that has just been made.
pub(crate) fn furnish(service: &mut Service, workspace: &str) {
    notifications(service, Some(workspace));
}

fn built_in(service: &mut Service) {
    for (name, display, about) in SYSTEM_GROUPS {
        let path = Path::top(None, "groups", name);
        let mut properties = service
            .get(&path)
            .map(|entry| entry.properties.clone())
            .unwrap_or_default();
        properties
            .entry("displayName")
            .or_insert_with(|| json!(display));
        properties
            .entry("description")
            .or_insert_with(|| json!(about));
        properties.insert("type".to_owned(), json!("system"));
        properties.insert("builtIn".to_owned(), json!(true));
        service.put(&path, properties);
    }
    let admin = Path::top(None, "users", "1");
    if service.get(&admin).is_none() {
        let user = json!({
            "email": "admin@contoso.invalid",
            "firstName": "Administrator",
            "lastName": "Contoso",
            "state": "active",
        });
        service.put(&admin, object(&user));
    }
}
