//! What code and addresses say that means something else after the move.

use serde_json::json;

use super::{Case, told};

fn when(code: &str) -> Case {
    Case::with_policy(
        &format!("<choose><when condition='@({code})' /></choose>"),
        &[],
    )
}

#[test]
fn what_names_are_compared_with_is_said_however_it_is_done() {
    when(r#"new[] {"a", "b"}.Contains(context.Api.Id)"#).finds(&[
        "warning compares-with-literal /apis/a/policies/policy: it compares context.Api.Id with `a`, line 3, column 58",
        "warning compares-with-literal /apis/a/policies/policy: it compares context.Api.Id with `b`, line 3, column 58",
    ]);
    when(r#"context.User.Groups.Any(g => g.Name == "Partners")"#).finds(&[
        "warning compares-with-literal /apis/a/policies/policy: it compares context.User.Groups.Name with `Partners`, line 3, column 32",
    ]);
    // Every service has some groups, and operations keep their names.
    when(r#"context.User.Groups.Select(g => g.Name).Contains("Developers")"#).finds(&[]);
    when(r#"context.Operation.Id == "get""#).finds(&[]);
}

#[test]
fn reads_deployment() {
    let name = "warning reads-deployment /apis/a/policies/policy: it reads context.Deployment.ServiceName, line 3, column 32";
    let case = when("context.Deployment.ServiceName == \"n\"");
    case.finds(&[]);
    case.elsewhere(&[]).finds(&[name]);
    let gateway = when("context.Deployment.GatewayId == \"managed\"").findings();
    assert!(
        gateway[0].starts_with("warning reads-deployment"),
        "{gateway:?}"
    );
}

#[test]
fn calls_own_gateway() {
    let url = "<send-request mode=\"new\"><set-url>https://N.azure-api.net/orders</set-url></send-request>";
    Case::with_policy(url, &[]).finds(&[
        "warning calls-own-gateway /apis/a/policies/policy: it calls n.azure-api.net, line 3",
    ]);
    let code = "<set-backend-service base-url='@(\"https://n.azure-api.net\" + \"/x\")' />";
    assert_eq!(Case::with_policy(code, &[]).findings().len(), 1);
    let mut backend = Case::with_policy(
        "<set-backend-service backend-id=\"b\" />",
        &[(
            "/backends/b",
            json!({"url": "https://api.contoso.example/x", "protocol": "http"}),
        )],
    );
    backend.finds(&[]);
    backend.inventory.hosts = vec!["API.contoso.example".to_owned()];
    backend.finds(&["warning calls-own-gateway /backends/b: it calls api.contoso.example, `url`"]);
    // What is only shown calls nothing.
    let shown = json!({"displayName": "O", "method": "GET", "urlTemplate": "/",
        "description": "see https://n.azure-api.net/orders"});
    Case::new(&[("/apis/a/operations/o", shown)]).finds(&[]);
    let other = "<set-backend-service base-url=\"https://n.azure-api.net.example/x\" />";
    Case::with_policy(other, &[]).finds(&[]);
}

#[test]
fn new_address() {
    let said = |case: &Case| {
        let plan = case.plan();
        let found = plan.findings.iter().find(|f| f.code == "new-address");
        found.map(told).unwrap_or_default()
    };
    let mut case = Case::new(&[]);
    assert_eq!(
        said(&case),
        "note new-address /apis: the host is that of the workspace's gateway"
    );
    case.target.gateways = None;
    assert_eq!(
        said(&case),
        "note new-address /apis: the path `a` becomes `a-in-team`"
    );
    let moved = said(&case.elsewhere(&[]));
    assert_eq!(
        moved,
        "note new-address /apis: the host is that of another service"
    );
}

#[test]
fn external_cache_of_semantic_caches_and_of_named_ones() {
    for element in [
        "<llm-semantic-cache-lookup score-threshold=\"0.1\" embeddings-backend-id=\"b\" embeddings-backend-auth=\"system-assigned\" />",
        "<cache-lookup-value key=\"k\" variable-name=\"v\" cache-id=\"c\" />",
    ] {
        let backend = (
            "/backends/b",
            json!({"url": "https://x", "protocol": "http"}),
        );
        let case = Case::with_policy(element, &[("/caches/default", json!({})), backend]);
        let found = case.findings();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("warning external-cache /apis/a/policies/policy: `"));
        assert!(found[0].ends_with("needs an external cache, line 3, column 5"));
    }
}
