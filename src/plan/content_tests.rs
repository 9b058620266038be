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
