//! The sample service that comes with the sandbox.

use serde_json::{Value, json};

/// Returns the sample service in the snapshot format.
pub fn seed() -> Value {
    json!({
        "service": {
            "subscriptionId": "00000000-0000-0000-0000-000000000000",
            "resourceGroup": "rg-contoso-apim",
            "name": "contoso",
            "sku": "Premium",
            "location": "westeurope"
        },
        "workspaces": [
            {"name": "billing", "properties": {"displayName": "Billing"}, "gateways": ["gw-billing"]},
            {"name": "sandbox-team", "properties": {"displayName": "Sandbox team"}, "gateways": []}
        ],
        "resources": []
    })
}
