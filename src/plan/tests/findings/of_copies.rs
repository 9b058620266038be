//! What does not get into a copy, or not as it was.

use serde_json::{Value, json};

use super::{Case, api, resource};
use crate::catalog::ApiVersion;
use crate::inventory::ReadAt;
use crate::plan::validate::{Present, Trouble, validate};

fn with_backend(properties: Value) -> Case {
    Case::with_policy(
        "<set-backend-service backend-id=\"b\" />",
        &[("/backends/b", properties)],
    )
}

fn body(case: &Case, id: &str) -> Value {
    let plan = case.plan();
    let step = plan.steps.iter().find(|s| s.id.as_str() == id);
    let content = step.unwrap().content.as_ref().unwrap();
    Value::Object(content.properties.clone())
}

#[test]
fn property_not_carried() {
    let mut shown = api("a");
    shown["backendId"] = json!("b");
    shown["authenticationSettings"] = json!({"returnProtectedResourceMetadata": true});
    let mut case = Case::new(&[]);
    case.inventory.insert(resource("/apis/a", shown));
    case.finds(&[
        "warning property-not-carried /apis/a: `authenticationSettings.returnProtectedResourceMetadata` holds something: it is in no description of the service that is known here",
        "warning property-not-carried /apis/a: `backendId` holds something: it is in no description of the service that is known here",
    ]);
    let sent = body(&case, "apis/a");
    assert_eq!(sent.get("authenticationSettings"), None);
    assert_eq!(sent.get("backendId"), None);
}

#[test]
fn what_a_newer_version_holds_is_written_where_that_version_is() {
    let pool = json!({"type": "Pool", "pool": {
        "services": [],
        "sessionAffinity": {"sessionId": {"source": "cookie", "name": "s"}},
        "failureResponse": null}});
    let mut case = with_backend(pool.clone());
    case.finds(&[
        "warning property-not-carried /backends/b: `pool.sessionAffinity` holds something: api-version 2024-05-01 can't hold it, 2024-10-01-preview and later can",
    ]);
    assert_eq!(body(&case, "backends/b")["pool"], json!({"services": []}));
    case.options.api_version = "2024-10-01-preview".parse().unwrap();
    case.finds(&[]);
    assert_eq!(
        body(&case, "backends/b")["pool"]["sessionAffinity"],
        pool["pool"]["sessionAffinity"]
    );
    assert_eq!(case.plan().api_version, case.options.api_version);
}

#[test]
fn what_the_service_fills_into_newer_members_is_nothing_to_lose() {
    let product = |kind: &str| {
        let shown = json!({"displayName": "P", "state": "published", "groups": [],
            "authenticationType": [kind], "application": null});
        Case::new(&[
            ("/products/p", shown),
            ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ])
    };
    product("subscription-key").finds(&[]);
    product("application-token").finds(&[
        "warning property-not-carried /products/p: `authenticationType` holds something: api-version 2024-05-01 can't hold it, 2024-10-01-preview and later can",
    ]);
}

#[test]
fn newer_members_in_lists_are_said_once() {
    let case = with_backend(json!({"type": "Pool", "pool": {"services": [
        {"id": "/backends/b2", "preferredCarbonEmission": "Low"},
        {"id": "/backends/b2", "preferredCarbonEmission": "Medium"}]}}));
    let said = case.findings();
    let carbon = |f: &&String| f.contains("`pool.services[].preferredCarbonEmission`");
    assert_eq!(said.iter().filter(carbon).count(), 1, "{said:?}");
}

