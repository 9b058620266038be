//! How long a plan of a large service takes, from a snapshot in memory.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that can't be set up has nothing to measure"
)]

use apim_migrate::address::{ResourcePath, ServiceId, split_revision};
use apim_migrate::inventory::{Inventory, Resource};
use apim_migrate::plan::{PlanOptions, Target, make};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

const POLICY: &str = "<policies>\r\n\t<inbound>\r\n\t\t<base />\r\n\t\t<include-fragment fragment-id=\"F\" />\r\n\t\t\
<set-header name=\"x\" exists-action=\"override\">\r\n\t\t\t<value>@(context.Request.Headers.GetValueOrDefault(\"a\", \"{{N}}\"))</value>\r\n\t\t</set-header>\r\n\t\t\
<set-backend-service backend-id=\"B\" />\r\n\t</inbound>\r\n\t<backend>\r\n\t\t<base />\r\n\t</backend>\r\n</policies>";

fn add(inventory: &mut Inventory, path: String, properties: Value) {
    let Value::Object(properties) = properties else {
        return;
    };
    let path: ResourcePath = path.parse().unwrap();
    inventory.insert(Resource::new(path, properties, Some("\"e\"".to_owned())).unwrap());
}

/// A service of about this many resources.
fn service(resources: usize) -> Inventory {
    let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
    let mut add = |path, properties| add(&mut inventory, path, properties);
    for i in 0..200 {
        add(
            format!("/namedValues/n{i}"),
            json!({"displayName": format!("N{i}"), "value": "v"}),
        );
        add(
            format!("/backends/b{i}"),
            json!({"url": "https://b.example", "protocol": "http"}),
        );
        add(
            format!("/policyFragments/f{i}"),
            json!({"format": "rawxml", "value": "<fragment><base /></fragment>"}),
        );
        add(
            format!("/tags/t{i}"),
            json!({"displayName": format!("T{i}")}),
        );
        add(
            format!("/products/p{i}"),
            json!({"displayName": format!("P{i}"), "subscriptionRequired": true}),
        );
    }
    let apis = resources / 200;
    for a in 0..apis {
        let k = a % 200;
        let policy = POLICY
            .replace("\"F\"", &format!("\"f{k}\""))
            .replace("{{N}}", &format!("{{{{N{k}}}}}"))
            .replace("\"B\"", &format!("\"b{k}\""));
        add(
            format!("/apis/a{a}"),
            json!({"displayName": format!("A{a}"), "path": format!("a{a}"), "apiRevision": "1", "isCurrent": true}),
        );
        add(
            format!("/apis/a{a}/policies/policy"),
            json!({"format": "rawxml", "value": policy}),
        );
        add(
            format!("/products/p{k}/apiLinks/a{a}"),
            json!({"apiId": format!("/apis/a{a}")}),
        );
        for o in 0..66 {
            add(
                format!("/apis/a{a}/operations/o{o}"),
                json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/o/{o}"), "responses": [{"statusCode": 200, "representations": [{"contentType": "application/json"}]}]}),
            );
            add(
                format!("/apis/a{a}/operations/o{o}/policies/policy"),
                json!({"format": "rawxml", "value": policy}),
            );
            add(
                format!("/tags/t{k}/operationLinks/l{a}-{o}"),
                json!({"operationId": format!("/apis/a{a}/operations/o{o}")}),
            );
        }
    }
    inventory
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
