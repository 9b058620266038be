use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::apply::{ApplyError, ApplyOptions, apply, status};
use crate::engine::OnConflict;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay};
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;
use crate::progress::Listener;
use crate::progress::Outcome;
use crate::rollback::*;

const POLICY: &str = "<policies><inbound><base /></inbound></policies>";
const THEIRS: &str = "<policies><inbound><base /><!-- theirs --></inbound></policies>";

/// An API, its policy, a secret and a tag that the plan wants otherwise.
fn theirs() -> Vec<Value> {
    vec![
        json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "Theirs"}}),
        json!({"path": "/workspaces/w/namedValues/key-w", "properties":
            {"displayName": "key-w", "secret": true, "value": "their secret", "tags": ["theirs"]}}),
        json!({"path": "/workspaces/w/apis/x-w", "properties": {
            "displayName": "Theirs", "path": "theirs", "apiRevision": "1", "isCurrent": true,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
            "description": "what it was"}}),
        json!({"path": "/workspaces/w/apis/x-w/policies/policy", "properties":
            {"format": "rawxml", "value": THEIRS}}),
    ]
}

fn over_theirs() -> Plan {
    plan(vec![
        step("namedValue", "/namedValues/key-w", &[])
            .with(json!({"displayName": "key-w", "secret": true, "tags": ["ours"]}))
            .copy_of("/namedValues/key", None)
            .secret("listValue"),
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
        step("backend", "/backends/b-w", &[])
            .with(json!({"url": "https://b.example", "protocol": "http"})),
        step("api", "/apis/x-w", &[]).with(json!({
            "displayName": "X-w", "path": "x-w", "apiRevision": "1", "isCurrent": true,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
        })),
        step(
            "apiPolicy",
            "/apis/x-w/policies/policy",
            &["apis/x-w", "backends/b-w"],
        )
        .document(&POLICY.replace(
            "<base />",
            "<base /><set-backend-service backend-id=\"b-w\" />",
        )),
        step(
            "tagApiLink",
            "/tags/t-w/apiLinks/l",
            &["tags/t-w", "apis/x-w"],
        )
        .with(json!({"apiId": format!("{WORKSPACE}/apis/x-w")})),
    ])
}

fn overwrite() -> ApplyOptions {
    ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    }
}

/// What the workspace holds, but for the secret, which can't come back.
fn shown(bench: &Bench) -> Vec<(String, Value)> {
    let mut all = workspace(&bench.sandbox);
    for (path, properties) in &mut all {
        if path == "/namedValues/key-w" {
            properties.as_object_mut().unwrap().remove("value");
        }
    }
    all
}

#[tokio::test]
async fn what_was_overwritten_as_asked_is_put_back() {
    let mut bench = Bench::new(&theirs()).await;
    let relay = Relay::before(&bench.sandbox, |_| Act::Pass).await;
    bench.arm = arm(&relay.url);
    let before = shown(&bench);
    let plan = over_theirs();
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(count(&summary, Outcome::Overwritten), 4, "{summary:#?}");
    assert_eq!(status(&plan, bench.dir()).unwrap().replaced.len(), 4);
    let saved = std::fs::read_to_string(bench.dir().join(".replaced.jsonl")).unwrap();
    assert!(
        saved.contains("what it was") && !saved.contains("their secret"),
        "{saved}"
    );

    let (seen, _) = preview(&plan, bench.dir(), &bench.arm, Scope::All, &quiet())
        .await
        .unwrap();
    assert_eq!(seen.put_back.len(), 4, "{seen:#?}");
    let written = relay.writes().len();
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    assert_eq!(
        (undone.put_back.len(), undone.deleted.len()),
        (4, 2),
        "{undone:#?}"
    );
    let secret: Vec<_> = (undone.put_back.iter().filter(|p| !p.without.is_empty()))
        .map(|p| (p.step.as_str(), p.without.as_slice()))
        .collect();
    assert_eq!(secret, [("namedValues/key-w", ["value"].as_slice())]);
    assert_eq!(shown(&bench), before);
    for sent in relay
        .writes()
        .iter()
        .skip(written)
        .filter(|s| s.method == "PUT")
    {
        let etag = sent.if_match.as_deref();
        assert!(etag.is_some_and(|etag| etag != "*"), "{sent:?}");
    }
    // There is nothing more to take back, and all of it is open again.
    let again = bench.rollback(&plan).await;
    assert_eq!(
        (again.put_back.len(), again.deleted.len()),
        (0, 0),
        "{again:#?}"
    );
    let conflicts = bench.apply(&plan).await;
    assert!(matches!(conflicts, Err(ApplyError::Conflicts(c)) if c.len() == 4));
}

