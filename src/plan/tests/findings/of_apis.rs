//! What APIs, products and subscriptions are.

use serde_json::json;

use super::*;

#[test]
fn graphql_resolver_one_line_for_many() {
    let resolver = |at: &'static str| (at, json!({"path": "Query/x"}));
    let case = Case::new(&[resolver("/apis/a/resolvers/r")]);
    case.finds(&[
        "blocker graphql-resolver /apis/a/resolvers/r: a workspace has no GraphQL resolvers",
    ]);
    let case = Case::new(&[
        resolver("/apis/a/resolvers/r"),
        resolver("/apis/a/resolvers/q"),
    ]);
    case.finds(&[
        "blocker graphql-resolver /apis/a: a workspace has no GraphQL resolvers: `q`, `r`",
    ]);
}

#[test]
fn unsupported_api_type() {
    for (properties, message) in [
        (json!({"type": "mcp"}), "the API is of type `mcp`"),
        (json!({"type": "A2A"}), "the API is of type `A2A`"),
        (
            json!({"type": "http", "mcpTools": [{"name": "t"}]}),
            "the API has `mcpTools`",
        ),
        (
            json!({"mcpProperties": {"x": 1}}),
            "the API has `mcpProperties`",
        ),
        (json!({"isAgent": true}), "the API has `isAgent`"),
    ] {
        let mut case = Case::new(&[("/apis/a/policies/policy", policy("<base />"))]);
        case.inventory.insert(resource("/apis/a", properties));
        case.finds(&[&format!("blocker unsupported-api-type /apis/a: {message}")]);
        assert!(!case.makes("apis/a") && !case.makes("apis/a/policies/policy"));
    }
}

#[test]
fn what_an_api_shows_of_agents_when_it_serves_none_is_nothing() {
    let mut shown = api("a");
    for (name, value) in [
        ("mcpProperties", json!(null)),
        ("mcpTools", json!([])),
        ("a2aProperties", json!(null)),
        ("agent", json!(null)),
        ("isAgent", json!(false)),
        ("jsonRpcProperties", json!(null)),
        ("backendId", json!(null)),
    ] {
        shown[name] = value;
    }
    let mut case = Case::new(&[]);
    case.inventory.insert(resource("/apis/a", shown));
    case.finds(&[]);
}

