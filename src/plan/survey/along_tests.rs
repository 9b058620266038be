use super::*;
use crate::fixtures::inventory;
use crate::graph::closure;
use serde_json::json;

/// A product whose policy limits calls of some API, with two of one display
/// name, of which the later by path is in the product.
fn service(named: &str) -> Inventory {
    let policy = format!(
        "<policies><inbound>\n<rate-limit calls=\"9\" renewal-period=\"9\"><api {named} calls=\"1\" \
         /></rate-limit></inbound></policies>"
    );
    inventory(&[
        (
            "/apis/invoices",
            json!({"displayName": "Invoices", "path": "i"}),
        ),
        (
            "/apis/orders-v1",
            json!({"displayName": "Orders", "path": "o1"}),
        ),
        (
            "/apis/orders-v2",
            json!({"displayName": "Orders", "path": "o2"}),
        ),
        ("/products/p", json!({"displayName": "P"})),
        (
            "/products/p/policies/policy",
            json!({"value": policy, "format": "rawxml"}),
        ),
        ("/products/p/apiLinks/i", json!({"apiId": "/apis/invoices"})),
        (
            "/products/p/apiLinks/o",
            json!({"apiId": "/apis/orders-v2"}),
        ),
    ])
}

fn found(inventory: &Inventory, selected: &[&str], unwanted: bool) -> Vec<Finding> {
    let selected: Vec<ResourcePath> = selected.iter().map(|p| p.parse().unwrap()).collect();
    let closure = closure(inventory, &selected, &[]);
    along(inventory, &closure, &selected, unwanted)
}

#[test]
fn an_api_that_comes_along_is_told_with_the_chain() {
    let service = service("id=\"orders-v1\"");
    let findings = found(&service, &["/apis/invoices"], false);
    let [only] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert_eq!(
        (only.code.as_str(), only.resource.as_str()),
        ("api-comes-along", "/apis/orders-v1")
    );
    assert_eq!(
        only.message,
        "`/products/p/policies/policy` names it as `id` of `api` in line 2, and comes with \
         `/products/p`, which comes with `/apis/invoices`"
    );
    assert_eq!(only.severity, Severity::Warning);
    assert_eq!(
        found(&service, &["/apis/invoices"], true)[0].severity,
        Severity::Blocker
    );
    assert!(found(&service, &["/apis/invoices", "/apis/orders-v1"], true).is_empty());
}

#[test]
fn of_apis_with_one_display_name_the_products_own_is_meant() {
    let findings = found(&service("name=\"Orders\""), &["/apis/invoices"], false);
    let about: Vec<&str> = findings.iter().map(|f| f.resource.as_str()).collect();
    assert_eq!(about, ["/apis/orders-v2"]);
}
