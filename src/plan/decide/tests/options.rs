//! What is asked for.

use super::*;

#[test]
fn what_is_allowed_has_to_stand_in_the_way() {
    let inventory = inventory(&[
        ("/apis/a", json!({"displayName": "A", "path": "a"})),
        (
            "/apis/a/policies/policy",
            json!({"value": "<policies><inbound><set-backend-service backend-id=\"gone\"/></inbound></policies>"}),
        ),
    ]);
    let again = |allow: &str, before: &[&str]| {
        let options = PlanOptions {
            allow: vec![allow.to_owned()],
            allowed_before: before.iter().map(|&b| b.to_owned()).collect(),
            ..PlanOptions::default()
        };
        let selected = ["/apis/a".parse().unwrap()];
        make(&inventory, &selected, &target("n"), &options)
    };
    let made = |allow: &str| again(allow, &[]);
    let done = again("path-taken", &["path-taken"]).unwrap();
    assert_eq!(done.allow, Vec::<String>::new());
    assert_eq!(made("reference-to-nothing").unwrap().blockers().count(), 0);
    for (code, said, help) in [
        (
            "reference-to-nothin",
            "no finding with the code",
            "did you mean `reference-to-nothing`?",
        ),
        ("unheard-of", "no finding with the code", "blockers are: "),
        (
            "path-taken",
            "nothing is allowed by `path-taken`",
            "take it out",
        ),
        (
            "product-shared",
            "nothing is allowed by `product-shared`",
            "the code of a warning",
        ),
    ] {
        let error = made(code).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.help().contains(help), "{}", error.help());
        assert_eq!(error.way().unwrap(), ["allow", code]);
    }
}

#[test]
fn the_words_for_branches_are_those_that_cut_something() {
    let words = branches();
    for kind in kinds().iter().filter(|k| k.parent().is_none()) {
        // What is only ever needed can't be left out.
        let needed = [
            "backends",
            "namedValues",
            "loggers",
            "certificates",
            "gateways",
        ];
        assert!(!words.contains(&kind.collection()) || !needed.contains(&kind.collection()));
    }
    for word in [
        "products",
        "subscriptions",
        "tags",
        "groups",
        "policies",
        "releases",
    ] {
        assert!(words.contains(&word), "{words:?}");
    }
    for word in &words {
        let cuts = |k: &&Kind| crate::graph::closure::is_branch(word, k);
        let branch = |k: &&Kind| k.referrers.iter().any(|r| r.branch == *word);
        assert!(kinds().iter().any(|k| cuts(k) || branch(k)), "{word}");
    }
}

#[test]
fn what_the_service_has_nothing_of_is_not_copied_of_it() {
    let inventory = inventory(&[("/apis/a", json!({"displayName": "A", "path": "a"}))]);
    let options = PlanOptions {
        service_scope: vec!["diagnostics".into()],
        ..PlanOptions::default()
    };
    let selected = ["/apis/a".parse().unwrap()];
    let error = make(&inventory, &selected, &target("n"), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`n` has nothing of `diagnostics` to copy"
    );
    assert_eq!(error.way().unwrap(), ["serviceScope", "diagnostics"]);
}

#[test]
fn options_that_name_nothing_are_refused() {
    let inventory = inventory(&[("/apis/a", json!({}))]);
    let selected = ["/apis/a".parse().unwrap()];
    let mut target = target("n");
    let options = PlanOptions {
        allow: vec!["no-such-code".into()],
        ..PlanOptions::default()
    };
    assert!(matches!(
        make(&inventory, &selected, &target, &options),
        Err(PlanError::UnknownCode { .. })
    ));
    let options = PlanOptions {
        without: vec!["aips".into()],
        ..PlanOptions::default()
    };
    let error = make(&inventory, &selected, &target, &options).unwrap_err();
    assert!(error.help().contains("products"), "{}", error.help());
    target.exists = false;
    assert!(matches!(
        make(&inventory, &selected, &target, &PlanOptions::default()),
        Err(PlanError::NoWorkspace { .. })
    ));
}