#[test]
fn external_group_unknown() {
    let case = Case::new(&[
        (
            "/products/p",
            json!({"displayName": "P", "subscriptionRequired": false}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/products/p/groupLinks/y", json!({"groupId": "/groups/g"})),
        ("/groups/g", json!({"displayName": "G", "type": "external"})),
    ]);
    case.finds(&[
        "blocker external-group-unknown /groups/g: the service does not tell which external group it stands for",
        "warning left-with-what-it-needs /products/p/groupLinks/y: it needs `/groups/g`",
    ]);
}

#[test]
fn product_shared() {
    let case = Case::new(&[
        ("/apis/b", api("b")),
        (
            "/products/p",
            json!({"displayName": "P", "subscriptionRequired": false}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/products/p/apiLinks/y", json!({"apiId": "/apis/b"})),
    ]);
    case.finds(&["warning product-shared /products/p: not selected: `b`"]);
}

#[test]
fn api_comes_along() {
    let limit =
        "<rate-limit calls=\"5\" renewal-period=\"60\"><api id=\"b\" calls=\"1\" /></rate-limit>";
    let mut case = Case::with_policy(limit, &[("/apis/b", api("b"))]);
    case.finds(&["warning api-comes-along /apis/b: `/apis/a/policies/policy` names it as `id` of `api` in line 3, and comes with `/apis/a`"]);
    case.selected.push(path("/apis/b"));
    case.finds(&[]);
}

#[test]
fn version_set_siblings() {
    let version = |name: &str| json!({"displayName": name, "path": "p", "apiVersion": name, "apiVersionSetId": "/apiVersionSets/v"});
    let mut case = Case::new(&[
        (
            "/apiVersionSets/v",
            json!({"displayName": "V", "versioningScheme": "Segment"}),
        ),
        ("/apis/b", version("b")),
        ("/apis/b;rev=2", version("b")),
    ]);
    case.inventory.insert(resource("/apis/a", version("a")));
    case.finds(&["warning version-set-siblings /apiVersionSets/v: not selected: `b`"]);
}

#[test]
fn subscription_of_open_product() {
    let product = |open: bool| json!({"displayName": "P", "subscriptionRequired": !open});
    let of_it = json!({"displayName": "s", "scope": "/products/p", "state": "active"});
    let more = |open| {
        [
            ("/products/p", product(open)),
            ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
            ("/subscriptions/s", of_it.clone()),
        ]
    };
    let new_keys = "warning new-subscription-keys /subscriptions/s: its copy gets keys of its own";
    Case::new(&more(false)).finds(&[new_keys]);
    let open = Case::new(&more(true));
    open.finds(&[
        new_keys,
        "note subscription-of-open-product /subscriptions/s: `/products/p` requires none",
    ]);
    assert!(open.makes("subscriptions/s"));
    assert!(open.makes("products/p/subscriptions/automatic-subscription"));
}

#[test]
fn new_subscription_keys() {
    let items = [(
        "/subscriptions/s",
        json!({"displayName": "S", "scope": "/apis/a"}),
    )];
    Case::new(&items)
        .finds(&["warning new-subscription-keys /subscriptions/s: its copy gets keys of its own"]);
    Case::new(&items).elsewhere(&[]).finds(&[]);
}

#[test]
fn what_an_api_has_and_no_workspace_holds() {
    let case = Case::new(&[
        ("/apis/a/tagDescriptions/t", json!({"description": "x"})),
        ("/apis/a/wikis/default", json!({})),
        ("/apis/a/issues/i", json!({"title": "x"})),
    ]);
    case.finds(&[
        "warning issue-left-behind /apis/a/issues/i: a workspace has no API issues",
        "warning tag-description-left-behind /apis/a/tagDescriptions/t: a workspace has no tag descriptions",
        "warning wiki-left-behind /apis/a/wikis/default: a workspace has no API wikis",
    ]);
}

#[test]
fn soap_wsdl_unproven() {
    let mut case = Case::new(&[("/apis/a;rev=2", json!({"apiRevision": "2", "type": "soap"}))]);
    case.inventory.insert(resource(
        "/apis/a",
        json!({"displayName": "a", "path": "a", "type": "soap"}),
    ));
    case.finds(&["note soap-wsdl-unproven /apis/a: the API is of type `soap`"]);
}

#[test]
fn release_left_behind_one_line_for_many() {
    let mut case = Case::new(&[
        ("/apis/a;rev=2", json!({"apiRevision": "2"})),
        ("/apis/a/releases/r", json!({"apiId": "/apis/a;rev=2"})),
    ]);
    case.finds(&[
        "note release-left-behind /apis/a/releases/r: it is of a revision that is not current",
    ]);
    case.inventory.insert(resource(
        "/apis/a/releases/q",
        json!({"apiId": "/apis/a;rev=2"}),
    ));
    case.finds(&[
        "note release-left-behind /apis/a: `q`, `r` are of revisions that are not current",
    ]);
}

#[test]
fn too_many_of_one_owner() {
    let subscription = |owner: &str, state: &str| {
        json!({"displayName": "s", "scope": "/products/p", "state": state,
            "ownerId": format!("/users/{owner}")})
    };
    let mut case = Case::new(&[
        ("/users/u", json!({"email": "u@e.invalid"})),
        ("/users/v", json!({"email": "v@e.invalid"})),
        (
            "/products/p",
            json!({"displayName": "p", "subscriptionsLimit": 1, "subscriptionRequired": true}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/subscriptions/now", subscription("u", "active")),
        ("/subscriptions/other", subscription("v", "active")),
    ]);
    let keys = |name: &str| {
        format!(
            "warning new-subscription-keys /subscriptions/{name}: its copy gets keys of its own"
        )
    };
    case.finds(&[&keys("now"), &keys("other")]);
    let old = resource("/subscriptions/old", subscription("u", "cancelled"));
    case.inventory.insert(old);
    case.finds(&[
        "blocker too-many-of-one-owner /products/p: `u` has 2 subscriptions of it, and it allows 1 for each owner",
        &keys("now"),
        &keys("old"),
        &keys("other"),
    ]);
}

#[test]
fn graphql_without_a_server_and_without_resolvers() {
    let mut case = Case::new(&[]);
    let with = |url: Value| {
        let mut api = api("a");
        api["type"] = json!("graphql");
        api["serviceUrl"] = url;
        resource("/apis/a", api)
    };
    case.inventory.insert(with(Value::Null));
    case.finds(&[
        "blocker graphql-resolver /apis/a: it has neither a server (`serviceUrl`) nor resolvers",
    ]);
    assert!(!case.makes("apis/a"));
    case.inventory.insert(with(json!("https://g.invalid")));
    case.finds(&[]);
}

#[test]
fn what_has_a_name_that_makes_no_address() {
    let mut case = Case::new(&[]);
    for (below, called) in [
        (Some(path("/apis/a")), "/apis/a/operations/GET_x/y"),
        (Some(path("/apis/other")), "/apis/other/operations/a?b"),
        (None, "/tags/a#b"),
    ] {
        case.inventory.nameless.insert((below, called.to_owned()));
    }
    let message = "its name holds what no address can have, so that it can't be read";
    case.finds(&[
        &format!("blocker name-without-address /apis/a/operations/GET_x/y: {message}"),
        &format!("warning name-without-address /tags/a#b: {message}"),
    ]);
}
