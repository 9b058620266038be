mod put_back;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::apply::ApplyOptions;
use crate::engine::OnConflict;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay, refused};
use crate::fixtures::steps::step;
use crate::progress::Outcome;
use crate::rollback::*;

#[tokio::test]
async fn rollback_keeps_what_somebody_changed_and_what_that_needs() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    bench.apply(&plan).await.unwrap();
    let changed = crate::fixtures::steps::plan(vec![
        step("operation", "/apis/x-w/operations/get", &[])
            .with(json!({"displayName": "Changed", "method": "GET", "urlTemplate": "/"})),
        step("subscription", "/subscriptions/theirs", &[]).with(json!({
            "displayName": "Theirs", "scope": format!("{WORKSPACE}/products/p-w"), "state": "active",
        })),
    ]);
    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    bench.apply_elsewhere(&changed, options).await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    let kept: Vec<_> = undone.kept.iter().map(|k| k.step.as_str()).collect();
    assert!(
        kept.contains(&"apis/x-w/operations/get") && kept.contains(&"apis/x-w"),
        "{kept:?}"
    );
    assert!(kept.contains(&"products/p-w"), "{kept:?}");
    let left: Vec<String> = workspace(&bench.sandbox)
        .into_iter()
        .map(|(p, _)| p)
        .collect();
    assert!(
        left.contains(&"/subscriptions/theirs".to_owned()),
        "{left:?}"
    );
    // What is kept keeps what it is made of and what links to it.
    for path in [
        "/tags/t-w/apiLinks/l",
        "/apis/x-w;rev=1",
        "/namedValues/key-w",
    ] {
        assert!(left.contains(&path.to_owned()), "{path}: {left:?}");
    }
    assert!(!left.contains(&"/subscriptions/s-w".to_owned()), "{left:?}");
}

#[tokio::test]
async fn what_somebody_linked_to_is_kept_with_the_link() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    bench.apply(&plan).await.unwrap();
    let about = json!({"displayName": "Theirs", "subscriptionRequired": true});
    bench.put("/products/theirs", &about).await;
    let link = json!({"apiId": format!("{WORKSPACE}/apis/x-w")});
    bench.put("/products/theirs/apiLinks/l", &link).await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    let kept = undone.kept.iter().find(|k| k.step.as_str() == "apis/x-w");
    let why = kept.map_or("", |kept| kept.why.as_str());
    assert!(why.ends_with("of theirs"), "{undone:#?}");
    let left = workspace(&bench.sandbox);
    let left: Vec<&str> = left.iter().map(|(p, _)| p.as_str()).collect();
    assert!(left.contains(&"/products/theirs/apiLinks/l"), "{left:?}");
    assert!(left.contains(&"/apis/x-w"), "{left:?}");
}

#[tokio::test]
async fn a_rollback_killed_at_any_moment_goes_on_to_the_same_end() {
    let plan = sample();
    let plan = &plan;
    let runs = (1..=12).map(|moment| async move {
        let bench = Bench::new(&[]).await;
        let before = workspace(&bench.sandbox);
        bench.apply(plan).await.unwrap();
        bench.rollback_killed(plan, moment).await;
        let undone = bench.rollback(plan).await;
        assert_eq!(
            (undone.exit(), undone.kept),
            (Exit::Done, vec![]),
            "{moment}"
        );
        assert_eq!(workspace(&bench.sandbox), before, "{moment}");
        let again = bench.apply(plan).await.unwrap();
        assert_eq!(again.exit(), Exit::Done, "{moment}: {again:#?}");
        assert_eq!(bench.verify(plan).await.exit(), Exit::Done, "{moment}");
    });
    futures_util::future::join_all(runs).await;
}

