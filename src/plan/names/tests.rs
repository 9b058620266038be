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

/// Two versions of one API, whose set is copied with them.
fn versions() -> Inventory {
    let set = "/apiVersionSets/orders";
    let api = |version: &str| {
        json!({
            "displayName": "Orders", "path": "orders", "apiVersion": version, "apiVersionSetId": set,
        })
    };
    inventory(&[
        (
            set,
            json!({"displayName": "Orders", "versioningScheme": "Segment"}),
        ),
        ("/apis/orders-v1", api("v1")),
        ("/apis/orders-v2", api("v2")),
    ])
}

/// A workspace in which an API has a display name, in a version set.
fn held(display: &str, api: &str, set: Option<&str>) -> Target {
    let mut target = target("n");
    let displays = target.displays.entry(&crate::catalog::API).or_default();
    let holders = displays.entry(display.to_lowercase()).or_default();
    holders.insert(Name::new(api));
    let mut properties = serde_json::Map::new();
    if let Some(set) = set {
        let id = format!("{}/workspaces/team-a{set}", target.service);
        properties.insert(Route::VERSION_SET.to_owned(), Value::from(id));
    }
    let route = Route::of(Holder::ThisWorkspace, Name::new(api), &properties);
    target.routes.push(route);
    target
}

fn display(target: &Target, source: &str) -> String {
    let names = given(&versions(), target, &Naming::default()).unwrap();
    at(&names, source).display.unwrap()
}

#[test]
fn a_version_that_follows_later_has_the_display_name_of_its_set() {
    let set = Some("/apiVersionSets/orders-in-team-a");
    let theirs = held("Orders-in-team-a", "orders-v1-in-team-a", set);
    assert_eq!(display(&theirs, "/apis/orders-v2"), "Orders-in-team-a");
    assert_eq!(display(&theirs, "/apis/orders-v1"), "Orders-in-team-a");
    for set in [None, Some("/apiVersionSets/other")] {
        let stranger = held("Orders-in-team-a", "stranger", set);
        assert_eq!(display(&stranger, "/apis/orders-v2"), "Orders-in-team-a-2");
    }
}

#[test]
fn a_display_name_that_only_revisions_of_the_copy_hold_is_its_own() {
    let mut target = held("Orders-in-team-a", "orders-v1-in-team-a;rev=2", None);
    let displays = target.displays.get_mut(&crate::catalog::API).unwrap();
    let holders = displays.get_mut("orders-in-team-a").unwrap();
    holders.insert(Name::new("Orders-v1-in-team-a"));
    assert_eq!(display(&target, "/apis/orders-v1"), "Orders-in-team-a");
}

#[test]
fn what_shares_a_display_name_at_the_source_shares_it_when_planned_again() {
    let api = |path: &str| json!({"displayName": "Orders", "path": path});
    let source = inventory(&[("/apis/a", api("a")), ("/apis/b", api("b"))]);
    let shown = |target: &Target| {
        let names = given(&source, target, &Naming::default()).unwrap();
        ["/apis/a", "/apis/b"].map(|path| at(&names, path).display.unwrap())
    };
    let first = shown(&target("n"));
    assert_eq!(first, ["Orders-in-team-a", "Orders-in-team-a"]);

    let mut there = held("Orders-in-team-a", "a-in-team-a", None);
    let holders = there.displays.get_mut(&crate::catalog::API).unwrap();
    let holders = holders.get_mut("orders-in-team-a").unwrap();
    holders.insert(Name::new("B-in-team-a"));
    assert_eq!(shown(&there), first);

    let stranger = held("Orders-in-team-a", "c-in-team-a", None);
    assert_eq!(
        shown(&stranger),
        ["Orders-in-team-a-2", "Orders-in-team-a-2"]
    );
}

