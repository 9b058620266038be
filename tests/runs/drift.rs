//! What has changed at the source since the plan was made is told before
//! anything is written.

use serde_json::{Value, json};

use crate::common::Output;
use crate::common::migration::{CLEAN, Migration, files};

const POLICY: &str = "<policies><inbound><base /></inbound><backend><base /></backend>\
                      <outbound><base /></outbound><on-error><base /></on-error></policies>";

/// Somebody writes to the source.
#[track_caller]
fn put(m: &Migration, path: &str, properties: Value) {
    let url = format!("{}{path}?api-version=2024-05-01", m.sandbox.service);
    let body = json!({"properties": properties});
    let (status, answer) = m.sandbox.ask("PUT", &url, Some(&body));
    assert!(matches!(status, 200 | 201), "{path}: {status} {answer}");
}

#[track_caller]
fn delete(m: &Migration, path: &str) {
    let url = format!("{}{path}?api-version=2024-05-01", m.sandbox.service);
    let (status, answer) = m.sandbox.ask("DELETE", &url, None);
    assert!(matches!(status, 200 | 204), "{path}: {status} {answer}");
}

fn told(output: &Output) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let drift = output.json()["error"]["drift"].clone();
    let each = drift.as_array().unwrap().iter();
    each.map(|d| (text(&d["is"]), text(&d["source"]))).collect()
}

#[test]
fn all_that_has_changed_is_told_before_the_first_write() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let operation = json!({"displayName": "N", "method": "GET", "urlTemplate": "/n",
        "templateParameters": [], "responses": []});
    put(&m, "/apis/invoices/operations/n", operation);
    let existing = m.dump();
    let first = existing.keys().find(|path| {
        path.starts_with("/apis/catalog/operations/")
            && path.matches('/').count() == 4
            && !existing.contains_key(&format!("{path}/policies/policy"))
    });
    let policy = format!("{}/policies/policy", first.unwrap());
    put(&m, &policy, json!({"value": POLICY, "format": "rawxml"}));
    put(
        &m,
        "/apis/inventory;rev=7",
        json!({"apiRevision": "7",
        "sourceApiId": "/apis/inventory", "path": "inventory"}),
    );
    put(
        &m,
        "/subscriptions/late",
        json!({"scope": "/apis/orders-v1", "displayName": "Late"}),
    );
    put(&m, "/tags/fresh", json!({"displayName": "Fresh"}));
    put(
        &m,
        "/tags/fresh/apiLinks/l",
        json!({"apiId": "/apis/invoices"}),
    );
    delete(&m, "/apis/orders-v1/operations/cancel-order");
    m.forget_log();

    let refused = m.apply(&["--output", "json"]).exits(6);
    let has = |is: &str, path: &str| (is.to_owned(), path.to_owned());
    let expected = [
        has("new", "/apis/inventory;rev=7"),
        has("new", "/apis/invoices/operations/n"),
        has("new", &policy),
        has("new", "/subscriptions/late"),
        has("new", "/tags/fresh"),
        has("gone", "/apis/orders-v1/operations/cancel-order"),
    ];
    let told = told(&refused);
    for drift in &expected {
        assert!(told.contains(drift), "{drift:?} is not in {told:#?}");
    }
    assert_eq!(m.count("PUT") + m.count("POST") + m.count("DELETE"), 0);
    let dry = m.env.run(&["apply", "p", "--dry-run"]).exits(6);
    dry.says("new at the source: /apis/invoices/operations/n")
        .says("plan again");
    m.apply(&[])
        .exits(6)
        .says("nothing was written")
        .says("new: ")
        .says("`/apis/invoices/operations/n`")
        .says("plan again");
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn a_policy_that_only_the_list_of_all_names_is_no_drift() {
    let m = Migration::contoso(&["--switch", "policy-list=excess"]);
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
}