/// A rollback of one tag that was killed between its DELETE and the record, and
/// somebody who makes the very same since, or does not.
async fn killed_over_a_tag(made_again: bool) -> (Bench, crate::plan::Plan) {
    let bench = Bench::new(&[]).await;
    let tag = json!({"displayName": "T-w"});
    let plan = crate::fixtures::steps::plan(vec![step("tag", "/tags/t-w", &[]).with(tag.clone())]);
    bench.apply(&plan).await.unwrap();
    let journal = bench.dir().join("journal.jsonl");
    let before = std::fs::read_to_string(&journal).unwrap();
    if made_again {
        bench.rollback(&plan).await;
        bench.put("/tags/t-w", &tag).await;
    } else {
        // What is kept from being deleted has its intent on record all the same.
        let relay = Relay::before(&bench.sandbox, |sent| match sent.method == "DELETE" {
            true => refused(400, "ValidationError", "no"),
            false => Act::Pass,
        })
        .await;
        let arm = arm(&relay.url);
        let (options, cancel) = (RollbackOptions::default(), CancellationToken::new());
        let done = rollback(
            &plan,
            bench.dir(),
            &arm,
            options,
            None,
            cancel,
            Arc::new(()),
        );
        done.await.unwrap();
    }
    let now = std::fs::read_to_string(&journal).unwrap();
    let begun = now[before.len()..]
        .lines()
        .find(|l| l.contains("delete-intended"));
    std::fs::write(&journal, format!("{before}{}\n", begun.unwrap())).unwrap();
    (bench, plan)
}

#[tokio::test]
async fn what_was_made_again_after_a_deletion_without_a_record_stays() {
    let (bench, plan) = killed_over_a_tag(true).await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.deleted, [], "{undone:#?}");
    assert!(undone.kept[0].why.contains("another one"), "{undone:#?}");
    assert_eq!(tags(&bench), 1);
    // Nor does an apply in between make it this plan's.
    let (bench, plan) = killed_over_a_tag(true).await;
    bench.apply(&plan).await.unwrap();
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.deleted, [], "{undone:#?}");
    assert_eq!(tags(&bench), 1);
    // Nor one that writes over it, as asked: that is put back.
    let (bench, mut plan) = killed_over_a_tag(true).await;
    plan.steps[0] = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "Other"}));
    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(count(&summary, Outcome::Overwritten), 1, "{summary:#?}");
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.put_back.len(), 1, "{undone:#?}");
    assert_eq!(tags(&bench), 1);
    // What is left alone may be this plan's, and stays named.
    let (bench, mut plan) = killed_over_a_tag(true).await;
    plan.steps[0] = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "Other"}));
    let options = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    bench.apply_with(&plan, options).await.unwrap();
    let undone = bench.rollback(&plan).await;
    assert!(undone.kept[0].why.contains("another one"), "{undone:#?}");
    // What never went is this plan's still.
    let (bench, plan) = killed_over_a_tag(false).await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.deleted.len(), 1, "{undone:#?}");
    assert_eq!(tags(&bench), 0);
}

#[tokio::test]
async fn whatever_a_deletion_is_held_to_is_on_record_before() {
    let mut bench = Bench::new(&[]).await;
    let api = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true});
    let plan = crate::fixtures::steps::plan(vec![step("api", "/apis/x", &[]).with(api)]);
    bench.apply(&plan).await.unwrap();
    let first = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let delete = sent.method == "DELETE" && first.fetch_add(1, Ordering::SeqCst) == 0;
        match delete {
            // What comes below it moves its ETag.
            true => {
                let policy = "<policies><inbound><base /></inbound></policies>";
                let policy = json!({"format": "rawxml", "value": policy});
                Act::After("/apis/x/policies/policy", policy)
            }
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.deleted, [id("apis/x")], "{undone:#?}");
    let journal = std::fs::read_to_string(bench.dir().join("journal.jsonl")).unwrap();
    let intents: Vec<Value> = (journal.lines().filter(|l| l.contains("delete-intended")))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let held: Vec<_> = (relay.writes().into_iter())
        .map(|sent| sent.if_match.unwrap())
        .collect();
    assert_eq!(held.len(), 2);
    for etag in held {
        assert!(
            intents.iter().any(|i| i["etag"] == etag),
            "{etag}: {journal}"
        );
    }
}

