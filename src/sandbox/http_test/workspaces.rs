//! What is particular to workspaces.

use serde_json::json;

use super::super::NameClash;
use super::{contoso, quick, seed, start};

#[tokio::test]
async fn what_a_workspace_lacks_answers_500() {
    let client = contoso().await;
    client
        .put(
            "/workspaces/w/apis/a",
            json!({"displayName": "A", "path": "a"}),
        )
        .await;
    for path in [
        "/workspaces/w/apis/a/tags",
        "/workspaces/w/apis/a/tagDescriptions",
        "/workspaces/w/apis/a/wikis",
        "/workspaces/w/apis/a/products",
        "/workspaces/w/gateways",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 500, "{path}");
        assert!(answer.said().contains("Request processing failed"));
    }
    let put = client.put("/workspaces/w/apis/a/tags/t", json!({})).await;
    assert_eq!(put.status, 500);
}

#[tokio::test]
async fn a_new_product_gets_a_link_and_a_subscription() {
    let client = contoso().await;
    let product = json!({"displayName": "P", "subscriptionRequired": true});
    for scope in ["/workspaces/w", ""] {
        let path = format!("{scope}/products/p{}", scope.len());
        let made = client.put(&path, product.clone()).await;
        assert_eq!(made.status, 201, "{}", made.said());
        let groups = &made.body["properties"]["groups"];
        assert_eq!(groups[0]["name"], "Administrators");
        let links = client.get(&format!("{path}/groupLinks")).await;
        let group = &links.body["value"][0]["properties"]["groupId"];
        assert_eq!(*group, client.id("/groups/administrators"));
        let subscriptions = client.get(&format!("{scope}/subscriptions")).await;
        let items = subscriptions.body["value"].as_array().unwrap();
        let own = items
            .iter()
            .find(|item| item["properties"]["scope"] == client.id(&path))
            .unwrap();
        assert_eq!(own["name"].as_str().unwrap().len(), 24);
        assert_eq!(own["properties"]["displayName"], json!(null));
        let again = json!({"groupId": client.id("/groups/administrators")});
        let answer = client.put(&format!("{path}/groupLinks/l"), again).await;
        assert_eq!(answer.status, 409);
        assert_eq!(
            answer.body["error"]["message"],
            "Link already exists between specified Product and Group."
        );
    }
    let open = json!({"displayName": "O", "subscriptionRequired": false});
    client.put("/workspaces/w/products/open", open).await;
    assert_eq!(client.names("/workspaces/w/subscriptions").await.len(), 1);
}

#[tokio::test]
async fn a_workspace_names_only_its_own() {
    let client = contoso().await;
    client
        .put("/workspaces/w/tags/t", json!({"displayName": "T"}))
        .await;
    client
        .put(
            "/workspaces/w/apis/a",
            json!({"displayName": "A", "path": "a"}),
        )
        .await;
    let link = |id: String| json!({ "apiId": id });
    let outside = client
        .put(
            "/workspaces/w/tags/t/apiLinks/l",
            link(client.id("/apis/orders")),
        )
        .await;
    assert_eq!(outside.status, 400);
    let short = client
        .put(
            "/workspaces/w/tags/t/apiLinks/l",
            link("/apis/a".to_owned()),
        )
        .await;
    assert_eq!(short.status, 400);
    let own = client.id("/workspaces/w/apis/a");
    let made = client
        .put("/workspaces/w/tags/t/apiLinks/l", link(own.clone()))
        .await;
    assert_eq!(made.status, 201, "{}", made.said());
    let same = client
        .put("/workspaces/w/tags/t/apiLinks/l", link(own.clone()))
        .await;
    assert_eq!(same.status, 200);
    let other = client
        .put("/workspaces/w/tags/t/apiLinks/m", link(own.clone()))
        .await;
    assert_eq!(
        other.body["error"]["message"],
        "Link already exists between specified Tag and Api."
    );
    let foreign = own.replace("/contoso/", "/fabrikam/");
    let answer = client
        .put("/workspaces/w/tags/t/apiLinks/m", link(foreign))
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body["error"]["code"], "LinkedAuthorizationFailed");
    let set = json!({"displayName": "B", "path": "b", "apiVersion": "1",
        "apiVersionSetId": client.id("/apiVersionSets/set")});
    assert_eq!(client.put("/workspaces/w/apis/b", set).await.status, 404);
}