#[test]
fn what_was_left_out_is_no_drift() {
    let m = Migration::contoso(&[]);
    m.plan(
        &["invoices"],
        &["--without", "tags", "--without", "subscriptions"],
    )
    .exits(0);
    put(&m, "/tags/fresh", json!({"displayName": "Fresh"}));
    put(
        &m,
        "/tags/fresh/apiLinks/l",
        json!({"apiId": "/apis/invoices"}),
    );
    put(
        &m,
        "/subscriptions/late",
        json!({"scope": "/apis/invoices", "displayName": "Late"}),
    );
    // Of an API that is not copied.
    put(
        &m,
        "/subscriptions/other",
        json!({"scope": "/apis/catalog", "displayName": "Other"}),
    );
    // A step that a person took out of the plan is no news, either.
    let plan = m.env.run(&["show", "p", "--format", "json"]).json();
    let steps = plan["steps"].as_array().unwrap();
    let needed = |id: &Value| {
        let after = |step: &Value| step["after"].as_array().unwrap().contains(id);
        steps.iter().any(after)
    };
    let lone = |id: &&Value| {
        let text = id.as_str().unwrap();
        text.starts_with("apis/invoices/operations/") && !needed(id)
    };
    let id = steps.iter().map(|s| &s["id"]).find(lone).unwrap();
    let id = format!("{}\n", id.as_str().unwrap());
    let yaml = m.env.read("p/plan.yaml");
    let steps: Vec<&str> = yaml.split("\n  - id: ").collect();
    let out = *steps.iter().find(|step| step.starts_with(&id)).unwrap();
    let rest: Vec<&str> = steps.into_iter().filter(|step| *step != out).collect();
    m.env.write("p/plan.yaml", &rest.join("\n  - id: "));
    m.apply(&[]).exits(0);
    // What is done asks no more.
    let operation = json!({"displayName": "N", "method": "GET", "urlTemplate": "/n",
        "templateParameters": [], "responses": []});
    put(&m, "/apis/invoices/operations/n", operation);
    m.apply(&[]).exits(0);
}

#[test]
fn what_came_below_a_thing_that_is_copied_in_part_is_new() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.apply(&[]).exits(0);
    let operation = json!({"displayName": "N", "method": "GET", "urlTemplate": "/n",
        "templateParameters": [], "responses": []});
    put(&m, "/apis/invoices/operations/n", operation);
    let folder = "p/resources/apis/invoices-in-billing/operations";
    let mut bodies = files(&m.env.path(folder)).into_iter();
    let is_operation = |name: &str| name.ends_with(".json") && !name.contains('/');
    let (file, text) = bodies.find(|(name, _)| is_operation(name)).unwrap();
    let mut body: Value = serde_json::from_str(&text).unwrap();
    body["properties"]["description"] = json!("edited");
    m.env
        .write(&format!("{folder}/{file}"), &format!("{body:#}\n"));

    let refused = m.apply(&["--output", "json"]).exits(6);
    let new = ("new".to_owned(), "/apis/invoices/operations/n".to_owned());
    assert_eq!(told(&refused), [new]);
    m.env.run(&["apply", "p", "--dry-run"]).exits(6);
    m.apply(&["--ignore-drift"]).exits(0);
}

#[test]
fn a_plan_that_does_not_say_what_was_there_goes_by_etags() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    let operation = json!({"displayName": "N", "method": "GET", "urlTemplate": "/n",
        "templateParameters": [], "responses": []});
    put(&m, "/apis/invoices/operations/n", operation);
    let basis = m.env.read("p/.basis.json");
    m.env
        .write("p/.basis.json", "{\"version\": 1, \"known\": [7]}");
    m.apply(&[]).exits(6).says(".basis.json").says("plan again");
    m.env.write(
        "p/.basis.json",
        &basis.replace("\"version\": 1", "\"version\": 9"),
    );
    m.apply(&[]).exits(6).says("version 9");
    std::fs::remove_file(m.env.path("p/.basis.json")).unwrap();
    m.apply(&[]).exits(0);
}
