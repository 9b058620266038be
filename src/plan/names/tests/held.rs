//! Display names, and what others hold.

use super::*;

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