#[test]
fn names_of_the_last_plan_stay_and_are_nobody_elses() {
    let kept = |name: &str, display: &str| Override {
        name: Some(name.into()),
        display_name: Some(display.into()),
        path: None,
    };
    let path = |p: &str| p.parse::<ResourcePath>().unwrap();
    let naming = Naming {
        kept: [
            (
                path("/apis/orders"),
                kept("orders-in-team-a-2", "Orders-in-team-a-3"),
            ),
            // Not in this plan; its copy stands all the same.
            (path("/tags/other"), kept("t-in-team-a", "Other")),
        ]
        .into(),
        ..Naming::default()
    };
    let names = given(&sample(), &target("n"), &naming).unwrap();
    let api = at(&names, "/apis/orders");
    assert_eq!(api.target.name(), "orders-in-team-a-2");
    assert_eq!(api.display.as_deref(), Some("Orders-in-team-a-3"));
    let revision = at(&names, "/apis/orders;rev=1");
    assert_eq!(revision.target.name(), "orders-in-team-a-2;rev=1");
    assert_eq!(revision.display, api.display);
    assert_eq!(at(&names, "/tags/t").target.name(), "t-in-team-a-2");

    // What is asked for now counts more than what was asked for last time.
    let other = Naming {
        name: Some("{name}-x".into()),
        ..naming.clone()
    };
    let names = given(&sample(), &target("n"), &other).unwrap();
    assert_eq!(at(&names, "/apis/orders").target.name(), "orders-x");
    let same = Naming {
        name: Some("{name}-in-{workspace}".into()),
        ..naming
    };
    let names = given(&sample(), &target("n"), &same).unwrap();
    assert_eq!(
        at(&names, "/apis/orders").target.name(),
        "orders-in-team-a-2"
    );
}

#[test]
fn what_the_service_was_found_to_allow_is_kept() {
    let inventory = sample();
    let (api, tag) = (catalog::kind("api").unwrap(), catalog::kind("tag").unwrap());
    let mut target = target("n");
    let traits = &mut target.traits;
    traits.names_of_service.note(api, Scope::Free);
    traits.display_names_of_service.note(api, Scope::Free);
    traits.display_names_of_workspaces.note(api, Scope::Free);
    traits.display_names_of_workspaces.note(tag, Scope::Taken);
    traits.api_paths_of_service = Scope::Free;
    // What other workspaces have is not read within one service.
    let naming = Naming::default();
    let names = given(&inventory, &target, &naming).unwrap();
    let orders = at(&names, "/apis/orders");
    assert_eq!(orders.target.as_str(), "/apis/orders-in-team-a");
    assert_eq!(orders.display.as_deref(), Some("Orders"));
    assert_eq!(orders.path.as_deref(), Some("orders-in-team-a"));
    let tag_copy = at(&names, "/tags/t");
    assert_eq!(tag_copy.display.as_deref(), Some("T-in-team-a"));
    let traits = &mut target.traits;
    traits.names_of_workspaces.note(api, Scope::Free);
    traits.api_paths_of_workspaces = Scope::Free;
    let names = given(&inventory, &target, &naming).unwrap();
    let orders = at(&names, "/apis/orders");
    assert_eq!(orders.target.as_str(), "/apis/orders");
    assert_eq!(orders.path.as_deref(), Some("orders"));
    assert_eq!(
        at(&names, "/apis/orders;rev=1").target.as_str(),
        "/apis/orders;rev=1"
    );
    // A template that is given wins.
    let naming = Naming {
        name: Some("{name}-x".to_owned()),
        ..Naming::default()
    };
    let names = given(&inventory, &target, &naming).unwrap();
    assert_eq!(at(&names, "/apis/orders").target.as_str(), "/apis/orders-x");
}

#[test]
fn what_others_of_another_service_hold_is_in_the_way_unless_that_was_found_not_to_be_so() {
    let (inventory, api) = (sample(), catalog::kind("api").unwrap());
    let mut target = target("other");
    let held = |holder| BTreeMap::from([(Name::new("orders"), holder)]);
    for holder in [Holder::Service, Holder::Workspace("w".to_owned())] {
        target
            .names
            .insert(&crate::catalog::API, held(holder.clone()));
        target.traits = Traits::default();
        let name = |target: &Target| {
            let names = given(&inventory, target, &Naming::default()).unwrap();
            at(&names, "/apis/orders").target.to_string()
        };
        assert_eq!(name(&target), "/apis/orders-in-team-a");
        match holder {
            Holder::Service => target.traits.names_of_service.note(api, Scope::Free),
            _ => target.traits.names_of_workspaces.note(api, Scope::Free),
        }
        assert_eq!(name(&target), "/apis/orders");
    }
}

