use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::address::{ServiceId, WorkspaceName};
use crate::catalog;

fn place() -> (ServiceId, WorkspaceName) {
    (ServiceId::new("s", "g", "n").unwrap(), "w".parse().unwrap())
}

fn diff(kind: &str, expected: &Value, found: &Value) -> Vec<String> {
    let (service, workspace) = place();
    let content = Content {
        properties: expected.as_object().unwrap().clone(),
        document: None,
    };
    differences(
        catalog::kind(kind).unwrap(),
        &content,
        found.as_object().unwrap(),
        Place {
            service: &service,
            workspace: &workspace,
        },
    )
    .into_iter()
    .map(|d| d.pointer)
    .collect()
}

const NONE: [&str; 0] = [];

#[test]
fn what_the_service_fills_in_is_no_difference() {
    let sent = json!({"displayName": "Orders", "path": "/orders", "description": ""});
    let got = json!({
        "displayName": "Orders", "path": "orders", "description": null, "serviceUrl": null,
        "protocols": ["https"], "subscriptionRequired": true, "type": "http", "isCurrent": true,
        "apiRevision": "1", "isOnline": true, "provisioningState": "Succeeded",
        "authenticationSettings": {"oAuth2": null, "openid": null},
        "subscriptionKeyParameterNames": {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"},
        "apiVersionSet": {"id": "x"},
    });
    assert_eq!(diff("api", &sent, &got), NONE);
}

/// Answers as they were recorded at 2024-05-01, cut down to their shape.
#[test]
fn what_was_recorded_after_a_put_is_no_difference() {
    let logger = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/w/loggers/l";
    let masked = json!({"request": {"headers": null, "body": null,
        "dataMasking": {"queryParams": [{"value": "*", "mode": "Hide"}]}}, "response": null});
    let diagnostic = json!({"loggerId": logger, "sampling": {"percentage": 100, "samplingType": "fixed"}, "verbosity": "information"});
    let parameter = json!({"name": "id", "type": "integer"});
    for (kind, sent, got) in [
        (
            "api",
            json!({"displayName": "A", "path": "/a", "isCurrent": true}),
            json!({"displayName": "A", "apiRevision": "1", "description": null, "subscriptionRequired": true,
                "serviceUrl": null, "backendId": null, "path": "a", "protocols": ["https"], "mcpProperties": null,
                "a2aProperties": null, "isAgent": false, "agent": null, "jsonRpcProperties": null,
                "authenticationSettings": {"oAuth2": null, "openid": null, "oAuth2AuthenticationSettings": [],
                    "openidAuthenticationSettings": [], "returnProtectedResourceMetadata": false},
                "subscriptionKeyParameterNames": {"header": "Ocp-Apim-Subscription-Key",
                    "query": "subscription-key", "bearer": null},
                "isCurrent": true, "effectivePath": null}),
        ),
        (
            "apiDiagnostic",
            diagnostic,
            json!({"alwaysLog": null, "httpCorrelationProtocol": "Legacy", "verbosity": "information",
                "logClientIp": true, "loggerId": logger, "sampling": {"samplingType": "fixed", "percentage": 100.0},
                "frontend": masked, "backend": masked, "largeLanguageModel": null, "mcp": null, "a2a": null, "tags": null}),
        ),
        (
            "operation",
            json!({"displayName": "O", "method": "POST", "urlTemplate": "o/{id}", "templateParameters": [parameter],
                "responses": [{"statusCode": 200}]}),
            json!({"displayName": "O", "method": "POST", "urlTemplate": "/o/{id}", "description": null, "policies": null,
                "templateParameters": [{"name": "id", "type": "integer", "required": true, "values": []}],
                "request": {"queryParameters": [], "headers": [], "representations": []},
                "responses": [{"statusCode": 200, "representations": [], "headers": []}]}),
        ),
        (
            "product",
            json!({"displayName": "P", "subscriptionRequired": false}),
            json!({"displayName": "P", "description": null, "terms": null, "subscriptionRequired": false,
                "approvalRequired": null, "subscriptionsLimit": null, "state": "notPublished", "groups": []}),
        ),
        (
            "subscription",
            json!({"scope": "/apis/a", "displayName": "S"}),
            json!({"scope": "/apis/a", "displayName": "S", "state": "active",
                "createdDate": "2001-02-03T04:05:06Z", "startDate": null, "expirationDate": null, "endDate": null,
                "notificationDate": null, "stateComment": null, "allowTracing": false}),
        ),
        (
            "backend",
            json!({"url": "fabric:/a", "protocol": "http",
                "properties": {"serviceFabricCluster": {"clientCertificatethumbprint": "AB"}}}),
            json!({"title": null, "url": "fabric:/a", "protocol": "http",
                "properties": {"serviceFabricCluster": {"clientCertificateThumbprint": "AB"}}}),
        ),
    ] {
        assert_eq!(diff(kind, &sent, &got), NONE, "{kind}");
        // What was shown can be sent again, and is then found as it was before.
        assert_eq!(diff(kind, &got, &sent), NONE, "{kind}");
    }
}

#[test]
fn what_the_service_is_not_known_to_add_is_a_difference() {
    let sent = json!({"displayName": "A", "path": "a", "isCurrent": true});
    let with = |name: &str, value: Value| {
        let mut got = sent.clone();
        got[name] = value;
        diff("api", &sent, &got)
    };
    let inherited = json!({"header": "x-key", "query": "subscription-key"});
    assert_eq!(
        with("subscriptionKeyParameterNames", inherited),
        ["subscriptionKeyParameterNames.header"]
    );
    let settings = json!({"oAuth2AuthenticationSettings": [{"authorizationServerId": "s"}]});
    assert_eq!(
        with("authenticationSettings", settings),
        ["authenticationSettings.oAuth2AuthenticationSettings"]
    );
    assert_eq!(with("serviceUrl", json!("https://other")), ["serviceUrl"]);
    assert_eq!(with("isCurrent", Value::Null), ["isCurrent"]);
    let sent = json!({"loggerId": "/loggers/l"});
    let got = json!({"loggerId": "/loggers/l", "frontend": {"request": {"headers": ["x"],
        "dataMasking": {"queryParams": [{"value": "*", "mode": "Hide"}]}}}});
    assert_eq!(
        diff("diagnostic", &sent, &got),
        ["frontend.request.headers"]
    );
}

#[test]
fn settings_in_two_forms_are_one() {
    let server = |name: &str| json!({"authorizationServerId": name});
    let api = |settings: Value| json!({"authenticationSettings": settings});
    let one = api(json!({"oAuth2": server("a")}));
    let list = api(json!({"oAuth2AuthenticationSettings": [server("a")]}));
    let both = api(json!({"oAuth2": server("A"), "openid": null,
        "oAuth2AuthenticationSettings": [server("A")], "openidAuthenticationSettings": []}));
    for sent in [&one, &list] {
        for got in [&one, &list, &both] {
            assert_eq!(diff("api", sent, got), NONE, "{sent} {got}");
        }
    }
    let other = api(json!({"oAuth2": server("b"), "oAuth2AuthenticationSettings": [server("b")]}));
    assert_eq!(
        diff("api", &list, &other),
        ["authenticationSettings.oAuth2AuthenticationSettings[0].authorizationServerId"]
    );
}

#[test]
fn newer_members_count_where_they_were_sent() {
    let plain = json!({"type": "Pool", "pool": {"services": [{"id": "/backends/b"}]}});
    let mut sticky = plain.clone();
    sticky["pool"]["sessionAffinity"] = json!({"sessionId": {"name": "a"}});
    assert_eq!(diff("backend", &plain, &sticky), NONE);
    assert_eq!(diff("backend", &sticky, &plain), ["pool.sessionAffinity"]);
    let mut other = sticky.clone();
    other["pool"]["sessionAffinity"]["sessionId"]["name"] = json!("b");
    assert_eq!(
        diff("backend", &sticky, &other),
        ["pool.sessionAffinity.sessionId.name"]
    );
    let pinned = json!({"url": "https://a", "tls": {"serverCertificateThumbprints": ["x"]}});
    let bare = json!({"url": "https://a"});
    assert_eq!(
        diff("backend", &pinned, &bare),
        ["tls.serverCertificateThumbprints"]
    );
    let identity =
        json!({"url": "https://a", "credentials": {"managedIdentity": {"resource": "r"}}});
    assert_eq!(diff("backend", &bare, &identity).len(), 1);
}

#[test]
fn a_changed_an_absent_and_an_added_property_are_differences() {
    let sent = json!({"displayName": "A", "path": "a", "serviceUrl": "https://a", "subscriptionRequired": false});
    let got = json!({"displayName": "B", "path": "a", "description": "new", "subscriptionRequired": true});
    assert_eq!(
        diff("api", &sent, &got),
        [
            "displayName",
            "serviceUrl",
            "subscriptionRequired",
            "description"
        ]
    );
}

#[test]
fn emptiness_comes_in_many_forms() {
    for (a, b) in [
        (json!({"request": {}}), json!({"request": null})),
        (
            json!({}),
            json!({"request": {"headers": [], "description": null}}),
        ),
        (
            json!({"request": {"queryParameters": [{"name": "q", "required": false}]}}),
            json!({"request": {"queryParameters": [{"name": "q", "values": []}]}}),
        ),
    ] {
        assert_eq!(diff("operation", &a, &b), NONE, "{a} {b}");
        assert_eq!(diff("operation", &b, &a), NONE, "{b} {a}");
    }
    let required = json!({"request": {"queryParameters": [{"name": "q", "required": true}]}});
    let not = json!({"request": {"queryParameters": [{"name": "q"}]}});
    assert_eq!(
        diff("operation", &required, &not),
        ["request.queryParameters[0].required"]
    );
}

#[test]
fn false_is_not_nothing_where_the_default_is_true() {
    let sent = json!({"displayName": "P", "subscriptionRequired": false});
    assert_eq!(
        diff("product", &sent, &json!({"displayName": "P"})),
        ["subscriptionRequired"]
    );
}

#[test]
fn ids_compare_full_and_short_and_without_case() {
    let ws = "/subscriptions/S/resourceGroups/G/providers/Microsoft.ApiManagement/service/N/workspaces/W";
    let full = json!({"apiId": format!("{ws}/apis/Orders")});
    let lower = json!({"apiId": format!("{}/apis/orders", ws.to_lowercase())});
    let short = json!({"apiId": "/apis/orders"});
    let service = json!({"apiId": full["apiId"].as_str().unwrap().replace("/workspaces/W", "")});
    assert_eq!(diff("tagApiLink", &full, &lower), NONE);
    assert_eq!(diff("tagApiLink", &full, &short), NONE);
    assert_eq!(diff("tagApiLink", &full, &service), ["apiId"]);
    let other = json!({"apiId": lower["apiId"].as_str().unwrap().replace("/n/", "/m/")});
    assert_eq!(diff("tagApiLink", &full, &other), ["apiId"]);
}

#[test]
fn a_release_of_the_current_revision_is_shown_without_its_number() {
    let sent = json!({"apiId": "/apis/x;rev=2"});
    assert_eq!(
        diff("apiRelease", &sent, &json!({"apiId": "/apis/x"})),
        NONE
    );
    assert_eq!(
        diff("apiRelease", &sent, &json!({"apiId": "/apis/x;rev=3"})),
        ["apiId"]
    );
}

#[test]
fn lists_without_order_are_sets_and_others_are_not() {
    let sent = json!({"displayName": "n", "value": "v", "tags": ["a", "b"]});
    let got = json!({"displayName": "n", "value": "v", "tags": ["b", "a"]});
    assert_eq!(diff("namedValue", &sent, &got), NONE);
    let got = json!({"displayName": "n", "value": "v", "tags": ["b", "b"]});
    assert_eq!(diff("namedValue", &sent, &got), ["tags", "tags"]);
    let sent = json!({"templateParameters": [{"name": "a"}, {"name": "b"}]});
    let got = json!({"templateParameters": [{"name": "b"}, {"name": "a"}]});
    assert_eq!(diff("operation", &sent, &got).len(), 2);
}

#[test]
fn secrets_are_not_compared_but_plain_values_are() {
    let secret = json!({"displayName": "n", "secret": true});
    assert_eq!(diff("namedValue", &secret, &secret), NONE);
    let plain = json!({"displayName": "n", "value": "a"});
    let other = json!({"displayName": "n", "value": "b", "secret": false});
    assert_eq!(diff("namedValue", &plain, &other), ["value"]);
    assert_eq!(diff("namedValue", &plain, &secret), ["value", "secret"]);
    let shown = json!({"displayName": "n", "secret": true, "value": "a"});
    assert_eq!(diff("namedValue", &secret, &shown), NONE);
}

#[test]
fn texts_are_the_same_in_as_few_ways_as_are_known() {
    for (kind, name, a, b, is_same) in [
        ("tag", "more", "a\r\nb", "a\nb", true),
        ("tag", "more", "/a", "a", false),
        ("api", "path", "/a", "a", true),
        ("api", "path", "a", "b", false),
        (
            "tag",
            "more",
            "/subscriptions/S/x/",
            "/Subscriptions/s/x",
            true,
        ),
        (
            "tag",
            "more",
            "/subscriptions/s/x",
            "/subscriptions/s/y",
            false,
        ),
        (
            "backend",
            "url",
            "https://a",
            "{{Logger-Credentials-1}}",
            true,
        ),
        (
            "logger",
            "description",
            "a",
            "{{Logger-Credentials-1}}",
            false,
        ),
    ] {
        let found = diff(kind, &json!({ name: a }), &json!({ name: b }));
        let expected: &[&str] = if is_same { &[] } else { &[name] };
        assert_eq!(found, expected, "{kind}: {a}, {b}");
    }
}

#[test]
fn what_is_told_of_a_difference_is_where_it_begins() {
    let (service, workspace) = place();
    let place = Place {
        service: &service,
        workspace: &workspace,
    };
    let told = |kind: &str, document: Option<&str>, a: Value, b: Value| {
        let content = Content {
            properties: a.as_object().unwrap().clone(),
            document: document.map(str::to_owned),
        };
        let kind = catalog::kind(kind).unwrap();
        let found = differences(kind, &content, b.as_object().unwrap(), place);
        let [
            Difference {
                expected, found, ..
            },
        ] = &found[..]
        else {
            panic!("{found:?}");
        };
        (expected.clone(), found.clone())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let names = |n: usize| json!({"displayName": "n".repeat(n)});
    assert_eq!(told("tag", None, names(1), names(2)), pair("`n`", "`nn`"));
    let (long, _) = told("tag", None, names(201), names(2));
    assert_eq!((long.chars().count(), long.ends_with('…')), (201, true));
    let there = json!({"value": "<a>\n\n  <b />\n</a>"});
    let document = Some("<a>\n<c />\n</a>");
    let told = told("apiPolicy", document, json!({}), there);
    assert_eq!(told, pair("`<c />`", "`<b />`"));
}

#[test]
fn a_credential_that_was_put_away_is_the_same_credential() {
    let sent = json!({"loggerType": "azureEventHub", "credentials": {"connectionString": "x"}});
    let got = json!({"loggerType": "azureEventHub", "isBuffered": true,
        "credentials": {"connectionString": "{{Logger-Credentials--0123}}"}});
    assert_eq!(diff("logger", &sent, &got), NONE);
    let got =
        json!({"loggerType": "azureEventHub", "credentials": {"connectionString": "{{other}}"}});
    assert_eq!(
        diff("logger", &sent, &got),
        ["credentials.connectionString"]
    );
}

#[test]
fn an_authors_nulls_and_numbers_are_his() {
    let a = json!({"contentType": "t", "document": {"components": {"x": null, "n": 1}}});
    let b = json!({"contentType": "t", "document": {"components": {"n": 1.0}}});
    let c = json!({"contentType": "t", "document": {"components": {"x": null, "n": 1.0}}});
    assert_eq!(diff("apiSchema", &a, &b), ["document"]);
    assert_eq!(diff("apiSchema", &a, &c), NONE);
    let d = json!({"contentType": "t", "document": {"components": {"n": 2}}});
    assert_eq!(diff("apiSchema", &b, &d), ["document"]);
    // Emptiness of his is something.
    let empty = json!({"contentType": "t", "document": {"components": null}});
    let none = json!({"contentType": "t"});
    assert_eq!(diff("apiSchema", &empty, &none), ["document"]);
    let unknown = json!({"displayName": "T", "more": {"x": null}});
    assert_eq!(diff("tag", &unknown, &json!({"displayName": "T"})), NONE);
}

#[test]
fn documents_compare_without_their_layout() {
    let (service, workspace) = place();
    let place = Place {
        service: &service,
        workspace: &workspace,
    };
    let kind = catalog::kind("apiPolicy").unwrap();
    let content = Content {
        document: Some("<policies><inbound><base/></inbound></policies>".to_owned()),
        ..Content::default()
    };
    let got = |text: &str| {
        let got = json!({"format": "rawxml", "value": text});
        differences(kind, &content, got.as_object().unwrap(), place)
    };
    assert_eq!(
        got("<policies>\r\n  <inbound>\r\n    <base />\r\n  </inbound>\r\n</policies>"),
        []
    );
    let other = got("<policies>\r\n  <inbound />\r\n</policies>");
    assert_eq!(other.len(), 1);
    assert_eq!(other[0].pointer, "value");
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zA-Z/{}; ]{0,12}".prop_map(Value::from),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn properties(kind: &'static str) -> impl Strategy<Value = Value> {
    let names: Vec<&str> = catalog::kind(kind).unwrap().sendable().collect();
    prop::collection::btree_map(prop::sample::select(names), tree(), 0..6)
        .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
}

/// Pointers of all leaves that mean something.
fn leaves(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(m) => m
            .iter()
            .for_each(|(k, v)| leaves(v, format!("{at}/{k}"), out)),
        Value::Array(l) => {
            let items = l.iter().enumerate();
            items.for_each(|(i, v)| leaves(v, format!("{at}/{i}"), out));
        }
        Value::Number(_) => out.push(at),
        _ => {}
    }
}

