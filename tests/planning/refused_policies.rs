//! A policy that the service holds and refuses to take again, by a rule of
//! later years: all else is done, and what to change is said.

use serde_json::json;

use crate::common::migration::Migration;
use crate::common::{Env, Sandbox};

const POLICY: &str = "<policies>\n  <inbound>\n    <base />\n    <set-header name=\"of-old\" exists-action=\"override\">\n      <value>1</value>\n    </set-header>\n  </inbound>\n  <backend>\n    <base />\n  </backend>\n  <outbound>\n    <base />\n  </outbound>\n  <on-error>\n    <base />\n  </on-error>\n</policies>";

fn migration() -> Migration {
    let seed = json!({
        "service": {"subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/tags/t", "properties": {"displayName": "T"}},
            {"path": "/apis/a", "properties": {"displayName": "A", "path": "a", "apiRevision": "1", "isCurrent": true}},
            {"path": "/apis/a/operations/o", "properties": {"displayName": "O", "method": "GET", "urlTemplate": "/"}},
            {"path": "/apis/a/operations/o/policies/policy", "properties": {"format": "rawxml", "value": POLICY}},
            {"path": "/apis/a/operations/p", "properties": {"displayName": "P", "method": "PUT", "urlTemplate": "/"}},
            {"path": "/tags/t/apiLinks/l", "properties": {"apiId": "/apis/a"}},
        ],
    });
    let files = Env::new();
    let seed = files.write("seed.json", &seed.to_string());
    let rule = ["--switch", "refused-policy=of-old"];
    let args = [&["--seed", seed.to_str().unwrap()], &rule[..]].concat();
    Migration::on(Sandbox::start(&args), "w")
}

#[test]
fn all_that_does_not_need_it_is_done_and_running_it_again_is_not_advised() {
    let m = migration();
    m.plan(&["a"], &[]).exits(0);
    let file = "resources/apis/a-in-w/operations/o/policies/policy.xml";
    let said = m.apply(&["--output", "json"]).exits(1).json();
    let failed = said["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{said:#}");
    assert_eq!(failed[0]["permanent"], true);
    assert_eq!(failed[0]["file"], file);
    assert_eq!((&said["blocked"], &said["exit"]), (&json!([]), &json!(1)));
    for path in ["apis/a-in-w/operations/p", "tags/t-in-w/apilinks/a-in-w"] {
        assert!(
            m.dump().contains_key(&format!("/workspaces/w/{path}")),
            "{path}"
        );
    }
    m.apply(&[])
        .exits(1)
        .says(file)
        .says("once that is changed");
    let text = m.env.read(&format!("p/{file}"));
    m.env
        .write(&format!("p/{file}"), &text.replace("of-old", "of-late"));
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}