#[test]
fn samples_without_examples_are_said() {
    let operation = |representation: Value| {
        json!({"displayName": "O", "method": "GET", "urlTemplate": "/", "policies": null,
            "responses": [{"statusCode": 200, "representations": [representation]}]})
    };
    let kept = operation(json!({"contentType": "application/json",
        "examples": {"default": {"value": {"a": 1}}}, "sample": "{\"a\": 1}", "generatedSample": "{}"}));
    let case = Case::new(&[("/apis/a/operations/o", kept)]);
    case.finds(&[]);
    assert_eq!(
        body(&case, "apis/a/operations/o")["responses"][0]["representations"][0],
        json!({"contentType": "application/json", "examples": {"default": {"value": {"a": 1}}}})
    );
    let lost = operation(json!({"contentType": "application/json", "sample": "{\"a\": 1}"}));
    Case::new(&[("/apis/a/operations/o", lost)]).finds(&[
        "warning property-not-carried /apis/a/operations/o: `responses[].representations[].sample` holds something: it stands there without `examples`, which would be carried",
    ]);
}

#[test]
fn display_name_made_up() {
    let case = Case::new(&[(
        "/subscriptions/6352a1e7217d20074099d1d4",
        json!({"scope": "/apis/a", "displayName": null, "state": "suspended"}),
    )]);
    case.finds(&[
        "warning new-subscription-keys /subscriptions/6352a1e7217d20074099d1d4: its copy gets keys of its own",
        "note display-name-made-up /subscriptions/6352a1e7217d20074099d1d4: it has no display name; its copy is called by its name",
    ]);
    let sent = body(&case, "subscriptions/6352a1e7217d20074099d1d4");
    assert_eq!(
        sent["displayName"], "6352a1e7217d20074099d1d4-in-team",
        "made of the name"
    );
    assert_eq!(sent["state"], "suspended");
}

#[test]
fn the_end_of_a_subscription_is_not_lost_in_silence() {
    let case = Case::new(&[(
        "/subscriptions/s",
        json!({"scope": "/apis/a", "displayName": "S", "expirationDate": "2027-01-01T00:00:00Z",
            "notificationDate": "2026-12-20T00:00:00Z"}),
    )]);
    case.finds(&[
        "warning new-subscription-keys /subscriptions/s: its copy gets keys of its own",
        "warning property-not-carried /subscriptions/s: `expirationDate` holds something: a PUT can't set it: the copy does not expire",
    ]);
    assert_eq!(body(&case, "subscriptions/s")["state"], "active");
}

#[test]
fn event_hub_address_unknown() {
    let logger = |credentials: Value| {
        Case::with_policy(
            "<log-to-eventhub logger-id=\"l\">x</log-to-eventhub>",
            &[(
                "/loggers/l",
                json!({"loggerType": "azureEventHub", "credentials": credentials}),
            )],
        )
    };
    let case = logger(json!({"name": "hub"}));
    case.finds(&[
        "blocker event-hub-address-unknown /loggers/l: the service shows neither the address nor a connection string of its event hub",
    ]);
    // The step waits for somebody to complete it, and so does what names it.
    let mut plan = case.plan();
    assert!(case.makes("loggers/l") && case.makes("apis/a/policies/policy"));
    plan.allow = vec!["event-hub-address-unknown".to_owned()];
    plan.findings.iter_mut().for_each(|f| f.allowed = true);
    let wrong = validate(&plan, &Present::default()).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0].trouble, Trouble::Incomplete { kind: "logger" });
    assert_eq!(
        wrong[0].place.as_deref(),
        Some("properties.credentials.endpointAddress")
    );
    let step = plan.steps.iter_mut().find(|s| s.kind.name == "logger");
    let content = step.unwrap().content.as_mut().unwrap();
    content.properties["credentials"]["endpointAddress"] = json!("n.servicebus.windows.net");
    validate(&plan, &Present::default()).unwrap();
    for known in ["endpointAddress", "connectionString"] {
        let found = logger(json!({"name": "hub", known: "x"})).findings();
        assert!(!found.iter().any(|f| f.contains("event-hub")), "{found:?}");
    }
}

#[test]
fn azure_monitor_logger() {
    let case = Case::new(&[
        (
            "/apis/a/diagnostics/azuremonitor",
            json!({"loggerId": "/loggers/azuremonitor", "operationNameFormat": "Url"}),
        ),
        (
            "/loggers/azuremonitor",
            json!({"loggerType": "azureMonitor", "isBuffered": true}),
        ),
    ]);
    case.finds(&["note azure-monitor-logger /loggers/azuremonitor: it logs to Azure Monitor"]);
    let sent = body(&case, "apis/a/diagnostics/azuremonitor");
    assert_eq!(sent.get("operationNameFormat"), None);
}

