//! What stays behind because somebody asked for it, or because of what was read.

use serde_json::json;

use super::{Case, path, service};
use crate::plan::{PlanError, make};

fn without(mut case: Case, words: &[&str]) -> Case {
    case.options.without = words.iter().map(|w| (*w).to_owned()).collect();
    case
}

fn refused(case: &Case) -> PlanError {
    make(&case.inventory, &case.selected, &case.target, &case.options).unwrap_err()
}

fn tagged() -> Case {
    Case::with_policy(
        "<base /><validate-jwt header-name=\"Authorization\" />",
        &[
            ("/tags/t", json!({"displayName": "T"})),
            ("/tags/t/apiLinks/x", json!({"apiId": "/apis/a"})),
            (
                "/apis/a/operations/o",
                json!({"displayName": "O", "method": "GET", "urlTemplate": "/"}),
            ),
            (
                "/apis/a/operations/o/policies/policy",
                json!({"value": "<policies />"}),
            ),
            (
                "/apis/a/schemas/s",
                json!({"contentType": "x", "document": {"value": "y"}}),
            ),
        ],
    )
}

#[test]
fn left_out_as_asked() {
    without(tagged(), &["tags"])
        .finds(&["note left-out-as-asked /tags/apiLinks: 1 of the tags of APIs that would come along: `/tags/t/apiLinks/x`"]);
}

#[test]
fn policy_left_out_of_an_api_that_is_copied() {
    let case = without(tagged(), &["policies"]);
    case.finds(&[
        "blocker policy-left-out /apis/a: left out as asked: `/apis/a/operations/o/policies/policy`, `/apis/a/policies/policy`, which hold `validate-jwt`",
        "note left-out-as-asked /apis/operations/policies: 1 of the operation policies that would come along: `/apis/a/operations/o/policies/policy`",
        "note left-out-as-asked /apis/policies: 1 of the API policies that would come along: `/apis/a/policies/policy`",
    ]);
    // With an operation goes what guards it.
    let found = without(tagged(), &["operations"]).findings();
    assert!(
        !found.iter().any(|f| f.contains("policy-left-out")),
        "{found:?}"
    );
}

#[test]
fn a_word_that_leaves_nothing_out_is_refused() {
    let error = refused(&without(tagged(), &["tags", "subscriptions"]));
    assert!(
        error
            .to_string()
            .contains("nothing is left out by `subscriptions`")
    );
    assert_eq!(error.way().unwrap(), ["without", "subscriptions"]);
    // What is needed comes all the same.
    let mut needed = tagged();
    let operation = json!({"displayName": "O", "method": "GET", "urlTemplate": "/",
        "responses": [{"statusCode": 200, "representations": [{"contentType": "x", "schemaId": "s"}]}]});
    needed
        .inventory
        .insert(super::resource("/apis/a/operations/o", operation));
    let needed = without(needed, &["schemas"]);
    assert!(refused(&needed).to_string().contains("all of it is needed"));
    // What another word has left out already is no mistake, nor what can't be read.
    let product = [
        ("/products/p", json!({"displayName": "P"})),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/products/p/groupLinks/y", json!({"groupId": "/groups/g"})),
        ("/groups/g", json!({"displayName": "G"})),
    ];
    without(Case::new(&product), &["products", "groups"]).plan();
    let mut unseen = without(Case::new(&[]), &["products"]);
    unseen
        .inventory
        .unseen
        .insert(&crate::catalog::PRODUCT_API_LINK);
    unseen.finds(&["note left-out-as-asked /products/apiLinks: the APIs of products that would come along could not be read"]);
}

#[test]
fn what_is_said_of_what_moves_is_not_left_out_with_a_branch() {
    let served = [
        ("/gateways/g", json!({})),
        ("/gateways/g/apis/a", json!({})),
        ("/tags/t", json!({"displayName": "T"})),
        ("/tags/t/apiLinks/x", json!({"apiId": "/apis/a"})),
    ];
    let found = without(Case::new(&served), &["tags"]).findings();
    assert!(found[0].starts_with("blocker self-hosted-gateway /apis/a"));
}

#[test]
fn what_was_only_listed_is_not_copied_though_nobody_selected_it() {
    let mut case = Case::with_policy(
        "<rate-limit calls=\"1\" renewal-period=\"1\"><api id=\"b\" calls=\"1\" renewal-period=\"1\" /></rate-limit>",
        &[],
    );
    let mut listed = super::resource("/apis/b", super::api("b"));
    listed.listed_only = true;
    case.inventory.insert(listed);
    let error = refused(&case);
    assert!(matches!(&error, PlanError::OnlyListed(p) if *p == path("/apis/b")));
    assert_eq!(error.exit(), crate::exit::Exit::Usage);
}

#[test]
fn kind_unknown() {
    let text = r#"{"service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n"}, "resources": [
        {"path": "/apis/a", "properties": {"displayName": "a", "path": "a", "apiRevision": "1"}},
        {"path": "/portalRevisions/1"}, {"path": "/portalRevisions/2"}, {"path": "/users/1/identities/x"},
        {"path": "/workspaces/w/tags/t"}, {"path": "/apis/a/tags/t"}, {"path": "/tags/t", "properties": {"displayName": "T"}}]}"#;
    let mut case = Case::new(&[]);
    case.inventory = crate::inventory::snapshot::read(text).unwrap();
    let service = &case.inventory.service;
    case.finds(&[&format!(
        "warning kind-unknown {service}: it holds 2 of `portalRevisions`, 1 of `users/identities`"
    )]);
}

#[test]
fn links_of_products_that_lead_nowhere_are_said() {
    let other = format!("{}/apis/o", service("other"));
    Case::new(&[
        ("/products/p", json!({"displayName": "P", "subscriptionRequired": true})),
        ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
        ("/products/p/apiLinks/b", json!({"apiId": other})),
        ("/products/p/apiLinks/c", json!({"apiId": "/apis/gone"})),
    ])
    .finds(&[
        &format!("warning reference-to-another-service /products/p/apiLinks/b: names `{other}`, which is of another service"),
        "warning reference-to-nothing /products/p/apiLinks/c: names `/apis/gone`, which is not there",
    ]);
}
