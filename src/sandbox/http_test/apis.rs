//! APIs: revisions, releases, version sets, paths, locks.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{OneWriter, Options};
use super::{contoso, quick, start};

fn api(path: &str) -> Value {
    json!({"displayName": "A", "path": path, "protocols": ["https"], "type": "http"})
}

fn operation(template: &str) -> Value {
    json!({"displayName": "Op", "method": "GET", "urlTemplate": template})
}

#[tokio::test]
async fn a_plain_api_is_there_at_once_with_its_defaults() {
    let client = contoso().await;
    let made = client.put_once("/workspaces/w/apis/a", api("/a")).await;
    assert_eq!(made.status, 201, "{}", made.said());
    assert_eq!(made.header("location"), "");
    let properties = &made.body["properties"];
    assert_eq!(properties["path"], "a");
    assert_eq!(properties["apiRevision"], "1");
    assert_eq!(properties["isCurrent"], true);
    assert_eq!(properties["subscriptionRequired"], true);
    assert_eq!(
        properties["subscriptionKeyParameterNames"]["query"],
        "subscription-key"
    );
    assert_eq!(properties["authenticationSettings"]["oAuth2"], Value::Null);
}

#[tokio::test]
async fn a_revision_copies_its_source_and_a_release_makes_it_current() {
    let client = contoso().await;
    let source = json!({"apiRevision": "2", "sourceApiId": "/apis/orders", "isCurrent": false});
    let made = client.put("/apis/orders;rev=2", source).await;
    assert_eq!(made.status, 201, "{}", made.said());
    assert_eq!(made.body["properties"]["apiRevision"], "2");
    assert!(made.body["properties"].get("isCurrent").is_none());
    assert_eq!(client.names("/apis/orders;rev=2/operations").await, ["get"]);
    let policy = "/apis/orders;rev=2/policies/policy";
    assert_eq!(client.get(policy).await.status, 200);
    client
        .put("/apis/orders;rev=2/operations/new", operation("/new"))
        .await;
    assert_eq!(client.names("/apis/orders/operations").await, ["get"]);
    assert_eq!(client.names("/apis").await, ["orders", "orders;rev=2"]);
    assert_eq!(client.names("/apis?$filter=isCurrent").await, ["orders"]);

    let release = json!({"apiId": "/apis/orders;rev=2", "notes": "go"});
    let released = client.put("/apis/orders/releases/r2", release).await;
    assert_eq!(released.status, 201, "{}", released.said());
    let id = released.body["properties"]["apiId"].as_str().unwrap();
    assert_eq!(id, client.id("/apis/orders"));
    let current = client.get("/apis/orders").await;
    assert_eq!(current.body["properties"]["apiRevision"], "2");
    assert_eq!(
        client.names("/apis/orders/operations").await,
        ["get", "new"]
    );
    assert_eq!(client.names("/apis/orders;rev=1/operations").await, ["get"]);
    let first = client.get("/apis/orders/releases/r1").await;
    let id = first.body["properties"]["apiId"].as_str().unwrap();
    assert!(id.ends_with(";rev=1"), "{id}");
    assert_eq!(client.names("/apis/orders/tags").await, ["blue"]);

    let revisions = client.get("/apis/orders/revisions").await;
    let items = revisions.body["value"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["apiId"], "/apis/orders;rev=2");
    assert_eq!(items[0]["isCurrent"], true);
    assert_eq!(items[1]["apiRevision"], "1");
}

#[tokio::test]
async fn a_revision_may_not_change_what_it_shares() {
    let client = contoso().await;
    let source = json!({"sourceApiId": "/apis/orders", "isCurrent": false, "path": "other"});
    let answer = client.put("/apis/orders;rev=2", source).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer
            .said()
            .contains("Can't change property Path for non-current revision")
    );
    let source = json!({"sourceApiId": "/apis/orders", "isCurrent": false});
    client.put("/apis/orders;rev=2", source).await;
    let changed = json!({"displayName": "Other", "path": "orders", "isCurrent": false});
    let answer = client.put("/apis/orders;rev=2", changed).await;
    assert_eq!(answer.status, 400);
    let refused = client.delete("/apis/orders").await;
    assert!(
        refused
            .said()
            .contains("Cannot delete the current revision")
    );
    assert_eq!(client.delete("/apis/orders;rev=2").await.status / 100, 2);
    assert_eq!(client.delete("/apis/orders").await.status / 100, 2);
}

#[tokio::test]
async fn a_revision_that_says_nothing_takes_over_when_switched_unless_it_copies() {
    let mut options = quick();
    options.switches.revision_takes_over = true;
    let client = start(options).await;
    let full = json!({"displayName": "Orders", "path": "orders", "apiVersion": "v1",
        "apiVersionSetId": "/apiVersionSets/set", "protocols": ["https"], "apiRevision": "3"});
    client.put("/apis/orders;rev=3", full).await;
    let current = client.get("/apis/orders").await;
    assert_eq!(current.body["properties"]["apiRevision"], "3");
    assert!(client.names("/apis/orders/operations").await.is_empty());
}