#[test]
fn workspaces_that_differ_only_in_what_names_cannot_hold_get_different_names() {
    let named = |workspace: &str| {
        let mut target = target("n");
        target.workspace = workspace.parse().unwrap();
        let names = given(&sample(), &target, &Naming::default()).unwrap();
        let api = at(&names, "/apis/orders");
        (api.target, api.path)
    };
    let (plain, dotted, blank) = (named("a-b"), named("a.b"), named("a b"));
    assert_eq!(plain.0.as_str(), "/apis/orders-in-a-b");
    assert!(plain.0 != dotted.0 && dotted.0 != blank.0 && plain.0 != blank.0);
    assert!(plain.1 != dotted.1 && dotted.1 != blank.1);
    assert_eq!(named("A.B").0, dotted.0);
}

/// An API whose policies name two named values and a fragment.
fn needy() -> Inventory {
    let policy = "<policies><inbound><include-fragment fragment-id=\"f\" /><set-header name=\"{{db-key}}\" \
                  /><set-header name=\"{{other}}\" /></inbound></policies>";
    inventory(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        ("/apis/a/policies/policy", json!({"value": policy})),
        ("/policyFragments/f", json!({"value": "<fragment />"})),
        (
            "/namedValues/1",
            json!({"displayName": "db-key", "value": "x"}),
        ),
        (
            "/namedValues/2",
            json!({"displayName": "other", "value": "x"}),
        ),
    ])
}

#[test]
fn results_that_cannot_be_names_are_refused_with_the_place() {
    let template = |display: &str| Naming {
        display_name: Some(display.to_owned()),
        ..Naming::default()
    };
    let by_hand = |path: &str, name: Option<&str>, display: Option<&str>| Naming {
        overrides: [(
            path.parse().unwrap(),
            Override {
                name: name.map(str::to_owned),
                display_name: display.map(str::to_owned),
                path: None,
            },
        )]
        .into(),
        ..Naming::default()
    };
    for (naming, said, way) in [
        (
            template("{displayName} (billing)"),
            "`db-key (billing)`: it holds ` `",
            &["displayName"][..],
        ),
        (
            template("key"),
            "both have the display name `key`",
            &["displayName"],
        ),
        (
            by_hand("/namedValues/1", None, Some("db key")),
            "`db key`: it holds ` `",
            &["overrides", "/namedValues/1", "displayName"],
        ),
        (
            by_hand("/namedValues/1", None, Some("OTHER-in-team-a")),
            "both have the display name",
            &["displayName"],
        ),
        (
            by_hand("/policyFragments/f", Some("f.billing"), None),
            "`f.billing`",
            &["name"],
        ),
        (by_hand("/apis/a", Some("a:b"), None), "`a:b`", &["name"]),
        (
            by_hand("/apis/a", Some("taken"), None),
            "something else of the service has that name",
            &["overrides", "/apis/a", "name"],
        ),
        (
            by_hand("/apis/a", Some("theirs"), None),
            "the workspace `w` has that name",
            &["overrides", "/apis/a", "name"],
        ),
    ] {
        let mut target = target("n");
        let held = [
            ("taken", Holder::Service),
            ("theirs", Holder::Workspace("w".to_owned())),
        ];
        let held = held.map(|(name, holder)| (Name::new(name), holder));
        target.names.insert(&crate::catalog::API, held.into());
        let error = given(&needy(), &target, &naming).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        let found = error.way().unwrap();
        assert!(found.iter().skip(1).eq(way.iter()), "{found:?}");
        assert_eq!(found[0], "naming");
        assert!(!error.help().is_empty());
    }
    let fine = template("{displayName}.{workspace}");
    let names = given(&needy(), &target("n"), &fine).unwrap();
    assert_eq!(
        at(&names, "/namedValues/1").display.as_deref(),
        Some("db-key.team-a")
    );
}

#[test]
fn names_that_hold_the_workspace_meet_nobody_elses() {
    let named = |template: Option<&str>| Naming {
        name: template.map(str::to_owned),
        ..Naming::default()
    };
    assert!(!named(None).may_meet());
    assert!(!named(Some("{workspace}-{name}")).may_meet());
    assert!(named(Some("{name}-copy")).may_meet());
}
