//! What is sent.

use super::*;

#[test]
fn no_two_operations_of_an_api_have_one_method_and_template() {
    let operation =
        |method: &str, template: &str| json!({"method": method, "urlTemplate": template});
    let mut plan = plan(&[
        ("/apis/a", json!({})),
        ("/apis/a/operations/get", operation("GET", "/orders")),
        ("/apis/a/operations/post", operation("POST", "/orders")),
        ("/apis/a/operations/case", operation("GET", "/Orders")),
        ("/apis/a/operations/lower", operation("get", "/orders")),
        ("/apis/a/operations/slash", operation("GET", "/orders/")),
        ("/apis/a/operations/again", operation("GET", "orders")),
        ("/apis/b", json!({})),
        ("/apis/b/operations/get", operation("GET", "/orders")),
    ]);
    let place = Place {
        service: &plan.target,
        workspace: &plan.workspace,
    };
    let told =
        "`GET /orders` is what step `apis/a/operations/get` has: below one parent there is one";
    let found = findings(&plan.steps, plan.api_version, place);
    assert!(
        found
            .iter()
            .any(|f| f.code == "content-not-taken" && f.message == told),
        "{found:#?}"
    );
    let alike = |plan: &Plan| {
        problems(plan)
            .into_iter()
            .filter(|p| p.contains("one parent"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        alike(&plan),
        [format!("resources/apis/a/operations/again.json: {told}")]
    );
    plan.allow = vec!["content-not-taken".to_owned()];
    assert_eq!(alike(&plan), NONE);
}

const API: &str = "resources/apis/a.json:properties";

#[test]
fn a_body_holds_what_the_service_takes_at_every_place() {
    let mut plan = plan(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        (
            "/apis/a;rev=2",
            json!({"path": "a", "sourceApiId": format!("{WORKSPACE}/apis/a")}),
        ),
        (
            "/apis/a/operations/o",
            json!({"urlTemplate": "/{id}?q={q}", "templateParameters": [{"name": "ID", "type": "s"}, {"name": "q", "type": "s"}]}),
        ),
    ]);
    assert_eq!(problems(&plan), NONE);
    let edited = |plan: &mut Plan, at: usize, name: &str, value: Value| {
        let content = plan.steps[at].content.as_mut().unwrap();
        content.properties.insert(name.to_owned(), value);
    };
    edited(&mut plan, 0, "path", json!("orders?x"));
    edited(&mut plan, 0, "format", json!("openapi-link"));
    edited(&mut plan, 0, "value", json!("https://elsewhere"));
    edited(
        &mut plan,
        0,
        "sourceApiId",
        json!(format!("{WORKSPACE}/apis/a")),
    );
    edited(&mut plan, 0, "contact", json!({"name": 5}));
    edited(&mut plan, 1, "sourceApiId", json!("/apis/a"));
    edited(&mut plan, 2, "urlTemplate", json!("/{key}"));
    edited(&mut plan, 2, "responses", json!([{"statusCode": "200"}]));
    let never = "is never sent for a copy: only for imports; a copy is made of its own resources";
    let revision = "resources/apis/a;rev=2.json:properties";
    let operation = "resources/apis/a/operations/o.json:properties";
    let expected = [
        format!("{API}.contact.name: it must be a text, and is a number"),
        format!("{API}.format: `format` {never}"),
        format!("{API}.path: a path can't hold `?`"),
        format!("{API}.sourceApiId: `sourceApiId` must name the API that this is a revision of"),
        format!("{API}.value: `value` {never}"),
        format!(
            "{revision}.sourceApiId: `sourceApiId` must name the API that this is a revision of"
        ),
        format!("{operation}.responses[0].statusCode: it must be a number, and is a text"),
        format!("{operation}.urlTemplate: `{{key}}` is none of the `templateParameters`"),
    ];
    let mut found = problems(&plan);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(found, expected);
    // What can be left to the service is; what a copy must not be made of isn't.
    plan.allow = vec!["content-not-taken".to_owned()];
    let left = problems(&plan);
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(
        left.iter()
            .all(|p| p.contains("never sent") || p.contains("must name")),
        "{left:?}"
    );
}

#[test]
fn a_document_has_the_form_of_one_and_the_size_that_is_taken() {
    let mut plan = plan(&[
        ("/apis/a", json!({"path": "a"})),
        ("/apis/a/policies/policy", json!({})),
        ("/policyFragments/f", json!({})),
    ]);
    let edited = |plan: &mut Plan, at: usize, text: String| {
        plan.steps[at].content.as_mut().unwrap().document = Some(text);
    };
    edited(
        &mut plan,
        1,
        "<policies>\n  <inbound>\n</policies>".to_owned(),
    );
    edited(
        &mut plan,
        2,
        format!("<fragment><!-- {} --></fragment>", "x".repeat(512 << 10)),
    );
    assert_eq!(
        problems(&plan),
        [
            "resources/apis/a/policies/policy.xml:3:1: it is no policy that the service takes: `inbound` is closed by `policies`",
            "resources/policyFragments/f.xml:1:1: it has 524318 bytes, and 524288 fit",
        ]
    );
    plan.allow = vec![
        "content-not-taken".to_owned(),
        "content-too-large".to_owned(),
    ];
    assert_eq!(problems(&plan), NONE);
}

#[test]
fn a_body_is_counted_as_it_is_sent() {
    let mut plan = plan(&[("/schemas/s", json!({"schemaType": "json"}))]);
    let document = |letter: &str, times: usize| json!(letter.repeat(times));
    for (letter, times, fits) in [
        ("x", 4 << 20, false),
        ("\u{1}", 1 << 20, false),
        ("x", 3 << 20, true),
    ] {
        let content = plan.steps[0].content.as_mut().unwrap();
        content
            .properties
            .insert("value".to_owned(), document(letter, times));
        let found = problems(&plan);
        assert_eq!(found.is_empty(), fits, "{found:?}");
    }
}

#[test]
fn what_was_found_of_a_body_blocks_until_it_is_mended_or_allowed() {
    let mut plan = plan(&[("/apis/a", json!({"displayName": "A", "path": 5}))]);
    let place = crate::plan::Place {
        service: &plan.target,
        workspace: &plan.workspace,
    };
    let found = findings(&plan.steps, plan.api_version, place);
    plan.findings = found;
    let blocked = problems(&plan);
    assert_eq!(
        blocked,
        [format!(
            "{API}.path: blocker `content-not-taken` of `/apis/a`: it must be a text, and is a number"
        )]
    );
    let exit = validate(&plan, &Present::default()).unwrap_err();
    assert_eq!(super::exit(&exit), Exit::Blocked);
    let mut allowed = plan.clone();
    allowed.findings[0].allowed = true;
    assert_eq!(problems(&allowed), NONE);
    let content = plan.steps[0].content.as_mut().unwrap();
    content.properties.insert("path".to_owned(), json!("a"));
    assert_eq!(problems(&plan), NONE);
}

#[test]
fn a_named_value_that_holds_policy_names_what_is_there() {
    let value = |value: &str| {
        plan(&[(
            "/namedValues/v",
            json!({"displayName": "v", "value": value}),
        )])
    };
    let policy = "<set-backend-service backend-id=\"b\" />{{gone}}";
    assert_eq!(
        problems(&value(policy)),
        [
            "resources/namedValues/v.json:properties.value: names the backend `b`, which is neither in the plan nor in the workspace"
        ]
    );
    assert_eq!(
        problems_with(&value(policy), &present(&["/backends/b"])),
        NONE
    );
    assert_eq!(problems(&value("a < b @ {{x}}")), NONE);
    let mut hidden = value(policy);
    let content = hidden.steps[0].content.as_mut().unwrap();
    content.properties.remove("value");
    content.properties.insert("secret".to_owned(), json!(true));
    assert_eq!(problems(&hidden), NONE);
}
