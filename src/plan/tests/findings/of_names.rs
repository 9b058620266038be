//! What in a policy is a name, and what only looks like one.

use serde_json::json;

use super::*;

const BACKEND: &str = "<set-backend-service backend-id='@((string)context.Variables[\"b\"])' />";

fn orders() -> Value {
    json!({"url": "https://o.invalid", "protocol": "http"})
}

/// A case whose API has this policy, with the backend `orders`.
fn routed(inbound: &str, more: &[(&str, Value)]) -> Case {
    let mut all = vec![("/backends/orders", orders())];
    all.extend(more.iter().cloned());
    Case::with_policy(&format!("{inbound}{BACKEND}"), &all)
}

fn text_of(case: &Case, id: &str) -> String {
    let plan = case.plan();
    let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
    let content = step.content.clone().unwrap();
    content.document.unwrap_or_else(|| {
        let value = content.properties["value"].as_str();
        value.unwrap().to_owned()
    })
}

fn codes(case: &Case) -> Vec<String> {
    let codes = case.plan().findings.into_iter().map(|f| f.code);
    codes.filter(|code| code != "new-address").collect()
}

const POLICY: &str = "apis/a/policies/policy";

#[test]
fn only_the_literals_of_the_variable_are_rewritten() {
    let case = routed(
        "<set-variable name=\"b\" value=\"orders\" /><log topic=\"orders\" x='@(JObject[\"orders\"])' />",
        &[],
    );
    assert_eq!(codes(&case), ["name-in-code"]);
    let text = text_of(&case, POLICY);
    assert!(text.contains("value=\"orders-in-team\""), "{text}");
    assert!(
        text.contains("topic=\"orders\" x='@(JObject[\"orders\"])'"),
        "{text}"
    );
}

#[test]
fn what_may_give_the_variable_another_value_leaves_the_expression_open() {
    let set = "<set-variable name=\"b\" value=\"orders\" />";
    let fragment =
        |inner: &str| json!({"format": "rawxml", "value": format!("<fragment>{inner}</fragment>")});
    for more in [
        "<set-variable name=\"b\" value='@(context.Request.Headers[\"x\"])' />",
        "<set-variable name=\"b\" value=\"{{nv}}\" />",
        "<set-variable name='@(\"b\")' value=\"orders\" />",
        "<cache-lookup-value key=\"k\" variable-name=\"b\" />",
        "<send-request mode=\"new\" response-variable-name=\"B\" />",
        "<x y='@{ context.Variables[\"b\"] = \"orders\"; return 1; }' />",
        "<x y='@{ context.Variables.Add(n, \"orders\"); return 1; }' />",
        "<x y='@(Change(context))' />",
        "<include-fragment fragment-id=\"f\" />",
        "<include-fragment fragment-id='@(x)' />",
        "{{piece}}",
    ] {
        let case = routed(
            &format!("{set}{more}"),
            &[
                (
                    "/policyFragments/f",
                    fragment("<include-fragment fragment-id=\"g\" />"),
                ),
                (
                    "/policyFragments/g",
                    fragment("<set-variable name=\"b\" value=\"other\" />"),
                ),
                (
                    "/namedValues/nv",
                    json!({"displayName": "nv", "value": "orders"}),
                ),
                (
                    "/namedValues/piece",
                    json!({"displayName": "piece", "value": "<set-variable name=\"b\" value=\"x\" />"}),
                ),
            ],
        );
        assert!(
            codes(&case).contains(&"reference-by-expression".to_owned()),
            "{more}"
        );
        assert!(text_of(&case, POLICY).contains(set), "{more}");
        // It may be meant, so it comes along.
        assert!(case.makes("backends/orders"), "{more}");
    }
    for code in [
        "@(context.Variables[\"b\"] + \"-backup\")",
        "@(((string)context.Variables[\"b\"]).ToLower())",
    ] {
        let inbound = format!("{set}<set-backend-service backend-id='{code}' />");
        let case = Case::with_policy(&inbound, &[("/backends/orders", orders())]);
        assert_eq!(codes(&case), ["reference-by-expression"], "{code}");
        assert!(text_of(&case, POLICY).contains(set));
    }
}

#[test]
fn another_policy_of_the_same_call_may_give_it_another_value() {
    let set = "<set-variable name=\"b\" value=\"orders\" />";
    let operation = json!({"displayName": "O", "method": "GET", "urlTemplate": "/"});
    let with = |at: &str, more: &[(&str, Value)]| {
        let mut all = vec![("/apis/a/operations/o", operation.clone())];
        all.extend(more.iter().cloned());
        all.push((at, policy("<set-variable name=\"b\" value=\"x\" />")));
        codes(&routed(set, &all)).contains(&"reference-by-expression".to_owned())
    };
    let product = json!({"displayName": "P", "subscriptionRequired": true});
    let link = ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"}));
    assert!(with("/apis/a/operations/o/policies/policy", &[]));
    assert!(with("/policies/policy", &[]));
    assert!(with(
        "/products/p/policies/policy",
        &[("/products/p", product.clone()), link]
    ));
    assert!(!with(
        "/products/p/policies/policy",
        &[("/products/p", product)]
    ));
    assert!(!with("/apis/b/policies/policy", &[("/apis/b", api("b"))]));
}