#[tokio::test]
async fn what_own_deletions_move_is_looked_at_before_its_own() {
    let mut bench = Bench::new(&[]).await;
    let api = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true});
    let plan = crate::fixtures::steps::plan(vec![
        step("api", "/apis/x", &[]).with(api),
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
        step(
            "tagApiLink",
            "/tags/t-w/apiLinks/l",
            &["tags/t-w", "apis/x"],
        )
        .with(json!({"apiId": format!("{WORKSPACE}/apis/x")})),
    ]);
    bench.apply(&plan).await.unwrap();
    let relay = Relay::before(&bench.sandbox, |sent| {
        match sent.is("DELETE", "/tags/t-w") {
            // As if its ETag moved with its tags.
            true => {
                let policy = "<policies><inbound><base /></inbound></policies>";
                let policy = json!({"format": "rawxml", "value": policy});
                Act::Then("/apis/x/policies/policy", policy)
            }
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let undone = bench.rollback(&plan).await;
    assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]));
    let sent = relay.writes();
    let held: Vec<_> = (sent.iter().filter(|sent| sent.is("DELETE", "/apis/x")))
        .map(|sent| sent.if_match.clone().unwrap())
        .collect();
    let journal = std::fs::read_to_string(bench.dir().join("journal.jsonl")).unwrap();
    let lines = journal.lines().filter(|l| l.contains("delete-intended"));
    let mut intents = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = intents.find(|i| i["step"] == "apis/x");
    // What is killed right after this knows the API again.
    assert_eq!(
        held,
        [first.unwrap()["etag"].as_str().unwrap()],
        "{sent:#?}"
    );
}

fn tags(bench: &Bench) -> usize {
    let all = workspace(&bench.sandbox).into_iter();
    all.filter(|(path, _)| path == "/tags/t-w").count()
}

#[tokio::test]
async fn what_was_seen_for_the_question_is_not_looked_at_again() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    bench.apply(&plan).await.unwrap();
    let asked = async || {
        let before = sent(&bench.sandbox, "GET").len();
        let seen = preview(&plan, bench.dir(), &bench.arm, Scope::All, &quiet()).await;
        (seen.unwrap(), sent(&bench.sandbox, "GET").len() - before)
    };
    let undo = async |seen| {
        let before = sent(&bench.sandbox, "GET").len();
        let (options, cancel) = (RollbackOptions::default(), CancellationToken::new());
        let done = rollback(
            &plan,
            bench.dir(),
            &bench.arm,
            options,
            Some(seen),
            cancel,
            Arc::new(()),
        );
        let gone = done.await.unwrap().deleted.len();
        (gone, sent(&bench.sandbox, "GET").len() - before)
    };
    let ((found, seen), reads) = asked().await;
    assert!(reads > 10, "{reads}");
    let (gone, again) = undo(seen).await;
    assert_eq!(gone, found.delete.len());
    // What is left are polls of deletions.
    assert!(again < reads / 2, "{again} of {reads}");

    // Another run in between has it looked at again.
    bench.apply(&plan).await.unwrap();
    let ((_, seen), _) = asked().await;
    bench.rollback(&plan).await;
    let (gone, _) = undo(seen).await;
    assert_eq!(gone, 0);
}

#[tokio::test]
async fn a_revision_that_somebody_added_keeps_the_api() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    bench.apply(&plan).await.unwrap();
    let added =
        crate::fixtures::steps::plan(vec![step("api", "/apis/x-w;rev=3", &[]).with(json!({
            "displayName": "X-w", "path": "x-w", "apiRevision": "3", "isCurrent": false,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
        }))]);
    bench.apply_elsewhere(&added, ApplyOptions::default()).await;
    let undone = bench.rollback(&plan).await;
    let kept: Vec<_> = undone.kept.iter().map(|k| k.step.as_str()).collect();
    for step in ["apis/x-w", "apis/x-w/operations/get", "tags/t-w/apiLinks/l"] {
        assert!(kept.contains(&step), "{step}: {kept:?}");
    }
    let left: Vec<String> = workspace(&bench.sandbox)
        .into_iter()
        .map(|(p, _)| p)
        .collect();
    assert!(left.contains(&"/apis/x-w;rev=3".to_owned()), "{left:?}");
}

