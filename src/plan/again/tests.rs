use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::address::{ServiceId, SourcePath};
use crate::catalog;
use crate::fixtures::steps;
use crate::inventory::{Inventory, Resource};
use crate::plan::{Finding, Selection, Severity, Step, StepId};

fn service() -> ServiceId {
    ServiceId::new("s", "g", "n").unwrap()
}

fn step(source: &str, properties: Value, after: &[&str]) -> Step {
    let kind = catalog::kind_of(&source.parse().unwrap()).unwrap();
    let step = steps::step(kind.name, source, after).copy_of(source, None);
    match kind.is_document() {
        true => step.with(properties).document("<policies/>"),
        false => step.with(properties),
    }
}

fn plan() -> Plan {
    Plan {
        name: "w".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        generator: "apim-migrate 0".to_owned(),
        source: service(),
        target: service(),
        selection: Selection {
            apis: vec!["a".to_owned(), "b".to_owned()],
            ..Selection::default()
        },
        ..steps::plan(vec![
            step("/tags/t", json!({"displayName": "T"}), &[]),
            step("/namedValues/k", json!({"displayName": "K"}), &[]),
            step("/apis/a", json!({"displayName": "A"}), &[]),
            step("/apis/b", json!({"displayName": "B"}), &["namedValues/k"]),
            step(
                "/apis/a/policies/policy",
                json!({}),
                &["apis/a", "namedValues/k"],
            ),
        ])
    }
}

fn at<'p>(plan: &'p mut Plan, id: &str) -> &'p mut Step {
    let step = plan.steps.iter_mut().find(|s| s.id.as_str() == id);
    step.unwrap()
}

fn properties<'p>(plan: &'p mut Plan, id: &str) -> &'p mut Map<String, Value> {
    &mut at(plan, id).content.as_mut().unwrap().properties
}

fn drop_step(plan: &mut Plan, id: &str) {
    plan.steps.retain(|s| s.id.as_str() != id);
    for step in &mut plan.steps {
        step.after.retain(|after| after.as_str() != id);
    }
}

fn words(edits: &[Edit]) -> Vec<String> {
    edits.iter().map(ToString::to_string).collect()
}

fn ours(paths: &[&str]) -> Ours {
    let mut ours = Ours::default();
    for text in paths {
        let path: ResourcePath = text.parse().unwrap();
        let copy = Copy {
            kind: catalog::kind_of(&path).unwrap(),
            source: Some(SourcePath(path.clone())),
            sent: None,
        };
        ours.insert(path, copy);
    }
    ours
}

fn last(plan: Plan, made: &Plan, ours: Ours) -> Last {
    Last {
        written: Some(Written::of(made)),
        plan,
        ours,
    }
}

fn there(paths: &[&str]) -> Inventory {
    let mut inventory = Inventory::new(service());
    for path in paths {
        let resource = Resource::new(path.parse().unwrap(), Map::new(), None).unwrap();
        inventory.mark_listed(resource.kind);
        inventory.insert(resource);
    }
    inventory
}

#[test]
fn each_edit_is_kept_and_named() {
    let made = plan();
    let mut now = made.clone();
    properties(&mut now, "apis/a").insert("description".into(), "mine".into());
    at(&mut now, "apis/a/policies/policy")
        .content
        .as_mut()
        .unwrap()
        .document = Some("<policies><!-- mine --></policies>".into());
    drop_step(&mut now, "tags/t");
    at(&mut now, "apis/b").after.push(StepId::new("apis/a"));
    now.steps.insert(0, step("/tags/mine", json!({}), &[]));
    now.allow.push("workspace-limit".into());
    now.allow.push("content-not-taken".into());
    now.name = "mine".into();

    let mut new = made.clone();
    properties(&mut new, "namedValues/k").insert("displayName".into(), "K2".into());
    for code in ["workspace-limit", "path-taken"] {
        new.findings.push(Finding {
            severity: Severity::Blocker,
            code: code.into(),
            resource: "/x".into(),
            message: String::new(),
            help: String::new(),
            allowed: false,
        });
    }
    let kept = keep(&now, Some(&Written::of(&made)), new);
    assert_eq!(words(&kept.clashes), [""; 0]);
    assert_eq!(
        words(&kept.edits),
        [
            "the body of `apis/a`",
            "the document of `apis/a/policies/policy`",
            "what `apis/b` waits for",
            "the step `tags/t`, taken out",
            "the step `tags/mine`, put in",
            "`content-not-taken`, allowed",
            "`workspace-limit`, allowed",
            "`name`",
        ]
    );
    let mut plan = kept.plan;
    assert_eq!(properties(&mut plan, "apis/a")["description"], "mine");
    assert_eq!(properties(&mut plan, "namedValues/k")["displayName"], "K2");
    let allowed: Vec<bool> = plan.findings.iter().map(|f| f.allowed).collect();
    assert_eq!(allowed, [true, false]);
    assert_eq!(plan.name, "mine");
    let ids: Vec<&str> = plan.steps.iter().map(|s| s.id.as_str()).collect();
    assert!(ids.contains(&"tags/mine") && !ids.contains(&"tags/t"));
    let mut again = plan.clone();
    crate::plan::validate::sort(&mut again).unwrap();
    assert_eq!(again, plan);
}

