mod held;
mod results;

use std::collections::BTreeSet;

use super::*;
use crate::address::ServiceId;
use crate::catalog;
use crate::fixtures::inventory;
use crate::graph::closure;
use crate::plan::target::{Holder, Route};
use crate::traits::{Scope, Traits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Inventory {
    inventory(&[
        (
            "/apis/orders",
            json!({"displayName": "Orders", "path": "/orders", "apiRevision": "2"}),
        ),
        (
            "/apis/orders;rev=1",
            json!({"displayName": "Orders", "path": "orders"}),
        ),
        ("/apis/orders/operations/get", json!({"displayName": "Get"})),
        ("/tags/t", json!({"displayName": "T"})),
        (
            "/tags/t/operationLinks/x",
            json!({"operationId": "/apis/orders/operations/get"}),
        ),
    ])
}

fn target(service: &str) -> Target {
    Target::unknown(
        ServiceId::new("s", "g", service).unwrap(),
        "team-a".parse().unwrap(),
    )
}

fn given(inventory: &Inventory, target: &Target, naming: &Naming) -> Result<Names, NameError> {
    let selected: Vec<_> = (inventory.of_kind(&crate::catalog::API))
        .map(|r| r.path.clone())
        .filter(|p| !p.as_str().contains(";rev="))
        .collect();
    names(
        inventory,
        &closure(inventory, &selected, &[]),
        target,
        naming,
    )
}

fn at(names: &Names, path: &str) -> Named {
    names[&path.parse::<ResourcePath>().unwrap()].clone()
}

#[test]
fn within_one_service_names_display_names_and_paths_follow_the_template() {
    let names = given(&sample(), &target("n"), &Naming::default()).unwrap();
    let api = at(&names, "/apis/orders");
    assert_eq!(api.target.as_str(), "/apis/orders-in-team-a");
    assert_eq!(api.display.as_deref(), Some("Orders-in-team-a"));
    assert_eq!(api.path.as_deref(), Some("orders-in-team-a"));
    let revision = at(&names, "/apis/orders;rev=1");
    assert_eq!(revision.target.as_str(), "/apis/orders-in-team-a;rev=1");
    assert_eq!(revision.path, api.path);
    let operation = at(&names, "/apis/orders/operations/get").target;
    assert_eq!(operation.as_str(), "/apis/orders-in-team-a/operations/get");
    let link = at(&names, "/tags/t/operationLinks/x").target;
    assert_eq!(
        link.as_str(),
        "/tags/t-in-team-a/operationLinks/orders-in-team-a--get"
    );
}

#[test]
fn into_another_service_names_are_kept_unless_taken() {
    let mut target = target("other");
    let held = [(Name::new("T"), Holder::Service)];
    target
        .names
        .insert(&crate::catalog::TAG, held.into_iter().collect());
    let names = given(&sample(), &target, &Naming::default()).unwrap();
    assert_eq!(at(&names, "/apis/orders").target.as_str(), "/apis/orders");
    assert_eq!(at(&names, "/apis/orders").path.as_deref(), Some("orders"));
    assert_eq!(at(&names, "/tags/t").target.as_str(), "/tags/t-in-team-a");
}

#[test]
fn a_gateway_of_its_own_keeps_the_path() {
    let mut target = target("n");
    target.gateways = Some(vec!["gw".to_owned()]);
    let names = given(&sample(), &target, &Naming::default()).unwrap();
    assert_eq!(at(&names, "/apis/orders").path.as_deref(), Some("orders"));
}

#[test]
fn a_template_that_joins_two_is_refused_and_so_is_an_unknown_variable() {
    let inventory = inventory(&[("/apis/a", json!({})), ("/apis/b", json!({}))]);
    let same = Naming {
        overrides: ["/apis/a", "/apis/b"]
            .map(|p| {
                (
                    p.parse().unwrap(),
                    Override {
                        name: Some("x".into()),
                        ..Override::default()
                    },
                )
            })
            .into(),
        ..Naming::default()
    };
    let error = given(&inventory, &target("n"), &same).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/apis/a` and `/apis/b` would both become `/apis/x`"
    );
    let constant = Naming {
        name: Some("same".into()),
        ..Naming::default()
    };
    let error = given(&inventory, &target("n"), &constant).unwrap_err();
    assert!(matches!(error, NameError::SameTarget { .. }), "{error}");
    let odd = Naming {
        name: Some("{nam}".into()),
        ..Naming::default()
    };
    assert!(matches!(
        given(&inventory, &target("n"), &odd),
        Err(NameError::UnknownVariable { .. })
    ));
}

#[test]
fn a_name_that_is_given_to_nothing_is_refused() {
    let full = || Override {
        name: Some("x".into()),
        ..Override::default()
    };
    let shown = || Override {
        display_name: Some("X".into()),
        ..Override::default()
    };
    let at = || Override {
        path: Some("x".into()),
        ..Override::default()
    };
    for (path, given, why, help) in [
        (
            "/apis/ordrs",
            full(),
            "there is nothing of that name",
            "did you mean `/apis/orders`?",
        ),
        (
            "/apis/other",
            full(),
            "not among what is copied",
            "take it out, or select",
        ),
        (
            "/aips/orders",
            full(),
            "no such kind",
            "did you mean `/apis/…`?",
        ),
        (
            "/apis/orders/operations/get",
            shown(),
            "below something else",
            "take it out",
        ),
        (
            "/apis/orders;rev=1",
            full(),
            "its API",
            "name the API itself: `/apis/orders`",
        ),
        ("/tags/t", at(), "only APIs have a path", "take `path` out"),
        (
            "/backends/b",
            shown(),
            "has no display name",
            "take `displayName` out",
        ),
        (
            "/policies/policy",
            full(),
            "the same name everywhere",
            "take it out",
        ),
        (
            "/users/1",
            full(),
            "a workspace can't have one",
            "take it out",
        ),
        (
            "/apis/orders",
            Override::default(),
            "says no name",
            "give it",
        ),
    ] {
        let mut inventory = sample();
        let other = Resource::new("/apis/other".parse().unwrap(), serde_json::Map::new(), None);
        inventory.insert(other.unwrap());
        let naming = Naming {
            overrides: [(path.parse().unwrap(), given)].into(),
            ..Naming::default()
        };
        let selected: Vec<_> = ["/apis/orders".parse().unwrap()].into();
        let members = closure(&inventory, &selected, &[]);
        let error = names(&inventory, &members, &target("n"), &naming).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.help().contains(help), "{}", error.help());
        assert_eq!(error.way().unwrap(), ["naming", "overrides", path]);
        assert!(matches!(error, NameError::NoEffect { .. }));
    }
}

#[test]
fn links_to_like_names_stay_apart_and_one_pair_is_linked_once() {
    let inventory = inventory(&[
        ("/apis/a.b", json!({"displayName": "1", "path": "1"})),
        ("/apis/a-b", json!({"displayName": "2", "path": "2"})),
        ("/products/p", json!({"displayName": "P"})),
        ("/products/p/apiLinks/x", json!({"apiId": "/apis/a.b"})),
        ("/products/p/apiLinks/y", json!({"apiId": "/apis/a-b"})),
        (
            "/products/p/apiLinks/z",
            json!({"apiId": "/apis/A-B;rev=1"}),
        ),
    ]);
    let names = given(&inventory, &target("n"), &Naming::default()).unwrap();
    let name = |p: &str| at(&names, p).target.name().to_owned();
    assert_eq!(name("/products/p/apiLinks/y"), "a-b-in-team-a");
    assert!(name("/products/p/apiLinks/x").starts_with("a-b-in-team-a-"));
    assert!(!names.contains_key(&"/products/p/apiLinks/z".parse::<ResourcePath>().unwrap()));
}

#[test]
fn what_has_no_display_name_is_shown_by_its_name() {
    let inventory = inventory(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        (
            "/subscriptions/s",
            json!({"scope": "/apis/a", "displayName": null}),
        ),
    ]);
    let names = given(&inventory, &target("n"), &Naming::default()).unwrap();
    assert_eq!(
        at(&names, "/subscriptions/s").display.as_deref(),
        Some("s-in-team-a")
    );
}

proptest! {
    #[test]
    fn names_fit_and_never_meet(raw in proptest::collection::btree_set("[a-zA-Z][a-zA-Z0-9.-]{0,300}", 1..12)) {
        let mut items: Vec<(String, Value)> = Vec::new();
        for name in &raw {
            if !items.iter().any(|(p, _)| p.eq_ignore_ascii_case(&format!("/apis/{name}"))) {
                items.push((format!("/apis/{name}"), json!({"displayName": name, "path": name})));
            }
        }
        let borrowed: Vec<(&str, Value)> = items.iter().map(|(p, v)| (p.as_str(), v.clone())).collect();
        let inventory = inventory(&borrowed);
        let names = given(&inventory, &target("n"), &Naming::default()).unwrap();
        let targets: BTreeSet<_> = names.values().map(|n| n.target.clone()).collect();
        prop_assert_eq!(targets.len(), items.len());
        for named in names.values() {
            prop_assert!(named.target.name().chars().count() <= 256);
            prop_assert!(named.display.as_ref().is_some_and(|d| d.chars().count() <= 300));
        }
    }
}
