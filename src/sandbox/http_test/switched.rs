//! Each switch makes a difference.

use serde_json::{Value, json};

use super::{Client, quick, start};

async fn with(switches: &[&str]) -> Client {
    let mut options = quick();
    for switch in switches {
        options.switches.set(switch).unwrap();
    }
    start(options).await
}

/// The statuses of one PUT without and with a switch.
async fn statuses(switch: &str, before: &[(&str, Value)], path: &str, body: Value) -> (u16, u16) {
    let mut found = Vec::new();
    for switches in [&[][..], &[switch][..]] {
        let client = with(switches).await;
        for (path, body) in before {
            let answer = client.put(path, body.clone()).await;
            assert!(answer.status < 300, "{path}: {}", answer.said());
        }
        found.push(client.put(path, body.clone()).await.status);
    }
    (found[0], found[1])
}

fn policy(inbound: &str) -> Value {
    json!({"format": "rawxml", "value": format!("<policies><inbound>{inbound}</inbound></policies>")})
}

#[tokio::test]
async fn switches_decide_what_is_accepted() {
    let key = json!({"displayName": "the-key", "value": "x"});
    let path = "/workspaces/w/namedValues/k";
    let found = statuses("display-name-unique=true", &[], path, key).await;
    assert_eq!(found, (201, 400));

    let vault = json!({"displayName": "k", "secret": true,
        "keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/s"}});
    let found = statuses("workspace-key-vault=false", &[], path, vault).await;
    assert_eq!(found, (201, 400));

    let api = json!({"displayName": "A", "path": "orders"});
    let path = "/workspaces/v/apis/a";
    let found = statuses("api-path=scope", &[], path, api.clone()).await;
    assert_eq!(found, (400, 201));
    let path = "/workspaces/w/apis/a";
    let found = statuses("api-path=service", &[], path, api).await;
    assert_eq!(found, (201, 400));

    let logger = json!({"loggerType": "azureMonitor"});
    let before = [("/loggers/azuremonitor", logger.clone())];
    let path = "/workspaces/w/loggers/azuremonitor";
    let found = statuses("azuremonitor-shared=true", &before, path, logger).await;
    assert_eq!(found, (400, 201));

    let tag = json!({"displayName": "T"});
    let before = [("/workspaces/w/tags/t", tag.clone())];
    let found = statuses("name-clash-conflict=true", &before, "/tags/t", tag).await;
    assert_eq!(found, (400, 409));

    let product = json!({"displayName": "P"});
    let before = [("/workspaces/w/products/p", product)];
    let short = json!({"displayName": "S", "scope": "/products/p"});
    let path = "/workspaces/w/subscriptions/s";
    let found = statuses("short-ids=true", &before, path, short).await;
    assert_eq!(found, (400, 201));

    let taken = json!({"displayName": "S", "scope": "/apis", "primaryKey": "p"});
    let path = "/subscriptions/s";
    let found = statuses("subscription-key-unique=false", &[], path, taken).await;
    assert_eq!(found, (400, 201));

    let odd = json!({"displayName": "O", "method": "GET", "urlTemplate": "/{id}"});
    let path = "/apis/orders/operations/o";
    let found = statuses("templates=false", &[], path, odd).await;
    assert_eq!(found, (400, 201));
}

#[tokio::test]
async fn switches_decide_what_a_policy_may_say() {
    let path = "/workspaces/w/policies/policy";
    let comment = policy("<!-- {{nope}} -->");
    let found = statuses("comment-values=false", &[], path, comment).await;
    assert_eq!(found, (400, 201));
    let liquid = policy("<set-body template=\"liquid\">{{body.id}}</set-body>");
    let found = statuses("liquid=false", &[], path, liquid).await;
    assert_eq!(found, (201, 400));
    let identity = policy("<authentication-managed-identity resource=\"https://x\" />");
    let found = statuses("workspace-identity=false", &[], path, identity).await;
    assert_eq!(found, (201, 400));
}

#[tokio::test]
async fn switches_decide_what_is_answered() {
    let client = with(&["bare-xml=true"]).await;
    let url = client.url("/apis/orders/policies/policy?format=rawxml");
    let response = client.http.get(&url).bearer_auth("t").send().await.unwrap();
    assert!(response.text().await.unwrap().starts_with("<policies>"));

    let subscription = json!({"displayName": "S", "scope": "/products/gold"});
    for (switch, state) in [("false", "submitted"), ("true", "active")] {
        let client = with(&[&format!("subscription-active={switch}")]).await;
        let made = client.put("/subscriptions/s", subscription.clone()).await;
        assert_eq!(made.body["properties"]["state"], state);
    }

    let fourth = json!({"displayName": "A", "path": "a", "apiRevision": "4"});
    for (switch, number) in [("true", "4"), ("false", "1")] {
        let client = with(&[&format!("first-revision={switch}")]).await;
        let made = client.put("/apis/a", fourth.clone()).await;
        assert_eq!(made.body["properties"]["apiRevision"], number);
    }

    let client = with(&["async-create=true"]).await;
    let made = client
        .put_once("/apis/a", json!({"displayName": "A", "path": "a"}))
        .await;
    assert!(!made.header("location").is_empty());

    let client = with(&["fresh-lists=2"]).await;
    let workspace = json!({"displayName": "New"});
    client.put("/workspaces/new", workspace).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(client.get("/workspaces/new/apis").await.status);
    }
    assert_eq!(found, [500, 500, 200]);

    let client = with(&["if-match=false"]).await;
    let url = client.url("/tags/blue");
    let gone = client.raw("DELETE", &url, None, None).await;
    assert_eq!(gone.status, 200);

    let client = with(&["revision-takes-over=false"]).await;
    let full = json!({"displayName": "Orders", "path": "orders", "apiVersion": "v1",
        "apiVersionSetId": "/apiVersionSets/set"});
    client.put("/apis/orders;rev=3", full).await;
    let current = client.get("/apis/orders").await;
    assert_eq!(current.body["properties"]["apiRevision"], "1");
}

#[tokio::test]
async fn a_body_with_surplus_members_passes_when_not_strict() {
    let body = json!({"displayName": "T", "color": "red"});
    for (strict, status) in [(true, 400), (false, 201)] {
        let mut options = quick();
        options.strict = strict;
        let client = start(options).await;
        assert_eq!(client.put("/tags/t", body.clone()).await.status, status);
    }
}