#[test]
fn an_edit_where_the_new_plan_says_something_else_is_a_clash_and_the_same_is_none() {
    let made = plan();
    let mut now = made.clone();
    properties(&mut now, "apis/a").insert("displayName".into(), "mine".into());
    properties(&mut now, "apis/b").insert("displayName".into(), "gone".into());
    properties(&mut now, "tags/t").insert("displayName".into(), "both".into());
    let mut new = made.clone();
    properties(&mut new, "apis/a").insert("displayName".into(), "theirs".into());
    properties(&mut new, "tags/t").insert("displayName".into(), "both".into());
    drop_step(&mut new, "apis/b");
    let last = last(now, &made, Ours::default());
    let refused = replan(Some(&last), new.clone(), &there(&[]), false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "what was edited by hand would be lost: the body of `apis/a`, the body of `apis/b`"
    );
    let forced = replan(Some(&last), new.clone(), &there(&[]), true).unwrap();
    assert_eq!(forced.plan, new);
    assert_eq!(forced.overruled.len(), 2);
}

#[test]
fn without_digests_whatever_differs_may_be_an_edit() {
    let made = plan();
    let mut new = made.clone();
    at(&mut new, "apis/a").source_etag = Some("2".into());
    let legacy = |plan: Plan| Last {
        written: None,
        plan,
        ours: Ours::default(),
    };
    let last = legacy(made.clone());
    let again = replan(Some(&last), new.clone(), &there(&[]), false).unwrap();
    assert_eq!(again.plan, new);
    properties(&mut new, "apis/a").insert("displayName".into(), "x".into());
    let refused = replan(Some(&last), new.clone(), &there(&[]), false).unwrap_err();
    assert!(matches!(refused, Refused::Unknown(_)), "{refused}");
    replan(Some(&last), new, &there(&[]), true).unwrap();
}

#[test]
fn what_differs_is_found_by_where_copies_stand() {
    let old = plan();
    assert!(changes(&old, &old).is_empty());
    let mut new = old.clone();
    new.created = "later".into();
    new.generator = "apim-migrate 9".into();
    assert!(changes(&old, &new).is_empty());
    new.findings.push(Finding {
        severity: Severity::Note,
        code: "x".into(),
        resource: String::new(),
        message: String::new(),
        help: String::new(),
        allowed: false,
    });
    assert!(!changes(&old, &new).is_empty());
    drop_step(&mut new, "tags/t");
    new.steps.push(step("/tags/u", json!({}), &[]));
    let body = properties(&mut new, "apis/a");
    body.remove("displayName");
    body.insert("path".into(), "a".into());
    at(&mut new, "apis/a").source_etag = Some("2".into());
    let found = changes(&old, &new);
    assert_eq!(found.new, [StepId::new("tags/u")]);
    assert_eq!(found.gone, [StepId::new("tags/t")]);
    assert_eq!(found.changed.len(), 1);
    assert_eq!(found.changed[0].what, ["sourceEtag", "displayName", "path"]);
}

#[test]
fn a_plan_that_asks_for_less_is_refused_and_one_whose_source_has_less_is_not() {
    let made = plan();
    let held = ours(&["/apis/a", "/apis/b", "/tags/t"]);
    let mut narrow = made.clone();
    drop_step(&mut narrow, "apis/b");
    narrow.selection.apis.pop();
    let last = last(made.clone(), &made, held);
    let here = there(&["/apis/a", "/apis/b"]);
    let refused = replan(Some(&last), narrow.clone(), &here, false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the plan that was applied made 1 copy that the new one does not have: `/workspaces/w/apis/b`"
    );
    let forced = replan(Some(&last), narrow.clone(), &here, true).unwrap();
    assert_eq!(forced.left.len(), 1);
    assert_eq!(
        forced.written.left["/workspaces/w/apis/b"].as_str(),
        "apis/b"
    );
    let gone = replan(Some(&last), narrow, &there(&["/apis/a"]), false).unwrap();
    assert_eq!(gone.left[0].why, WhyLeft::Gone);

    let mut renamed = made.clone();
    at(&mut renamed, "apis/b").target = "/workspaces/w/apis/c".parse().unwrap();
    let refused = replan(Some(&last), renamed, &here, false).unwrap_err();
    assert!(matches!(&refused, Refused::Lacks(left) if left[0].why == WhyLeft::Renamed));

    // What somebody took out is known not to be wanted; it stays out.
    let mut edited = last.clone();
    drop_step(&mut edited.plan, "tags/t");
    let again = replan(Some(&edited), made, &here, false).unwrap();
    assert_eq!(again.left[0].why, WhyLeft::Dropped);
    assert!(again.is_unchanged());
}

