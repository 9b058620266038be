//! PUT, PATCH, DELETE and long-running operations.

use serde_json::{Value, json};

use super::super::AsyncShape;
use super::{Options, contoso, quick, seed, start};

#[tokio::test]
async fn a_put_creates_then_replaces_and_keeps_its_etag() {
    let client = contoso().await;
    let tag = "/workspaces/w/tags/t";
    let first = client.put(tag, json!({"displayName": "T"})).await;
    assert_eq!(first.status, 201, "{}", first.said());
    let again = client.put(tag, json!({"displayName": "T"})).await;
    assert_eq!(again.status, 200);
    assert_eq!(first.header("etag"), again.header("etag"));
    let url = client.url(tag);
    let stale = client
        .raw("DELETE", &url, Some("\"AAAAAAAAAAA=\""), None)
        .await;
    assert_eq!(stale.status, 412);
    let right = client
        .raw("DELETE", &url, Some(first.header("etag")), None)
        .await;
    assert_eq!(right.status, 200);
    assert_eq!(client.delete(tag).await.status, 204);
    client.put(tag, json!({"displayName": "T"})).await;
    let bare = client.raw("DELETE", &url, None, None).await;
    assert_eq!(bare.status, 200);
    let head = client.raw("HEAD", &url, None, None).await;
    assert_eq!(head.status, 404);
}

#[tokio::test]
async fn both_long_running_shapes_end_with_the_resource() {
    for shape in [AsyncShape::Old, AsyncShape::New] {
        let mut options = Options {
            seeds: vec![seed()],
            ..Options::default()
        };
        options.switches.async_shape = shape;
        options.switches.operation_ms = 300;
        let client = start(options).await;
        let value = "/workspaces/w/namedValues/v1";
        let body = json!({"displayName": "v1", "value": "x", "secret": false});
        let first = client.put_once(value, body.clone()).await;
        match shape {
            AsyncShape::Old => {
                assert_eq!((first.status, first.body.clone()), (202, Value::Null));
                assert_eq!(client.get(value).await.status, 404);
            }
            _ => {
                assert_eq!(first.status, 201);
                assert_eq!(first.body["properties"]["ProvisioningState"], "InProgress");
                let status = first.header("azure-asyncoperation").to_owned();
                let status = client.raw("GET", &status, None, None).await;
                assert_eq!(status.body["status"], "InProgress");
            }
        }
        let done = client.put(value, body).await;
        assert_eq!(done.status, 200, "{}", done.said());
        assert_eq!(done.body["properties"]["provisioningState"], "Succeeded");
        let other = json!({"displayName": "V1", "value": "y"});
        let clash = client.put("/workspaces/w/namedValues/v2", other).await;
        assert_eq!(clash.status, 400);
        assert!(clash.said().contains("already exist"), "{}", clash.said());
    }
}

#[tokio::test]
async fn a_body_must_fit_its_kind() {
    let client = contoso().await;
    let tag = "/workspaces/w/tags/t";
    for bad in [
        json!({}),
        json!({"displayName": "T", "color": "red"}),
        json!({"displayName": null}),
    ] {
        let answer = client.put(tag, bad.clone()).await;
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(answer.body["error"]["code"], "ValidationError");
        assert!(answer.body["error"]["details"][0]["target"].is_string());
    }
    let url = client.url(tag);
    let request = client.http.put(&url).bearer_auth("t").body("{");
    assert_eq!(request.send().await.unwrap().status(), 400);
    let large = "x".repeat(4 * 1024 * 1024 + 1);
    let request = client.http.put(&url).bearer_auth("t").body(large);
    assert_eq!(request.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_star_on_an_absent_put_creates() {
    let client = contoso().await;
    let body = json!({"properties": {"displayName": "T"}});
    let url = client.url("/tags/t");
    let first = client.raw("PUT", &url, Some("*"), Some(&body)).await;
    assert_eq!(first.status, 201);
    let stale = client
        .raw("PUT", &url, Some("\"AAAAAAAAAAA=\""), Some(&body))
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.body["error"]["code"], "PreconditionFailed");
    let patched = client.patch("/tags/t", json!({"displayName": "U"})).await;
    assert_eq!(patched.status, 200);
    assert_ne!(patched.header("etag"), first.header("etag"));
    let head = client.raw("HEAD", &url, None, None).await;
    assert_eq!(
        (head.status, head.header("etag")),
        (200, patched.header("etag"))
    );
}

#[tokio::test]
async fn a_logger_mints_a_named_value_with_each_plain_put() {
    let client = contoso().await;
    let logger = "/workspaces/w/loggers/log";
    let plain =
        json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "abc"}});
    let first = client.put(logger, plain.clone()).await;
    assert_eq!(first.status, 201, "{}", first.said());
    let shown = first.body["properties"]["credentials"]["instrumentationKey"]
        .as_str()
        .unwrap();
    assert!(shown.starts_with("{{Logger-Credentials--"), "{shown}");
    assert_eq!(client.names("/workspaces/w/namedValues").await.len(), 1);
    client.put(logger, plain).await;
    assert_eq!(client.names("/workspaces/w/namedValues").await.len(), 2);
    let same =
        json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": shown}});
    assert_eq!(client.put(logger, same).await.status, 200);
    let names = client.names("/workspaces/w/namedValues").await;
    assert_eq!(names.len(), 2);
    let values = client
        .post(&format!("/workspaces/w/namedValues/{}/listValue", names[0]))
        .await;
    assert_eq!(values.body["value"], "abc");
    let missing = json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "{{nope}}"}});
    let answer = client.put("/workspaces/w/loggers/other", missing).await;
    assert!(
        answer
            .said()
            .contains("One or more Properties ['{0}'] specified are missing.")
    );
}

