mod options;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;
use crate::address::{ServiceId, split_revision};
use crate::catalog::kinds;
use crate::inventory::Resource;
use crate::inventory::snapshot;
use crate::plan::Severity;
use crate::plan::Step;

fn inventory(items: &[(&str, Value)]) -> Inventory {
    let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
    for (path, properties) in items {
        let properties = properties.as_object().unwrap().clone();
        let etag = Some(format!("\"{path}\""));
        inventory.insert(Resource::new(path.parse().unwrap(), properties, etag).unwrap());
    }
    inventory
}

fn target(service: &str) -> Target {
    let mut target = Target::unknown(
        ServiceId::new("s", "g", service).unwrap(),
        "team".parse().unwrap(),
    );
    target.gateways = Some(vec!["gw".to_owned()]);
    target
}

fn planned(inventory: &Inventory, target: &Target, options: &PlanOptions) -> Plan {
    let apis = inventory
        .of_kind(&crate::catalog::API)
        .map(|r| r.path.clone());
    let selected: Vec<_> = apis
        .filter(|p| split_revision(p.name()).1.is_none())
        .collect();
    make(inventory, &selected, target, options).unwrap()
}

fn ids(plan: &Plan) -> Vec<String> {
    let word = |s: &Step| format!("{} {}", s.action.as_str(), s.id);
    plan.steps.iter().map(word).collect()
}

fn body(plan: &Plan, id: &str) -> Value {
    let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
    step.content.as_ref().unwrap().body()["properties"].clone()
}

#[track_caller]
fn assert_executable(plan: &Plan) {
    let mut done = HashSet::new();
    for step in &plan.steps {
        for before in &step.after {
            assert!(
                done.contains(before),
                "`{}` comes before `{before}`",
                step.id
            );
        }
        assert!(done.insert(step.id.clone()), "`{}` is there twice", step.id);
    }
}

#[test]
fn revisions_are_made_one_by_one_whatever_they_are_called() {
    let api = |revision: &str, current: bool| json!({"displayName": "A", "path": "a", "apiRevision": revision, "isCurrent": current});
    let items = [
        ("/apis/a", api("3", true)),
        ("/apis/a;rev=10", api("10", false)),
        ("/apis/a;rev=2", api("2", false)),
        ("/apis/a;rev=beta", api("beta", false)),
    ];
    let plan = planned(&inventory(&items), &target("n"), &PlanOptions::default());
    assert_executable(&plan);
    let order = ["apis/a", "apis/a;rev=2", "apis/a;rev=10", "apis/a;rev=beta"];
    assert_eq!(ids(&plan), order.map(|id| format!("create {id}")));
    for (before, step) in order.iter().zip(&plan.steps[1..]) {
        assert!(
            step.after.iter().any(|id| id.as_str() == *before),
            "{step:?}"
        );
    }
}

#[test]
fn a_product_brings_its_effects_into_the_plan() {
    let items = [
        (
            "/apis/a",
            json!({"displayName": "A", "path": "a", "apiRevision": "1", "isCurrent": true}),
        ),
        (
            "/products/open",
            json!({"displayName": "Open", "subscriptionRequired": false, "approvalRequired": false}),
        ),
        ("/products/open/apiLinks/x", json!({"apiId": "/apis/a"})),
        (
            "/products/paid",
            json!({"displayName": "Paid", "subscriptionRequired": true}),
        ),
        ("/products/paid/apiLinks/x", json!({"apiId": "/apis/a"})),
        (
            "/products/paid/groupLinks/y",
            json!({"groupId": "/groups/administrators"}),
        ),
        ("/groups/administrators", json!({"type": "system"})),
    ];
    let plan = planned(&inventory(&items), &target("n"), &PlanOptions::default());
    assert_executable(&plan);
    assert_eq!(
        ids(&plan),
        [
            "create apis/a",
            "create products/open",
            "create products/paid",
            "tidy products/open/groupLinks/administrators",
            "reuse products/paid/groupLinks/y",
            "create products/open/apiLinks/x",
            "create products/paid/apiLinks/x",
            "tidy products/open/subscriptions/automatic-subscription",
            "tidy products/paid/subscriptions/automatic-subscription",
        ]
    );
    let open = body(&plan, "products/open");
    assert_eq!(
        open,
        json!({"displayName": "Open-in-team", "subscriptionRequired": false})
    );
    let link = body(&plan, "products/paid/apiLinks/x");
    let workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/team";
    assert_eq!(
        link,
        json!({"apiId": format!("{workspace}/apis/a-in-team")})
    );
}