#[test]
fn read_at_older_version() {
    let mut case = Case::new(&[]);
    let asked = ApiVersion::WRITTEN.newest_known();
    case.inventory.read = Some(ReadAt {
        asked,
        at: ApiVersion::WRITTEN,
    });
    case.finds(&[
        "note read-at-older-version /subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n: the service does not take api-version 2025-09-01-preview, and was read at 2024-05-01",
    ]);
    case.inventory.read = Some(ReadAt { asked, at: asked });
    case.finds(&[]);
}

#[test]
fn content_not_taken() {
    let mut case = with_backend(json!({"url": 5, "protocol": "http"}));
    let policy = "<policies><inbound>\n<set-backend-service backend-id=\"b\" /></policies>";
    let text = json!({"format": "rawxml", "value": policy});
    case.inventory
        .insert(resource("/apis/a/policies/policy", text));
    case.finds(&[
        "blocker content-not-taken /apis/a/policies/policy: it is no policy that the service takes: `inbound` is closed by `policies`, line 2, column 47",
        "blocker content-not-taken /backends/b: `url` of its copy: it must be a text, and is a number",
    ]);
}

#[test]
fn content_too_large() {
    // It fits until the named value gets a longer name.
    let one = "<!-- {{key}} -->";
    let room = (512 << 10) - "<policies></policies>".len();
    let policy = format!("<policies>{}</policies>", one.repeat(room / one.len()));
    let mut case = Case::new(&[
        (
            "/namedValues/key",
            json!({"displayName": "key", "value": "x"}),
        ),
        (
            "/apis/a/policies/policy",
            json!({"format": "rawxml", "value": policy}),
        ),
    ]);
    let expected = "blocker content-too-large /apis/a/policies/policy: it has ";
    let said = |case: &Case| {
        let findings = case.plan().findings;
        findings.iter().any(|f| {
            format!(
                "{} {} {}: {}",
                f.severity.as_str(),
                f.code,
                f.resource,
                f.message
            )
            .starts_with(expected)
        })
    };
    assert!(said(&case));
    case.options.naming.display_name = Some("{displayName}".to_owned());
    assert!(!said(&case));
}

#[test]
fn revision_may_inherit() {
    let revision = |more: Value| {
        let mut properties = json!({"displayName": "a", "path": "a", "apiRevision": "2"});
        let more = more.as_object().unwrap().clone();
        properties.as_object_mut().unwrap().extend(more);
        let mut case = Case::new(&[("/apis/a;rev=2", properties)]);
        let mut current = api("a");
        current["contact"] = json!({"name": "c"});
        current["serviceUrl"] = json!("https://a.example");
        case.inventory.insert(resource("/apis/a", current));
        case
    };
    revision(json!({"serviceUrl": "https://b.example"})).finds(&[
        "warning revision-may-inherit /apis/a;rev=2: the current revision has `contact`, and it has not",
    ]);
    let all = json!({"serviceUrl": "https://b.example", "contact": {"name": "d"}});
    revision(all).finds(&[]);
}

#[test]
fn operations_of_one_method_and_template() {
    let operation =
        |template: &str| json!({"displayName": "O", "method": "GET", "urlTemplate": template});
    Case::new(&[
        ("/apis/a/operations/o", operation("/orders")),
        ("/apis/a/operations/p", operation("/orders")),
    ])
    .finds(&[
        "blocker content-not-taken /apis/a/operations/p: `GET /orders` is what step `apis/a/operations/o` has: below one parent there is one",
    ]);
    // What one API of the source has side by side, a copy can have.
    for other in ["/Orders", "/orders/"] {
        Case::new(&[
            ("/apis/a/operations/o", operation("/orders")),
            ("/apis/a/operations/p", operation(other)),
        ])
        .finds(&[]);
    }
}
