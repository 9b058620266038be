mod turned;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;

use crate::apply::*;
use crate::engine::journal::{Entry, Further, Journal, Part, now};
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay};
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;
use crate::target::about;

/// An API whose revision 4 is current, with another one.
fn fourth() -> Plan {
    let id = format!("{WORKSPACE}/apis/x");
    let shared = |more: serde_json::Value| {
        let mut all = json!({"displayName": "X", "path": "x", "protocols": ["https"],
            "subscriptionRequired": true});
        let map = all.as_object_mut().unwrap();
        map.extend(more.as_object().unwrap().clone());
        all
    };
    plan(vec![
        step("api", "/apis/x", &[]).with(shared(json!({"apiRevision": "4", "isCurrent": true}))),
        step("api", "/apis/x;rev=beta", &["apis/x"]).with(shared(
            json!({"apiRevision": "beta", "isCurrent": false, "sourceApiId": id}),
        )),
        step(
            "operation",
            "/apis/x/operations/get",
            &["apis/x", "apis/x;rev=beta"],
        )
        .with(json!({"displayName": "Get", "method": "GET", "urlTemplate": "/"})),
    ])
}

/// Of two revisions of an API the older one, whose operations have changed
/// their names and which has neither a policy nor a schema.
fn older() -> Plan {
    let mut plan = fourth();
    plan.steps.truncate(2);
    let operation = |name: &str, template: &str| {
        step(
            "operation",
            &format!("/apis/x;rev=beta/operations/{name}"),
            &["apis/x;rev=beta"],
        )
        .with(json!({"displayName": name, "method": "GET", "urlTemplate": template}))
    };
    plan.steps.push(operation("a", "/b"));
    plan.steps.push(operation("c", "/a"));
    plan
}

fn revisions(bench: &Bench) -> Vec<(String, String)> {
    let all = workspace(&bench.sandbox).into_iter();
    let apis = all.filter(|(path, _)| path.starts_with("/apis/") && !path[6..].contains('/'));
    let number = |p: &serde_json::Value| p["apiRevision"].as_str().unwrap().to_owned();
    apis.map(|(path, p)| (path, number(&p))).collect()
}

async fn ends_well(bench: &Bench) {
    let summary = bench.apply(&fourth()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let made = revisions(bench);
    assert_eq!(
        made,
        [pair("/apis/x", "4"), pair("/apis/x;rev=beta", "beta")]
    );
    assert_eq!(bench.verify(&fourth()).await.exit(), Exit::Done);
    let undone = bench.rollback(&fourth()).await;
    assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]));
    assert_eq!(workspace(&bench.sandbox), []);
}

#[tokio::test]
async fn the_current_revision_is_made_under_its_own_name() {
    let bench = Bench::new(&[]).await;
    ends_well(&bench).await;
    assert_eq!(
        puts(&bench.sandbox),
        [
            "/apis/x;rev=4",
            "/apis/x;rev=beta",
            "/apis/x/operations/get"
        ]
    );
}

#[tokio::test]
async fn where_that_is_refused_or_makes_the_first_one_it_takes_its_place() {
    for setting in ["first-put=refused", "first-put=one"] {
        let bench = Bench::with(&[], |s| s.set(setting).unwrap()).await;
        ends_well(&bench).await;
    }
}

#[tokio::test]
async fn a_run_that_was_cut_off_in_between_goes_on() {
    let bench = Bench::new(&[]).await;
    let mut first = fourth();
    first.steps.truncate(1);
    if let Some(content) = &mut first.steps[0].content {
        content.properties.insert("apiRevision".into(), json!("1"));
    }
    bench.apply_elsewhere(&first, ApplyOptions::default()).await;
    bench.begin(&fourth(), &first.steps[0].id);
    ends_well(&bench).await;
}