#[test]
fn a_plan_goes_where_its_apis_are_and_a_further_batch_elsewhere() {
    let (one, mut two) = (plan(), plan());
    two.selection.apis = vec!["c".to_owned()];
    let (applied, none) = (ours(&["/apis/a", "/apis/b", "/tags/t"]), Ours::default());
    let pick = |apis: &[&str], targets: &[&str], first: &Ours, second: &Ours| {
        let pasts = [(&one, first), (&two, second)].map(|(last, ours)| Past { last, ours });
        let apis: Vec<ResourcePath> = (apis.iter())
            .map(|a| format!("/apis/{a}").parse().unwrap())
            .collect();
        let targets: BTreeSet<ResourcePath> = targets.iter().map(|t| t.parse().unwrap()).collect();
        choose(&pasts, &apis, &targets)
    };
    let all = ["/apis/a", "/apis/b", "/tags/t"];
    for ours in [&applied, &none] {
        assert_eq!(pick(&["A", "b"], &all, ours, &none), Batch::In(0));
        assert_eq!(pick(&["a"], &["/apis/a"], ours, &none), Batch::In(0));
        assert_eq!(pick(&["c"], &["/apis/c"], ours, &none), Batch::In(1));
        // That both need the same things does not make them one batch.
        assert_eq!(pick(&["d"], &all, ours, &none), Batch::Another);
    }
    // Rather where nothing would be missing.
    let wide = ["/apis/a", "/apis/c", "/tags/t"];
    let second = ours(&["/apis/c"]);
    assert_eq!(pick(&["a", "c"], &wide, &applied, &second), Batch::In(1));
    assert_eq!(pick(&["a", "c"], &wide, &none, &second), Batch::In(0));
}

proptest! {
    /// Whatever is edited and whatever changes: an edit is in the plan, or is
    /// told as one that clashes; and what nobody edited is as it was made.
    #[test]
    fn no_edit_is_lost_without_a_word(
        edited in proptest::collection::vec(0_u8..3, 5),
        changed in proptest::collection::vec(0_u8..3, 5),
    ) {
        let made = plan();
        let variant = |marks: &[u8]| {
            let mut plan = made.clone();
            for (step, mark) in plan.steps.iter_mut().zip(marks) {
                let body = &mut step.content.as_mut().unwrap().properties;
                if *mark > 0 {
                    body.insert("description".into(), Value::from(*mark));
                }
            }
            plan
        };
        let (now, new) = (variant(&edited), variant(&changed));
        let kept = keep(&now, Some(&Written::of(&made)), new.clone());
        for (at, step) in made.steps.iter().enumerate() {
            let about = |edits: &[Edit]| edits.iter().any(|e| e.about == step.id.as_str());
            let (was, would) = (&now.steps[at], &new.steps[at]);
            let is = &kept.plan.steps[at];
            let (mine, theirs) = (edited[at] != 0, changed[at] != 0);
            let clash = mine && theirs && edited[at] != changed[at];
            prop_assert_eq!(about(&kept.clashes), clash);
            prop_assert_eq!(about(&kept.edits), mine && !theirs);
            prop_assert_eq!(is, if mine && !theirs { was } else { would });
        }
        // Planning the same once more finds nothing new, and the same edits.
        let once = keep(&kept.plan, Some(&Written::of(&new)), new.clone());
        prop_assert_eq!(&once.plan, &kept.plan);
        prop_assert!(once.clashes.is_empty());
    }

    #[test]
    fn digests_survive_the_disk(marks in proptest::collection::vec("[a-zA-Z0-9 \"\\\\{}:,é\u{2028}]{0,12}", 5)) {
        let mut made = plan();
        for (step, mark) in made.steps.iter_mut().zip(&marks) {
            step.id = StepId::new(format!("{}{mark}", step.id));
        }
        let dir = tempfile::tempdir().unwrap();
        crate::plan::folder::write(&made, dir.path(), false).unwrap();
        let written = crate::plan::folder::read_written(dir.path()).unwrap();
        prop_assert_eq!(written, Some(Written::of(&made)));
    }
}