proptest! {
    #[test]
    fn everything_equals_itself(a in properties("operation"), b in properties("backend"), c in properties("api")) {
        prop_assert_eq!(diff("operation", &a, &a), NONE);
        prop_assert_eq!(diff("backend", &b, &b), NONE);
        prop_assert_eq!(diff("api", &c, &c), NONE);
    }

    #[test]
    fn a_changed_leaf_is_found(a in properties("operation"), pick in any::<prop::sample::Index>()) {
        let mut all = Vec::new();
        leaves(&a, String::new(), &mut all);
        all.retain(|at| !at.starts_with("/policies"));
        prop_assume!(!all.is_empty());
        let mut b = a.clone();
        let leaf = b.pointer_mut(pick.get(&all).as_str()).unwrap();
        let changed = leaf.as_i64().unwrap() + 1;
        *leaf = Value::from(changed);
        prop_assert_ne!(diff("operation", &a, &b), NONE, "{} {}", a, b);
    }

    #[test]
    fn layout_never_counts(depth in 1_usize..6, indent in "[ \t]{0,4}", crlf in any::<bool>()) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut laid = String::new();
        let mut plain = String::new();
        for level in 0..depth {
            laid.push_str(&format!("{}<e{level} a=\"@(x[\"b\"] < {level})\" >{end}", indent.repeat(level)));
            plain.push_str(&format!("<e{level} a=\"@(x[\"b\"] < {level})\">"));
        }
        for level in (0..depth).rev() {
            laid.push_str(&format!("{}</e{level}>{end}", indent.repeat(level)));
            plain.push_str(&format!("</e{level}>"));
        }
        prop_assert_eq!(without_layout(&laid), without_layout(&plain));
    }
}