#[tokio::test]
async fn names_are_unique_over_the_service_and_its_workspaces() {
    let client = contoso().await;
    let body = json!({"displayName": "X"});
    let clash = client.put("/workspaces/w/tags/Blue", body.clone()).await;
    assert_eq!(clash.status, 400);
    client.put("/workspaces/w/tags/x", body.clone()).await;
    assert_eq!(
        client
            .put("/workspaces/v/tags/x", body.clone())
            .await
            .status,
        400
    );
    assert_eq!(client.put("/tags/x", body.clone()).await.status, 400);
    let mut options = quick();
    options.switches.name_clash = NameClash::Conflict;
    let client = start(options).await;
    assert_eq!(
        client.put("/workspaces/w/tags/blue", body).await.status,
        409
    );
}

#[tokio::test]
async fn groups_show_the_built_in_ones_and_take_users_of_the_service() {
    let client = contoso().await;
    let names = client.names("/workspaces/w/groups").await;
    assert_eq!(names, ["administrators", "developers", "guests"]);
    let group = "/workspaces/w/groups/team";
    client.put(group, json!({"displayName": "Team"})).await;
    let member = format!("{group}/users/1");
    let head = client.raw("HEAD", &client.url(&member), None, None).await;
    assert_eq!(head.status, 404);
    let url = client.url(&member);
    assert_eq!(client.raw("PUT", &url, None, None).await.status, 201);
    assert_eq!(client.raw("PUT", &url, None, None).await.status, 200);
    assert_eq!(client.names(&format!("{group}/users")).await, ["1"]);
    let nobody = client.url(&format!("{group}/users/nobody"));
    assert_eq!(client.raw("PUT", &nobody, None, None).await.status, 404);
    let system = json!({"displayName": "D"});
    let answer = client.put("/workspaces/w/groups/developers", system).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_workspace_is_full_at_its_limit() {
    let mut full = seed();
    for number in 0..50 {
        let path = format!("/workspaces/w/policyFragments/f{number}");
        let fragment = json!({"path": path, "properties": {"value": "<fragment />"}});
        full["resources"].as_array_mut().unwrap().push(fragment);
    }
    let mut options = quick();
    options.seeds = vec![full];
    let client = start(options).await;
    let one = json!({"format": "rawxml", "value": "<fragment>\n</fragment>"});
    let answer = client
        .put("/workspaces/w/policyFragments/more", one.clone())
        .await;
    assert_eq!(answer.status, 400, "{}", answer.said());
    assert!(answer.said().contains("limit of 50"));
    let elsewhere = client.put("/policyFragments/more", one).await;
    assert_eq!(elsewhere.status, 201);
}

#[tokio::test]
async fn a_tier_without_workspaces_says_so() {
    let mut plain = seed();
    plain["service"]["sku"] = json!("Developer");
    let mut options = quick();
    options.seeds = vec![plain];
    let client = start(options).await;
    let answer = client.get("/workspaces").await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body["error"]["code"],
        "MethodNotAllowedInPricingTier"
    );
    assert_eq!(client.get("/apis").await.status, 200);
}

#[tokio::test]
async fn a_workspace_comes_and_goes_with_all_that_is_in_it() {
    let client = contoso().await;
    let made = client
        .put("/workspaces/new", json!({"displayName": "New"}))
        .await;
    assert_eq!(made.status, 201, "{}", made.said());
    client
        .put("/workspaces/new/tags/t", json!({"displayName": "T"}))
        .await;
    assert_eq!(client.delete("/workspaces/new").await.status, 200);
    assert_eq!(client.get("/workspaces/new/tags/t").await.status, 404);
    let links = client.get("/workspaceLinks").await;
    let link = &links.body["value"][0];
    assert_eq!(
        link["properties"]["workspaceId"],
        client.id("/workspaces/w")
    );
    let gateway = link["properties"]["gateways"][0]["id"].as_str().unwrap();
    assert!(gateway.ends_with("/gateways/gw"), "{gateway}");
    assert!(link["id"].as_str().unwrap().contains("/services/"));
}

#[tokio::test]
async fn roles_are_assigned_once() {
    let client = contoso().await;
    let role = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/0c34c906-8d99-4cb7-8bb7-33f5b0a1a799";
    let principal = "11111111-1111-4111-8111-111111111111";
    let body = json!({"roleDefinitionId": role, "principalId": principal, "principalType": "User"});
    let at = |guid: &str| {
        format!("/workspaces/w/providers/Microsoft.Authorization/roleAssignments/{guid}")
    };
    let one = at("22222222-2222-4222-8222-222222222222");
    let made = client.put(&one, body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.said());
    assert_eq!(client.put(&one, body.clone()).await.status, 200);
    let two = at("33333333-3333-4333-8333-333333333333");
    let again = client.put(&two, body).await;
    assert_eq!(again.body["error"]["code"], "RoleAssignmentExists");
    let list = client
        .get("/workspaces/w/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()")
        .await;
    assert_eq!(list.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(client.delete(&one).await.status, 200);
    assert_eq!(client.delete(&one).await.status, 204);
}