#[tokio::test]
async fn what_was_changed_since_stays_and_what_it_needs() {
    let bench = Bench::new(&theirs()).await;
    let plan = over_theirs();
    bench.apply_with(&plan, overwrite()).await.unwrap();
    let policy = format!(
        "<!-- changed -->{}",
        POLICY.replace(
            "<base />",
            "<base /><set-backend-service backend-id=\"b-w\" />"
        )
    );
    let changed = json!({"format": "rawxml", "value": policy});
    bench.put("/apis/x-w/policies/policy", &changed).await;
    bench
        .put("/tags/t-w", &json!({"displayName": "Changed"}))
        .await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    let kept: Vec<_> = undone
        .kept
        .iter()
        .map(|k| (k.step.as_str(), k.why.as_str()))
        .collect();
    let policy = kept
        .iter()
        .find(|(step, _)| *step == "apis/x-w/policies/policy");
    assert!(
        policy.is_some_and(|(_, why)| why.contains("is not put back")),
        "{kept:?}"
    );
    assert!(
        kept.iter().any(|(step, _)| *step == "backends/b-w"),
        "{kept:?}"
    );
    let back: Vec<_> = undone.put_back.iter().map(|p| p.step.as_str()).collect();
    assert_eq!(back, ["namedValues/key-w", "apis/x-w"]);
}

#[tokio::test]
async fn what_is_overwritten_again_is_put_back_as_it_was_last_somebodys() {
    let bench = Bench::new(&theirs()).await;
    let mut plan = over_theirs();
    plan.steps.truncate(2);
    bench.apply_with(&plan, overwrite()).await.unwrap();
    // Over our own word, the one before that counts.
    plan.steps[1] = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-2"}));
    bench.apply_with(&plan, overwrite()).await.unwrap();
    let of = |all: Vec<(String, Value)>| {
        let tag = all.into_iter().find(|(path, _)| path == "/tags/t-w");
        tag.unwrap().1["displayName"].clone()
    };
    assert_eq!(of(shown(&bench)), "T-2");
    bench.rollback(&plan).await;
    assert_eq!(of(shown(&bench)), "Theirs");

    bench.apply_with(&plan, overwrite()).await.unwrap();
    bench
        .put("/tags/t-w", &json!({"displayName": "Newer"}))
        .await;
    plan.steps[1] = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-3"}));
    bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(of(shown(&bench)), "T-3");
    // What left the plan is put back as well.
    plan.steps.truncate(1);
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.put_back.len(), 2, "{undone:#?}");
    assert_eq!(of(shown(&bench)), "Newer");
}

#[tokio::test]
async fn nothing_is_put_back_that_is_not_on_record() {
    let bench = Bench::new(&theirs()).await;
    let plan = over_theirs();
    bench.apply_with(&plan, overwrite()).await.unwrap();
    let theirs = |bench: &Bench| {
        let mut all = shown(bench);
        all.retain(|(path, _)| !path.starts_with("/tags/t-w/"));
        all
    };
    let written = theirs(&bench);
    std::fs::remove_file(bench.dir().join(".replaced.jsonl")).unwrap();
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.put_back, [], "{undone:#?}");
    assert_eq!(
        undone
            .kept
            .iter()
            .filter(|k| k.why.contains("not on record"))
            .count(),
        4
    );
    // A link on it is this plan's all the same.
    assert_eq!(theirs(&bench), written);
    assert_eq!(undone.deleted.len(), 1, "{undone:#?}");
}

/// Somebody's tag, and a plan that writes over it.
async fn over_a_tag() -> (Bench, Plan) {
    let theirs = json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "Theirs"}});
    let mut plan = over_theirs();
    plan.steps.retain(|step| step.id.as_str() == "tags/t-w");
    (Bench::new(&[theirs]).await, plan)
}

/// Has an act done at the n-th request of a method on the tag.
async fn at_tag(bench: &mut Bench, method: &'static str, nth: usize, act: fn() -> Act) -> Relay {
    let count = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let it = sent.is(method, "/tags/t-w") && count.fetch_add(1, Ordering::SeqCst) + 1 == nth;
        if it { act() } else { Act::Pass }
    })
    .await;
    bench.arm = arm(&relay.url);
    relay
}

#[tokio::test]
async fn a_lost_answer_to_a_write_over_something_is_not_taken_for_somebodys_change() {
    let (mut bench, plan) = over_a_tag().await;
    let relay = at_tag(&mut bench, "PUT", 1, || Act::Lose(503)).await;
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(relay.writes().len(), 2);
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.put_back.len(), 1, "{undone:#?}");
}