#[tokio::test]
async fn a_revision_of_what_stood_there_has_only_what_the_plan_gives_it() {
    let bench = Bench::new(&[]).await;
    let mut first = fourth();
    first.steps.truncate(1);
    bench.apply_elsewhere(&first, ApplyOptions::default()).await;
    let operation =
        |template: &str| json!({"displayName": "o", "method": "GET", "urlTemplate": template});
    bench.put("/apis/x/operations/a", &operation("/a")).await;
    bench.put("/apis/x/operations/b", &operation("/b")).await;
    let schema = json!({"contentType": "application/json", "document": {"value": "{}"}});
    bench.put("/apis/x/schemas/s", &schema).await;
    let policy = json!({"format": "rawxml", "value": "<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"});
    bench.put("/apis/x/policies/policy", &policy).await;
    bench
        .put("/apis/x/operations/a/policies/policy", &policy)
        .await;
    let summary = bench.apply(&older()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    let all = workspace(&bench.sandbox).into_iter().map(|(path, _)| path);
    let below: Vec<_> = all.filter(|p| p.starts_with("/apis/x;rev=beta/")).collect();
    assert_eq!(
        below,
        [
            "/apis/x;rev=beta/operations/a",
            "/apis/x;rev=beta/operations/c"
        ]
    );
}

/// An API with settings, and a revision of it without.
fn plainer() -> Plan {
    let mut plan = fourth();
    plan.steps.truncate(2);
    let set = |plan: &mut Plan, at: usize, members: serde_json::Value| {
        let content = plan.steps[at].content.as_mut().unwrap();
        content
            .properties
            .extend(members.as_object().unwrap().clone());
    };
    set(
        &mut plan,
        0,
        json!({
            "serviceUrl": "https://new.example",
            "subscriptionKeyParameterNames": {"header": "H", "query": "q"},
        }),
    );
    set(
        &mut plan,
        1,
        json!({
            "serviceUrl": null,
            "subscriptionKeyParameterNames":
                {"header": "Ocp-Apim-Subscription-Key", "query": "subscription-key"},
        }),
    );
    plan
}

#[tokio::test]
async fn a_revision_has_no_settings_of_the_one_it_is_made_of() {
    for setting in ["revision-null=clears", "revision-null=keeps"] {
        let bench = Bench::with(&[], |s| s.set(setting).unwrap()).await;
        let summary = bench.apply(&plainer()).await.unwrap();
        assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
        let made = workspace(&bench.sandbox);
        let (_, revision) = made.iter().find(|(p, _)| p.ends_with("beta")).unwrap();
        assert!(revision["serviceUrl"].is_null(), "{setting}: {revision}");
        let report = bench.verify(&plainer()).await;
        assert_eq!(report.exit(), Exit::Done, "{setting}: {report:#?}");
    }
}

#[tokio::test]
async fn where_nothing_helps_verify_says_what_a_revision_has_inherited() {
    let bench = Bench::new(&[]).await;
    let mut plan = plainer();
    let contact = json!({"name": "c", "url": "https://c.example", "email": "c@example.invalid"});
    for (at, value) in [(0, contact), (1, serde_json::Value::Null)] {
        let content = plan.steps[at].content.as_mut().unwrap();
        content.properties.insert("contact".to_owned(), value);
    }
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    let report = bench.verify(&plan).await;
    assert_eq!(report.exit(), Exit::Differences, "{report:#?}");
}

/// Applies a plan and is cut off at that write, which has reached the service or
/// has not.
async fn cut_off(bench: &mut Bench, plan: &Plan, cut: usize, late: u64) {
    let (writes, bell) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let ring = Arc::clone(&bell);
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let write = matches!(sent.method.as_str(), "PUT" | "DELETE");
        if write && writes.fetch_add(1, Ordering::SeqCst) + 1 == cut {
            ring.notify_one();
        }
        Act::Pass
    })
    .await;
    let direct = std::mem::replace(&mut bench.arm, arm(&relay.url));
    let cut_off = async {
        bell.notified().await;
        tokio::time::sleep(Duration::from_millis(late)).await;
    };
    tokio::select! {
        _ = bench.apply(plan) => {}
        () = cut_off => {}
    }
    bench.arm = direct;
}

