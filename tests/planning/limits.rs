//! Under ARM's limits as recorded traffic has them: only what all callers of
//! the subscription have left is told.

use serde_json::{Value, json};

use crate::common::migration::Migration;
use crate::common::{Env, Sandbox};

/// As many operations as one API takes, in six of them.
fn six_hundred() -> Value {
    let mut resources = Vec::new();
    for api in 0..6 {
        let path = format!("/apis/a{api}");
        let title = format!("A{api}");
        resources.push(
            json!({"path": path, "properties": {"displayName": title, "path": format!("a{api}"),
            "protocols": ["https"], "apiRevision": "1", "isCurrent": true}}),
        );
        for operation in 0..100 {
            resources.push(
                json!({"path": format!("{path}/operations/o{operation}"), "properties": {
                "displayName": "O", "method": "GET", "urlTemplate": format!("/o{operation}"),
                "templateParameters": [], "responses": []}}),
            );
        }
    }
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": resources,
    })
}

/// Another command took its reads long before, which a service of its own
/// stands for.
#[test]
fn six_hundred_writes_are_never_too_many() {
    let files = Env::new();
    let seed = files.write("seed.json", &six_hundred().to_string());
    let args = ["--seed", seed.to_str().unwrap(), "--page-size", "100"];
    let Migration { env, workspace, .. } = {
        let before = Migration::on(Sandbox::start(&args), "w");
        before.plan(&[], &["--all"]).exits(0);
        before
    };
    let sandbox = Sandbox::start(&[&args[..], &["--arm-limits=recorded"]].concat());
    let m = Migration {
        env: env.with("APIM_MIGRATE_ARM_ENDPOINT", &sandbox.url),
        sandbox,
        workspace,
    };
    m.apply(&[]).exits(0);
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let lines = log.as_array().unwrap();
    let refused = lines.iter().filter(|line| line["status"] == 429).count();
    assert_eq!((m.count("PUT"), refused), (606, 0));
}
