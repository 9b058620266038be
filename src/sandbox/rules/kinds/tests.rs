use super::*;

#[test]
fn parents_stand_before_their_children_and_no_pattern_twice() {
    for (index, kind) in KINDS.iter().enumerate() {
        let before = &KINDS[..index];
        assert!(before.iter().all(|other| other.pattern != kind.pattern));
        if let Some(parent) = kind.parent() {
            assert!(
                before.iter().any(|other| other.pattern == parent),
                "{}",
                kind.pattern
            );
        }
    }
}

#[test]
fn patterns_are_found_in_any_case() {
    let kind = kind_of("APIS/Operations/POLICIES").unwrap();
    assert_eq!(kind.pattern, "apis/operations/policies");
    assert_eq!(kind.collection(), "policies");
    assert!(kind_of("apis/nothing").is_none());
}

#[test]
fn verbs_agree_with_the_published_routes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/routes-2024-05-01.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared is absent");
        return;
    };
    let routes: serde_json::Value = serde_json::from_str(&text).unwrap();
    let routes = routes.as_object().unwrap();
    for kind in KINDS {
        for workspace in [false, true] {
            check_routes(routes, kind, workspace);
        }
    }
}

type Routes = serde_json::Map<String, serde_json::Value>;

fn check_routes(routes: &Routes, kind: &KindRule, workspace: bool) {
    let prefix = if workspace {
        vec!["workspaces", "{}"]
    } else {
        vec![]
    };
    let mut want = prefix;
    for part in kind.pattern.split('/') {
        want.extend([part, "{}"]);
    }
    let fits = |route: &str, want: &[&str]| {
        let parts: Vec<&str> = route.trim_start_matches('/').split('/').collect();
        parts.len() == want.len()
            && parts.iter().zip(want).all(|(part, want)| {
                part.eq_ignore_ascii_case(want)
                    || (*want == "{}" && (part.starts_with('{') || *part == "default"))
            })
    };
    let item = routes.iter().find(|(route, _)| fits(route, &want));
    let list = routes
        .iter()
        .find(|(route, _)| fits(route, &want[..want.len() - 1]));
    assert_eq!(
        list.is_some(),
        kind.exists_in(workspace),
        "{} workspace {workspace}",
        kind.pattern
    );
    for (verb, name) in [
        (Verb::Head, "HEAD"),
        (Verb::Get, "GET"),
        (Verb::Put, "PUT"),
        (Verb::Patch, "PATCH"),
        (Verb::Delete, "DELETE"),
    ] {
        let known = item.and_then(|(_, verbs)| verbs.get(name));
        assert_eq!(
            known.is_some(),
            kind.answers(verb) && kind.exists_in(workspace),
            "{} {name} workspace {workspace}",
            kind.pattern
        );
        let Some(known) = known else { continue };
        let demand = match known["ifMatch"].as_str() {
            Some("req") => IfMatch::Required,
            Some("opt") => IfMatch::Optional,
            _ => IfMatch::Ignored,
        };
        assert_eq!(demand, kind.if_match(verb), "{} {name}", kind.pattern);
        // Real traffic has the DELETE of an API long-running in a workspace too.
        let shown = verb == Verb::Delete && kind.pattern == "apis" && workspace;
        assert_eq!(
            known["lro"].as_bool().map(|documented| documented || shown),
            Some(kind.long_running(verb)),
            "{} {name} workspace {workspace}",
            kind.pattern
        );
    }
}
