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
    let found = statuses("azuremonitor-shared=false", &before, path, logger).await;
    assert_eq!(found, (201, 400));

    let tag = json!({"displayName": "T"});
    let before = [("/workspaces/w/tags/t", tag.clone())];
    let found = statuses("name-clash=conflict", &before, "/tags/t", tag.clone()).await;
    assert_eq!(found, (400, 409));
    let found = statuses("name-clash=allowed", &before, "/tags/t", tag).await;
    assert_eq!(found, (400, 201));

    let all = json!({"displayName": "S", "scope": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso/workspaces/w/apis"});
    let path = "/workspaces/w/subscriptions/s";
    let found = statuses("workspace-all-apis=false", &[], path, all).await;
    assert_eq!(found, (201, 400));

    let tag = json!({"displayName": "T"});
    let path = "/workspaces/v/tags/t";
    let found = statuses("gateway-needed=true", &[], path, tag).await;
    assert_eq!(found, (201, 400));

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
}

#[tokio::test]
async fn switches_decide_what_is_new_in_an_api() {
    let get = json!({"displayName": "G", "method": "GET", "urlTemplate": "/A/{b}",
        "templateParameters": [{"name": "b", "type": "string"}]});
    let before = [("/apis/orders/operations/a", get)];
    let other = |template: &str, name: &str| {
        json!({"displayName": "O", "method": "GET", "urlTemplate": template,
            "templateParameters": [{"name": name, "type": "string"}]})
    };
    let path = "/apis/orders/operations/b";
    for (setting, template, name, status) in [
        ("names", "/a/{b}", "b", 400),
        ("names", "/A/{c}", "c", 201),
        ("case", "/a/{b}", "b", 201),
        ("case", "A/{b}", "b", 400),
        ("case", "/A/{b}/", "b", 201),
        ("shape", "/a/{c}", "c", 400),
        ("never", "/A/{b}", "b", 201),
    ] {
        let switch = format!("same-template={setting}");
        let found = statuses(&switch, &before, path, other(template, name)).await;
        assert_eq!(found.1, status, "{switch} {template}");
    }

    for (setting, status, number) in [
        ("current", 201, "4"),
        ("one", 201, "1"),
        ("refused", 404, ""),
    ] {
        let client = with(&[&format!("first-put={setting}")]).await;
        let api = json!({"displayName": "A", "path": "a", "isCurrent": false});
        let made = client.put("/workspaces/w/apis/a;rev=4", api).await;
        assert_eq!(made.status, status, "{setting}: {}", made.said());
        let read = client.get("/workspaces/w/apis/a").await;
        assert_eq!(
            read.body["properties"]["apiRevision"]
                .as_str()
                .unwrap_or_default(),
            number
        );
        if status == 201 {
            assert_eq!(read.body["properties"]["isCurrent"], true);
            assert_eq!(client.names("/workspaces/w/apis").await, ["a"]);
        }
    }
}

#[tokio::test]
async fn switches_decide_how_a_long_running_request_goes() {
    let value = json!({"displayName": "v", "value": "x"});
    let resource = "/namedValues/v?";
    let tenant = "/tenant/operationResults/";
    for (switch, status, place) in [
        ("async-shape=old", 202, ""),
        ("async-shape=new", 201, resource),
        ("async-shape=version", 201, resource),
        ("poll-url=tenant", 201, tenant),
    ] {
        let client = with(&[switch]).await;
        let made = client.put_once("/namedValues/v", value.clone()).await;
        assert_eq!(made.status, status, "{switch}");
        let polled = made.header("azure-asyncoperation");
        assert!(
            polled.contains(place) && polled.is_empty() == place.is_empty(),
            "{polled}"
        );
    }
    let client = with(&["operation-ms=300"]).await;
    let made = client.put_once("/namedValues/v", value.clone()).await;
    assert_eq!(
        made.body["properties"],
        json!({"ProvisioningState": "InProgress"})
    );
    assert!(made.header("etag").is_empty() && made.header("retry-after").is_empty());
    assert_eq!(client.get("/namedValues/v").await.status, 404);
    let polled = made.header("azure-asyncoperation").to_owned();
    let document = client.raw("GET", &polled, None, None).await;
    assert_eq!(
        (document.status, document.body),
        (200, json!({"status": "InProgress"}))
    );

    for (setting, body) in [
        ("bare", json!({"status": "Succeeded"})),
        ("mute", json!({"status": "Succeeded"})),
        ("empty", json!({"value": []})),
    ] {
        let document = format!("poll-document={setting}");
        let client = with(&["async-shape=new", "operation-ms=0", &document]).await;
        let made = client.put_once("/namedValues/v", value.clone()).await;
        let polled = made.header("azure-asyncoperation").to_owned();
        assert_eq!(client.raw("GET", &polled, None, None).await.body, body);
    }
    let client = with(&["async-shape=new", "operation-ms=0", "poll-document=nested"]).await;
    let bad = json!({"displayName": "the-key", "value": "x"});
    let made = client.put_once("/namedValues/v", bad).await;
    let polled = made.header("azure-asyncoperation").to_owned();
    let document = client.raw("GET", &polled, None, None).await;
    assert_eq!(document.body["properties"]["status"], "Failed");
    assert_eq!(
        document.body["properties"]["error"]["code"],
        "ValidationError"
    );

    for (setting, status) in [("poll", 200), ("done", 200), ("accepted", 202)] {
        let update = format!("async-update={setting}");
        let client = with(&["async-shape=new", "operation-ms=0", &update]).await;
        client.put("/namedValues/v", value.clone()).await;
        let again = client.put_once("/namedValues/v", value.clone()).await;
        assert_eq!(again.status, status);
        assert_eq!(again.header("location").is_empty(), setting == "done");
    }
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
    let cdata = policy("<set-body><![CDATA[{{nope}}]]></set-body>");
    let found = statuses("cdata-values=true", &[], path, cdata).await;
    assert_eq!(found, (201, 400));
    let old = policy("<xsl-transform />");
    let found = statuses("refused-policy=xsl-transform", &[], path, old).await;
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

    let open = json!({"displayName": "Open", "subscriptionRequired": false});
    for (setting, count) in [("false", 0), ("true", 1)] {
        let client = with(&[&format!("open-product-subscription={setting}")]).await;
        client.put("/products/open", open.clone()).await;
        let names = client.names("/products/open/subscriptions").await;
        assert_eq!(names.len(), count);
    }

    let hub = json!({"loggerType": "azureEventHub", "credentials": {"name": "hub",
        "endpointAddress": "x.servicebus.windows.net", "identityClientId": "SystemAssigned"}});
    for (setting, shown) in [("true", true), ("false", false)] {
        let client = with(&[&format!("endpoint-address={setting}")]).await;
        client.put("/loggers/hub", hub.clone()).await;
        let read = client.get("/loggers/hub").await;
        assert_eq!(
            read.body["properties"]["credentials"]
                .get("endpointAddress")
                .is_some(),
            shown
        );
    }

    let client = with(&["min-api-version=2025-03-01-preview"]).await;
    let refused = client.get("/tags").await;
    assert!(refused.status == 400 && refused.said().contains("Supported versions: 2025-03-01"));
    let about = client.get("").await;
    let least = &about.body["properties"]["apiVersionConstraint"]["minApiVersion"];
    assert_eq!(
        (about.status, least.as_str()),
        (200, Some("2025-03-01-preview"))
    );

    for (setting, status) in [("true", 400), ("false", 200)] {
        let client = with(&[&format!("if-match={setting}")]).await;
        let url = client.url("/tags/blue");
        let gone = client.raw("DELETE", &url, None, None).await;
        assert_eq!(gone.status, status);
    }

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

#[tokio::test]
async fn a_signed_address_is_to_be_asked_for_as_it_was_given_out() {
    let client = with(&["signed-polls=true", "operation-ms=0"]).await;
    let value = json!({"displayName": "v", "value": "x"});
    let made = client.put_once("/namedValues/v", value).await;
    for name in ["azure-asyncoperation", "location"] {
        let given = made.header(name);
        let (start, signature) = given.split_once("&t=").unwrap();
        assert!(signature.len() > 1800, "{given}");
        assert_eq!(
            client.raw("GET", given, None, None).await.status,
            200 + u16::from(name == "location")
        );
        let again = given.replace("%2b", "%2B");
        for other in [start.to_owned(), again, format!("{given}&a=b")] {
            assert_eq!(
                client.raw("GET", &other, None, None).await.status,
                403,
                "{other}"
            );
        }
    }
}

#[tokio::test]
async fn switches_decide_in_which_case_names_are_shown_and_found() {
    let api = json!({"displayName": "Mine", "path": "mine"});
    for (setting, shown, found) in [
        ("stored", "Mine", 200),
        ("lower", "mine", 200),
        ("upper", "MINE", 200),
        ("sensitive", "Mine", 404),
    ] {
        let client = with(&[&format!("name-case={setting}")]).await;
        client.put("/apis/Mine", api.clone()).await;
        let read = client.get("/apis/Mine").await;
        assert_eq!(read.body["name"], shown);
        let id = read.body["id"].as_str().unwrap();
        assert!(id.ends_with(&format!("/{shown}")), "{id}");
        assert_eq!(client.get("/apis/mine").await.status, found, "{setting}");
    }
}

#[tokio::test]
async fn switches_decide_what_is_tried_twice_and_copied_over_scopes() {
    let client = with(&["delete-fails=true"]).await;
    let url = client.url("/tags/blue");
    for status in [500, 200, 204] {
        let answer = client.raw("DELETE", &url, Some("*"), None).await;
        assert_eq!(answer.status, status);
    }
    let copy = json!({"displayName": "C", "path": "c", "sourceApiId":
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/contoso/apis/plain"});
    let plain = json!({"displayName": "P", "path": "p"});
    let before = [("/apis/plain", plain)];
    let path = "/workspaces/w/apis/c";
    let found = statuses("source-across=true", &before, path, copy).await;
    assert_eq!(found, (400, 201));
}
