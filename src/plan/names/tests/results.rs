//! Names that come out wrong.

use super::*;

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