#[test]
fn a_literal_that_is_needed_and_guessed_at_is_rewritten_in_either_order() {
    let set = "<set-variable name=\"b\" value=\"orders\" />";
    let guess = "<set-backend-service backend-id='@(context.Variables[\"b\"] + \"-x\")' />";
    for inbound in [
        format!("{set}{guess}{BACKEND}"),
        format!("{set}{BACKEND}{guess}"),
    ] {
        let case = Case::with_policy(&inbound, &[("/backends/orders", orders())]);
        let text = text_of(&case, POLICY);
        assert!(text.contains("value=\"orders-in-team\""), "{text}");
    }
}

#[test]
fn who_includes_something_by_code_may_include_any_fragment() {
    let fragment =
        format!("<fragment><set-variable name=\"b\" value=\"orders\" />{BACKEND}</fragment>");
    let fragment = (
        "/policyFragments/f",
        json!({"format": "rawxml", "value": fragment}),
    );
    let open = |inbound: &str| {
        let all = [("/backends/orders", orders()), fragment.clone()];
        let found = codes(&Case::with_policy(inbound, &all));
        found.contains(&"reference-by-expression".to_owned())
    };
    let sets = "<set-variable name=\"b\" value='@(x)' />";
    let includes = "<include-fragment fragment-id=\"f\" />";
    let by_code = "<include-fragment fragment-id='@(x)' />";
    assert!(!open(includes));
    assert!(open(&format!("{sets}{includes}")));
    assert!(open(&format!("{includes}{by_code}{sets}")));
}

#[test]
fn variable_read_elsewhere() {
    let set = "<set-variable name=\"b\" value=\"orders\" />";
    let case = routed(
        &format!(
            "{set}<set-header name=\"x\"><value>@((string)context.Variables[\"b\"])</value></set-header>"
        ),
        &[],
    );
    case.finds(&["warning variable-read-elsewhere /apis/a/policies/policy: the variable `b` names backends and is read in line 3, column 83 as well"]);
    let liquid = "<set-body template=\"liquid\">{{context.Variables[\"b\"]}}</set-body>";
    assert_eq!(
        codes(&routed(&format!("{set}{liquid}"), &[])),
        ["variable-read-elsewhere"]
    );
    assert_eq!(codes(&routed(set, &[])), [] as [&str; 0]);
}

#[test]
fn the_default_of_a_variable_is_a_literal_that_reaches_too() {
    let code = "<set-backend-service backend-id='@(context.Variables.GetValueOrDefault<string>(\"b\", \"orders\"))' />";
    let case = Case::with_policy(code, &[("/backends/orders", orders())]);
    assert_eq!(codes(&case), [] as [&str; 0]);
    assert!(text_of(&case, POLICY).contains("(\"b\", \"orders-in-team\")"));
}

#[test]
fn a_policy_stays_where_only_a_guess_can_not_go() {
    let case = Case::with_policy(
        "<validate-jwt header-name=\"a\" /><x y='@(d[\"orders\"])' />",
        &[
            (
                "/backends/orders",
                json!({"url": "https://o.invalid", "protocol": "http", "credentials": {"certificateIds": ["/certificates/c"]}}),
            ),
            ("/certificates/c", json!({"thumbprint": "AA"})),
        ],
    );
    assert!(case.makes(POLICY));
    assert_eq!(codes(&case)[0], "certificate-not-readable");
    assert!(codes(&case).contains(&"left-with-what-it-needs".to_owned()));
}

#[test]
fn certificate_in_code() {
    let take = |key: &str| {
        format!(
            "<set-variable name=\"s\" value='@(context.Deployment.Certificates[\"{key}\"].Subject)' />"
        )
    };
    let certificate =
        json!({"thumbprint": "ABAB", "keyVault": {"secretIdentifier": "https://v.invalid/s"}});
    for (key, becomes) in [
        ("sign", "sign-in-team"),
        ("abab", "abab"),
        ("{{thumb}}", "{{thumb-in-team}}"),
        ("{{id}}", "sign-in-team"),
    ] {
        let case = Case::with_policy(
            &take(key),
            &[
                ("/certificates/sign", certificate.clone()),
                (
                    "/namedValues/thumb",
                    json!({"displayName": "thumb", "value": "ABAB"}),
                ),
                (
                    "/namedValues/id",
                    json!({"displayName": "id", "value": "sign"}),
                ),
            ],
        );
        let mut expected = vec![
            "warning certificate-in-code /apis/a/policies/policy: code takes one of context.Deployment.Certificates, line 3",
            "warning key-vault-access /certificates/sign: it reads `https://v.invalid/s`",
        ];
        if key == "{{id}}" {
            expected.push("note name-written-out /apis/a/policies/policy: named the certificate `{{id}}`, line 3, column 70; the copy is named by itself");
        }
        case.finds(&expected);
        assert!(
            text_of(&case, POLICY).contains(&format!("[\"{becomes}\"]")),
            "{key}"
        );
    }
    for key in ["(string)context.Variables[\"t\"]", "\"sign\" + n"] {
        let by_code = format!("<x y='@(context.Deployment.Certificates[{key}])' />");
        let certificate = ("/certificates/sign", certificate.clone());
        let case = Case::with_policy(&by_code, &[certificate]);
        let found = codes(&case);
        assert!(
            found.contains(&"reference-by-expression".to_owned()),
            "{key}"
        );
        assert!(text_of(&case, POLICY).contains(key), "{key}");
    }
}

