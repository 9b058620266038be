use serde_json::{Value, json};

use super::super::{ApiVersion, kind};

fn sent(of: &str, name: &str, properties: &Value) -> Value {
    let properties = properties.as_object().unwrap();
    let kind = kind(of).unwrap();
    Value::Object(kind.body(name, properties, ApiVersion::WRITTEN))
}

fn plain(of: &str, properties: &Value) -> Value {
    Value::Object(kind(of).unwrap().plain(properties.as_object().unwrap()))
}

fn api(settings: Value) -> Value {
    json!({ "authenticationSettings": settings })
}

#[test]
fn settings_that_come_in_two_forms_are_sent_in_one() {
    let server = |name: &str| json!({"authorizationServerId": name, "scope": null});
    let clean = |name: &str| json!({"authorizationServerId": name});
    let provider = json!({"openidProviderId": "o", "bearerTokenSendingMethods": ["query"]});
    for (shown, wanted) in [
        // As the service shows an API with one server, with several, and with
        // a provider.
        (
            json!({"oAuth2": server("a"), "openid": null, "oAuth2AuthenticationSettings": [server("a")],
                "openidAuthenticationSettings": []}),
            api(json!({"oAuth2AuthenticationSettings": [clean("a")]})),
        ),
        (
            json!({"oAuth2": server("a"), "oAuth2AuthenticationSettings": [server("a"), server("b")]}),
            api(json!({"oAuth2AuthenticationSettings": [clean("a"), clean("b")]})),
        ),
        (
            json!({"oAuth2": null, "openid": provider, "openidAuthenticationSettings": [provider],
                "returnProtectedResourceMetadata": false}),
            api(json!({"openidAuthenticationSettings": [provider]})),
        ),
        // As older versions showed it: the object alone.
        (
            json!({"oAuth2": server("a"), "openid": null}),
            api(json!({"oAuth2": clean("a")})),
        ),
        (
            json!({"openid": provider, "oAuth2AuthenticationSettings": [], "openidAuthenticationSettings": []}),
            api(json!({"openid": provider})),
        ),
        // Neither two objects nor an object beside a list is taken.
        (
            json!({"oAuth2": server("a"), "openid": provider}),
            api(json!({"oAuth2AuthenticationSettings": [clean("a")],
                "openidAuthenticationSettings": [provider]})),
        ),
        (
            json!({"oAuth2AuthenticationSettings": [server("a")], "openid": provider}),
            api(json!({"oAuth2AuthenticationSettings": [clean("a")],
                "openidAuthenticationSettings": [provider]})),
        ),
        // And what says nothing is not sent at all.
        (
            json!({"oAuth2": null, "openid": null, "oAuth2AuthenticationSettings": [],
                "openidAuthenticationSettings": []}),
            json!({}),
        ),
    ] {
        assert_eq!(sent("api", "a", &api(shown.clone())), wanted, "{shown}");
        let one_form = plain("api", &wanted);
        assert_eq!(
            plain("api", &api(shown.clone()))["authenticationSettings"].get("oAuth2"),
            None
        );
        let without = |mut v: Value| {
            if let Some(settings) = v["authenticationSettings"].as_object_mut() {
                settings.remove("returnProtectedResourceMetadata");
            }
            v
        };
        assert_eq!(without(plain("api", &api(shown))), without(one_form));
    }
}

#[test]
fn only_what_the_schema_has_is_sent_and_as_it_spells_it() {
    let shown = json!({"title": null, "url": "fabric:/a", "protocol": "http", "properties": {"serviceFabricCluster": {
        "managementEndpoints": ["https://m"], "clientCertificateThumbprint": "AB", "unheardOf": "x"}}});
    assert_eq!(
        sent("backend", "b", &shown),
        json!({"url": "fabric:/a", "protocol": "http", "properties": {"serviceFabricCluster": {
            "managementEndpoints": ["https://m"], "clientCertificatethumbprint": "AB"}}})
    );
}

#[test]
fn names_that_the_author_gave_are_his() {
    let shown = json!({"url": "https://a", "protocol": "http",
        "credentials": {"header": {"Type": ["x"], "managedIdentity": ["y"]}, "query": {"code": [""]}}});
    assert_eq!(sent("backend", "b", &shown), shown);
}

#[test]
fn what_goes_only_with_something_else_is_left_out_without_it() {
    let product = |required: Value, limit: Value| {
        json!({"displayName": "P", "subscriptionRequired": required, "approvalRequired": false,
            "subscriptionsLimit": limit, "groups": []})
    };
    let properties = |v: Value| -> Vec<String> { v.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        properties(sent("product", "p", &product(json!(false), json!(5)))),
        ["displayName", "subscriptionRequired"]
    );
    assert_eq!(
        properties(sent("product", "p", &product(json!(true), json!(0)))),
        ["approvalRequired", "displayName", "subscriptionRequired"]
    );
    assert_eq!(
        sent("product", "p", &product(json!(true), json!(5)))["subscriptionsLimit"],
        5
    );
    for (name, taken) in [("applicationinsights", true), ("azuremonitor", false)] {
        let shown = json!({"loggerId": "/loggers/l", "operationNameFormat": "Url"});
        for kind in ["diagnostic", "apiDiagnostic"] {
            let sent = sent(kind, name, &shown);
            assert_eq!(sent.get("operationNameFormat").is_some(), taken, "{name}");
        }
    }
}

#[test]
fn the_state_of_a_subscription_is_always_sent() {
    let shown = json!({"scope": "/apis", "displayName": "S", "createdDate": "x"});
    assert_eq!(
        sent("subscription", "s", &shown),
        json!({"scope": "/apis", "displayName": "S", "state": "active"})
    );
}
