use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::apply::ApplyOptions;
use crate::catalog::kind_of;
use crate::engine::OnConflict;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay, refused};
use crate::fixtures::steps::{plan, step};
use crate::plan::{Action, Plan};
use crate::progress::Outcome;

#[tokio::test]
async fn whatever_is_deleted_is_deleted_as_it_was_seen() {
    let mut bench = Bench::new(&[]).await;
    let relay = Relay::before(&bench.sandbox, |_| Act::Pass).await;
    bench.arm = arm(&relay.url);
    bench.apply(&sample()).await.unwrap();
    let undone = bench.rollback(&sample()).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    let deleted: Vec<_> = (relay.writes().into_iter())
        .filter(|sent| sent.method == "DELETE")
        .collect();
    assert!(deleted.len() > 6);
    for sent in deleted {
        let kind = kind_of(&sent.path.parse().unwrap()).unwrap();
        let bare = kind.is_link();
        let etag = sent.if_match.as_deref().filter(|etag| *etag != "*");
        assert_eq!(etag.is_none(), bare, "{sent:?}");
    }
}

#[tokio::test]
async fn a_link_that_somebody_makes_first_stays_his() {
    let mut bench = Bench::new(&[
        json!({"path": "/workspaces/w/tags/t", "properties": {"displayName": "T2"}}),
        json!({"path": "/workspaces/w/apis/x", "properties":
            {"displayName": "X", "path": "x", "apiRevision": "1", "isCurrent": true}}),
        json!({"path": "/workspaces/w/tags/t/apiLinks/theirs", "properties":
            {"apiId": format!("{WORKSPACE}/apis/x")}}),
    ])
    .await;
    let lists = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        // When the run looked, it was not there.
        let first = sent.is("GET", "/tags/t/apiLinks") && lists.fetch_add(1, Ordering::SeqCst) == 0;
        match first {
            true => Act::Answer(200, json!({"value": []})),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let plan = plan(vec![
        step("tagApiLink", "/tags/t/apiLinks/ours", &[])
            .with(json!({"apiId": format!("{WORKSPACE}/apis/x")})),
    ]);
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(count(&summary, Outcome::Reused), 1, "{summary:#?}");
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.deleted, []);
    let left = workspace(&bench.sandbox);
    assert!(
        left.iter()
            .any(|(path, _)| path == "/tags/t/apiLinks/theirs")
    );
}

#[tokio::test]
async fn a_refused_race_for_one_product_is_tried_again() {
    let mut bench = Bench::new(&[]).await;
    let first = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let put = sent.is("PUT", "/subscriptions/s-w");
        match put && first.fetch_add(1, Ordering::SeqCst) == 0 {
            true => refused(412, "PreconditionFailed", "Resource was modified since."),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
}

/// The API of the sample with something that the plan does not give it.
fn otherwise() -> serde_json::Value {
    json!({
        "displayName": "X-w", "path": "x-w", "protocols": ["https"],
        "subscriptionRequired": true, "serviceUrl": "https://other.example",
    })
}

/// What a rollback keeps after a run in which the API changes with a request.
async fn kept_when_it_changes_with(path: &'static str) -> Vec<String> {
    let mut bench = Bench::new(&[]).await;
    let relay = Relay::before(&bench.sandbox, move |sent| match sent.is("PUT", path) {
        true => Act::Then("/apis/x-w", otherwise()),
        false => Act::Pass,
    })
    .await;
    bench.arm = arm(&relay.url);
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    let undone = bench.rollback(&sample()).await;
    let kept = undone.kept.iter().map(|k| k.step.to_string());
    kept.filter(|step| step == "apis/x-w").collect()
}

#[tokio::test]
async fn what_a_policy_does_to_its_api_is_ours() {
    let kept = kept_when_it_changes_with("/apis/x-w/policies/policy").await;
    assert_eq!(kept, [] as [&str; 0]);
}

#[tokio::test]
async fn what_somebody_does_to_an_api_before_its_policy_is_his() {
    let kept = kept_when_it_changes_with("/apis/x-w;rev=1").await;
    assert_eq!(kept, ["apis/x-w"]);
}

/// A workspace that holds a tag which the first look does not show.
async fn with_a_late_tag() -> (Bench, Relay) {
    let tag = json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "T-w"}});
    let mut bench = Bench::new(&[tag]).await;
    let reads = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        match sent.is("GET", "/tags/t-w") && reads.fetch_add(1, Ordering::SeqCst) == 0 {
            true => refused(404, "ResourceNotFound", "Tag not found."),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    (bench, relay)
}

fn one_tag() -> Plan {
    plan(vec![
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
    ])
}

#[tokio::test]
async fn what_somebody_makes_between_look_and_write_is_told_and_stays() {
    let (bench, _relay) = with_a_late_tag().await;
    let summary = bench.apply(&one_tag()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.overtaken, [id("tags/t-w")]);
    assert_eq!(bench.rollback(&one_tag()).await.deleted, []);
}

#[tokio::test]
async fn what_an_earlier_run_sent_and_comes_late_is_the_plans_own() {
    let (bench, _relay) = with_a_late_tag().await;
    bench.begin(&one_tag(), &id("tags/t-w"));
    let summary = bench.apply(&one_tag()).await.unwrap();
    assert_eq!((summary.exit(), &*summary.overtaken), (Exit::Done, &[][..]));
    assert_eq!(bench.rollback(&one_tag()).await.deleted, [id("tags/t-w")]);
}

#[tokio::test]
async fn what_comes_with_a_product_that_somebody_made_again_is_his() {
    let bench = Bench::new(&[]).await;
    let product = |name: &str| {
        let properties =
            json!({"displayName": name, "subscriptionRequired": true, "state": "published"});
        step("product", "/products/p-w", &[]).with(properties)
    };
    let tidy = step(
        "subscription",
        "/subscriptions/automatic-subscription",
        &["products/p-w"],
    );
    let plan = plan(vec![product("P-w"), tidy.action(Action::Tidy)]);
    bench.apply(&plan).await.unwrap();
    // A rollback was killed between its DELETE and the record, and the run before
    // it had not come to what the service makes on its own.
    let journal = bench.dir().join("journal.jsonl");
    let applied = std::fs::read_to_string(&journal).unwrap();
    bench.rollback(&plan).await;
    let undone = std::fs::read_to_string(&journal).unwrap();
    let intent = undone.lines().find(|l| l.contains("delete-intended"));
    let kept = applied
        .lines()
        .filter(|l| !l.contains("automatic-subscription"));
    let lines: Vec<&str> = kept.chain(intent).collect();
    std::fs::write(&journal, lines.join("\n") + "\n").unwrap();
    let theirs = product("Theirs").content.unwrap().properties;
    bench.put("/products/p-w", &theirs.into()).await;
    let options = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(count(&summary, Outcome::LeftAsIs), 1, "{summary:#?}");
    assert_eq!(count(&summary, Outcome::Kept), 1, "{summary:#?}");
    let left = workspace(&bench.sandbox);
    let automatic = left
        .iter()
        .filter(|(path, _)| path.starts_with("/subscriptions/"));
    assert_eq!(automatic.count(), 1, "{left:#?}");
}
