use serde_json::{Value, json};

use crate::address::{ResourcePath, ServiceId};
use crate::inventory::{Inventory, Resource};
use crate::plan::{Plan, PlanOptions, Target, make};

const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/workspaces/team";

fn plan(items: &[(&str, Value)]) -> Plan {
    let service = ServiceId::new("s", "g", "n").unwrap();
    let mut inventory = Inventory::new(service.clone());
    for (path, properties) in items {
        let properties = properties.as_object().unwrap().clone();
        inventory.insert(Resource::new(path.parse().unwrap(), properties, None).unwrap());
    }
    let selected: Vec<ResourcePath> = vec!["/apis/a".parse().unwrap()];
    let target = Target::unknown(service, "team".parse().unwrap());
    make(&inventory, &selected, &target, &PlanOptions::default()).unwrap()
}

fn body(plan: &Plan, id: &str) -> Value {
    let step = plan.steps.iter().find(|s| s.id.as_str() == id);
    let step = step.unwrap_or_else(|| panic!("no step `{id}`"));
    step.content.as_ref().unwrap().body()["properties"].clone()
}

fn uses(backend: &str) -> (&'static str, Value) {
    let text = format!(
        "<policies><inbound><set-backend-service backend-id=\"{backend}\" /></inbound></policies>"
    );
    (
        "/apis/a/policies/policy",
        json!({"format": "rawxml", "value": text}),
    )
}

#[test]
fn backends_keep_what_is_theirs_and_name_copies() {
    let plan = plan(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        uses("outer"),
        (
            "/backends/outer",
            json!({"type": "Pool", "pool": {"services": [{"id": "/Backends/INNER", "weight": 3}]}}),
        ),
        (
            "/backends/inner",
            json!({"type": "Pool", "pool": {"services": [{"id": "/backends/fabric"}]}}),
        ),
        (
            "/backends/fabric",
            json!({
                "url": "fabric:/app", "protocol": "http", "title": null,
                "resourceId": "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f",
                "properties": {"serviceFabricCluster": {
                    "clientCertificateId": "/certificates/c", "clientCertificatethumbprint": "aabb",
                    "managementEndpoints": ["https://m"], "maxPartitionResolutionRetries": null}},
            }),
        ),
        (
            "/certificates/c",
            json!({"thumbprint": "AABB", "subject": "CN=x",
            "keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c", "lastStatus": {"code": "Success"}}}),
        ),
    ]);
    assert_eq!(
        body(&plan, "backends/outer")["pool"]["services"],
        json!([{"id": format!("{WORKSPACE}/backends/inner-in-team"), "weight": 3}])
    );
    assert_eq!(
        body(&plan, "backends/fabric"),
        json!({
            "url": "fabric:/app", "protocol": "http",
            "resourceId": "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f",
            "properties": {"serviceFabricCluster": {
                "clientCertificateId": format!("{WORKSPACE}/certificates/c-in-team"),
                "clientCertificatethumbprint": "aabb", "managementEndpoints": ["https://m"]}},
        })
    );
    assert_eq!(
        body(&plan, "certificates/c"),
        json!({"keyVault": {"secretIdentifier": "https://v.vault.azure.net/secrets/c"}})
    );
}

#[test]
fn scopes_lose_their_revision_and_revisions_agree_with_the_current_one() {
    let plan = plan(&[
        (
            "/apis/a",
            json!({"displayName": "A", "path": "a", "description": null, "serviceUrl": " ",
            "apiVersion": "v1", "apiRevision": "2", "subscriptionRequired": false}),
        ),
        (
            "/apis/a;rev=1",
            json!({"displayName": "Old", "path": "old", "description": "was", "apiRevision": "1",
            "serviceUrl": "https://old.invalid", "subscriptionRequired": true}),
        ),
        (
            "/subscriptions/s",
            json!({"scope": "/apis/A;rev=1", "displayName": "S", "state": "active"}),
        ),
    ]);
    let current = body(&plan, "apis/a");
    assert_eq!(current["apiVersion"], "v1");
    assert!(current.get("description").is_none() && current.get("serviceUrl").is_none());
    let old = body(&plan, "apis/a;rev=1");
    assert_eq!(old["displayName"], current["displayName"]);
    assert_eq!(old["path"], current["path"]);
    assert_eq!(old["subscriptionRequired"], false);
    assert_eq!(old["serviceUrl"], "https://old.invalid");
    assert!(old.get("description").is_none());
    assert_eq!(
        body(&plan, "subscriptions/s")["scope"],
        format!("{WORKSPACE}/apis/a-in-team")
    );
}

