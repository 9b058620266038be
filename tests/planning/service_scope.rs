//! What is for all APIs of a service, made for all of a workspace.

use serde_json::{Value, json};

use crate::common::{Env, Sandbox};

const POLICY: &str = "<policies>\n  <inbound>\n    <set-header name=\"x\" exists-action=\"override\">\n      <value>{{key}}</value>\n    </set-header>\n    <include-fragment fragment-id=\"f\" />\n  </inbound>\n  <backend>\n    <forward-request />\n  </backend>\n  <outbound />\n  <on-error />\n</policies>";

const NOTICE: &str = "/notifications/RequestPublisherNotificationMessage";

fn service(name: &str, resources: Value) -> Value {
    json!({
        "service": {"subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "g", "name": name, "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": resources,
    })
}

/// Two services, of which the first has something for all of its APIs.
fn two() -> (Sandbox, Env, String) {
    let source = service(
        "source",
        json!([
            {"path": "/namedValues/key", "properties": {"displayName": "key", "value": "v"}},
            {"path": "/policyFragments/f", "properties": {"format": "rawxml", "value": "<fragment><trace source=\"f\">t</trace></fragment>"}},
            {"path": "/policies/policy", "properties": {"format": "rawxml", "value": POLICY}},
            {"path": "/loggers/insights", "properties": {"loggerType": "applicationInsights", "credentials": {"instrumentationKey": "{{key}}"}}},
            {"path": "/diagnostics/applicationinsights", "properties": {"loggerId": "/loggers/insights", "alwaysLog": "allErrors"}},
            {"path": format!("{NOTICE}/recipientEmails/ops+apis@source.example"), "properties": {"email": "ops+apis@source.example"}},
            {"path": "/users/7", "properties": {"email": "Ana@source.example", "firstName": "A", "lastName": "N"}},
            {"path": "/users/8", "properties": {"email": "gone@source.example", "firstName": "G", "lastName": "O"}},
            {"path": format!("{NOTICE}/recipientUsers/7"), "properties": {}},
            {"path": format!("{NOTICE}/recipientUsers/8"), "properties": {}},
            {"path": "/apis/a", "properties": {"displayName": "A", "path": "a", "isCurrent": true}},
        ]),
    );
    let target = service(
        "target",
        json!([{"path": "/users/ana", "properties": {"email": "ana@source.example", "firstName": "A", "lastName": "N"}}]),
    );
    let files = Env::new();
    let source = files.write("source.json", &source.to_string());
    let target = files.write("target.json", &target.to_string());
    let sandbox = Sandbox::start(&[
        "--seed",
        source.to_str().unwrap(),
        "--seed",
        target.to_str().unwrap(),
    ]);
    let env = Env::connected(&sandbox);
    let target = sandbox.service.replace("/source", "/target");
    (sandbox, env, target)
}

fn plan(env: &Env, target: Option<&str>, scope: &[&str]) -> crate::common::Output {
    let mut args = vec!["plan", "--workspace", "w", "--api", "a", "-o", "p"];
    args.extend(target.iter().flat_map(|t| ["--target-service", t]));
    args.extend(scope);
    env.run(&args)
}

fn get(sandbox: &Sandbox, target: &str, path: &str) -> (u16, Value) {
    let url = format!("{target}/workspaces/w{path}?api-version=2024-05-01&format=rawxml");
    let (status, body) = sandbox.ask("GET", &url, None);
    (status, body["properties"].clone())
}

#[test]
fn policy_and_diagnostics_move_with_what_they_need() {
    let (sandbox, env, target) = two();
    plan(&env, Some(&target), &[])
        .exits(0)
        .says("service-policy-not-in-front");
    assert!(!env.read("p/plan.yaml").contains("servicePolicy"));
    let scope = ["--with-service-scope", "policy,diagnostics"];
    plan(&env, Some(&target), &scope)
        .exits(0)
        .says("service-policy-copied")
        .omits("service-policy-not-in-front");
    let text = env.read("p/plan.yaml");
    assert!(
        text.contains("serviceScope: [diagnostics, policy]"),
        "{text}"
    );
    assert!(
        text.contains("target: /workspaces/w/policies/policy\n"),
        "{text}"
    );
    assert_eq!(env.read("p/resources/policies/policy.xml"), POLICY);
    env.run(&["apply", "p", "--yes"]).exits(0);
    env.run(&["verify", "p"]).exits(0);
    let (status, policy) = get(&sandbox, &target, "/policies/policy");
    assert_eq!(status, 200);
    assert!(policy["value"].as_str().unwrap().contains("{{key}}"));
    let (status, diagnostic) = get(&sandbox, &target, "/diagnostics/applicationinsights");
    assert_eq!(status, 200);
    let logger = format!("{target}/workspaces/w/loggers/insights");
    assert_eq!(diagnostic["loggerId"], logger);
    // Nothing more to do, also with another plan of the same.
    let again = plan(&env, Some(&target), &scope).exits(0);
    assert!(!again.stdout.contains("create"), "{again}");
    env.run(&["rollback", "p", "--yes"]).exits(0);
    assert_eq!(get(&sandbox, &target, "/policies/policy").0, 404);
    assert_eq!(get(&sandbox, &target, "/loggers/insights").0, 404);
}

#[test]
fn within_one_service_the_policy_would_act_twice() {
    let (sandbox, env, _) = two();
    plan(&env, None, &["--with-service-scope", "policy"])
        .exits(2)
        .says("would act twice");
    plan(&env, None, &["--with-service-scope", "policies"])
        .exits(2)
        .says("there are: diagnostics, notifications, policy");
    env.write("m.yaml", "version: 1\nserviceScope: [diagnostics]\n");
    plan(&env, None, &["-f", "m.yaml"]).exits(0);
    let text = env.read("p/plan.yaml");
    assert!(text.contains("service-policy-stays"), "{text}");
    assert!(!text.contains("service-diagnostics-stay"), "{text}");
    env.run(&["apply", "p", "--yes"]).exits(0);
    env.run(&["verify", "p"]).exits(0);
    let (status, diagnostic) = get(
        &sandbox,
        &sandbox.service,
        "/diagnostics/applicationinsights",
    );
    assert_eq!(status, 200);
    let logger = diagnostic["loggerId"].as_str().unwrap();
    assert!(
        logger.ends_with("/workspaces/w/loggers/insights-in-w"),
        "{logger}"
    );
}

#[test]
fn who_gets_notifications_moves_by_address() {
    let (sandbox, env, target) = two();
    let scope = ["--with-service-scope", "notifications"];
    plan(&env, Some(&target), &scope)
        .exits(0)
        .says("owner-missing")
        .says("gone@source.example");
    env.run(&["apply", "p", "--yes"]).exits(0);
    env.run(&["verify", "p"]).exits(0);
    let names = |collection: &str| {
        let url = format!("{target}/workspaces/w{NOTICE}/{collection}?api-version=2024-05-01");
        let (status, list) = sandbox.ask("GET", &url, None);
        assert_eq!(status, 200, "{list}");
        let items = list["value"].as_array().unwrap().iter();
        items
            .map(|i| i["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("recipientEmails"), ["ops+apis@source.example"]);
    assert_eq!(names("recipientUsers"), ["ana"]);
    let again = plan(&env, Some(&target), &scope).exits(0);
    assert!(!again.stdout.contains("create"), "{again}");
    env.run(&["rollback", "p", "--yes"]).exits(0);
    assert_eq!(names("recipientEmails"), [""; 0]);
    // Within one service people keep their ids.
    std::fs::remove_dir_all(env.path("p")).unwrap();
    plan(&env, None, &scope).exits(0).omits("owner-missing");
    env.run(&["apply", "p", "--yes"]).exits(0);
    env.run(&["verify", "p"]).exits(0);
}

#[test]
fn a_workspace_of_the_source_is_not_what_was_meant_at_the_target() {
    let (sandbox, env, target) = two();
    let url = format!(
        "{}/workspaces/sales?api-version=2024-05-01",
        sandbox.service
    );
    let body = json!({"properties": {"displayName": "Sales"}});
    assert_eq!(sandbox.ask("PUT", &url, Some(&body)).0, 201);
    let plan = |more: &[&str]| {
        let args = ["plan", "--workspace", "salse", "--api", "a", "-o", "p"];
        env.run(&[&args[..], more].concat()).exits(2)
    };
    plan(&[]).says("did you mean `sales`?");
    plan(&["--target-service", &target]).omits("did you mean");
}
