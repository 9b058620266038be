//! What the service does on its own when something is written or deleted.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::revisions;
use crate::sandbox::links::documents::braces;
use crate::sandbox::links::references::{points_at, resolve};
use crate::sandbox::links::usage::has_text;
use crate::sandbox::store::path::{Path, same_scope};
use crate::sandbox::store::seed::furnish;
use crate::sandbox::store::{Properties, Service, hex};

/// Puts a named value's new display name where policies of its scope have the
/// old one.
pub(crate) fn rename_value(service: &mut Service, path: &Path, properties: &Properties) {
    let Some(old) = service
        .get(path)
        .and_then(|entry| entry.text("displayName"))
    else {
        return;
    };
    let new = properties.get("displayName").and_then(Value::as_str);
    let Some(new) = new.filter(|new| *new != old) else {
        return;
    };
    let mut changed = Vec::new();
    for entry in service.entries().filter(|entry| has_text(entry)) {
        let text = entry.text("value").unwrap_or_default();
        if !same_scope(entry.path.workspace(), path.workspace()) || !text.contains("{{") {
            continue;
        }
        let renamed = rename(text, old, new);
        if renamed != text {
            let mut properties = entry.properties.clone();
            properties.insert("value".to_owned(), json!(renamed));
            changed.push((entry.path.clone(), properties));
        }
    }
    for (path, properties) in changed {
        service.put(&path, properties);
    }
}

