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
fn names_that_are_kept_may_be_compared() {
    let case = || when(r#"context.Api.Id == "a" && context.Api.Path == "a""#);
    assert_eq!(case().findings().len(), 1);
    let elsewhere = case().elsewhere(&[]);
    elsewhere.finds(&[]);
    let mut renamed = case().elsewhere(&[]);
    renamed.options.naming.name = Some("{name}-copy".to_owned());
    assert_eq!(renamed.findings().len(), 1);
    // There is no copy of a product whose name could be kept.
    let product = when(r#"context.Product.Id == "p""#).elsewhere(&[]);
    assert_eq!(product.findings().len(), 1);
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
    let named = "<set-backend-service base-url='@(\"https://\" + context.Deployment.ServiceName + \".azure-api.net\")' />";
    Case::with_policy(named, &[]).finds(&[
        "warning calls-own-gateway /apis/a/policies/policy: it calls context.Deployment.ServiceName + \".azure-api.…\", line 3",
    ]);
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

/// A certificate that is kept in a vault, as a service shows it.
fn sign() -> (&'static str, serde_json::Value) {
    let vault = json!({"secretIdentifier": "https://v.vault.azure.net/secrets/c"});
    (
        "/certificates/sign",
        json!({"thumbprint": "AB".repeat(20), "keyVault": vault}),
    )
}

#[test]
fn a_certificate_that_code_picks_among_all_comes_along() {
    let picked = |code: &str| {
        let policy = format!("<set-variable name=\"s\" value=\"@{{ {code} }}\" />");
        Case::with_policy(&policy, &[sign()])
    };
    let by_thumbprint = picked(&format!(
        "return context.Deployment.Certificates.Values.First(c => c.Thumbprint == \"{}\").Subject;",
        "ab".repeat(20)
    ));
    assert!(by_thumbprint.makes("certificates/sign"));
    assert_eq!(by_thumbprint.plan().blockers().count(), 0);
    for code in [
        "var all = context.Deployment.Certificates; return all[\"sign\"].Subject;",
        "var id = \"sign\"; return context.Deployment.Certificates[id].Subject;",
    ] {
        let by_name = picked(code);
        assert!(by_name.makes("certificates/sign"), "{code}");
        // The copy has another name.
        let plan = by_name.plan();
        let codes: Vec<&str> = plan.blockers().map(|f| f.code.as_str()).collect();
        assert!(
            codes.contains(&"reference-by-expression"),
            "{code}: {codes:?}"
        );
    }
    assert!(!picked("return \"sign\";").makes("certificates/sign"));
}

#[test]
fn what_a_named_value_gives_a_tag_is_followed() {
    let value = |text: &str| json!({"displayName": "attr", "value": text});
    let case = |text: &str| {
        let backend = json!({"url": "https://b.invalid", "protocol": "http"});
        let more = [("/namedValues/attr", value(text)), ("/backends/b", backend)];
        Case::with_policy("<set-backend-service {{attr}} />", &more)
    };
    for (text, copy) in [
        ("backend-id=\"b\"", "backend-id=\"b-in-team\""),
        ("id = 'x' backend-id='b'", "id = 'x' backend-id='b-in-team'"),
    ] {
        let plan = case(text).plan();
        let step = |id: &str| plan.steps.iter().find(|s| s.id.as_str() == id);
        assert!(step("backends/b").is_some(), "{text}");
        let content = step("namedValues/attr").unwrap().content.as_ref();
        assert_eq!(content.unwrap().properties["value"], copy);
    }
    assert!(!case("base-url=\"https://b\"").makes("backends/b"));
}

#[test]
fn braces_that_a_format_doubles_name_nothing_that_is_not_there() {
    for code in [
        r#"string.Format("{{0}} {{x}}", 1)"#,
        r#"String.Format( @"{{x}}" )"#,
        r#"$"{{x}}""#,
    ] {
        let policy = format!("<set-variable name='s' value='@({code})' />");
        Case::with_policy(&policy, &[]).finds(&[]);
    }
}

#[test]
fn named_values_that_hold_each_other_wait_for_none() {
    let value = |name: &str, text: &str| json!({"displayName": name, "value": text});
    let more = [
        ("/namedValues/m", value("m", "{{n}}")),
        ("/namedValues/n", value("n", "{{m}}")),
        ("/namedValues/own", value("own", "{{own}}")),
    ];
    let policy = "<set-header name='h'><value>{{m}}{{own}}</value></set-header>";
    let plan = Case::with_policy(policy, &more).plan();
    let at = |id: &str| plan.steps.iter().position(|s| s.id.as_str() == id).unwrap();
    for id in ["namedValues/m", "namedValues/n", "namedValues/own"] {
        assert_eq!(plan.steps[at(id)].after, [], "{id}");
        assert!(at(id) < at("apis/a/policies/policy"), "{id}");
    }
}

#[test]
fn code_that_is_one_literal_names_what_that_says() {
    for code in [r#"@("b")"#, r#"@{ return "b"; }"#] {
        let element = format!("<set-backend-service backend-id='{code}' />");
        let backend = (
            "/backends/b",
            json!({"url": "https://b.example", "protocol": "http"}),
        );
        let case = Case::with_policy(&element, &[backend]);
        case.finds(&[]);
        assert!(case.makes("backends/b"), "{code}");
        let plan = case.plan();
        let policy = plan.steps.iter().find(|s| s.kind.is_policy()).unwrap();
        let text = policy.content.as_ref().unwrap().document.as_ref().unwrap();
        assert!(text.contains(&code.replace('b', "b-in-team")), "{text}");
    }
}

#[test]
fn code_that_names_what_is_not_there_leaves_no_policy_out() {
    let value = (
        "/namedValues/v",
        json!({"displayName": "v", "value": "gone"}),
    );
    for (element, what) in [
        (
            r#"<set-backend-service backend-id='@("gone")' />"#,
            "backend",
        ),
        (
            r#"<set-backend-service backend-id=' @{ return "gone"; }' />"#,
            "backend",
        ),
        (
            r#"<set-backend-service backend-id='@("{{v}}")' />"#,
            "backend",
        ),
        (
            r#"<include-fragment fragment-id='@("gone")' />"#,
            "policy fragment",
        ),
        (
            r#"<log-to-eventhub logger-id='@("gone")'>x</log-to-eventhub>"#,
            "logger",
        ),
    ] {
        let case = Case::with_policy(element, std::slice::from_ref(&value));
        let found = case.findings();
        let told =
            format!("reference-by-expression /apis/a/policies/policy: names a {what} `gone`, ");
        assert!(found.len() == 1 && found[0].contains(&told), "{found:?}");
        let mut plan = case.plan();
        assert!(case.makes("apis/a/policies/policy"), "{element}");
        plan.allow = vec!["reference-by-expression".to_owned()];
        let present = crate::plan::validate::Present::default();
        let checked = crate::plan::validate::validate(&plan, &present);
        assert_eq!(checked, Ok(()), "{element}");
    }
}

#[test]
fn code_in_cdata_does_not_block_on_what_is_not_there() {
    let braces = "<set-body><![CDATA[@{ return \"{{gone}}\"; }]]></set-body>";
    Case::with_policy(braces, &[]).finds(&[
        "warning braces-in-doubt /apis/a/policies/policy: it holds `{{gone}}`, line 3, column 37",
    ]);
}