/// Where a run is cut off, and how late.
fn cuts() -> impl Iterator<Item = (usize, u64)> {
    (1..=6).flat_map(|cut| [(cut, 0), (cut, 4)])
}

#[tokio::test]
async fn the_way_round_can_be_cut_off_after_any_of_its_writes() {
    for setting in ["first-put=refused", "first-put=one"] {
        for (cut, late) in cuts() {
            let mut bench = Bench::with(&[], |s| s.set(setting).unwrap()).await;
            cut_off(&mut bench, &fourth(), cut, late).await;
            ends_well(&bench).await;
        }
    }
}

#[tokio::test]
async fn what_is_half_way_round_is_taken_back_with_all_that_stands_around_it() {
    for setting in ["first-put=refused", "first-put=one"] {
        for cut in 2..=6 {
            let mut bench = Bench::with(&[], |s| s.set(setting).unwrap()).await;
            let mut plan = fourth();
            plan.steps.truncate(1);
            // What comes later than this would be waited for.
            cut_off(&mut bench, &plan, cut, 40).await;
            let undone = bench.rollback(&plan).await;
            assert_eq!(undone.kept, [], "{setting}, {cut}");
            assert_eq!(workspace(&bench.sandbox), [], "{setting}, {cut}");
        }
    }
}

#[tokio::test]
async fn a_revision_that_was_cut_off_before_it_was_bare_goes_on() {
    for (cut, late) in [(1, 4), (2, 0), (2, 4), (3, 0), (3, 4)] {
        let mut bench = Bench::with(&[], |s| s.set("revision-null=keeps").unwrap()).await;
        cut_off(&mut bench, &plainer(), cut, late).await;
        let summary = bench.apply(&plainer()).await.unwrap();
        assert_eq!(summary.exit(), Exit::Done, "{cut}, {late}: {summary:#?}");
        let report = bench.verify(&plainer()).await;
        assert_eq!(report.exit(), Exit::Done, "{cut}, {late}: {report:#?}");
        let undone = bench.rollback(&plainer()).await;
        assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]));
        assert_eq!(workspace(&bench.sandbox), []);
    }
}

#[tokio::test]
async fn an_api_that_somebody_makes_in_between_is_not_renumbered() {
    for setting in ["first-put=refused", "first-put=one"] {
        for between in ["PUT", "GET"] {
            let mut bench = Bench::with(&[], |s| s.set(setting).unwrap()).await;
            let theirs = json!({"displayName": "Theirs", "path": "theirs",
                "protocols": ["https"], "subscriptionRequired": true});
            let first = Arc::new(AtomicUsize::new(0));
            let relay = Relay::before(&bench.sandbox, move |sent| {
                // Right before the first write, or right after the first look.
                let at = sent.is("PUT", "/apis/x;rev=4") || sent.is("GET", "/apis/x");
                let it = at && sent.method == between;
                match it && first.fetch_add(1, Ordering::SeqCst) == 0 {
                    true if between == "PUT" => Act::After("/apis/x", theirs.clone()),
                    true => Act::Then("/apis/x", theirs.clone()),
                    false => Act::Pass,
                }
            })
            .await;
            bench.arm = arm(&relay.url);
            let mut plan = fourth();
            plan.steps.truncate(1);
            let told = bench.apply(&plan).await.unwrap();
            let of = |word: &str| format!("{setting}, {between}: {word}: {told:#?}");
            let stopped = told.failed.len() == 1;
            assert!(stopped || told.overtaken.len() == 1, "{}", of("told"));
            let switched = relay.writes().iter().any(|s| s.path.contains("/releases/"));
            assert!(!switched, "{}", of("renumbered"));
            assert_eq!(revisions(&bench).len(), 1, "{}", of("left"));
            let undone = bench.rollback(&plan).await;
            assert_eq!(undone.deleted, [], "{}", of("deleted"));
        }
    }
}