#[test]
fn a_revision_says_what_it_does_not_take_from_the_current_one() {
    let plan = plan(&[
        (
            "/apis/a",
            json!({"displayName": "A", "path": "a", "apiRevision": "2", "serviceUrl": "https://a.invalid",
            "contact": {"name": "c"}, "termsOfServiceUrl": "https://t.invalid",
            "subscriptionKeyParameterNames": {"header": "H", "query": "q"}}),
        ),
        (
            "/apis/a;rev=1",
            json!({"displayName": "A", "path": "a", "apiRevision": "1", "serviceUrl": null,
            "termsOfServiceUrl": "https://t.invalid"}),
        ),
    ]);
    let old = body(&plan, "apis/a;rev=1");
    assert_eq!(old["serviceUrl"], Value::Null);
    assert_eq!(old["contact"], Value::Null);
    assert_eq!(old["termsOfServiceUrl"], "https://t.invalid");
    assert_eq!(
        old["subscriptionKeyParameterNames"],
        json!({"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"})
    );
    let members = old.as_object().unwrap();
    assert!(members.contains_key("contact") && members.contains_key("serviceUrl"));
    // What the current one has not is not there to be taken.
    assert!(!members.contains_key("license"));
}

#[test]
fn limits_bring_the_apis_they_name_and_follow_their_names() {
    let text = "<policies><inbound><rate-limit calls=\"1\" renewal-period=\"9\"><api id=\"b\" calls=\"1\" /></rate-limit></inbound></policies>";
    let plan = plan(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        ("/apis/b", json!({"displayName": "B", "path": "b"})),
        ("/products/p", json!({"displayName": "P"})),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        (
            "/products/p/policies/policy",
            json!({"format": "rawxml", "value": text}),
        ),
    ]);
    assert_eq!(body(&plan, "apis/b")["path"], "b-in-team");
    let policy = body(&plan, "products/p/policies/policy");
    assert_eq!(
        policy["value"],
        text.replace("id=\"b\"", "id=\"b-in-team\"")
    );
}

/// An API as the service shows one with an authorization server: in two forms.
fn with_server(name: &str) -> Value {
    let server = json!({"authorizationServerId": name, "scope": null});
    json!({"displayName": "A", "path": "a", "authenticationSettings": {
        "oAuth2": server, "openid": null, "oAuth2AuthenticationSettings": [server],
        "openidAuthenticationSettings": [], "returnProtectedResourceMetadata": false}})
}

#[test]
fn an_authorization_server_is_named_once_in_one_form() {
    let plan = plan(&[
        ("/apis/a", with_server("s")),
        ("/authorizationServers/s", json!({"displayName": "S"})),
    ]);
    assert_eq!(
        body(&plan, "apis/a")["authenticationSettings"],
        json!({"oAuth2AuthenticationSettings": [{"authorizationServerId": "s"}]})
    );
    let codes: Vec<&str> = plan.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["authorization-server-stays", "new-address"]);
}

#[test]
fn an_authorization_server_that_is_not_there_is_said_once() {
    let plan = plan(&[("/apis/a", with_server("gone"))]);
    let said: Vec<String> = plan.findings.iter().map(|f| f.message.clone()).collect();
    assert_eq!(
        said,
        ["names the authorization server `gone`, \
          `authenticationSettings.oAuth2AuthenticationSettings[].authorizationServerId`, which is not there"]
    );
}

#[test]
fn a_setting_goes_with_the_server_that_the_target_lacks() {
    let mut both = with_server("s");
    let mut one = both.clone();
    one["authenticationSettings"]["oAuth2AuthenticationSettings"] = json!([]);
    both["authenticationSettings"]["oAuth2AuthenticationSettings"] =
        json!([{"authorizationServerId": "s"}, {"authorizationServerId": "t"}]);
    for (shown, left) in [
        (with_server("s"), json!(null)),
        (one, json!(null)),
        (
            both,
            json!({"oAuth2AuthenticationSettings": [{"authorizationServerId": "t"}]}),
        ),
    ] {
        let server = |name: &str| -> (ResourcePath, Resource) {
            let path: ResourcePath = format!("/authorizationServers/{name}").parse().unwrap();
            let resource = Resource::new(path.clone(), serde_json::Map::new(), None);
            (path, resource.unwrap())
        };
        let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
        let api = Resource::new(
            "/apis/a".parse().unwrap(),
            shown.as_object().unwrap().clone(),
            None,
        );
        inventory.insert(api.unwrap());
        inventory.insert(server("s").1);
        inventory.insert(server("t").1);
        let mut target = Target::unknown(
            ServiceId::new("s", "g", "other").unwrap(),
            "team".parse().unwrap(),
        );
        target.referable = Some([server("t").0].into());
        let selected: Vec<ResourcePath> = vec!["/apis/a".parse().unwrap()];
        let plan = make(&inventory, &selected, &target, &PlanOptions::default()).unwrap();
        assert_eq!(body(&plan, "apis/a")["authenticationSettings"], left);
    }
}