#[test]
fn what_a_named_value_puts_into_a_policy_is_followed() {
    let case = Case::with_policy(
        "{{route}}<choose><when condition=\"{{cond}}\" /></choose>",
        &[
            (
                "/namedValues/route",
                json!({"displayName": "route", "value": "<set-backend-service backend-id=\"orders\" />"}),
            ),
            (
                "/namedValues/cond",
                json!({"displayName": "cond", "value": "@(context.Product.Name == \"Gold\")"}),
            ),
            ("/backends/orders", orders()),
        ],
    );
    case.finds(&["warning compares-with-literal /namedValues/cond: it compares context.Product.Name with `Gold`, line 1, column 3"]);
    assert!(text_of(&case, "namedValues/route").contains("backend-id=\"orders-in-team\""));
    assert!(case.makes("backends/orders"));
    let lost = Case::with_policy(
        "{{route}}",
        &[(
            "/namedValues/route",
            json!({"displayName": "route", "value": "<set-backend-service backend-id=\"gone\" />"}),
        )],
    );
    assert_eq!(codes(&lost), ["policy-left-out", "reference-to-nothing"]);
    let plain = Case::with_policy(
        "{{v}}",
        &[(
            "/namedValues/v",
            json!({"displayName": "v", "value": "a<b {{x}} @ c"}),
        )],
    );
    plain.finds(&[]);
    let nested = Case::with_policy(
        "<set-backend-service backend-id=\"{{be}}\" />{{v}}",
        &[
            (
                "/namedValues/v",
                json!({"displayName": "v", "value": "x-{{be}}"}),
            ),
            (
                "/namedValues/be",
                json!({"displayName": "be", "value": "{{v}}"}),
            ),
        ],
    );
    nested.finds(&[
        "blocker composed-name-unknown /apis/a/policies/policy: names a backend `{{be}}`, line 3, column 38",
        "warning braces-in-doubt /namedValues/be: it holds `{{v}}`, line 1, column 3",
        "warning braces-in-doubt /namedValues/v: it holds `{{be}}`, line 1, column 5",
    ]);
    assert!(text_of(&nested, "namedValues/v").contains("x-{{be-in-team}}"));
}

#[test]
fn every_literal_that_may_be_meant_is_looked_for() {
    let case = Case::with_policy(
        "<set-variable name=\"v\" value=\"one\" /><choose><when condition=\"@(true)\"><set-variable name=\"v\" value=\"two\" /></when></choose>\
         <log-to-eventhub logger-id=\"@((string)context.Variables[&quot;v&quot;])\">x</log-to-eventhub>",
        &[],
    );
    let policy = case.inventory.get(&super::path("/apis/a/policies/policy"));
    let found = crate::graph::references(policy.unwrap(), &case.inventory);
    let places: Vec<&str> = (found.unresolved.iter().flat_map(|u| &u.candidates))
        .map(|p| p.as_str())
        .collect();
    assert_eq!(places, ["/loggers/one", "/loggers/two"]);
}

#[test]
fn braces_in_doubt() {
    let value = (
        "/namedValues/be",
        json!({"displayName": "be", "value": "orders"}),
    );
    let backend = ("/backends/orders", orders());
    let case = Case::with_policy(
        "<set-backend-service backend-id=\"{{ be }}\" />",
        &[value.clone(), backend.clone()],
    );
    assert_eq!(codes(&case), ["name-written-out"]);
    assert!(text_of(&case, POLICY).contains("backend-id=\"orders-in-team\""));
    let case = Case::with_policy("<set-backend-service backend-id=\"{{ gone }}\" />", &[]);
    assert_eq!(codes(&case), ["braces-in-doubt"]);
    assert!(case.makes(POLICY));
    // In C#, two braces in a string with holes stand for one.
    let case = Case::with_policy(
        "<x y='@($\"{{id}}{{be}}\")' />",
        std::slice::from_ref(&value),
    );
    case.finds(&[]);
    assert!(text_of(&case, POLICY).contains("{{id}}{{be-in-team}}"));
    let case = Case::with_policy("<x y='@(\"{{id}}\")' />", std::slice::from_ref(&value));
    assert_eq!(codes(&case), ["reference-to-nothing"]);
    let case = Case::with_policy("<set-body><![CDATA[{{user.name}}]]></set-body>", &[]);
    case.finds(&["warning braces-in-doubt /apis/a/policies/policy: it holds `{{user.name}}`, line 3, column 26"]);
    assert!(text_of(&case, POLICY).contains("{{user.name}}"));
}
