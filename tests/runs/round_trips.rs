//! What is peculiar to APIs, revisions, operations and subscriptions moves,
//! verifies without a difference, and leaves nothing when it is taken back.

use serde_json::{Value, json};

use crate::common::migration::Migration;
use crate::common::{Env, Sandbox};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases");

fn on(seed: &Value, workspace: &'static str, switches: &[&str]) -> Migration {
    let files = Env::new();
    let seed = files.write("seed.json", &seed.to_string());
    let mut args = vec!["--seed", seed.to_str().unwrap()];
    for switch in switches {
        args.extend(["--switch", switch]);
    }
    Migration::on(Sandbox::start(&args), workspace)
}

fn service(resources: Value) -> Value {
    json!({
        "service": {"subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": resources,
    })
}

/// Plans all there is, applies, verifies, and takes it back.
#[track_caller]
fn there_and_back(m: &Migration) {
    m.plan(&[], &["--all"]).exits(0);
    m.apply(&[]).exits(0);
    m.verify().exits(0);
    m.forget_log();
    m.apply(&[]).exits(0);
    assert_eq!(m.count("PUT") + m.count("DELETE"), 0);
    m.env.run(&["rollback", "p", "--yes"]).exits(0);
    let prefix = format!("/workspaces/{}/", m.workspace);
    let left: Vec<String> = m.dump().into_keys().collect();
    let left: Vec<_> = left.iter().filter(|p| p.starts_with(&prefix)).collect();
    assert!(left.iter().all(|p| p.contains("/groups/")), "{left:?}");
}

fn api(more: &Value) -> Value {
    let mut all = json!({"displayName": "Shop", "path": "shop", "protocols": ["https"], "subscriptionRequired": true});
    let map = all.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    all
}

fn operation(method: &str, template: &str) -> Value {
    json!({"displayName": "O", "method": method, "urlTemplate": template, "templateParameters": [], "responses": []})
}

/// Revision 3 is current, and another one is no number. Their operations have
/// changed names, and only the current one has settings.
fn revisions() -> Value {
    let oauth = json!({"authorizationServerId": "login", "scope": "s"});
    service(json!([
        {"path": "/authorizationServers/login", "properties": {"displayName": "Login", "clientRegistrationEndpoint": "https://l.example", "authorizationEndpoint": "https://l.example", "grantTypes": ["authorizationCode"], "clientId": "c"}},
        {"path": "/apis/shop", "properties": api(&json!({"apiRevision": "3", "isCurrent": true, "serviceUrl": "https://new.example",
            "authenticationSettings": {"oAuth2AuthenticationSettings": [oauth]},
            "subscriptionKeyParameterNames": {"header": "H", "query": "q"}}))},
        {"path": "/apis/shop/operations/a", "properties": operation("GET", "/a")},
        {"path": "/apis/shop/operations/b", "properties": operation("GET", "/b")},
        {"path": "/apis/shop;rev=1", "properties": api(&json!({"apiRevision": "1", "serviceUrl": null}))},
        {"path": "/apis/shop;rev=1/operations/a", "properties": operation("GET", "/b")},
        {"path": "/apis/shop;rev=1/operations/c", "properties": operation("GET", "/a")},
        {"path": "/apis/shop;rev=beta", "properties": api(&json!({"apiRevision": "beta", "serviceUrl": "https://beta.example"}))},
        {"path": "/apis/shop;rev=beta/operations/a", "properties": operation("POST", "/a")},
    ]))
}

#[test]
fn revisions_that_differ_in_all_that_they_can() {
    for switches in [
        &[][..],
        &["revision-null=keeps"],
        &["first-put=refused", "first-revision=false"],
        &["first-put=one", "revision-takes-over=false"],
        &["if-match=false"],
        &["name-case=lower"],
        &["name-case=upper"],
        &["name-case=sensitive"],
        &["signed-polls=true"],
        &["delete-fails=true"],
        &["source-across=true"],
    ] {
        there_and_back(&on(&revisions(), "w", switches));
    }
}

/// Several subscriptions of one product and owner, one without a name, beside
/// those that the service makes.
fn subscriptions() -> Value {
    let mut all = vec![
        json!({"path": "/users/u", "properties": {"email": "u@e.example", "firstName": "U", "lastName": "U"}}),
        json!({"path": "/apis/a", "properties": {"displayName": "A", "path": "a", "apiRevision": "1", "isCurrent": true}}),
    ];
    for (product, required) in [("paid", true)] {
        all.push(json!({"path": format!("/products/{product}"), "properties": {"displayName": product, "subscriptionRequired": required, "state": "published"}}));
        all.push(json!({"path": format!("/products/{product}/apiLinks/a"), "properties": {"apiId": "/apis/a"}}));
        for number in 0..4 {
            let name = (number > 0).then(|| format!("{product} {number}"));
            all.push(json!({"path": format!("/subscriptions/{product}{number}"), "properties": {"displayName": name,
                "scope": format!("/products/{product}"), "ownerId": "/users/u", "state": "active"}}));
        }
    }
    service(json!(all))
}

#[test]
fn subscriptions_of_one_product() {
    for switches in [&[][..], &["open-product-subscription=true"]] {
        there_and_back(&on(&subscriptions(), "w", switches));
    }
}

#[test]
fn the_handshake_of_a_websocket_belongs_to_its_api() {
    let m = Migration::contoso(&[]);
    m.plan(&["live-tracking"], &[]).exits(0);
    m.apply(&[]).exits(0);
    let put = |(method, path): &(String, String)| method == "PUT" && path.ends_with("/onHandshake");
    assert!(!m.log().iter().any(put), "it is there already");
    m.verify().exits(0);
    m.env
        .run(&["rollback", "p", "--yes"])
        .exits(0)
        .says("0 kept");
    let left = m.state();
    assert!(!left.keys().any(|path| path.contains("live")), "{left:?}");
}

/// A shared case, where there is one.
fn case(name: &str, switches: &[&str]) -> Option<Migration> {
    let file = std::path::Path::new(CASES).join(name).join("seed.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: {} is not there", file.display());
        return None;
    };
    Some(on(&serde_json::from_str(&text).unwrap(), "team", switches))
}