#[tokio::test]
async fn what_somebody_changes_right_before_a_write_over_it_stays_his() {
    let (mut bench, plan) = over_a_tag().await;
    let changed = || Act::After("/tags/t-w", json!({"displayName": "Changed"}));
    let _relay = at_tag(&mut bench, "PUT", 1, changed).await;
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(summary.failed.len(), 1, "{summary:#?}");
    assert_eq!(status(&plan, bench.dir()).unwrap().replaced, []);
    let undone = bench.rollback(&plan).await;
    assert_eq!((undone.kept, undone.put_back), (vec![], vec![]));
    assert_eq!(shown(&bench)[0].1["displayName"], "Changed");
}

#[tokio::test]
async fn nothing_is_written_over_somebodys_that_can_not_be_held_to_what_was_seen() {
    let (mut bench, plan) = over_a_tag().await;
    let relay = at_tag(&mut bench, "GET", 1, || Act::Bare).await;
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert!(
        summary.failed[0].causes[0].contains("no ETag"),
        "{summary:#?}"
    );
    assert!(summary.failed[0].permanent && relay.writes().is_empty());

    let (mut bench, plan) = over_a_tag().await;
    bench.apply_with(&plan, overwrite()).await.unwrap();
    let relay = at_tag(&mut bench, "GET", 1, || Act::Bare).await;
    let undone = bench.rollback(&plan).await;
    assert!(undone.kept[0].why.contains("no ETag"), "{undone:#?}");
    assert!(relay.writes().is_empty());
}

#[tokio::test]
async fn keys_that_a_plan_brought_are_said_to_stay_even_when_it_lacks_the_step() {
    let scope = format!("{WORKSPACE}/apis");
    let theirs = json!({"path": "/workspaces/w/subscriptions/s-w", "properties":
        {"displayName": "Theirs", "scope": scope, "state": "active",
         "primaryKey": "their first key", "secondaryKey": "their second key"}});
    let source = json!({"path": "/subscriptions/s", "properties":
        {"displayName": "S", "scope": "/apis", "state": "active",
         "primaryKey": "first", "secondaryKey": "second"}});
    let bench = Bench::new(&[theirs, source]).await;
    let mut plan = plan(vec![
        step("subscription", "/subscriptions/s-w", &[])
            .with(json!({"displayName": "S", "scope": scope, "state": "active"}))
            .copy_of("/subscriptions/s", None)
            .secret("listSecrets"),
    ]);
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    plan.steps.clear();
    let undone = bench.rollback(&plan).await;
    let keys = ["primaryKey", "secondaryKey"];
    assert_eq!(undone.put_back[0].without, keys, "{undone:#?}");
}

#[tokio::test]
async fn killed_at_any_moment_it_comes_to_the_same_end() {
    let (plan, bench) = (over_theirs(), Bench::new(&theirs()).await);
    let before = shown(&bench);
    let (plan, before) = (&plan, &before);
    let runs = (1..=24).map(|moment| async move {
        let bench = Bench::new(&theirs()).await;
        let bell = Bell::at(moment);
        let listener: Arc<dyn Listener> = bell.clone();
        let (one, cancel) = (std::num::NonZeroUsize::MIN, CancellationToken::new());
        let options = ApplyOptions { concurrency: one, ..overwrite() };
        let undoing = RollbackOptions { concurrency: one, ..RollbackOptions::default() };
        tokio::select! {
            biased;
            () = bell.bell.notified() => {}
            () = async {
                apply(plan, bench.dir(), &bench.arm, options, cancel.clone(), listener.clone()).await.unwrap();
                rollback(plan, bench.dir(), &bench.arm, undoing, None, cancel, listener).await.unwrap();
            } => {}
        }
        // What was sent without an answer would be waited for by a rollback.
        if moment <= 12 || moment % 2 == 0 {
            let done = bench.apply_with(plan, overwrite()).await.unwrap();
            assert_eq!(done.exit(), Exit::Done, "{moment}: {done:#?}");
        }
        let undone = bench.rollback(plan).await;
        assert_eq!(undone.exit(), Exit::Done, "{moment}: {undone:#?}");
        let known = undone.kept.iter().filter(|k| !k.why.contains("no journal"));
        assert_eq!(known.count(), 0, "{moment}: {undone:#?}");
        assert_eq!(&shown(&bench), before, "{moment}");
    });
    futures_util::future::join_all(runs).await;
}