#[tokio::test]
async fn named_values_are_made_one_at_a_time() {
    let mut options = quick();
    options.switches.operation_ms = 300;
    let client = start(options).await;
    let body = |name: &str| json!({"displayName": name, "value": "x"});
    let first = client
        .put_once("/workspaces/w/namedValues/n1", body("n1"))
        .await;
    assert!(first.status < 300);
    let second = client
        .put_once("/workspaces/w/namedValues/n2", body("n2"))
        .await;
    assert_eq!(second.status, 409);
    let other = client
        .put_once("/workspaces/w/tags/t", json!({"displayName": "T"}))
        .await;
    assert_eq!(other.status, 201);
    assert_eq!(
        client
            .put("/workspaces/w/namedValues/n2", body("n2"))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn keys_show_in_the_answer_to_a_put_only() {
    let client = contoso().await;
    let body = json!({"displayName": "S", "scope": "/products/gold", "state": "active"});
    let made = client.put("/subscriptions/s2", body).await;
    assert_eq!(made.status, 201, "{}", made.said());
    let key = made.body["properties"]["primaryKey"].as_str().unwrap();
    assert_eq!(key.len(), 32);
    let shown = client.get("/subscriptions/s2").await;
    assert!(shown.body["properties"].get("primaryKey").is_none());
    let scope = shown.body["properties"]["scope"].as_str().unwrap();
    assert_eq!(scope, client.id("/products/gold"));
    let same = json!({"displayName": "S3", "scope": "/products/gold", "primaryKey": key});
    assert_eq!(client.put("/subscriptions/s3", same).await.status, 400);
    let before = client.post("/subscriptions/s2/listSecrets").await;
    let again = client.post("/subscriptions/s2/regeneratePrimaryKey").await;
    assert_eq!(again.status, 204);
    let after = client.post("/subscriptions/s2/listSecrets").await;
    assert_ne!(before.body["primaryKey"], after.body["primaryKey"]);
    for (scope, owner) in [
        ("/apis/nope", Value::Null),
        ("/apis/orders;rev=1", Value::Null),
        ("/products/gold", json!("/users/nobody")),
    ] {
        let mut bad = json!({"displayName": "Bad", "scope": scope});
        if owner.is_string() {
            bad["ownerId"] = owner;
        }
        let answer = client.put("/subscriptions/bad", bad).await;
        assert_eq!(answer.status, 400, "{scope}");
    }
}

#[tokio::test]
async fn what_is_used_can_not_be_deleted() {
    let client = contoso().await;
    let used = client.delete("/namedValues/key").await;
    assert_eq!(used.status, 400);
    let message = used.body["error"]["message"].as_str().unwrap();
    let lines: Vec<_> = message.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "The NamedValue 'key' is used by the following entities:",
            "/apis/orders;rev=1/policies/policy"
        ]
    );
    let product = client.delete("/products/gold").await;
    assert!(product.said().contains("existing subscriptions"));
    let product = client
        .delete("/products/gold?deleteSubscriptions=true")
        .await;
    assert_eq!(product.status, 200);
    assert_eq!(client.get("/subscriptions/sub").await.status, 404);
    assert_eq!(client.delete("/groups/developers").await.status, 400);
    assert_eq!(
        client.delete("/apis/orders/policies/policy").await.status,
        200
    );
    assert_eq!(client.delete("/namedValues/key").await.status, 200);
}

#[tokio::test]
async fn an_error_of_a_long_running_put_comes_at_once_when_switched() {
    let mut options = quick();
    options.switches.async_validation = false;
    let client = start(options).await;
    let bad = json!({"displayName": "has space", "value": "x"});
    let answer = client.put_once("/namedValues/bad", bad.clone()).await;
    assert_eq!(answer.status, 400);
    let client = contoso().await;
    let answer = client.put_once("/namedValues/bad", bad.clone()).await;
    assert!(answer.status < 300, "{}", answer.status);
    assert_eq!(client.put("/namedValues/bad", bad).await.status, 400);
    assert_eq!(client.get("/namedValues/bad").await.status, 404);
}