#[tokio::test]
async fn what_somebody_put_below_keeps_what_it_stands_below() {
    let theirs = [
        (
            step("operation", "/apis/x-w/operations/theirs", &[])
                .with(json!({"displayName": "Theirs", "method": "GET", "urlTemplate": "/theirs"})),
            "apis/x-w",
            "operations that are not this plan's: theirs",
        ),
        (
            step("apiSchema", "/apis/x-w/schemas/theirs", &[])
                .with(json!({"contentType": "application/json", "document": {"value": "{}"}})),
            "apis/x-w",
            "API schemas that are not this plan's: theirs",
        ),
        (
            step("apiRelease", "/apis/x-w/releases/theirs", &[])
                .with(json!({"apiId": format!("{WORKSPACE}/apis/x-w")})),
            "apis/x-w",
            "API releases that are not this plan's: theirs",
        ),
    ];
    for (step, kept, why) in theirs {
        let bench = Bench::new(&[]).await;
        let plan = sample();
        bench.apply(&plan).await.unwrap();
        let target = step.target.below().to_string();
        let added = crate::fixtures::steps::plan(vec![step]);
        bench.apply_elsewhere(&added, ApplyOptions::default()).await;
        let undone = bench.rollback(&plan).await;
        let found = undone.kept.iter().find(|k| k.step.as_str() == kept);
        let found = found.unwrap_or_else(|| panic!("{target}: {undone:#?}"));
        assert_eq!(found.why, format!("deleting it would take along {why}"));
        let left = workspace(&bench.sandbox);
        assert!(left.iter().any(|(path, _)| *path == target), "{left:?}");
    }
}

#[tokio::test]
async fn a_named_value_minted_for_a_logger_goes_with_it() {
    let bench = Bench::new(&[]).await;
    let before = workspace(&bench.sandbox);
    let plan =
        crate::fixtures::steps::plan(vec![step("logger", "/loggers/l-w", &[]).with(json!({
            "loggerType": "applicationInsights",
            "credentials": {"instrumentationKey": "11111111-2222-3333-4444-555555555555"},
        }))]);
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(workspace(&bench.sandbox).len(), before.len() + 2);
    assert_eq!(bench.verify(&plan).await.exit(), Exit::Done);
    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    assert_eq!(undone.minted.len(), 1);
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn what_would_go_with_the_last_that_names_it_keeps_that() {
    let set = json!({"displayName": "V", "versioningScheme": "Segment"});
    let id = format!("{WORKSPACE}/apiVersionSets/v-w");
    let api = |name: &str, version: &str| {
        step("api", &format!("/apis/{name}"), &["apiVersionSets/v-w"]).with(json!({
            "displayName": "V", "path": "v", "apiRevision": "1", "isCurrent": true,
            "protocols": ["https"], "subscriptionRequired": true, "type": "http",
            "apiVersion": version, "apiVersionSetId": id,
        }))
    };
    let plan = crate::fixtures::steps::plan(vec![
        step("versionSet", "/apiVersionSets/v-w", &[]).with(set.clone()),
        api("a-w", "v1"),
        api("b-w", "v2"),
    ]);
    // It was there, and is somebody's; or it is ours, and somebody changed it.
    for there in [true, false] {
        let bench = Bench::new(&[]).await;
        if there {
            bench.put("/apiVersionSets/v-w", &set).await;
        }
        bench.apply(&plan).await.unwrap();
        if !there {
            let changed = json!({"displayName": "Theirs", "versioningScheme": "Segment"});
            bench.put("/apiVersionSets/v-w", &changed).await;
        }
        let before = workspace(&bench.sandbox);
        let undone = bench.rollback(&plan).await;
        assert_eq!(workspace(&bench.sandbox), before, "{undone:#?}");
        let kept = undone.kept.iter().find(|k| k.step.as_str() == "apis/a-w");
        assert!(kept.unwrap().why.contains("v-w"), "{undone:#?}");
        // With an API of somebody's in it, it stays by itself.
        let theirs = json!({
            "displayName": "V", "path": "v", "protocols": ["https"], "apiVersion": "v3",
            "apiVersionSetId": id,
        });
        bench.put("/apis/theirs", &theirs).await;
        let undone = bench.rollback(&plan).await;
        assert_eq!(undone.deleted.len(), 2, "{undone:#?}");
        let left = workspace(&bench.sandbox);
        let has = |path: &str| left.iter().any(|(p, _)| p == path);
        assert!(has("/apiVersionSets/v-w") && !has("/apis/a-w"), "{left:?}");
    }
}
