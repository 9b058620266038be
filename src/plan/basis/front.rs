//! Where callers reach what is copied, and what at the source calls it there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::uses::{Use, Uses};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{API, VERSION_SET, pointer};
use crate::graph::Closure;
use crate::inventory::{Inventory, Resource};
use crate::plan::target::{Route, Target};

/// Where an API answers below a gateway's host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The path, with the version where that stands in the path.
    pub path: String,
    /// What says the version elsewhere: "`?v=2`", "`Api-Version: 2`".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

impl Reached {
    /// Where an API with these properties answers, which is of this version set.
    pub fn of(api: &Map<String, Value>, set: Option<&Map<String, Value>>) -> Self {
        let text = |of: &Map<String, Value>, name: &str| {
            let text = of.get(name).and_then(Value::as_str).unwrap_or_default();
            text.to_owned()
        };
        let path = text(api, "path").trim_matches('/').to_owned();
        let version = text(api, "apiVersion");
        let Some(set) = set.filter(|_| !version.is_empty()) else {
            return Self { path, with: None };
        };
        let scheme = text(set, "versioningScheme").to_ascii_lowercase();
        match scheme.as_str() {
            "query" => Self {
                with: Some(format!("?{}={version}", text(set, "versionQueryName"))),
                path,
            },
            "header" => Self {
                with: Some(format!("{}: {version}", text(set, "versionHeaderName"))),
                path,
            },
            _ => Self {
                path: format!("{path}/{version}").trim_matches('/').to_owned(),
                with: None,
            },
        }
    }
}

/// Where callers reach what is copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Front {
    /// The hosts that the source's own gateway answers on, as far as it says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The gateways that serve the workspace, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateways: Option<Vec<String>>,
    /// Where each API that is copied answers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub apis: BTreeMap<ResourcePath, Reached>,
    /// What calls each of them through the source's gateway, as far as it was
    /// read.
    #[serde(skip_serializing_if = "Uses::is_empty")]
    pub callers: Uses,
}

