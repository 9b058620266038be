//! APIs that come along though nobody selected them.

use serde_json::json;

use crate::common::Env;

/// A service whose product has a policy that limits two APIs beside the one
/// that is selected.
pub(crate) fn snapshot(env: &Env) {
    let api = |path: &str| {
        json!({"path": format!("/apis/{path}"), "properties": {
            "displayName": path, "path": path, "protocols": ["https"], "apiRevision": "1",
        }})
    };
    let policy = "<policies><inbound>\n<rate-limit calls=\"9\" renewal-period=\"60\">\
                  <api id=\"orders\" calls=\"1\" />\n<api id=\"stock\" calls=\"2\" /></rate-limit>\
                  </inbound><backend><forward-request /></backend><outbound /><on-error /></policies>";
    let seed = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "rg", "name": "contoso", "sku": "Premium"},
        "workspaces": [{"name": "billing", "properties": {"displayName": "Billing"}, "gateways": ["gw"]}],
        "resources": [
            api("invoices"), api("orders"), api("stock"),
            {"path": "/products/gold", "properties": {"displayName": "Gold", "state": "published"}},
            {"path": "/products/gold/policies/policy", "properties": {"format": "rawxml", "value": policy}},
            {"path": "/products/gold/apiLinks/invoices", "properties": {"apiId": "/apis/invoices"}},
        ],
    });
    env.write("s.json", &seed.to_string());
}

#[test]
fn they_are_counted_and_told_with_the_chain_and_can_stand_in_the_way() {
    let env = Env::new();
    snapshot(&env);
    let plan = [
        "plan",
        "--from",
        "s.json",
        "--workspace",
        "billing",
        "-o",
        "p",
    ];
    let with = |more: &[&str]| env.run(&[&plan[..], more].concat());
    with(&["--api", "invoices"])
        .exits(0)
        .says("1 selected, 2 come along,")
        .says("/apis/orders: `/products/gold/policies/policy` names it as `id` of `api` in line 2")
        .says("/apis/stock: `/products/gold/policies/policy` names it as `id` of `api` in line 3")
        .says("comes with `/products/gold`, which comes with `/apis/invoices`");
    let brief = with(&["--api", "invoices", "--output", "json"])
        .exits(0)
        .json();
    assert_eq!(brief["along"], json!(["/apis/orders", "/apis/stock"]));
    with(&["--all"]).exits(0).says("3 APIs into").omits("along");
    with(&["--api", "invoices", "--only-selected"])
        .exits(3)
        .says("blocker api-comes-along");
    with(&["--all", "--only-selected"]).exits(0);
    with(&[
        "--api",
        "invoices",
        "--only-selected",
        "--without",
        "products",
    ])
    .exits(0);
    env.write(
        "m.yaml",
        "version: 1\nworkspace: billing\nselect: {apis: [invoices], onlySelected: true}\n",
    );
    env.run(&["plan", "-f", "m.yaml", "--from", "s.json", "-o", "q"])
        .exits(3)
        .says("api-comes-along");
}