#[test]
fn revisions_are_made_from_the_current_one_while_it_is_still_empty() {
    let items = [
        (
            "/apis/a",
            json!({"displayName": "New", "path": "a", "apiRevision": "3", "isCurrent": true, "isOnline": true, "serviceUrl": ""}),
        ),
        (
            "/apis/a/operations/o",
            json!({"displayName": "O", "method": "GET", "urlTemplate": "/"}),
        ),
        (
            "/apis/a;rev=1",
            json!({"displayName": "Old", "path": "a", "apiRevision": "1", "apiRevisionDescription": "first"}),
        ),
        (
            "/apis/a;rev=1/operations/o",
            json!({"displayName": "O", "method": "GET", "urlTemplate": "/"}),
        ),
        (
            "/apis/a;rev=2",
            json!({"displayName": "New", "path": "a", "apiRevision": "2"}),
        ),
    ];
    let plan = planned(&inventory(&items), &target("n"), &PlanOptions::default());
    assert_executable(&plan);
    assert_eq!(
        ids(&plan),
        [
            "create apis/a",
            "create apis/a;rev=1",
            "create apis/a;rev=2",
            "create apis/a/operations/o",
            "create apis/a;rev=1/operations/o",
        ]
    );
    let revision = body(&plan, "apis/a;rev=1");
    assert_eq!(revision["displayName"], "New-in-team");
    assert_eq!(revision["isCurrent"], false);
    assert_eq!(revision["apiRevisionDescription"], "first");
    assert!(
        revision["sourceApiId"]
            .as_str()
            .unwrap()
            .ends_with("/workspaces/team/apis/a-in-team")
    );
    let current = body(&plan, "apis/a");
    assert_eq!(
        (&current["isCurrent"], &current["apiRevision"]),
        (&json!(true), &json!("3"))
    );
    assert!(current.get("isOnline").is_none() && current.get("serviceUrl").is_none());
}

#[test]
fn secrets_are_read_at_apply_time_and_keys_only_carried_elsewhere() {
    let items = [
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        (
            "/subscriptions/s",
            json!({"displayName": "S", "scope": "/apis/a", "state": "active", "ownerId": "/users/u"}),
        ),
        ("/users/u", json!({"email": "U@x.invalid"})),
        (
            "/backends/b",
            json!({"url": "https://x/{{Key}}", "protocol": "http"}),
        ),
        (
            "/apis/a/policies/policy",
            json!({"format": "rawxml", "value": "<policies><inbound><set-backend-service backend-id=\"b\" /></inbound></policies>"}),
        ),
        (
            "/namedValues/k",
            json!({"displayName": "Key", "secret": true}),
        ),
    ];
    let inventory = inventory(&items);
    let plan = planned(&inventory, &target("n"), &PlanOptions::default());
    let secret = |plan: &Plan, id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.secret.clone()
    };
    assert_eq!(secret(&plan, "namedValues/k").as_deref(), Some("listValue"));
    assert_eq!(secret(&plan, "subscriptions/s"), None);
    assert!(
        plan.findings
            .iter()
            .any(|f| f.code == "new-subscription-keys")
    );
    assert_eq!(
        body(&plan, "backends/b")["url"],
        "https://x/{{Key-in-team}}"
    );
    let policy = body(&plan, "apis/a/policies/policy");
    assert!(
        policy["value"]
            .as_str()
            .unwrap()
            .contains("backend-id=\"b-in-team\"")
    );

    let mut other = target("other");
    other.referable = Some(["/users/9".parse().unwrap()].into());
    other.users = [("u@x.invalid".to_owned(), crate::address::Name::new("9"))].into();
    let plan = planned(&inventory, &other, &PlanOptions::default());
    assert_eq!(
        secret(&plan, "subscriptions/s").as_deref(),
        Some("listSecrets")
    );
    let owner = body(&plan, "subscriptions/s")["ownerId"].clone();
    assert!(
        owner.as_str().unwrap().ends_with("service/other/users/9"),
        "{owner}"
    );
}