#[test]
fn a_revision_that_inherits_is_set_right_or_reported() {
    let Some(m) = case("revision-inherits-settings", &[]) else {
        return;
    };
    m.plan(&[], &["--all"]).exits(0);
    m.apply(&[]).exits(0);
    let made = m.state();
    let (_, revision) = made.iter().find(|(p, _)| p.contains(";rev=1")).unwrap();
    assert!(revision["serviceUrl"].is_null(), "{revision}");
    let inherited = [
        "contact",
        "license",
        "termsOfServiceUrl",
        "authenticationSettings",
    ];
    let has_any = inherited.iter().any(|name| !revision[*name].is_null());
    m.verify().exits(if has_any { 5 } else { 0 });
}

#[test]
fn more_subscriptions_than_a_product_allows_are_found_when_planning() {
    if let Some(m) = case("subscription-limit", &[]) {
        let planned = m.plan(&[], &["--all"]).exits(3);
        planned.says("too-many-of-one-owner");
    }
}

/// The service's own subscription of an open product, if it makes one, goes
/// again, and the one that is moved stays.
#[test]
fn a_subscription_of_a_product_that_needs_none() {
    for switch in [
        "open-product-subscription=false",
        "open-product-subscription=true",
    ] {
        let Some(m) = case("open-product-with-subscription", &[switch]) else {
            return;
        };
        there_and_back(&m);
        m.apply(&[]).exits(0);
        let state = m.dump();
        let of_workspace = |path: &&String| path.starts_with("/workspaces/team/subscriptions/");
        let left: Vec<_> = state.keys().filter(of_workspace).collect();
        assert_eq!(left.len(), 1, "{switch}: {left:?}");
    }
}

/// Names of letters that an address has to write in another way, and of the
/// most that the service allows, which are three times as many bytes.
#[test]
fn names_that_are_hard_to_write_come_along() {
    let Some(m) = case("names-that-vanish", &[]) else {
        return;
    };
    there_and_back(&m);
    m.apply(&[]).exits(0);
    let state = m.state();
    let below = |name: &str| state.keys().filter(|path| path.contains(name)).count();
    // An operation and its policy; an API and its operation, twice.
    assert_eq!(below("discount 50%"), 2, "{state:?}");
    assert_eq!(below("/apis/rate 100%"), 2);
    assert_eq!(below("/apis/\u{8ba2}\u{5355}"), 2);
}
