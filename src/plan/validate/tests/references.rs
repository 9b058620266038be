//! What is named, in properties and in documents.

use super::*;

#[test]
fn ids_lead_into_the_workspace_or_to_the_few_things_of_the_service() {
    let service = WORKSPACE.trim_end_matches("/workspaces/w");
    let group = |id: String| {
        problems(&plan(&[
            ("/products/p", json!({})),
            ("/groups/own", json!({})),
            ("/products/p/groupLinks/l", json!({"groupId": id})),
        ]))
    };
    for good in [
        format!("{WORKSPACE}/groups/OWN"),
        format!("{service}/groups/developers"),
        "/groups/guests".to_owned(),
        "/workspaces/w/groups/own".to_owned(),
    ] {
        assert_eq!(group(good), NONE);
    }
    for (bad, why) in [
        (
            format!("{service}/groups/own"),
            "a workspace can't refer to",
        ),
        (
            format!("{service}x/groups/developers"),
            "a workspace can't refer to",
        ),
        (
            format!("{service}/workspaces/v/groups/own"),
            "a workspace can't refer to",
        ),
        (format!("{WORKSPACE}/groups/none"), "neither in the plan"),
        (
            format!("{WORKSPACE}/products/p"),
            "of the kind `product`, not group",
        ),
        ("/groups/none".to_owned(), "neither in the plan"),
    ] {
        let found = group(bad.clone());
        assert!(
            found.len() == 1 && found[0].contains(why),
            "{bad}: {found:?}"
        );
    }
}

#[test]
fn scopes_of_everything_and_revision_numbers_are_understood() {
    let scope = |text: String| {
        problems(&plan(&[
            ("/apis/a", json!({"apiRevision": "3"})),
            ("/apis/a/releases/r", json!({"apiId": text})),
        ]))
    };
    assert_eq!(scope(format!("{WORKSPACE}/apis/a;rev=3")), NONE);
    assert_eq!(scope(format!("{WORKSPACE}/apis/a;rev=4")).len(), 1);
    assert_eq!(scope(format!("{WORKSPACE}/apis")), NONE);
    assert_eq!(scope(WORKSPACE.to_owned()), NONE);
    assert_eq!(
        scope(format!(
            "{}/apis",
            WORKSPACE.trim_end_matches("/workspaces/w")
        ))
        .len(),
        1
    );
}

#[test]
fn names_lead_to_the_service_and_to_the_api() {
    let plan = plan(&[
        (
            "/apis/a",
            json!({"authenticationSettings": {"oAuth2": {"authorizationServerId": "as"}}}),
        ),
        (
            "/apis/a/operations/o",
            json!({"request": {"representations": [{"contentType": "text/plain", "schemaId": "s"}]}}),
        ),
    ]);
    let lost = "resources/apis/a/operations/o.json:properties.request.representations[].schemaId: names the apiSchema `s`, which is neither in the plan nor in the workspace";
    assert_eq!(problems(&plan), [lost]);
    let mut known = present(&[]);
    known.service = Some(BTreeSet::new());
    assert_eq!(
        problems_with(&plan, &known)[0],
        "resources/apis/a.json:properties.authenticationSettings.oAuth2.authorizationServerId: names the authorizationServer `as`, which the target service does not have"
    );
    known.service = Some(["/authorizationServers/AS".parse().unwrap()].into());
    assert_eq!(problems_with(&plan, &known), [lost]);
}

#[test]
fn named_values_in_credentials_are_there_by_display_name() {
    let backend = json!({"credentials": {"header": {"x": ["{{ key-in-w }}"]}}});
    let plan = plan(&[
        ("/namedValues/k", json!({"displayName": "KEY-in-w"})),
        ("/backends/b", backend.clone()),
    ]);
    assert_eq!(problems(&plan), NONE);
    let alone = super::tests::plan(&[("/backends/b", backend)]);
    assert_eq!(
        problems(&alone),
        [
            "resources/backends/b.json:properties.credentials: names the namedValue `key-in-w`, which is neither in the plan nor in the workspace"
        ]
    );
    let mut known = present(&[]);
    let names = BTreeSet::from(["key-in-w".to_owned()]);
    known.displays.insert(&catalog::NAMED_VALUE, names);
    assert_eq!(problems_with(&alone, &known), NONE);
}

#[test]
fn documents_name_what_is_there_but_in_comments() {
    let mut plan = plan(&[
        ("/apis/a", json!({})),
        ("/namedValues/k", json!({"displayName": "key"})),
        ("/apis/a/policies/policy", json!({})),
    ]);
    let content = plan.steps[2].content.as_mut().unwrap();
    content.document = Some(
        "<policies>\n  <inbound>\n    <!-- {{gone}} -->\n    <set-backend-service backend-id=\"b\" />\n    \
         <set-variable name=\"x\" value=\"{{KEY}}{{none}}\" />\n  </inbound>\n</policies>"
            .to_owned(),
    );
    let file = "resources/apis/a/policies/policy.xml";
    let rest = "which is neither in the plan nor in the workspace";
    assert_eq!(
        problems(&plan),
        [
            format!("{file}:4:38: names the backend `b`, {rest}"),
            format!("{file}:5:44: names the namedValue `none`, {rest}"),
        ]
    );
    let mut known = present(&["/backends/B"]);
    known
        .displays
        .insert(&catalog::NAMED_VALUE, ["none".to_owned()].into());
    assert_eq!(problems_with(&plan, &known), NONE);
}