impl Front {
    /// Where the APIs of a closure answer.
    pub(super) fn of(inventory: &Inventory, closure: &Closure, target: &Target) -> Self {
        let doors = Doors::of(inventory);
        let copied = |path: &ResourcePath| closure.members.contains_key(path);
        let mut callers = Uses::new();
        for resource in inventory.resources() {
            doors.calls(resource, &mut |api, call| {
                if copied(api) {
                    callers.entry(api.clone()).or_default().insert(call);
                }
            });
        }
        let mut apis = doors.apis;
        apis.retain(|path, _| copied(path));
        Self {
            hosts: inventory.hosts.clone(),
            gateways: target.gateways.clone(),
            apis,
            callers,
        }
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The hosts of a service's own gateway, in lower case.
pub(in crate::plan) fn hosts(inventory: &Inventory) -> Vec<String> {
    match inventory.hosts.as_slice() {
        // What a service is called that nobody gave another name.
        [] => vec![format!("{}.azure-api.net", inventory.service.name()).to_ascii_lowercase()],
        known => known.iter().map(|host| host.to_ascii_lowercase()).collect(),
    }
}

/// Where each API of a service answers.
struct Doors {
    hosts: Vec<String>,
    apis: BTreeMap<ResourcePath, Reached>,
    /// By path, in lower case.
    by_path: BTreeMap<String, Vec<ResourcePath>>,
}

impl Doors {
    fn of(inventory: &Inventory) -> Self {
        let current = |api: &&Resource| split_revision(api.path.name()).1.is_none();
        let mut apis = BTreeMap::new();
        let mut by_path: BTreeMap<String, Vec<ResourcePath>> = BTreeMap::new();
        for api in inventory.of_kind(&API).filter(current) {
            let set = (api.text(Route::VERSION_SET)).and_then(|id| inventory.resolve_id(id));
            let set = set.and_then(|path| inventory.get(&path));
            let set = set.filter(|set| set.kind == &VERSION_SET);
            let reached = Reached::of(&api.properties, set.map(|set| &set.properties));
            let door = by_path.entry(reached.path.to_ascii_lowercase());
            door.or_default().push(api.path.clone());
            apis.insert(api.path.clone(), reached);
        }
        Self {
            hosts: hosts(inventory),
            apis,
            by_path,
        }
    }

    /// Finds the URLs of the service's own gateway in all that a resource says.
    fn calls(&self, resource: &Resource, found: &mut impl FnMut(&ResourcePath, Use)) {
        let document = resource.document().map(str::as_ptr);
        each_text(resource, &mut |property, text| {
            if !text.contains("://") {
                return;
            }
            let lower = text.to_ascii_lowercase();
            for host in &self.hosts {
                for (at, _) in lower.match_indices(host.as_str()) {
                    let begins = lower[..at].ends_with("://");
                    let after = &lower[at + host.len()..];
                    let after = after.strip_prefix(":443").unwrap_or(after);
                    if !begins || !after.starts_with('/') {
                        continue;
                    }
                    let (path, apis) = match self.behind(after) {
                        Some(door) => door,
                        None => continue,
                    };
                    let place = match document == Some(text.as_ptr()) {
                        true => format!("line {}", 1 + text[..at].matches('\n').count()),
                        false => format!("`{property}`"),
                    };
                    for api in apis {
                        let by = resource.path.clone();
                        let how = format!("calls `{host}/{path}` in {place}");
                        found(api, Use { by, how });
                    }
                }
            }
        });
    }

    /// Which APIs answer at what begins with this: those of the longest path.
    fn behind(&self, after: &str) -> Option<(&str, &[ResourcePath])> {
        let ends = |c: char| !(c.is_ascii_alphanumeric() || "-._~%/".contains(c));
        let path = after.split(ends).next().unwrap_or_default();
        let mut path = path.trim_matches('/');
        loop {
            if let Some((path, apis)) = self.by_path.get_key_value(path) {
                return Some((path, apis));
            }
            path = match path.rsplit_once('/') {
                Some((shorter, _)) => shorter,
                None if path.is_empty() => return None,
                None => "",
            };
        }
    }
}

/// Calls back with each text of a resource that may call something, and where it
/// stands.
pub(in crate::plan) fn each_text(resource: &Resource, found: &mut impl FnMut(&str, &str)) {
    if let Some(text) = resource.document() {
        found("value", text);
    }
    for at in resource.kind.called {
        pointer::each_of(&resource.properties, at, &mut |value| {
            if let Some(text) = value.as_str() {
                found(at, text);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::inventory;
    use crate::graph::closure;
    use serde_json::json;

    fn front() -> Front {
        let policy = "<policies>\n<inbound><set-backend-service base-url=\"https://API.contoso.example/Shop/v2/items\"/></inbound></policies>";
        let mut inventory = inventory(&[
            (
                "/apiVersionSets/shop",
                json!({"versioningScheme": "Segment"}),
            ),
            (
                "/apis/shop-1",
                json!({"path": "shop", "apiVersion": "v1", "apiVersionSetId": "/apiVersionSets/shop"}),
            ),
            (
                "/apis/shop-2",
                json!({"path": "shop", "apiVersion": "v2", "apiVersionSetId": "/apiVersionSets/shop"}),
            ),
            (
                "/apis/till",
                json!({"path": "till", "serviceUrl": "https://api.contoso.example:443/shop/v1"}),
            ),
            (
                "/apis/till/policies/policy",
                json!({"format": "rawxml", "value": policy}),
            ),
            (
                "/backends/shops",
                json!({"url": "https://api.contoso.example/shopping"}),
            ),
            (
                "/backends/other",
                json!({"url": "https://other.example/shop/v1"}),
            ),
        ]);
        inventory.hosts = vec!["api.contoso.example".to_owned()];
        let selected = ["/apis/shop-1", "/apis/shop-2"].map(|p| p.parse().unwrap());
        let closure = closure(&inventory, &selected, &[]);
        let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
        Front::of(&inventory, &closure, &target)
    }

    #[test]
    fn what_calls_an_api_through_the_gateway_is_found() {
        let front = front();
        let callers = |api: &str| -> Vec<String> {
            let callers = front.callers.get(&api.parse().unwrap());
            let callers = callers.into_iter().flatten();
            callers.map(|u| format!("{} {}", u.by, u.how)).collect()
        };
        assert_eq!(
            callers("/apis/shop-1"),
            ["/apis/till calls `api.contoso.example/shop/v1` in `serviceUrl`"]
        );
        assert_eq!(
            callers("/apis/shop-2"),
            ["/apis/till/policies/policy calls `api.contoso.example/shop/v2` in line 2"]
        );
        assert_eq!(front.apis.len(), 2);
    }

    #[test]
    fn a_version_stands_where_its_set_says() {
        let reached = |set: Value| {
            let api = json!({"path": "/shop/", "apiVersion": "2"});
            let reached = Reached::of(api.as_object().unwrap(), set.as_object());
            (reached.path, reached.with.unwrap_or_default())
        };
        let pair = |path: &str, with: &str| (path.to_owned(), with.to_owned());
        assert_eq!(
            reached(json!({"versioningScheme": "Segment"})),
            pair("shop/2", "")
        );
        assert_eq!(
            reached(json!({"versioningScheme": "Query", "versionQueryName": "v"})),
            pair("shop", "?v=2")
        );
        assert_eq!(
            reached(json!({"versioningScheme": "Header", "versionHeaderName": "V"})),
            pair("shop", "V: 2")
        );
        assert_eq!(reached(Value::Null), pair("shop", ""));
    }
}
