//! Whatever is asked, the service answers and stays in order.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::Call;
use super::dispatch::dispatch;
use super::reply::Reply;
use super::routes::Route;
use crate::sandbox::store::seed;
use crate::sandbox::switches::Switches;

fn start() -> Value {
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n"},
        "workspaces": [{"name": "w", "properties": {}, "gateways": []}],
        "resources": [
            {"path": "/apis/a", "properties": {"displayName": "A", "path": "a"}},
            {"path": "/products/p", "properties": {"displayName": "P"}},
            {"path": "/tags/t", "properties": {"displayName": "T"}},
        ],
    })
}

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/apis",
        "/apis/a",
        "/apis/a;rev=1",
        "/apis/a;rev=2",
        "/apis/b",
        "/apis/a/operations/o",
        "/apis/a;rev=2/operations/o",
        "/apis/a/policies/policy",
        "/apis/a/releases/r",
        "/apis/a/revisions",
        "/apis/a/tags/t",
        "/apis/a/schemas/s",
        "/products/p",
        "/products/p/apis/a",
        "/products/p/apiLinks/l",
        "/tags/t",
        "/tags/t/apiLinks/l",
        "/namedValues/v",
        "/policyFragments/f",
        "/subscriptions/s",
        "/groups/g/users/1",
        "/workspaces/w/apis/c",
        "/workspaces/w/products/q",
        "/workspaces/w/policies/policy",
        "/workspaces/w/loggers/l",
        "/workspaces/w",
        "/tagResources",
        "/workspaceLinks",
        "/subscriptions/s/listSecrets",
        "/namedValues/v/listValue",
    ]);
    prop_oneof![
        9 => known.prop_map(str::to_owned),
        1 => "[/a-zA-Z;=é ]{0,30}",
    ]
}

fn properties() -> impl Strategy<Value = Value> {
    let id = |path: &str| {
        format!(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n{path}"
        )
    };
    let sensible = vec![
        json!({"displayName": "X", "path": "x"}),
        json!({"displayName": "A", "path": "a", "isCurrent": true}),
        json!({"sourceApiId": "/apis/a", "isCurrent": false}),
        json!({"sourceApiId": "/apis/a", "isCurrent": true}),
        json!({"displayName": "O", "method": "GET", "urlTemplate": "/"}),
        json!({"apiId": "/apis/a;rev=2"}),
        json!({"apiId": id("/apis/a")}),
        json!({"apiId": "/apis/a", "notes": "é"}),
        json!({"displayName": "v", "value": "{{v}}"}),
        json!({"displayName": "V", "secret": true, "value": "x"}),
        json!({"format": "rawxml", "value": "<policies><inbound>{{v}}</inbound></policies>"}),
        json!({"format": "xml", "value": "<fragment />"}),
        json!({"displayName": "P", "scope": "/products/p"}),
        json!({"displayName": "P", "scope": id("/workspaces/w/apis")}),
        json!({"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "é"}}),
        json!({"contentType": "application/json", "document": {"value": "{}"}}),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    let odd = leaf.prop_recursive(3, 12, 4, |inner| {
        let names = prop::sample::select(vec![
            "displayName",
            "path",
            "apiId",
            "scope",
            "value",
            "credentials",
            "pool",
            "services",
            "id",
            "urlTemplate",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![4 => prop::sample::select(sensible), 1 => odd]
}

fn request() -> impl Strategy<Value = (String, String, Value, String)> {
    let method = prop::sample::select(vec![
        "GET", "HEAD", "PUT", "PUT", "PUT", "PATCH", "DELETE", "POST",
    ]);
    let query = prop::sample::select(vec![
        "",
        "$filter=name eq 'a'",
        "$filter=((",
        "$skip=3",
        "deleteRevisions=true",
        "deleteSubscriptions=true",
    ]);
    (
        method.prop_map(str::to_owned),
        path(),
        properties(),
        query.prop_map(str::to_owned),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_requests_leave_a_store_that_can_be_loaded_again(
        requests in prop::collection::vec(request(), 1..40),
        strict in any::<bool>(),
    ) {
        let switches = Switches { operation_ms: 0, linger_ms: 0, ..Switches::default() };
        let mut service = seed::load(&start(), &switches, 1).unwrap();
        service.strict = strict;
        for (method, path, properties, query) in requests {
            let Ok(route) = Route::parse(&path) else { continue };
            let query = query.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()));
            let call = Call {
                method,
                path,
                query: query.into_iter().collect(),
                raw_query: String::new(),
                if_match: Some("*".to_owned()),
                content_type: "application/json".to_owned(),
                body: json!({ "properties": properties }).to_string().into_bytes(),
                base: "http://x".to_owned(),
                now: Instant::now(),
            };
            let reply = dispatch(&mut service, &route, &call).unwrap_or_else(Reply::from);
            prop_assert!((200..600).contains(&reply.status));
        }
        for root in service.top(None, "apis") {
            let is_current = root.properties.get("isCurrent") == Some(&json!(true));
            prop_assert_eq!(is_current, !root.path.name().contains(";rev="));
        }
        let dump = service.dump();
        let again = seed::load(&dump, &switches, 1).unwrap();
        prop_assert_eq!(again.dump(), dump);
    }
}
