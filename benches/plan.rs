//! How long a plan of a large service takes, from a snapshot in memory.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that can't be set up has nothing to measure"
)]

mod scale;

use apim_migrate::address::{ResourcePath, ServiceId, split_revision};
use apim_migrate::inventory::Inventory;
use apim_migrate::plan::{PlanOptions, Target, make};
use scale::{add, service};
use serde_json::json;

fn main() {
    divan::main();
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3)]
fn plan_of_resources(bencher: divan::Bencher<'_, '_>, resources: usize) {
    let inventory = service(resources);
    let selected: Vec<ResourcePath> = (inventory.of_kind(&apim_migrate::catalog::API))
        .map(|r| r.path.clone())
        .filter(|p| split_revision(p.name()).1.is_none())
        .collect();
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    bencher.bench_local(|| {
        make(&inventory, &selected, &target, &PlanOptions::default()).map(|p| p.steps.len())
    });
}

/// One API, and a crowd of so many around it of one sort.
fn crowd(sort: &str, many: usize) -> Inventory {
    let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
    let mut add = |path, properties| add(&mut inventory, path, properties);
    let api = |n: usize| {
        json!({"displayName": format!("A{n}"), "path": format!("a{n}"), "apiRevision": "1", "isCurrent": true,
            "apiVersion": format!("v{n}"), "apiVersionSetId": "/apiVersionSets/v"})
    };
    add("/apis/a0".to_owned(), api(0));
    add(
        "/apiVersionSets/v".to_owned(),
        json!({"displayName": "V", "versioningScheme": "Segment"}),
    );
    add(
        "/products/p".to_owned(),
        json!({"displayName": "P", "subscriptionRequired": true}),
    );
    add(
        "/products/p/apiLinks/a0".to_owned(),
        json!({"apiId": "/apis/a0"}),
    );
    add("/tags/t".to_owned(), json!({"displayName": "T"}));
    add(
        "/tags/t/apiLinks/a0".to_owned(),
        json!({"apiId": "/apis/a0"}),
    );
    add(
        "/namedValues/n".to_owned(),
        json!({"displayName": "N", "value": "v"}),
    );
    let mut variables = String::new();
    for n in 1..many {
        match sort {
            "product" => {
                add(format!("/apis/a{n}"), api(n));
                add(
                    format!("/products/p/apiLinks/a{n}"),
                    json!({"apiId": format!("/apis/a{n}")}),
                );
                add(
                    format!("/tags/t/apiLinks/a{n}"),
                    json!({"apiId": format!("/apis/a{n}")}),
                );
            }
            "subscriptions" => add(
                format!("/subscriptions/s{n}"),
                json!({"scope": "/products/p", "displayName": format!("S{n}"), "ownerId": "/users/1"}),
            ),
            "comments" => {
                add(
                    format!("/apis/a0/operations/o{n}"),
                    json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/{n}")}),
                );
                add(
                    format!("/apis/a0/operations/o{n}/policies/policy"),
                    json!({"format": "rawxml", "value": "<policies><inbound><!-- {{N}} --><base /></inbound></policies>"}),
                );
            }
            "revisions" => {
                add(
                    format!("/apis/a0;rev={}", n + 1),
                    json!({"apiRevision": format!("{}", n + 1)}),
                );
                for o in 0..10 {
                    add(
                        format!("/apis/a0;rev={}/operations/o{o}", n + 1),
                        json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/{o}")}),
                    );
                }
            }
            _ => {
                add(
                    format!("/backends/b{n}"),
                    json!({"url": "https://b.example", "protocol": "http"}),
                );
                variables.push_str(&format!(
                    "<set-variable name=\"v{n}\" value=\"b{n}\" /><set-backend-service backend-id=\"@((string)context.Variables[&quot;v{n}&quot;])\" />"
                ));
            }
        }
    }
    if !variables.is_empty() {
        let value = format!("<policies><inbound>{variables}</inbound></policies>");
        add(
            "/apis/a0/policies/policy".to_owned(),
            json!({"format": "rawxml", "value": value}),
        );
    }
    inventory
}

/// Twice as many should take twice as long.
#[divan::bench(args = [
    ("product", 3_000), ("product", 6_000),
    ("subscriptions", 3_000), ("subscriptions", 6_000),
    ("comments", 2_000), ("comments", 4_000),
    ("revisions", 40), ("revisions", 80),
    ("variables", 1_000), ("variables", 2_000),
], sample_count = 2)]
fn plan_of_one(bencher: divan::Bencher<'_, '_>, (sort, many): (&str, usize)) {
    let inventory = crowd(sort, many);
    let selected = ["/apis/a0".parse().unwrap()];
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    bencher.bench_local(|| {
        make(&inventory, &selected, &target, &PlanOptions::default()).map(|p| p.steps.len())
    });
}
