//! One small inventory for each finding, and one that has none.

mod of_apis;
mod of_code;
mod of_copies;
mod of_left_out;
mod of_names;
mod of_policies;
mod of_room;
mod of_services;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::address::{ResourcePath, ServiceId};
use crate::inventory::{Inventory, Resource};
use crate::plan::codes::CODES;
use crate::plan::{Finding, Plan, PlanOptions, Severity, Target, make};

/// A service with one selected API, `a`, and what a case adds to it.
struct Case {
    inventory: Inventory,
    selected: Vec<ResourcePath>,
    target: Target,
    options: PlanOptions,
}

fn path(text: &str) -> ResourcePath {
    text.parse().unwrap()
}

fn service(name: &str) -> ServiceId {
    ServiceId::new("s", "g", name).unwrap()
}

fn resource(at: &str, properties: Value) -> Resource {
    Resource::new(path(at), properties.as_object().unwrap().clone(), None).unwrap()
}

fn api(name: &str) -> Value {
    json!({"displayName": name, "path": name, "apiRevision": "1", "isCurrent": true})
}

fn policy(inbound: &str) -> Value {
    json!({"format": "rawxml", "value": format!("<policies>\n  <inbound>\n    {inbound}\n  </inbound>\n</policies>")})
}

impl Case {
    fn new(more: &[(&str, Value)]) -> Self {
        let mut inventory = Inventory::new(service("n"));
        inventory.sku = Some("Premium".to_owned());
        inventory.insert(resource("/apis/a", api("a")));
        for (at, properties) in more {
            inventory.insert(resource(at, properties.clone()));
        }
        let mut target = Target::unknown(service("n"), "team".parse().unwrap());
        target.sku = Some("Premium".to_owned());
        target.gateways = Some(vec!["gw".to_owned()]);
        Self {
            inventory,
            selected: vec![path("/apis/a")],
            target,
            options: PlanOptions::default(),
        }
    }

    /// With a policy of the API whose third line is this.
    fn with_policy(inbound: &str, more: &[(&str, Value)]) -> Self {
        let mut case = Self::new(more);
        let policy = resource("/apis/a/policies/policy", policy(inbound));
        case.inventory.insert(policy);
        case
    }

    /// Into another service, which has these things to refer to.
    fn elsewhere(mut self, referable: &[&str]) -> Self {
        self.target.service = service("other");
        self.target.referable = Some(referable.iter().map(|p| path(p)).collect());
        self
    }

    fn plan(&self) -> Plan {
        make(&self.inventory, &self.selected, &self.target, &self.options).unwrap()
    }

    /// All but that callers have to be told, which is said of nearly every plan.
    fn findings(&self) -> Vec<String> {
        let plan = self.plan();
        let findings = plan.findings.iter().filter(|f| f.code != "new-address");
        findings.map(told).collect()
    }

    #[track_caller]
    fn finds(&self, expected: &[&str]) {
        assert_eq!(self.findings(), expected);
    }

    fn makes(&self, id: &str) -> bool {
        self.plan().steps.iter().any(|s| s.id.as_str() == id)
    }
}

fn told(f: &Finding) -> String {
    let severity = f.severity.as_str();
    format!("{severity} {} {}: {}", f.code, f.resource, f.message)
}

#[test]
fn a_clean_service_has_nothing_to_say() {
    let case = Case::with_policy(
        "<base /><set-backend-service backend-id=\"b\" /><include-fragment fragment-id=\"f\" />\
         <rate-limit calls=\"5\" renewal-period=\"60\" /><cache-lookup caching-type=\"internal\" />",
        &[
            (
                "/backends/b",
                json!({"url": "https://x.invalid/{{host}}", "protocol": "http", "credentials": {"header": {"x-functions-key": ["{{key}}"]}}}),
            ),
            (
                "/namedValues/host",
                json!({"displayName": "host", "value": "h"}),
            ),
            (
                "/namedValues/key",
                json!({"displayName": "key", "secret": true}),
            ),
            (
                "/policyFragments/f",
                json!({"format": "rawxml", "value": "<fragment><trace source=\"x\">{{host}}</trace></fragment>"}),
            ),
            (
                "/apis/a/operations/o",
                json!({"displayName": "O", "method": "GET", "urlTemplate": "/"}),
            ),
            (
                "/apis/a/schemas/s",
                json!({"contentType": "application/json", "document": {"value": "{}"}}),
            ),
            (
                "/apis/a/releases/r",
                json!({"apiId": "/apis/a", "notes": "first"}),
            ),
            (
                "/products/p",
                json!({"displayName": "P", "subscriptionRequired": true, "state": "published"}),
            ),
            ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
            (
                "/products/p/groupLinks/y",
                json!({"groupId": "/groups/developers"}),
            ),
            ("/groups/developers", json!({"type": "system"})),
            ("/tags/t", json!({"displayName": "T"})),
            ("/tags/t/apiLinks/x", json!({"apiId": "/apis/a"})),
            ("/apis/other", api("other")),
            (
                "/subscriptions/master",
                json!({"scope": "/", "displayName": "Built-in all-access subscription"}),
            ),
        ],
    );
    case.finds(&[]);
    assert!(case.makes("backends/b") && case.makes("namedValues/key"));
}

#[test]
fn every_code_is_tried_here() {
    let text = concat!(
        include_str!("of_apis.rs"),
        include_str!("of_code.rs"),
        include_str!("of_copies.rs"),
        include_str!("of_left_out.rs"),
        include_str!("of_names.rs"),
        include_str!("of_policies.rs"),
        include_str!("of_room.rs"),
        include_str!("of_services.rs"),
    );
    let untried: BTreeSet<&str> = CODES
        .iter()
        .map(|c| c.code)
        .filter(|code| {
            let said = [format!("{code} "), format!("\"{code}\"")];
            !said.iter().any(|said| text.contains(said))
        })
        .collect();
    assert_eq!(untried, BTreeSet::new());
    let blockers = CODES.iter().filter(|c| c.severity == Severity::Blocker);
    assert!(blockers.count() > 10);
}