#[tokio::test]
async fn a_revision_that_somebody_makes_while_its_api_is_made_is_told_and_stays() {
    let theirs = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "subscriptionRequired": true, "serviceUrl": "https://theirs.example",
        "sourceApiId": format!("{WORKSPACE}/apis/x")});
    // As soon as there is an API, or right before the write.
    for late in [false, true] {
        let mut bench = Bench::new(&[]).await;
        let theirs = theirs.clone();
        let relay = Relay::before(&bench.sandbox, move |sent| match late {
            false if sent.is("PUT", "/apis/x;rev=4") => {
                Act::Then("/apis/x;rev=beta", theirs.clone())
            }
            true if sent.is("PUT", "/apis/x;rev=beta") => {
                Act::After("/apis/x;rev=beta", theirs.clone())
            }
            _ => Act::Pass,
        })
        .await;
        bench.arm = arm(&relay.url);
        let mut plan = fourth();
        plan.steps.truncate(2);
        let told = bench.apply(&plan).await.unwrap();
        match late {
            true => assert_eq!(told.overtaken, [id("apis/x;rev=beta")], "{told:#?}"),
            false => {
                assert!(told.failed.iter().any(|f| f.conflict), "{told:#?}");
                let sent = relay.writes();
                assert!(sent.iter().all(|s| !s.path.ends_with("beta")), "{sent:?}");
            }
        }
        let undone = bench.rollback(&plan).await;
        assert!(
            !undone.deleted.contains(&id("apis/x;rev=beta")),
            "{undone:#?}"
        );
        assert_eq!(revisions(&bench).len(), 2, "{undone:#?}");
    }
}

/// Our revision has come into somebody's API, and the run was killed before it had
/// taken that out again.
#[tokio::test]
async fn what_was_to_be_withdrawn_is_not_taken_for_half_made() {
    let bench = Bench::new(&[]).await;
    let mut plan = fourth();
    plan.steps.truncate(1);
    let theirs = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "subscriptionRequired": true});
    bench.put("/apis/x", &theirs).await;
    bench.begin(&plan, &plan.steps[0].id);
    let (mut journal, _) = Journal::open(&about(&plan), bench.dir()).unwrap();
    let made = "1".to_owned();
    let part = Part::Withdraw;
    let further = Entry::Further {
        step: plan.steps[0].id.clone(),
        at: now(),
        target: Some(plan.steps[0].target.to_string()),
        further: Further { part, made },
    };
    journal.append(&[further]).unwrap();
    drop(journal);
    let before = workspace(&bench.sandbox);
    let error = bench.apply(&plan).await.unwrap_err();
    assert!(matches!(error, ApplyError::Conflicts(_)), "{error}");
    assert_eq!(bench.rollback(&plan).await.deleted, []);
    assert_eq!(workspace(&bench.sandbox), before);
}

/// A run was killed right after it had made a revision, which has a setting of the one
/// that it is made of; then somebody may have set it otherwise.
#[tokio::test]
async fn a_setting_that_somebody_changed_in_a_half_made_revision_is_not_taken_for_inherited() {
    for (theirs, is_ours) in [
        ("https://new.example", true),
        ("https://theirs.example", false),
    ] {
        let bench = Bench::new(&[]).await;
        let mut first = plainer();
        first.steps.truncate(1);
        bench.apply(&first).await.unwrap();
        bench.begin(&plainer(), &id("apis/x;rev=beta"));
        let half = json!({"displayName": "X", "path": "x", "protocols": ["https"],
            "subscriptionRequired": true, "apiRevision": "beta", "serviceUrl": theirs,
            "subscriptionKeyParameterNames": {"header": "H", "query": "q"},
            "sourceApiId": format!("{WORKSPACE}/apis/x")});
        bench.put("/apis/x;rev=beta", &half).await;
        let applied = bench.apply(&plainer()).await;
        if is_ours {
            assert_eq!(applied.unwrap().exit(), Exit::Done);
            assert_eq!(bench.verify(&plainer()).await.exit(), Exit::Done);
            continue;
        }
        let error = applied.unwrap_err();
        assert!(matches!(error, ApplyError::Conflicts(_)), "{error}");
        let undone = bench.rollback(&plainer()).await;
        assert!(undone.deleted.is_empty(), "{undone:#?}");
    }
}
