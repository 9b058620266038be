use super::*;
use crate::fixtures::{inventory, steps};
use crate::plan::{PlanOptions, Target};
use serde_json::json;

/// A plan of one API of two, with a product, its policy and what that names.
fn plan() -> Plan {
    let own = json!({"format": "rawxml", "value": "<policies><inbound/></policies>"});
    let text = "<policies><inbound>\n<set-header name=\"k\"><value>{{key}}</value></set-header></inbound></policies>";
    let policy = json!({"format": "rawxml", "value": text});
    let inventory = inventory(&[
        (
            "/namedValues/key",
            json!({"displayName": "key", "value": "v"}),
        ),
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        ("/apis/a/policies/policy", own),
        ("/apis/b", json!({"displayName": "B", "path": "b"})),
        ("/apis/b/policies/policy", policy.clone()),
        ("/products/p", json!({"displayName": "P"})),
        ("/products/p/policies/policy", policy),
        ("/products/p/apiLinks/a", json!({"apiId": "/apis/a"})),
        ("/products/p/apiLinks/b", json!({"apiId": "/apis/b"})),
    ]);
    let selected = ["/apis/a".parse().unwrap()];
    let target = Target::unknown(inventory.service.clone(), "w".parse().unwrap());
    crate::plan::make(&inventory, &selected, &target, &PlanOptions::default()).unwrap()
}

#[test]
fn the_way_from_the_selection_is_told_and_who_else_is_a_user() {
    let plan = plan();
    let text = explained(&explain(&plan, "key").unwrap(), 100);
    insta::assert_snapshot!(text, @r"
    /namedValues/key
      is copied to /workspaces/w/namedValues/key-in-w

    because
      /apis/a                      was selected
      /products/p/apiLinks/a       names it in `apiId`
      /products/p                  /products/p/apiLinks/a stands below it
      /products/p/policies/policy  stands below /products/p
      /namedValues/key             /products/p/policies/policy names it as `{{key}}` in line 2

    needed by
      products/p/policies/policy

    used at the source by what is copied
      /products/p/policies/policy names it as `{{key}}` in line 2

    used at the source by what stays there
      /apis/b/policies/policy names it as `{{key}}` in line 2
    ");
}

#[test]
fn whatever_names_a_thing_finds_it() {
    let plan = plan();
    for word in [
        "namedValues/key",
        "/namedvalues/KEY",
        "/workspaces/w/namedValues/key-in-w",
        "namedValues/key-in-w",
        "key-in-w",
    ] {
        let found = explain(&plan, word).unwrap();
        assert_eq!(found.step.unwrap().as_str(), "namedValues/key", "{word}");
    }
    // Its links and its policy bear the name `a`, too.
    assert_eq!(
        explain(&plan, "a").unwrap().step.unwrap().as_str(),
        "apis/a"
    );
    let several = explain(&plan, "policy").unwrap_err().to_string();
    assert!(several.contains("`apis/a/policies/policy`"), "{several}");
    let unknown = explain(&plan, "namedValues/kee").unwrap_err();
    assert_eq!(unknown.help(), "did you mean `namedValues/key`?");
    for word in ["", "/", "//", "nothing/at/all", "…"] {
        assert!(explain(&plan, word).is_err(), "{word}");
    }
}

#[test]
fn what_is_known_and_not_copied_is_told_as_that() {
    let mut plan = steps::plan(Vec::new());
    plan.basis = Some(crate::plan::basis::Basis::new(["/apis/a/wikis/x"
        .parse()
        .unwrap()]));
    let found = explain(&plan, "apis/a/wikis/x").unwrap();
    assert!(found.step.is_none());
    assert!(explained(&found, 100).contains("is not copied"));
}
