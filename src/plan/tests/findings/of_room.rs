//! What is taken in a workspace, and what does not fit.

use serde_json::json;

use super::*;
use crate::address::Name;
use crate::plan::target::{Holder, Route};
/// An API that is there, as a list shows it.
fn there(case: &mut Case, holder: Holder, name: &str, properties: Value) {
    let properties = properties.as_object().unwrap();
    let route = Route::of(holder, Name::new(name), properties);
    case.target.routes.push(route);
}

#[test]
fn path_taken_in_the_workspace() {
    let mut case = Case::new(&[]);
    there(
        &mut case,
        Holder::ThisWorkspace,
        "theirs",
        json!({"path": "/A/"}),
    );
    // Behind its own gateway the workspace has a host of its own.
    there(&mut case, Holder::Service, "far", json!({"path": "a"}));
    case.finds(&[
        "blocker path-taken /apis/a: the path of its copy, `a`, is that of `/workspaces/team/apis/theirs`",
    ]);
    // What stands under the copy's own name is an earlier copy, or differs.
    case.target.routes.clear();
    there(
        &mut case,
        Holder::ThisWorkspace,
        "A-in-team",
        json!({"path": "a"}),
    );
    case.finds(&[]);
}

#[test]
fn path_taken_unless_both_are_versions_of_one_set() {
    let set = |name: &str| format!("{}/workspaces/team/apiVersionSets/{name}", service("n"));
    let mut case = Case::new(&[(
        "/apiVersionSets/s",
        json!({"displayName": "S", "versioningScheme": "Segment"}),
    )]);
    let mut versioned = api("a");
    versioned["apiVersionSetId"] = json!("/apiVersionSets/s");
    versioned["apiVersion"] = json!("v1");
    case.inventory.insert(resource("/apis/a", versioned));
    for (name, version, clashes) in [
        ("S-in-team", "v2", false),
        ("s-in-team", "V1", true),
        ("other", "v2", true),
    ] {
        case.target.routes.clear();
        let other = json!({"path": "a", "apiVersionSetId": set(name), "apiVersion": version});
        there(&mut case, Holder::ThisWorkspace, "b", other);
        let found = case.findings().iter().any(|f| f.contains("path-taken "));
        assert_eq!(found, clashes, "{name} {version}");
    }
}

#[test]
fn path_taken_behind_the_services_own_gateway() {
    let mut case = Case::new(&[("/apis/b", api("b"))]);
    case.target.gateways = Some(Vec::new());
    case.target.sku = Some("PremiumV2".into());
    case.finds(&[]);
    case.options.naming.path = Some("b".to_owned());
    case.finds(&[
        "blocker path-taken /apis/a: the path of its copy, `b`, is that of `/apis/b` at the service's own gateway",
    ]);
    let mut case = Case::new(&[]).elsewhere(&[]);
    case.target.gateways = Some(Vec::new());
    case.target.sku = Some("PremiumV2".into());
    there(&mut case, Holder::Service, "taken", json!({"path": "A"}));
    assert!(case.findings()[0].starts_with("blocker path-taken /apis/a"));
}

#[test]
fn path_taken_by_another_copy() {
    let mut case = Case::new(&[("/apis/b", api("b"))]);
    case.selected.push(path("/apis/b"));
    case.options.naming.path = Some("one".to_owned());
    case.finds(&[
        "blocker path-taken /apis/b: the path of its copy, `one`, is that of the copy of `/apis/a`",
    ]);
}

#[test]
fn reference_to_another_service() {
    let mut case = Case::new(&[]);
    let id = format!("{}/apiVersionSets/v", service("third"));
    let other = json!({"displayName": "a", "path": "a", "apiVersionSetId": id});
    case.inventory.insert(resource("/apis/a", other));
    case.finds(&[&format!(
        "blocker reference-to-another-service /apis/a: names the version set `{id}`, `apiVersionSetId`, which is of another service"
    )]);
}

#[test]
fn target_differs() {
    let mut case = Case::new(&[]);
    let there = resource("/apis/a-in-team", api("else"));
    case.target.existing = [(there.path.clone(), there)].into();
    let found = case.findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("blocker target-differs /apis/a: "),
        "{found:?}"
    );
}

#[test]
fn workspace_limit_counts_what_is_there_and_what_comes() {
    let mut case = Case::new(&[]);
    case.target.counts = [(&crate::catalog::API, 199)].into();
    case.finds(&[]);
    case.inventory
        .insert(resource("/apis/a;rev=2", json!({"apiRevision": "2"})));
    case.finds(&[
        "blocker workspace-limit /workspaces/team: 199 APIs are there and 2 come, 200 fit",
    ]);
}

#[test]
fn workspace_limit_counts_what_is_there_with_one_product() {
    let mut case = Case::new(&[
        (
            "/products/p",
            json!({"displayName": "P", "subscriptionRequired": false}),
        ),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a"})),
        ("/tags/t", json!({"displayName": "T"})),
        (
            "/tags/t/productLinks/x",
            json!({"productId": "/products/p"}),
        ),
    ]);
    let copy = json!({"displayName": "P-in-team", "subscriptionRequired": false});
    let copy = resource("/products/p-in-team", copy);
    case.target.existing = [(copy.path.clone(), copy)].into();
    case.target.counts = [(&crate::catalog::PRODUCT, 100)].into();
    let mut crowd = |kind: &'static crate::catalog::Kind, below: &str, most: usize| {
        let paths = (0..most).map(|n| path(&format!("{below}{n}"))).collect();
        let around = path("/products/p-in-team");
        case.target.crowds.insert((around, kind), paths);
    };
    crowd(
        &crate::catalog::PRODUCT_API_LINK,
        "/products/p-in-team/apiLinks/",
        200,
    );
    crowd(
        &crate::catalog::TAG_PRODUCT_LINK,
        "/tags/t/productLinks/",
        50,
    );
    // The hundredth product is the copy itself, which serves.
    case.finds(&[
        "blocker workspace-limit /products/p: 200 APIs of products are there with its copy and 1 come, 200 fit with one product",
        "blocker workspace-limit /products/p: 50 tags of products are there with its copy and 1 come, 50 fit with one product",
    ]);
}

#[test]
fn workspace_limit_of_one_api_and_one_product() {
    let mut case = Case::new(&[]);
    for n in 0..=100 {
        let operation =
            json!({"displayName": "O", "method": "GET", "urlTemplate": format!("/{n}")});
        case.inventory
            .insert(resource(&format!("/apis/a/operations/o{n}"), operation));
        case.inventory.insert(resource(
            &format!("/tags/t{n}"),
            json!({"displayName": format!("T{n}")}),
        ));
        case.inventory.insert(resource(
            &format!("/tags/t{n}/apiLinks/x"),
            json!({"apiId": "/apis/a"}),
        ));
    }
    case.finds(&[
        "blocker workspace-limit /apis/a: it has 101 operations, 100 fit with one API",
        "blocker workspace-limit /apis/a: it has 101 tags of APIs, 100 fit with one API",
    ]);
    let mut case = Case::new(&[]).elsewhere(&[]);
    for n in 0..=200 {
        let subscription = json!({"displayName": format!("S{n}"), "scope": "/apis/a"});
        case.inventory
            .insert(resource(&format!("/subscriptions/s{n}"), subscription));
    }
    case.finds(&[
        "blocker workspace-limit /apis/a: it has 201 subscriptions, 200 fit with one API",
    ]);
}
