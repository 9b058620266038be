//! Twice the service is twice the work: nothing grows with its square. Work is
//! counted, not timed.

use serde_json::{Value, json};

use crate::fixtures::inventory;
use crate::inventory::{Inventory, work};
use crate::plan::{Plan, PlanOptions, Target, make};

/// A service with one API to copy, and so many of one sort around it.
fn crowd(sort: &str, many: usize) -> Inventory {
    let mut items: Vec<(String, Value)> = vec![
        (
            "/apis/a".to_owned(),
            json!({"displayName": "A", "path": "a", "apiRevision": "1", "apiVersion": "1", "apiVersionSetId": "/apiVersionSets/v"}),
        ),
        (
            "/apiVersionSets/v".to_owned(),
            json!({"displayName": "V", "versioningScheme": "Segment"}),
        ),
        (
            "/products/p".to_owned(),
            json!({"displayName": "P", "subscriptionRequired": true, "subscriptionsLimit": 1}),
        ),
        (
            "/products/p/apiLinks/a".to_owned(),
            json!({"apiId": "/apis/a"}),
        ),
        ("/tags/t".to_owned(), json!({"displayName": "T"})),
        ("/tags/t/apiLinks/a".to_owned(), json!({"apiId": "/apis/a"})),
        (
            "/namedValues/n".to_owned(),
            json!({"displayName": "N", "value": "v"}),
        ),
    ];
    for n in 0..many {
        let mut add = |path: String, properties: Value| items.push((path, properties));
        let operation =
            json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/{n}")});
        match sort {
            "links" => {
                let api = json!({"displayName": "B", "path": format!("b{n}"), "apiVersion": format!("b{n}"), "apiVersionSetId": "/apiVersionSets/v"});
                add(format!("/apis/b{n}"), api);
                for owner in ["products/p", "tags/t"] {
                    let link = json!({"apiId": format!("/apis/b{n}")});
                    add(format!("/{owner}/apiLinks/b{n}"), link);
                }
            }
            "subscriptions" => add(
                format!("/subscriptions/s{n}"),
                json!({"displayName": "S", "scope": "/products/p", "ownerId": "/users/1"}),
            ),
            "comments" => {
                add(format!("/apis/a/operations/o{n}"), operation);
                let policy = "<policies><inbound><!-- {{N}} --><base /></inbound></policies>";
                add(
                    format!("/apis/a/operations/o{n}/policies/policy"),
                    json!({"value": policy}),
                );
            }
            "revisions" => {
                add(
                    format!("/apis/a;rev={}", n + 2),
                    json!({"apiRevision": format!("{}", n + 2)}),
                );
                add(format!("/apis/a;rev={}/operations/o", n + 2), operation);
            }
            "websockets" => {
                add(format!("/apis/a/operations/o{n}"), operation);
                add(
                    format!("/tags/t/operationLinks/o{n}"),
                    json!({"operationId": format!("/apis/a/operations/o{n}")}),
                );
            }
            "variables" => {
                add(format!("/apis/a/operations/o{n}"), operation);
                add(
                    format!("/backends/b{n}"),
                    json!({"url": "https://b", "protocol": "http"}),
                );
                let policy = format!(
                    "<policies><inbound><set-variable name=\"v{n}\" value=\"b{n}\" />\
                     <set-backend-service backend-id=\"@((string)context.Variables[&quot;v{n}&quot;])\" /></inbound></policies>"
                );
                add(
                    format!("/apis/a/operations/o{n}/policies/policy"),
                    json!({"value": policy}),
                );
            }
            _ => {
                let value = format!("<set-backend-service backend-id=\"b{n}\" />");
                add(
                    format!("/namedValues/v{n}"),
                    json!({"displayName": format!("V{n}"), "value": value}),
                );
                add(
                    format!("/backends/b{n}"),
                    json!({"url": "https://b", "protocol": "http"}),
                );
            }
        }
    }
    let named: Vec<String> = (0..many).map(|n| format!("{{{{V{n}}}}}")).collect();
    if sort == "values" {
        let policy = format!("<policies><inbound>{}</inbound></policies>", named.concat());
        items.push((
            "/apis/a/policies/policy".to_owned(),
            json!({"value": policy}),
        ));
    }
    let items: Vec<(&str, Value)> = items.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
    inventory(&items)
}

/// How often the inventory is looked at for a plan, and how much the plan says
/// beside what is sent.
fn work(sort: &str, many: usize) -> (usize, usize) {
    let inventory = crowd(sort, many);
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    let selected = ["/apis/a".parse().unwrap()];
    work::looks();
    let plan = make(&inventory, &selected, &target, &PlanOptions::default()).unwrap();
    (work::looks(), said(&plan))
}

fn said(plan: &Plan) -> usize {
    let findings = plan.findings.iter().map(|f| f.message.len());
    let steps = plan.steps.iter().map(|s| s.after.len() + s.because.len());
    findings.chain(steps).sum()
}

#[test]
fn twice_the_service_is_twice_the_work() {
    for sort in [
        "links",
        "subscriptions",
        "comments",
        "revisions",
        "websockets",
        "variables",
        "values",
    ] {
        let (few, many) = (work(sort, 100), work(sort, 200));
        let twice = |few: usize, many: usize| many * 10 <= few * 22 + 1000;
        assert!(
            twice(few.0, many.0),
            "{sort}: looks {} and {}",
            few.0,
            many.0
        );
        assert!(
            twice(few.1, many.1),
            "{sort}: says {} and {}",
            few.1,
            many.1
        );
    }
}

#[test]
fn messages_name_a_few_of_many() {
    for sort in ["links", "subscriptions", "comments", "values"] {
        let inventory = crowd(sort, 300);
        let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
        let selected = ["/apis/a".parse().unwrap()];
        let plan = make(&inventory, &selected, &target, &PlanOptions::default()).unwrap();
        for finding in &plan.findings {
            assert!(finding.message.len() < 1_000, "{}", finding.message);
        }
    }
}

#[test]
fn an_api_is_not_there_for_what_belongs_to_it() {
    let inventory = crowd("revisions", 3);
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    let selected = ["/apis/a".parse().unwrap()];
    let plan = make(&inventory, &selected, &target, &PlanOptions::default()).unwrap();
    let because = |id: &str| -> Vec<&str> {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.because.iter().map(|b| b.0.as_str()).collect()
    };
    assert_eq!(because("apis/a"), [""; 0]);
    assert_eq!(because("apis/a;rev=3"), ["/apis/a"]);
    assert_eq!(because("apis/a;rev=3/operations/o"), ["/apis/a;rev=3"]);
    assert_eq!(because("tags/t"), ["/tags/t/apiLinks/a"]);
}
