//! What a session takes for granted: it is there, and nothing of the session
//! made it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::known::left_out;
use super::session::{Exchange, SERVICE};

/// What stands for a resource in comparisons: without case, and an API without
/// its revision.
fn key(path: &str) -> String {
    let words: Vec<String> = path
        .to_ascii_lowercase()
        .split('/')
        .map(|word| word.split(";rev=").next().unwrap_or_default().to_owned())
        .collect();
    words.join("/")
}

#[derive(Default)]
struct Granted {
    /// What the session made so far, or what came with it.
    made: BTreeSet<String>,
    /// What it imported.
    imported: BTreeSet<String>,
    found: BTreeMap<String, Value>,
}

impl Granted {
    fn is_made(&self, path: &str) -> bool {
        let key = key(path);
        if self.made.contains(&key) {
            return true;
        }
        // What is below something made in the session came with it, unless it
        // came with its definition.
        let words: Vec<&str> = key.split('/').collect();
        (3..words.len()).step_by(2).any(|end| {
            let above = words[..end].join("/");
            self.made.contains(&above) && !self.imported.contains(&above)
        })
    }

    fn add(&mut self, path: &str, properties: &Value) {
        let number = properties["apiRevision"].as_str();
        let current = properties["isCurrent"] == true;
        // A revision by its number is the current one by another name.
        let path = match (path.split_once(";rev="), number) {
            (Some((root, _)), Some(_)) if current => root,
            _ => path,
        };
        if self.is_made(path) {
            return;
        }
        let known = self.found.entry(path.to_owned()).or_insert(Value::Null);
        if known.is_null() || known.as_object().is_some_and(serde_json::Map::is_empty) {
            *known = properties.clone();
        }
    }

    fn item(&mut self, list: &Exchange, item: &Value) {
        let (Some(id), Some(name)) = (item["id"].as_str(), item["name"].as_str()) else {
            return;
        };
        let below = id.strip_prefix(SERVICE).unwrap_or(id);
        let automatic = name.len() == 24 && name.chars().all(|c| c.is_ascii_hexdigit());
        let of = item["properties"]["scope"].as_str().unwrap_or_default();
        let of = of.strip_prefix(SERVICE).unwrap_or_default();
        let credentials = item["properties"]["displayName"].as_str();
        let credentials = credentials.is_some_and(|name| name.starts_with("Logger-Credentials"));
        if automatic && (self.is_made(of) || credentials) {
            return;
        }
        let (kind, _) = list.kind();
        let seen_elsewhere = [
            "users/groups",
            "users/subscriptions",
            "products/subscriptions",
        ];
        if seen_elsewhere.contains(&kind.as_str()) {
            let own = kind.rsplit('/').next().unwrap_or_default();
            let own = format!("/{own}/{name}");
            self.add(&own, &item["properties"]);
            if kind == "users/groups" {
                let user = list.path.split('/').nth(2).unwrap_or_default();
                self.add(&format!("{own}/users/{user}"), &json!({}));
            }
            return;
        }
        if matches!(
            kind.as_str(),
            "products/apis" | "products/groups" | "apis/products"
        ) {
            let end = kind.rsplit('/').next().unwrap_or_default();
            let mut properties = item["properties"].clone();
            if end == "products" {
                let api = list.path.split('/').nth(2).unwrap_or_default();
                self.add(&format!("/products/{name}/apis/{api}"), &json!({}));
            } else {
                self.add(&format!("{}/{name}", list.path), &json!({}));
            }
            for shown in ["subscriptionKeyParameterNames", "authenticationSettings"] {
                if properties[shown].is_null() {
                    properties
                        .as_object_mut()
                        .map(|members| members.remove(shown));
                }
            }
            self.add(&format!("/{end}/{name}"), &properties);
            return;
        }
        if kind.ends_with("revisions") || !below.starts_with('/') {
            return;
        }
        self.add(&format!("{}/{name}", list.path), &item["properties"]);
    }

    fn watch(&mut self, e: &Exchange) {
        let (kind, list) = e.kind();
        if kind == "operationResults" || left_out(&kind) {
            return;
        }
        if list {
            let items = e.rbody["value"].as_array().into_iter().flatten();
            for item in items {
                self.item(e, item);
            }
            return;
        }
        let mut path = e.path.clone();
        if e.method == "POST" {
            path.truncate(path.rfind('/').unwrap_or_default());
        }
        let none = json!({});
        let shown = match &e.rbody["properties"] {
            Value::Object(_) => &e.rbody["properties"],
            _ => &none,
        };
        let made = e.method == "PUT" && matches!(e.status, 201 | 202);
        let membership = matches!(
            kind.as_str(),
            "products/apis" | "products/groups" | "groups/users"
        ) || kind.ends_with("tags") && kind != "tags";
        match e.method.as_str() {
            _ if made => {
                self.made.insert(key(&path));
                let body = &e.body["properties"];
                if !body["value"].is_null() || !body["contentValue"].is_null() {
                    self.imported.insert(key(&path));
                }
            }
            "PUT" if membership => self.add(&path, &none),
            "PUT" if e.status == 200 => {
                let body = &e.body["properties"];
                self.add(&path, if body.is_object() { body } else { shown });
            }
            "GET" if e.status == 200 && membership => self.add(&path, &none),
            "GET" if e.status == 200 && !e.polls() && !e.query.contains_key("export") => {
                self.add(&path, shown);
            }
            "HEAD" | "POST" | "PATCH" if e.succeeded() => self.add(&path, &none),
            "DELETE" if e.status == 200 || e.status == 202 => self.add(&path, &none),
            _ => {}
        }
        // What something is below is there as well.
        let words: Vec<&str> = path.split('/').collect();
        if e.succeeded() && e.status != 204 && !e.polls() {
            for end in (3..words.len().saturating_sub(1)).step_by(2) {
                self.add(&words[..end].join("/"), &none);
            }
        }
    }
}

/// Members that a resource needs to be one, for what is only named.
fn fill(path: &str, properties: &Value) -> Value {
    let words: Vec<&str> = path.split('/').collect();
    let mut properties = properties.clone();
    let name = words.last().copied().unwrap_or_default();
    let pattern: Vec<&str> = words[1..].iter().step_by(2).copied().collect();
    let defaults = match pattern.join("/").as_str() {
        "apis" => json!({"displayName": name, "path": name}),
        "products" => json!({"displayName": name, "subscriptionRequired": true}),
        "policies" => json!({"value": "<policies><inbound /></policies>"}),
        "users" => json!({"email": format!("{name}@x.invalid"), "firstName": "F", "lastName": "L"}),
        _ => json!({}),
    };
    for (member, value) in defaults.as_object().unwrap() {
        if properties[member].is_null() {
            properties[member] = value.clone();
        }
    }
    properties
}

/// The seed of a sandbox for a session.
pub(super) fn seed(session: &[Exchange]) -> Value {
    let mut granted = Granted::default();
    for exchange in session {
        granted.watch(exchange);
    }
    let resources: Vec<Value> = (granted.found.iter())
        .map(|(path, properties)| json!({"path": path, "properties": fill(path, properties)}))
        .collect();
    let location = session.iter().find_map(|e| e.rbody["location"].as_str());
    let id: Vec<&str> = SERVICE.split('/').collect();
    json!({
        "service": {"subscriptionId": id[2], "resourceGroup": id[4], "name": id[8], "sku": "BasicV2", "location": location},
        "workspaces": [],
        "resources": resources,
    })
}
