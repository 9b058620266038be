//! The sample service that comes with the sandbox: a shop with some 15 APIs.
//!
//! Most APIs can move as they are. A few can't, each for a reason of its own: a
//! self-hosted gateway, the credential manager, GraphQL resolvers, a wiki and a
//! tag description. Whatever is secret has `contoso-secret` in its value, so
//! that a leak can be searched for.

use serde_json::{Value, json};

/// The service's ARM id, for which `$service` stands in the data.
const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-contoso-apim/providers/Microsoft.ApiManagement/service/contoso";

static BASE: &str = include_str!("base.json");
static APIS: &str = include_str!("apis.json");
static PRODUCTS: &str = include_str!("products.json");
static WORKSPACES: &str = include_str!("workspaces.json");

/// Name, description, text; a fragment comes after those it includes.
static FRAGMENTS: &[(&str, &str, &str)] = &[
    (
        "correlation-id",
        "Gives each request an id",
        include_str!("policies/fragment-correlation-id.xml"),
    ),
    (
        "require-token",
        "Lets callers with a token in",
        include_str!("policies/fragment-require-token.xml"),
    ),
    (
        "shop-cors",
        "Lets the shop's pages call",
        include_str!("policies/fragment-shop-cors.xml"),
    ),
    (
        "problem-details",
        "Answers errors in one form",
        include_str!("policies/fragment-problem-details.xml"),
    ),
    (
        "audit",
        "Writes the audit trail",
        include_str!("policies/fragment-audit.xml"),
    ),
];

/// The parent's path and the policy's text.
static POLICIES: &[(&str, &str)] = &[
    ("", include_str!("policies/service.xml")),
    ("/apis/orders-v1", include_str!("policies/orders-v1.xml")),
    (
        "/apis/orders-v1/operations/get-order",
        include_str!("policies/orders-v1-get-order.xml"),
    ),
    ("/apis/orders-v2", include_str!("policies/orders-v2.xml")),
    (
        "/apis/orders-v2/operations/create-order",
        include_str!("policies/orders-v2-create-order.xml"),
    ),
    (
        "/apis/orders-v2/operations/order-webhook",
        include_str!("policies/orders-v2-order-webhook.xml"),
    ),
    ("/apis/invoices", include_str!("policies/invoices.xml")),
    (
        "/apis/invoices/operations/create-invoice",
        include_str!("policies/invoices-create-invoice.xml"),
    ),
    (
        "/apis/invoices/operations/send-invoice",
        include_str!("policies/invoices-send-invoice.xml"),
    ),
    ("/apis/catalog", include_str!("policies/catalog.xml")),
    (
        "/apis/catalog;rev=1",
        include_str!("policies/catalog-1.xml"),
    ),
    (
        "/apis/catalog;rev=3",
        include_str!("policies/catalog-3.xml"),
    ),
    (
        "/apis/catalog/operations/item-availability",
        include_str!("policies/catalog-item-availability.xml"),
    ),
    (
        "/apis/customers-2024-06",
        include_str!("policies/customers.xml"),
    ),
    (
        "/apis/customers-2025-01",
        include_str!("policies/customers.xml"),
    ),
    ("/apis/payments", include_str!("policies/payments.xml")),
    ("/apis/inventory", include_str!("policies/inventory.xml")),
    ("/apis/reports", include_str!("policies/reports.xml")),
    (
        "/apis/shipping-soap",
        include_str!("policies/shipping-soap.xml"),
    ),
    (
        "/apis/reviews-graphql",
        include_str!("policies/reviews-graphql.xml"),
    ),
    (
        "/apis/live-tracking/operations/onHandshake",
        include_str!("policies/live-tracking-handshake.xml"),
    ),
    (
        "/apis/partner-crm",
        include_str!("policies/partner-crm.xml"),
    ),
    (
        "/apis/recommendations-graphql/resolvers/for-customer",
        include_str!("policies/resolver-for-customer.xml"),
    ),
    (
        "/products/starter",
        include_str!("policies/product-starter.xml"),
    ),
    (
        "/products/partners",
        include_str!("policies/product-partners.xml"),
    ),
];

/// Returns the sample service in the snapshot format, the same at each call.
pub fn seed() -> Value {
    let mut resources = data(BASE);
    for (name, description, text) in FRAGMENTS {
        resources.push(json!({
            "path": format!("/policyFragments/{name}"),
            "properties": {"description": description, "format": "rawxml", "value": text}
        }));
    }
    resources.extend(data(APIS));
    resources.extend(data(PRODUCTS));
    for (parent, text) in POLICIES {
        resources.push(policy(parent, text));
    }
    resources.extend(data(WORKSPACES));
    resources.push(policy(
        "/workspaces/billing",
        include_str!("policies/workspace-billing.xml"),
    ));
    json!({
        "service": {
            "subscriptionId": "00000000-0000-0000-0000-000000000001",
            "resourceGroup": "rg-contoso-apim",
            "name": "contoso",
            "sku": "Premium",
            "location": "westeurope"
        },
        "workspaces": [
            {
                "name": "billing",
                "properties": {
                    "displayName": "Billing",
                    "description": "What the billing team runs"
                },
                "gateways": ["gw-billing"]
            },
            {
                "name": "sandbox-team",
                "properties": {
                    "displayName": "Sandbox team",
                    "description": "A place to try things, without a gateway yet"
                },
                "gateways": []
            }
        ],
        "resources": resources
    })
}

/// The files are part of the program; a test reads each of them.
fn data(text: &str) -> Vec<Value> {
    serde_json::from_str(&text.replace("$service", SERVICE)).unwrap_or_default()
}

fn policy(parent: &str, text: &str) -> Value {
    json!({
        "path": format!("{parent}/policies/policy"),
        "properties": {"format": "rawxml", "value": text}
    })
}

#[cfg(test)]
mod tests;