fn rename(text: &str, old: &str, new: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (head, tail) = rest.split_at(at + 2);
        out.push_str(head);
        rest = tail;
        let Some(end) = rest.find("}}") else { break };
        if rest[..end].trim().eq_ignore_ascii_case(old) {
            out.push_str(new);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

/// What follows a PUT that created or changed a resource.
pub(crate) fn after_put(service: &mut Service, path: &Path, created: bool) {
    match (path.pattern().as_str(), created) {
        ("products", true) => new_product(service, path),
        ("workspaces", true) => {
            furnish(service, path.name());
            let lists = service.switches.fresh_lists;
            service
                .fresh
                .insert(path.name().to_ascii_lowercase(), lists);
        }
        ("apis", true) => {
            let socket = service
                .get(path)
                .is_some_and(|api| api.text("type") == Some("websocket"));
            if socket {
                let handshake = json!({
                    "displayName": "onHandshake", "method": "GET", "urlTemplate": "/",
                });
                let handshake = handshake.as_object().cloned().unwrap_or_default();
                service.put(&path.child("operations", "onHandshake"), handshake);
            }
        }
        ("users", true) => {
            let developers = Path::top(None, "groups", "developers");
            service.put(&developers.child("users", path.name()), Map::new());
        }
        ("apis/policies", _) => {
            if let Some(api) = path.parent() {
                service.touch(&api);
            }
        }
        ("apis/releases", _) => {
            let api = service
                .get(path)
                .and_then(|release| release.text("apiId"))
                .and_then(|id| resolve(service, path.workspace(), id).ok());
            if let Some(api) = api {
                revisions::make_current(service, &api);
            }
            if let Some(api) = path.parent() {
                service.touch(&api);
            }
        }
        _ => {}
    }
}

/// A product gets a link to the administrators and, when it takes
/// subscriptions, one of its own.
fn new_product(service: &mut Service, path: &Path) {
    let group = Path::top(None, "groups", "administrators");
    let mut link = Map::new();
    link.insert(
        "groupId".to_owned(),
        json!(format!("{}{}", service.id, group.text())),
    );
    let name = service.mint(&format!("administrators of {}", path.text()));
    service.put(&path.child("groupLinks", &name), link);
    let required = service.get(path).is_some_and(|product| {
        product.properties.get("subscriptionRequired") != Some(&json!(false))
    });
    if !required && !service.switches.open_product_subscription {
        return;
    }
    let name = service.mint(&format!("subscription of {}", path.text()));
    let subscription = Path::top(path.workspace(), "subscriptions", &name);
    let key = |which: u8| {
        hex(
            &format!("{} {} {which}", service.seed, subscription.key()),
            32,
        )
    };
    let properties = json!({
        "allowTracing": false,
        "ownerId": format!("{}/users/1", service.id),
        "startDate": OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        "primaryKey": key(1),
        "secondaryKey": key(2),
        "scope": format!("{}{}", service.id, path.text()),
        "state": "active",
    });
    let properties = properties.as_object().cloned().unwrap_or_default();
    service.put(&subscription, properties);
}

/// Moves plain credentials of a logger into a named value made for them, each
/// time anew, and puts the named value's name in their place.
pub(crate) fn mint_credentials(service: &mut Service, path: &Path, properties: &mut Properties) {
    let Some(Value::Object(credentials)) = properties.get_mut("credentials") else {
        return;
    };
    let mut made = Vec::new();
    for (member, value) in credentials.iter_mut() {
        let plain = matches!(member.as_str(), "connectionString" | "instrumentationKey");
        let Some(text) = value.as_str().filter(|_| plain).map(str::to_owned) else {
            continue;
        };
        if !braces(&text).is_empty() {
            continue;
        }
        let name = service.mint(&format!("credentials of {}", path.text()));
        let display = format!(
            "Logger-Credentials--{}",
            service.mint(&format!("display name of {name}"))
        );
        *value = json!(format!("{{{{{display}}}}}"));
        made.push((name, display, text));
    }
    for (name, display, text) in made {
        let secret = json!({"displayName": display, "secret": true, "value": text});
        let secret = secret.as_object().cloned().unwrap_or_default();
        service.put(&Path::top(path.workspace(), "namedValues", &name), secret);
    }
}

/// Deletes a resource with everything that hangs on it.
pub(crate) fn delete(service: &mut Service, path: &Path) {
    let path = service.canonical(path);
    let current = path.pattern() != "apis" || !path.name().to_ascii_lowercase().contains(";rev=");
    let set = service
        .get(&path)
        .filter(|_| path.pattern() == "apis")
        .and_then(|api| api.text("apiVersionSetId"))
        .and_then(|id| resolve(service, path.workspace(), id).ok());
    if path.pattern() == "apis" && current {
        let others: Vec<Path> = service
            .other_revisions(&path)
            .iter()
            .map(|entry| entry.path.clone())
            .collect();
        for other in others {
            service.remove(&other);
        }
    }
    let doomed: Vec<Path> = match path.pattern().as_str() {
        "workspaces" => service
            .entries()
            .filter(|entry| {
                entry
                    .path
                    .workspace()
                    .is_some_and(|name| name.eq_ignore_ascii_case(path.name()))
            })
            .map(|entry| entry.path.clone())
            .collect(),
        "tags" => service
            .entries()
            .filter(|entry| entry.path.collection() == "tagDescriptions")
            .filter(|entry| entry.path.name().eq_ignore_ascii_case(path.name()))
            .map(|entry| entry.path.clone())
            .collect(),
        "apis" | "apis/operations" | "products" | "groups" => service
            .entries()
            .filter(|entry| {
                let collection = entry.path.collection();
                collection.ends_with("Links") || collection == "subscriptions"
            })
            .filter(|entry| points_at(service, &entry.properties, &path))
            .map(|entry| entry.path.clone())
            .collect(),
        "users" => service
            .entries()
            .filter(|entry| {
                matches!(entry.path.collection(), "users" | "recipientUsers")
                    && !entry.path.is_top()
                    && entry.path.name().eq_ignore_ascii_case(path.name())
            })
            .map(|entry| entry.path.clone())
            .collect(),
        _ => Vec::new(),
    };
    service.remove(&path);
    if path.pattern() == "workspaces" {
        service.gateways.remove(&path.name().to_ascii_lowercase());
    }
    for path in doomed {
        service.remove(&path);
    }
    if path.pattern() == "apis" && current {
        for gateway in service.gateway_places(&path) {
            service.remove(&gateway);
        }
        if let Some(set) = set {
            remove_empty_set(service, &set);
        }
    }
}

/// A version set goes with its last API.
fn remove_empty_set(service: &mut Service, set: &Path) {
    let used = service.top(set.workspace(), "apis").into_iter().any(|api| {
        api.text("apiVersionSetId")
            .and_then(|id| resolve(service, set.workspace(), id).ok())
            .is_some_and(|named| named.key() == set.key())
    });
    if !used {
        service.remove(set);
    }
}

impl Service {
    /// Where self-hosted gateways serve an API.
    fn gateway_places(&self, api: &Path) -> Vec<Path> {
        self.entries()
            .filter(|entry| {
                entry.path.pattern() == "gateways/apis"
                    && api.workspace.is_none()
                    && entry.path.name().eq_ignore_ascii_case(api.name())
            })
            .map(|entry| entry.path.clone())
            .collect()
    }
}