#[test]
fn what_is_there_and_equal_serves_and_what_differs_blocks() {
    let items = [
        (
            "/apis/a",
            json!({"displayName": "A", "path": "a", "apiRevision": "1", "isCurrent": true}),
        ),
        ("/tags/t", json!({"displayName": "T"})),
        ("/tags/t/apiLinks/x", json!({"apiId": "/apis/a"})),
    ];
    let mut target = target("n");
    let there = |path: &str, properties: Value| {
        let path: ResourcePath = path.parse().unwrap();
        let properties = properties.as_object().unwrap().clone();
        (path.clone(), Resource::new(path, properties, None).unwrap())
    };
    target.existing = [
        there("/tags/t-in-team", json!({"displayName": "T-in-team"})),
        there(
            "/apis/a-in-team",
            json!({"displayName": "Another", "path": "z", "apiRevision": "1"}),
        ),
    ]
    .into();
    let plan = planned(&inventory(&items), &target, &PlanOptions::default());
    assert_eq!(
        ids(&plan),
        ["reuse tags/t", "create apis/a", "create tags/t/apiLinks/x"]
    );
    let blockers: Vec<_> = plan.blockers().map(|f| f.code.as_str()).collect();
    assert_eq!(blockers, ["target-differs"]);
    let options = PlanOptions {
        allow: vec!["target-differs".into()],
        ..PlanOptions::default()
    };
    let plan = planned(&inventory(&items), &target, &options);
    assert_eq!(plan.blockers().count(), 0);
    assert!(plan.findings.iter().any(|f| f.allowed));
}

#[test]
fn real_services_plan_into_something_executable() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds");
    let Ok(entries) = std::fs::read_dir(seeds) else {
        eprintln!("skipped: ../shared is absent");
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let inventory = snapshot::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for service in [inventory.service.name().to_owned(), "elsewhere".to_owned()] {
            let mut target = target(&service);
            target.service = ServiceId::new(
                inventory.service.subscription(),
                inventory.service.resource_group(),
                &service,
            )
            .unwrap();
            let plan = planned(&inventory, &target, &PlanOptions::default());
            assert_executable(&plan);
            let again = planned(&inventory, &target, &PlanOptions::default());
            assert_eq!(format!("{plan:?}"), format!("{again:?}"));
            for step in plan.steps.iter().filter_map(|s| s.content.as_ref()) {
                let text = step.body().to_string();
                assert!(
                    !text.contains("placeholder-"),
                    "a secret in {}: {text}",
                    path.display()
                );
            }
            if std::env::var_os("SHOW_FINDINGS").is_some() {
                for f in plan
                    .findings
                    .iter()
                    .filter(|f| f.severity != Severity::Note)
                {
                    eprintln!(
                        "{} {:?} {} {}: {}",
                        path.display(),
                        f.severity,
                        f.code,
                        f.resource,
                        f.message
                    );
                }
                eprintln!("{} steps", plan.steps.len());
            }
        }
    }
}

#[test]
fn what_is_below_an_api_waits_for_the_last_of_its_revisions() {
    let revision = |n: &str| json!({"displayName": "A", "path": "a", "apiRevision": n});
    let inventory = inventory(&[
        ("/apis/a", revision("4")),
        ("/apis/a;rev=1", revision("1")),
        ("/apis/a;rev=2", revision("2")),
        ("/apis/a;rev=10", revision("10")),
        ("/apis/a/operations/o", json!({"displayName": "O"})),
        ("/apis/a;rev=2/operations/o", json!({"displayName": "O"})),
    ]);
    let plan = planned(&inventory, &target("n"), &PlanOptions::default());
    let after = |id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        let ids = step.after.iter().map(|a| a.as_str());
        ids.filter(|a| a.starts_with("apis/a;")).collect::<Vec<_>>()
    };
    assert_eq!(after("apis/a/operations/o"), ["apis/a;rev=10"]);
    assert_eq!(
        after("apis/a;rev=2/operations/o"),
        ["apis/a;rev=10", "apis/a;rev=2"]
    );
    assert_eq!(after("apis/a;rev=10"), ["apis/a;rev=2"]);
    assert_eq!(after("apis/a;rev=2"), ["apis/a;rev=1"]);
}