#[tokio::test]
async fn a_version_set_goes_with_its_last_api() {
    let client = contoso().await;
    assert_eq!(client.delete("/apiVersionSets/set").await.status, 400);
    assert_eq!(client.delete("/apis/orders").await.status / 100, 2);
    assert_eq!(client.get("/apiVersionSets/set").await.status, 404);
    assert!(client.names("/products/gold/apiLinks").await.is_empty());
    assert!(client.names("/tags/blue/apiLinks").await.is_empty());
}

#[tokio::test]
async fn a_path_is_taken_once_unless_by_versions_of_a_set() {
    let client = contoso().await;
    let clash = client.put("/apis/other", api("/Orders")).await;
    assert_eq!(clash.status, 400);
    assert_eq!(clash.body["error"]["details"][0]["target"], "path");
    let mut version = api("orders");
    version["apiVersionSetId"] = json!("/apiVersionSets/set");
    version["apiVersion"] = json!("v1");
    assert_eq!(client.put("/apis/other", version.clone()).await.status, 400);
    version["apiVersion"] = json!("v2");
    assert_eq!(client.put("/apis/other", version).await.status, 201);
    // `w` has a gateway of its own, `v` is served by the service's.
    let own = client.put("/workspaces/w/apis/a1", api("orders")).await;
    assert_eq!(own.status, 201);
    let shared = client.put("/workspaces/v/apis/a2", api("orders")).await;
    assert_eq!(shared.status, 400);
}

#[tokio::test]
async fn an_operation_names_schemas_and_parameters_that_are_there() {
    let client = contoso().await;
    let with = |schema: &str| {
        json!({"displayName": "Op", "method": "POST", "urlTemplate": "/{id}",
            "templateParameters": [{"name": "id", "type": "string", "required": true, "schemaId": schema}]})
    };
    let path = "/apis/orders/operations/op";
    let answer = client.put(path, with("nope")).await;
    assert!(
        answer
            .said()
            .contains("Operation references schema that does not exist")
    );
    assert_eq!(client.put(path, with("s1")).await.status, 201);
    let undeclared = client.put(path, operation("/{other}")).await;
    assert_eq!(undeclared.status, 400);
    let used = client.delete("/apis/orders/schemas/s1").await;
    assert_eq!(used.status, 400);
    let forced = client.delete("/apis/orders/schemas/s1?force=true").await;
    assert_eq!(forced.status, 200);
}

#[tokio::test]
async fn an_api_stays_busy_after_its_operation_has_succeeded() {
    let mut options = quick();
    options.switches.linger_ms = 600;
    options.switches.one_writer = OneWriter::All;
    let client = start(options).await;
    let schema = json!({"contentType": "application/json", "document": {"value": "x"}});
    let made = client.put("/apis/orders/schemas/s2", schema).await;
    assert_eq!(made.status, 201);
    let path = "/apis/orders/operations/op";
    let busy = client.put_once(path, operation("/op")).await;
    assert_eq!(busy.status, 409);
    assert_eq!(
        busy.body["error"]["message"],
        "Operation on the API is in progress"
    );
    let apart = client.put_once("/apis/apart", api("apart")).await;
    assert_eq!(apart.status, 201);
    assert_eq!(client.put(path, operation("/op")).await.status, 201);
}

#[tokio::test]
async fn two_subscriptions_of_one_product_are_not_made_together() {
    let client = start(Options {
        latency: Duration::from_millis(250),
        ..quick()
    })
    .await;
    let of = |scope: &str| json!({"displayName": "S", "scope": scope});
    let (first, second, other) = tokio::join!(
        client.put_once("/subscriptions/s1", of("/products/gold")),
        client.put_once("/subscriptions/s2", of("/products/gold")),
        client.put_once("/subscriptions/s3", of("/apis")),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!((statuses, other.status), ([201, 412], 201));
}

#[tokio::test]
async fn two_writes_to_one_api_do_not_go_together() {
    for (writers, refused, beside_its_own) in [
        (OneWriter::All, 409, 409),
        (OneWriter::Own, 201, 409),
        (OneWriter::Never, 201, 200),
    ] {
        let mut options = quick();
        options.switches.one_writer = writers;
        options.latency = Duration::from_millis(250);
        let client = start(options).await;
        let (one, two, other) = tokio::join!(
            client.put_once("/apis/orders/operations/a", operation("/a")),
            client.put_once("/apis/orders/operations/b", operation("/b")),
            client.put_once("/tags/t", json!({"displayName": "T"})),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, refused], "{writers:?}");
        assert_eq!(other.status, 201);
        let log = client.sandbox.log();
        assert!(log.iter().any(|logged| logged.concurrent > 1));
        let own = client.put_once("/apis/orders", api("orders"));
        let (below, own) = tokio::join!(
            client.put_once("/apis/orders/operations/a", operation("/a")),
            own
        );
        let mut statuses = [below.status, own.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, beside_its_own], "{writers:?}");
    }
}

