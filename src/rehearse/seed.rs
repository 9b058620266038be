//! What the embedded service is loaded with: the service as it was read, what
//! stands in the workspace, and something in the place of every secret.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::address::{ResourcePath, ServiceId, WorkspaceName};
use crate::catalog::{self, USER};
use crate::inventory::{Inventory, WorkspaceInfo, snapshot};
use crate::plan::Plan;

/// What stands where a secret was.
const PLACEHOLDER: &str = "placeholder";

/// A seed of what was read of a service.
pub fn seed(inventory: &Inventory) -> Value {
    let mut seed = serde_json::from_str(&snapshot::write(inventory)).unwrap_or_default();
    furnish(&mut seed);
    seed
}

/// Puts something in the place of secrets that a seed does not hold.
pub fn furnish(seed: &mut Value) {
    let resources = seed["resources"].as_array_mut();
    for resource in resources.into_iter().flatten() {
        let path = resource["path"].as_str().unwrap_or_default();
        let below = match path.strip_prefix("/workspaces/") {
            Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
            None => path,
        };
        let kind = below.parse().ok().as_ref().and_then(catalog::kind_of);
        let Some(properties) = resource["properties"].as_object_mut() else {
            continue;
        };
        let secret = kind
            .filter(|kind| !kind.makes_its_secrets())
            .and_then(|kind| kind.secret);
        if let Some(secret) = secret.filter(|secret| (secret.applies)(properties)) {
            for member in secret.members {
                let value = properties.entry(*member);
                value.or_insert_with(|| json!(PLACEHOLDER));
            }
        }
    }
}

/// Adds a workspace and what stands in it; none of it where the seed has that
/// workspace already.
pub fn stock(seed: &mut Value, name: &WorkspaceName, info: &WorkspaceInfo, held: &Inventory) {
    let is_it = |w: &Value| {
        let other = w["name"].as_str().unwrap_or_default();
        other.eq_ignore_ascii_case(name.as_str())
    };
    let there = seed["workspaces"].as_array().cloned().unwrap_or_default();
    if there.iter().any(is_it) {
        return;
    }
    push(
        seed,
        "workspaces",
        json!({"name": name.as_str(), "properties": info.properties, "gateways": info.gateways}),
    );
    let written: Value = serde_json::from_str(&snapshot::write(held)).unwrap_or_default();
    for mut resource in written["resources"].as_array().cloned().unwrap_or_default() {
        let path = resource["path"].as_str().unwrap_or_default();
        resource["path"] = json!(format!("/workspaces/{name}{path}"));
        push(seed, "resources", resource);
    }
    furnish(seed);
}

fn push(seed: &mut Value, list: &str, item: Value) {
    match seed[list].as_array_mut() {
        Some(items) => items.push(item),
        None => seed[list] = json!([item]),
    }
}

/// A service of which nothing is known but what a plan takes for granted there:
/// what its bodies refer to at service level.
pub fn stand_in(plan: &Plan) -> Value {
    let mut named = BTreeSet::new();
    for content in plan.steps.iter().filter_map(|step| step.content.as_ref()) {
        referred(
            &Value::Object(content.properties.clone()),
            &plan.target,
            &mut named,
        );
    }
    let resources: Vec<Value> = (named.iter())
        .map(|path| {
            let mut properties = Map::new();
            let name = path.name();
            let is_user = catalog::kind_of(path) == Some(&USER);
            let about = match is_user {
                true => ("email", format!("{name}@rehearsal.invalid")),
                false => ("displayName", name.to_owned()),
            };
            properties.insert(about.0.to_owned(), json!(about.1));
            json!({"path": path, "properties": properties})
        })
        .collect();
    json!({
        "service": {
            "subscriptionId": plan.target.subscription(),
            "resourceGroup": plan.target.resource_group(),
            "name": plan.target.name(),
            "sku": "Premium",
        },
        "resources": resources,
    })
}

/// What some ids of a service name that is not in a workspace.
fn referred(value: &Value, service: &ServiceId, found: &mut BTreeSet<ResourcePath>) {
    match value {
        Value::String(text) => {
            if let Some((of, below)) = ServiceId::split(text)
                && of == *service
                && let Ok(path) = below.parse::<ResourcePath>()
                && catalog::kind_of(&path).is_some()
            {
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| referred(v, service, found)),
        Value::Object(map) => map.values().for_each(|v| referred(v, service, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::inventory;
    use crate::fixtures::steps::{plan, step};

    #[test]
    fn every_secret_has_something_in_its_place_and_a_workspace_stands_once() {
        let secret = json!({"displayName": "k", "secret": true});
        let source = inventory(&[
            ("/namedValues/k", secret.clone()),
            (
                "/namedValues/open",
                json!({"displayName": "o", "value": "v"}),
            ),
            ("/subscriptions/s", json!({"scope": "/apis"})),
        ]);
        let held = inventory(&[("/namedValues/k", secret)]);
        let mut seed = seed(&source);
        for _ in 0..2 {
            let name = "w".parse().unwrap();
            stock(&mut seed, &name, &WorkspaceInfo::default(), &held);
        }
        let values: Vec<String> = (seed["resources"].as_array().unwrap().iter())
            .map(|r| format!("{} {}", r["path"], r["properties"]["value"]).replace('"', ""))
            .collect();
        assert_eq!(
            values,
            [
                "/namedValues/k placeholder",
                "/namedValues/open v",
                "/subscriptions/s null",
                "/workspaces/w/namedValues/k placeholder",
            ]
        );
        assert_eq!(seed["workspaces"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_stand_in_holds_what_a_plan_refers_to() {
        let plan = plan(vec![step("subscription", "/subscriptions/s", &[])]);
        let of = |below: &str| format!("{}{below}", plan.target);
        let mut plan = plan.clone();
        plan.steps[0] = step("subscription", "/subscriptions/s", &[])
            .with(json!({"ownerId": of("/users/anna"), "scope": of("/workspaces/w/apis/a")}));
        let seed = stand_in(&plan);
        assert_eq!(seed["resources"][0]["path"], "/users/anna");
        assert_eq!(seed["resources"].as_array().unwrap().len(), 1);
    }
}
