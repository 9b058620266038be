//! Policies and fragments.

use serde_json::{Value, json};

use super::{Client, contoso};

fn policy(inbound: &str) -> Value {
    json!({"format": "rawxml", "value": format!("<policies>\n  <inbound>\n    {inbound}\n  </inbound>\n</policies>")})
}

async fn refused(client: &Client, inbound: &str) -> Value {
    let answer = client
        .put("/workspaces/w/policies/policy", policy(inbound))
        .await;
    assert_eq!(answer.status, 400, "{inbound}: {}", answer.said());
    answer.body["error"]["details"][0].clone()
}

#[tokio::test]
async fn a_policy_names_only_what_its_own_scope_has() {
    let client = contoso().await;
    let fragment = json!({"format": "rawxml", "value": "<fragment>\n</fragment>"});
    client.put("/policyFragments/f", fragment.clone()).await;
    client
        .put(
            "/backends/b",
            json!({"url": "https://x", "protocol": "http"}),
        )
        .await;
    let detail = refused(&client, "<include-fragment fragment-id=\"f\" />").await;
    assert_eq!(detail["target"], "include-fragment");
    let message = detail["message"].as_str().unwrap();
    assert!(
        message.starts_with("Error in element 'include-fragment' on line 3, column "),
        "{message}"
    );
    assert!(message.ends_with("Policy fragment with id 'f' could not be found."));
    let detail = refused(&client, "<set-backend-service backend-id=\"b\" />").await;
    assert!(
        detail["message"]
            .as_str()
            .unwrap()
            .ends_with("Backend with id 'b' could not be found.")
    );
    let header =
        "<set-header name=\"h\" exists-action=\"override\"><value>{{the-key}}</value></set-header>";
    let detail = refused(&client, header).await;
    let message = detail["message"].as_str().unwrap();
    assert!(
        message.ends_with("Cannot find a property 'the-key'"),
        "{message}"
    );
    refused(&client, "<broken>").await;

    let value = json!({"displayName": "The-Key", "value": "x"});
    client.put("/workspaces/w/namedValues/k", value).await;
    let made = client
        .put("/workspaces/w/policies/policy", policy(header))
        .await;
    assert_eq!(made.status, 201, "{}", made.said());
}

#[tokio::test]
async fn a_policy_is_stored_raw_and_shown_either_way() {
    let client = contoso().await;
    let path = "/workspaces/w/policies/policy";
    let raw = policy("<set-variable name=\"v\" value=\"@(1 < 2 && true)\" />");
    let made = client.put(path, raw.clone()).await;
    assert_eq!(made.status, 201, "{}", made.said());
    let text = client.get(&format!("{path}?format=rawxml")).await;
    let text = text.body["properties"]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("\r\n") && text.contains("@(1 < 2 && true)"));
    let again = client.put(path, raw).await;
    assert_eq!(
        (again.status, again.header("etag")),
        (200, made.header("etag"))
    );
    let escaped = client.get(path).await;
    let escaped = escaped.body["properties"]["value"].clone();
    assert!(
        escaped
            .as_str()
            .unwrap()
            .contains("@(1 &lt; 2 &amp;&amp; true)")
    );
    let as_xml = json!({"format": "xml", "value": escaped});
    let same = client.put(path, as_xml).await;
    assert_eq!(
        (same.status, same.header("etag")),
        (200, made.header("etag"))
    );
    let wrong = json!({"format": "xml", "value": text});
    assert_eq!(client.put(path, wrong).await.status, 400);
    let list = client.get("/workspaces/w/policies").await;
    assert_eq!(list.body["value"][0]["properties"]["format"], "xml");
    let absent = client.get("/workspaces/v/policies/policy").await;
    assert_eq!(absent.status, 404);
}

#[tokio::test]
async fn a_policy_stands_in_the_right_place() {
    let client = contoso().await;
    let named = client.put("/workspaces/w/policies/main", policy("")).await;
    assert_eq!(named.body["error"]["code"], "BadRequest");
    let orphan = client
        .put("/apis/orders/operations/nope/policies/policy", policy(""))
        .await;
    assert_eq!(orphan.status, 400);
    assert!(
        orphan
            .said()
            .contains("Entity with specified identifier not found")
    );
    let nowhere = client.put("/apis/nope/policies/policy", policy("")).await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn a_fragment_knows_who_includes_it() {
    let client = contoso().await;
    let fragment = json!({"format": "rawxml", "value": "<fragment>\n</fragment>"});
    client
        .put("/workspaces/w/policyFragments/f", fragment)
        .await;
    let include = policy("<include-fragment fragment-id=\"f\" />");
    client.put("/workspaces/w/policies/policy", include).await;
    let users = client
        .post("/workspaces/w/policyFragments/f/listReferences")
        .await;
    assert_eq!(users.body["count"], 1);
    assert_eq!(
        users.body["value"][0]["id"],
        client.id("/workspaces/w/policies/policy")
    );
    let used = client.delete("/workspaces/w/policyFragments/f").await;
    assert!(used.said().contains("/policies/policy"));
}

#[tokio::test]
async fn renaming_a_named_value_rewrites_the_policies_that_use_it() {
    let client = contoso().await;
    let renamed = json!({"displayName": "new-key", "secret": true, "value": "hush"});
    assert_eq!(client.put("/namedValues/key", renamed).await.status, 200);
    let text = client.get("/apis/orders/policies/policy").await;
    assert!(text.said().contains("{{new-key}}"));
}