#[tokio::test]
async fn a_patch_switches_and_releases_are_of_the_whole_api() {
    let client = contoso().await;
    let source = json!({"sourceApiId": "/apis/orders", "isCurrent": false});
    client.put("/apis/orders;rev=2", source).await;
    let number = || async {
        let api = client.get("/apis/orders").await;
        api.body["properties"]["apiRevision"].clone()
    };
    let revision = "/apis/orders;rev=2";
    loop {
        let patched = client.patch(revision, json!({"isCurrent": true})).await;
        if patched.status != 409 {
            assert_eq!(patched.status, 200, "{}", patched.said());
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(number().await, "2");
    let back = json!({"apiId": "/apis/orders;rev=1"});
    let path = "/apis/orders;rev=1/releases/back";
    let made = client.put(path, back).await;
    assert_eq!(made.status, 201, "{}", made.said());
    assert_eq!(number().await, "1");
    let releases = ["back", "r1"];
    assert_eq!(client.names("/apis/orders/releases").await, releases);
    assert_eq!(client.names("/apis/orders;rev=2/releases").await, releases);
    assert_eq!(client.delete(path).await.status, 200);
    assert_eq!(number().await, "1");
    let other = json!({"apiId": "/apis/elsewhere"});
    let path = "/apis/orders/releases/other";
    assert_eq!(client.put(path, other).await.status, 400);
}

#[tokio::test]
async fn an_import_makes_the_api_and_nothing_below() {
    let client = contoso().await;
    let definition = json!({"openapi": "3.0.0", "info": {"title": "A"},
        "servers": [{"url": "https://a.invalid"}], "paths": {"/": {"get": {}}}});
    let import = json!({"path": "a", "format": "openapi+json", "value": definition.to_string()});
    let begun = client.put_once("/apis/a", import).await;
    assert!(!begun.header("location").is_empty(), "{}", begun.said());
    tokio::time::sleep(Duration::from_millis(60)).await;
    let made = client.get("/apis/a").await;
    assert_eq!(made.body["properties"]["displayName"], "A");
    assert_eq!(made.body["properties"]["serviceUrl"], "https://a.invalid");
    assert!(client.names("/apis/a/operations").await.is_empty());
}

#[tokio::test]
async fn servers_of_authorization_are_shown_in_two_forms_and_taken_in_one() {
    let client = contoso().await;
    let server = json!({"displayName": "S", "clientRegistrationEndpoint": "https://x",
        "authorizationEndpoint": "https://x", "grantTypes": ["authorizationCode"], "clientId": "c"});
    client.put("/authorizationServers/s", server).await;
    let one = json!({"authorizationServerId": "s"});
    let put = async |settings: serde_json::Value| {
        let body = json!({"displayName": "A", "path": "a", "authenticationSettings": settings});
        client.put("/apis/a", body).await
    };
    let made = put(json!({ "oAuth2": one })).await;
    assert_eq!(made.status, 201, "{}", made.said());
    let shown = client.get("/apis/a").await.body["properties"]["authenticationSettings"].take();
    assert_eq!(shown["oAuth2"], one);
    assert_eq!(shown["oAuth2AuthenticationSettings"], json!([one]));
    assert_eq!(shown["openidAuthenticationSettings"], json!([]));
    let both = put(json!({"oAuth2": one, "oAuth2AuthenticationSettings": [one]})).await;
    assert!(both.status == 400 && both.said().contains("in combination with OAuth2"));
    let list = put(json!({ "oAuth2AuthenticationSettings": [one] })).await;
    assert_eq!(list.status, 200);
    let absent = put(json!({"oAuth2": {"authorizationServerId": "nope"}})).await;
    let detail = &absent.body["error"]["details"][0];
    assert_eq!(detail["target"], "AuthenticationSettings");
    assert_eq!(detail["message"], "Authorization server was not found.");
}

#[tokio::test]
async fn an_etag_of_an_api_moves_with_its_policy_and_its_releases() {
    let client = contoso().await;
    let tag = async || client.get("/apis/orders").await.header("etag").to_owned();
    let mut seen = vec![tag().await];
    let policy = json!({"format": "rawxml", "value": "<policies><inbound /></policies>"});
    client.put("/apis/orders/policies/policy", policy).await;
    seen.push(tag().await);
    let release = json!({"apiId": "/apis/orders"});
    client.put("/apis/orders/releases/r9", release).await;
    seen.push(tag().await);
    client
        .put("/apis/orders/operations/op", operation("/op"))
        .await;
    assert_eq!(tag().await, seen[2]);
    seen.dedup();
    assert_eq!(seen.len(), 3);
}
