//! A service of any size, as a seed: what large services are like.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Env;

const SERVICE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";
const TAGS: usize = 30;
const VALUES: usize = 40;
const BACKENDS: usize = 20;
const PRODUCTS: usize = 12;

/// Operations of one API.
fn operations(api: usize) -> usize {
    [8, 11, 11, 15][api % 4]
}

fn policy(value: usize) -> Value {
    let value = value % VALUES;
    json!({"format": "rawxml", "value": format!(
        "<policies><inbound><base /><set-header name=\"x\" exists-action=\"override\">\
         <value>{{{{value-{value}}}}}</value></set-header></inbound><backend><base /></backend>\
         <outbound><base /></outbound><on-error><base /></on-error></policies>"
    )})
}

/// A service with that many APIs, some eleven operations each, of which a
/// quarter has a policy; and with what belongs to them.
pub fn seed(apis: usize) -> Value {
    larger_seed(apis, 0)
}

/// The same with so many more operations of each API.
pub fn larger_seed(apis: usize, more: usize) -> Value {
    let mut all = Vec::new();
    let mut add = |path: String, properties: Value| {
        all.push(json!({"path": path, "properties": properties}));
    };
    for n in 0..TAGS {
        add(
            format!("/tags/t{n}"),
            json!({"displayName": format!("Tag {n}")}),
        );
    }
    for n in 0..VALUES {
        let name = format!("value-{n}");
        add(
            format!("/namedValues/{name}"),
            json!({"displayName": name, "value": "v"}),
        );
    }
    for n in 0..BACKENDS {
        let url = format!("https://b{n}.example");
        add(
            format!("/backends/b{n}"),
            json!({"url": url, "protocol": "http"}),
        );
    }
    add(
        "/loggers/events".to_owned(),
        json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "{{value-1}}"}}),
    );
    let sets = (apis / 10).max(1);
    for n in 0..sets {
        let set = json!({"displayName": format!("Set {n}"), "versioningScheme": "Segment"});
        add(format!("/apiVersionSets/v{n}"), set);
    }
    let mut count = 0;
    for n in 0..apis {
        let mut api = json!({
            "displayName": format!("Api {n}"), "path": format!("api-{n}"), "protocols": ["https"],
            "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true,
            "serviceUrl": format!("https://b{}.example", n % BACKENDS),
        });
        if n % 10 < 2 {
            api["apiVersionSetId"] =
                json!(format!("{SERVICE}/apiVersionSets/v{}", (n / 10) % sets));
            api["apiVersion"] = json!(format!("v{n}"));
        }
        let mut paths = vec![(format!("/apis/a{n}"), api)];
        if n % 20 == 5 {
            let mut older = paths[0].1.clone();
            older["isCurrent"] = json!(false);
            paths[0].1["apiRevision"] = json!("2");
            paths.push((format!("/apis/a{n};rev=1"), older));
        }
        for (path, properties) in paths {
            add(path.clone(), properties);
            if n % 2 == 0 {
                add(
                    format!("{path}/schemas/s"),
                    json!({
                        "contentType": "application/vnd.oai.openapi.components+json",
                        "document": {"components": {"schemas": {"T": {"type": "object"}}}},
                    }),
                );
            }
            for o in 0..operations(n) + more {
                count += 1;
                let method = ["GET", "POST", "PUT", "DELETE"][o % 4];
                let mut operation = json!({
                    "displayName": format!("Operation {o}"),
                    "method": method,
                    "urlTemplate": format!("/r{o}/{{id}}"),
                    "templateParameters": [{"name": "id", "type": "string", "required": true}],
                });
                if o % 4 == 1 && n % 2 == 0 {
                    operation["request"] = json!({"representations": [
                        {"contentType": "application/json", "schemaId": "s", "typeName": "T"},
                    ]});
                }
                if o % 3 == 0 {
                    operation["responses"] = json!([{"statusCode": 200, "description": "OK"}]);
                }
                add(format!("{path}/operations/o{o}"), operation);
                if count % 4 == 0 {
                    add(
                        format!("{path}/operations/o{o}/policies/policy"),
                        policy(count),
                    );
                }
            }
            if n % 3 == 0 {
                add(format!("{path}/policies/policy"), policy(n));
            }
            if n % 10 == 0 {
                add(
                    format!("{path}/diagnostics/applicationinsights"),
                    json!({
                        "loggerId": format!("{SERVICE}/loggers/events"),
                        "sampling": {"samplingType": "fixed", "percentage": 50},
                    }),
                );
            }
        }
        let id = format!("{SERVICE}/apis/a{n}");
        if n % 15 == 0 {
            add(
                format!("/apis/a{n}/releases/r"),
                json!({"apiId": id, "notes": "first"}),
            );
        }
        add(
            format!("/tags/t{}/apiLinks/a{n}", n % TAGS),
            json!({"apiId": id}),
        );
        if n % 5 == 0 {
            let tagged = json!({"operationId": format!("{id}/operations/o1")});
            add(
                format!("/tags/t{}/operationLinks/a{n}", (n + 1) % TAGS),
                tagged,
            );
        }
    }
    add(
        "/users/u".to_owned(),
        json!({"email": "u@example.com", "firstName": "U", "lastName": "U"}),
    );
    for n in 0..PRODUCTS {
        add(
            format!("/groups/g{n}"),
            json!({"displayName": format!("Group {n}")}),
        );
        let product = json!({
            "displayName": format!("Product {n}"), "subscriptionRequired": true, "state": "published",
        });
        add(format!("/products/p{n}"), product);
        for api in (n..apis).step_by(PRODUCTS) {
            let id = format!("{SERVICE}/apis/a{api}");
            add(
                format!("/products/p{n}/apiLinks/a{api}"),
                json!({"apiId": id}),
            );
        }
        let group = json!({"groupId": format!("{SERVICE}/groups/g{n}")});
        add(format!("/products/p{n}/groupLinks/g"), group);
        if n % 2 == 0 {
            add(format!("/products/p{n}/policies/policy"), policy(n));
        }
        for s in 0..3 {
            add(
                format!("/subscriptions/s{n}-{s}"),
                json!({
                    "displayName": format!("Subscription {n} {s}"), "state": "active",
                    "scope": format!("{SERVICE}/products/p{n}"), "ownerId": format!("{SERVICE}/users/u"),
                }),
            );
        }
    }
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": all,
    })
}

/// The seed in a file.
pub fn seed_file(env: &Env, apis: usize) -> PathBuf {
    let path = env.path("service.json");
    fs::write(&path, seed(apis).to_string()).unwrap();
    path
}
