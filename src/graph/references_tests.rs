use super::*;
use crate::fixtures::inventory;
use serde_json::json;

fn needs(inventory: &Inventory, path: &str) -> Vec<String> {
    let resource = inventory.get(&path.parse().unwrap()).unwrap();
    let found = references(resource, inventory);
    found.needs.iter().map(|n| n.to.to_string()).collect()
}

#[test]
fn properties_lead_to_what_they_name_in_every_form() {
    let inventory = inventory(&[
        ("/apiVersionSets/v", json!({})),
        ("/authorizationServers/as", json!({})),
        (
            "/apis/a",
            json!({
                "apiRevision": "4",
                "apiVersionSetId": "/SUBSCRIPTIONS/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/apiVersionSets/V",
                "authenticationSettings": {"oAuth2": {"authorizationServerId": "AS"}},
            }),
        ),
        ("/apis/a/schemas/s1", json!({})),
        (
            "/apis/a/operations/o",
            json!({"request": {"representations": [{"schemaId": "s1"}, {"schemaId": "gone"}]}}),
        ),
        ("/apis/a/releases/r", json!({"apiId": "/apis/a;rev=4"})),
        ("/products/p", json!({})),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a;rev=3"})),
        (
            "/subscriptions/all",
            json!({"scope": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/apis"}),
        ),
    ]);
    assert_eq!(
        needs(&inventory, "/apis/a"),
        ["/apiVersionSets/V", "/authorizationServers/as"]
    );
    assert_eq!(
        needs(&inventory, "/apis/a/operations/o"),
        ["/apis/a", "/apis/a/schemas/s1"]
    );
    assert_eq!(needs(&inventory, "/apis/a/releases/r"), ["/apis/a"]);
    assert_eq!(
        needs(&inventory, "/products/p/apiLinks/x"),
        ["/products/p", "/apis/a"]
    );
    assert_eq!(needs(&inventory, "/subscriptions/all"), [] as [&str; 0]);
    let operation = inventory
        .get(&"/apis/a/operations/o".parse().unwrap())
        .unwrap();
    let lost = &references(operation, &inventory).unresolved;
    assert_eq!(
        (lost[0].name.as_str(), lost[0].cause),
        ("gone", Cause::Absent)
    );
}

#[test]
fn credentials_lead_to_named_values_by_display_name_or_name() {
    let inventory = inventory(&[
        ("/namedValues/a", json!({"displayName": "Key"})),
        (
            "/namedValues/66672b71463461136c78195a",
            json!({"displayName": "Logger-Credentials--1"}),
        ),
        (
            "/backends/b",
            json!({"credentials": {"header": {"x": ["Bearer {{ key }}{{none}}"]}}}),
        ),
        (
            "/loggers/l",
            json!({"credentials": {"identityClientId": "{{66672b71463461136c78195a}}"}}),
        ),
    ]);
    assert_eq!(needs(&inventory, "/backends/b"), ["/namedValues/a"]);
    assert_eq!(
        needs(&inventory, "/loggers/l"),
        ["/namedValues/66672b71463461136c78195a"]
    );
}

#[test]
fn a_revision_needs_the_current_one() {
    let inventory = inventory(&[("/apis/a", json!({})), ("/apis/a;rev=2", json!({}))]);
    assert_eq!(needs(&inventory, "/apis/a;rev=2"), ["/apis/a"]);
}
