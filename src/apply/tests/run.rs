use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::apply::*;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::steps::{plan, step};
use crate::plan::basis::Differs;
use crate::plan::{Action, Plan, Step};
use crate::progress::Listener;
use crate::progress::Outcome;

#[tokio::test]
async fn a_plan_is_applied_verified_and_taken_back() {
    let bench = Bench::new(&[]).await;
    let before = workspace(&bench.sandbox);
    let plan = sample();

    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(summary.failed, []);
    assert_eq!(summary.exit(), Exit::Done);
    assert_eq!(count(&summary, Outcome::Created), 14);
    assert_eq!(count(&summary, Outcome::Tidied), 2);
    assert_eq!(puts(&bench.sandbox).len(), 14);
    assert_eq!(sent(&bench.sandbox, "DELETE").len(), 2);
    let report = bench.verify(&plan).await;
    assert_eq!(report.exit(), Exit::Done, "{report:#?}");
    assert_eq!(report.same, plan.steps.len());
    let applied = workspace(&bench.sandbox);
    let revision: Vec<&str> = (applied.iter().map(|(path, _)| path.as_str()))
        .filter(|path| path.starts_with("/apis/x-w;rev=1/"))
        .collect();
    assert_eq!(
        revision,
        ["/apis/x-w;rev=1/operations/old"],
        "what the revision was made from had nothing that it should not have"
    );
    let secret = applied
        .iter()
        .find(|(path, _)| path == "/namedValues/key-w");
    assert_eq!(secret.unwrap().1["value"], "hush");
    assert_eq!(status(&plan, bench.dir()).unwrap().done, plan.steps.len());

    let undone = bench.rollback(&plan).await;
    assert_eq!(undone.failed, []);
    assert_eq!(undone.kept, []);
    assert_eq!(undone.exit(), Exit::Done);
    assert_eq!(workspace(&bench.sandbox), before);
    assert_eq!(status(&plan, bench.dir()).unwrap().done, 0);

    let again = bench.apply(&plan).await.unwrap();
    assert_eq!(again.exit(), Exit::Done, "{again:#?}");
    assert_eq!(count(&again, Outcome::Tidied), 2);
    assert_eq!(workspace(&bench.sandbox).len(), applied.len());
}

/// The sample without its revision: what a run leaves in which that failed.
fn without_revision() -> Plan {
    let mut plan = sample();
    plan.steps.retain(|s| !s.id.as_str().contains(";rev=1"));
    plan
}

fn of_revision(bench: &Bench) -> Vec<String> {
    let paths = workspace(&bench.sandbox).into_iter().map(|(path, _)| path);
    paths.filter(|p| p.contains(";rev=1/")).collect()
}

#[tokio::test]
async fn a_revision_that_is_made_late_sheds_what_it_is_made_of() {
    let bench = Bench::new(&[]).await;
    bench.apply(&without_revision()).await.unwrap();
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(of_revision(&bench), ["/apis/x-w;rev=1/operations/old"]);
}

#[tokio::test]
async fn a_revision_that_was_made_before_a_crash_sheds_all_the_same() {
    let bench = Bench::new(&[]).await;
    bench.apply(&without_revision()).await.unwrap();
    let mut alone = sample();
    alone.steps.retain(|s| s.id.as_str() == "apis/x-w;rev=1");
    let content = alone.steps[0].content.as_ref().unwrap();
    let body = content.body()["properties"].clone();
    bench.put("/apis/x-w;rev=1", &body).await;
    assert!(of_revision(&bench).len() > 1, "{:?}", of_revision(&bench));
    bench.begin(&sample(), &alone.steps[0].id);
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(count(&summary, Outcome::Adopted), 1);
    assert_eq!(of_revision(&bench), ["/apis/x-w;rev=1/operations/old"]);
    let puts = puts(&bench.sandbox);
    let revision = puts.iter().filter(|p| p.ends_with(";rev=1"));
    assert_eq!(revision.count(), 1, "{puts:?}");
}

#[tokio::test]
async fn a_revision_that_is_somebody_elses_keeps_all_it_has() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let mut added = sample();
    added
        .steps
        .retain(|s| s.id.as_str().starts_with("apis/x-w;rev=1"));
    added.steps[0].after.clear();
    let mut get = step("operation", "/apis/x-w;rev=1/operations/get", &[])
        .with(json!({"displayName": "Get", "method": "GET", "urlTemplate": "/"}));
    get.after = vec![added.steps[0].id.clone()];
    added.steps.push(get);
    bench.apply_elsewhere(&added, ApplyOptions::default()).await;
    let before = of_revision(&bench);
    std::fs::remove_file(bench.dir().join("journal.jsonl")).unwrap();
    bench.apply(&sample()).await.unwrap();
    assert_eq!(of_revision(&bench), before);
}

#[tokio::test]
async fn applying_what_is_applied_writes_nothing_even_without_the_journal() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    bench.apply(&plan).await.unwrap();
    let puts_before = puts(&bench.sandbox).len();
    let again = bench.apply(&plan).await.unwrap();
    assert_eq!(
        (again.exit(), again.done_before),
        (Exit::Done, plan.steps.len())
    );
    bench.lose_journal();
    let adopted = bench.apply(&plan).await.unwrap();
    assert_eq!(adopted.exit(), Exit::Done, "{adopted:#?}");
    assert_eq!(count(&adopted, Outcome::Adopted), 14);
    assert_eq!(puts(&bench.sandbox).len(), puts_before);
    let kept = bench.rollback(&plan).await;
    assert_eq!(kept.deleted, [], "what was adopted is not ours to delete");
}

#[tokio::test]
async fn conflicts_stop_before_the_first_write_and_are_all_listed() {
    let bench = Bench::new(&[
        json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "Theirs"}}),
        json!({"path": "/workspaces/w/namedValues/host-w", "properties": {"displayName": "host-w", "value": "theirs"}}),
    ])
    .await;
    let before = workspace(&bench.sandbox);
    let error = bench.apply(&sample()).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let ApplyError::Conflicts(conflicts) = &error else {
        panic!("{error}");
    };
    let steps: Vec<_> = conflicts.iter().map(|c| c.step.as_str()).collect();
    assert_eq!(steps, ["namedValues/host-w", "tags/t-w"]);
    assert_eq!(conflicts[0].differences[0].pointer, "value");
    assert_eq!(workspace(&bench.sandbox), before);

    let options = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    let skipped = bench.apply_with(&sample(), options).await.unwrap();
    assert_eq!(skipped.exit(), Exit::Done, "{skipped:#?}");
    assert_eq!(
        skipped.left_as_is,
        [id("namedValues/host-w"), id("tags/t-w")]
    );
    let report = bench.verify(&sample()).await;
    assert_eq!(report.exit(), Exit::Differences);
    assert_eq!(report.different.len(), 2);

    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    let over = bench.apply_with(&sample(), options).await.unwrap();
    assert_eq!(count(&over, Outcome::Overwritten), 2);
    assert_eq!(bench.verify(&sample()).await.exit(), Exit::Done);
    let undone = bench.rollback(&sample()).await;
    assert_eq!(undone.exit(), Exit::Done, "{undone:#?}");
    assert_eq!(workspace(&bench.sandbox).len(), before.len(), "theirs stay");
}

fn two_tags(first: Step) -> Plan {
    plan(vec![
        first,
        step("api", "/apis/x-w", &[])
            .with(json!({"displayName": "X", "path": "x", "type": "http"})),
        step(
            "tagApiLink",
            "/tags/t-w/apiLinks/l",
            &["tags/t-w", "apis/x-w"],
        )
        .with(json!({"apiId": format!("{WORKSPACE}/apis/x-w")})),
    ])
}

#[tokio::test]
async fn a_drifted_source_is_refused_before_anything_is_written() {
    let bench = Bench::new(&[]).await;
    let before = workspace(&bench.sandbox);
    let tag = step("tag", "/tags/t-w", &[])
        .with(json!({"displayName": "T-w"}))
        .copy_of("/tags/t", Some("\"stale\""));
    let plan = two_tags(tag);
    let ApplyError::Drift(drift) = bench.apply(&plan).await.unwrap_err() else {
        panic!("it is refused");
    };
    let told: Vec<_> = drift.iter().map(|d| (d.is, d.source.to_string())).collect();
    assert_eq!(told, [(Differs::Changed, "/tags/t".to_owned())]);
    assert_eq!(workspace(&bench.sandbox), before);
    let options = ApplyOptions {
        ignore_drift: true,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done);
}

#[tokio::test]
async fn a_refused_step_blocks_only_what_needs_it_and_says_why() {
    let bench = Bench::new(&[]).await;
    let bad = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "x".repeat(161)}));
    let summary = bench.apply(&two_tags(bad)).await.unwrap();
    assert_eq!(summary.exit(), Exit::Failed);
    let failed = &summary.failed[0];
    assert_eq!(failed.step, id("tags/t-w"));
    assert!(
        failed.causes.join(" ").contains("ValidationError"),
        "{failed:?}"
    );
    assert_eq!(summary.blocked[0].by, id("tags/t-w"));
    let told = status(&two_tags(step("tag", "/tags/t-w", &[])), bench.dir()).unwrap();
    assert_eq!(
        (told.done, told.failed.len(), told.remaining.len()),
        (1, 1, 2)
    );
    assert!(told.failed[0].reason.contains("ValidationError"));
    let good = step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T"}));
    let summary = bench.apply(&two_tags(good)).await.unwrap();
    assert_eq!((summary.exit(), summary.done_before), (Exit::Done, 1));
}

#[tokio::test]
async fn a_run_killed_at_any_moment_goes_on_to_the_same_end() {
    let plan = sample();
    let whole = Bench::new(&[]).await;
    whole.apply(&plan).await.unwrap();
    let mut end: Vec<String> = workspace(&whole.sandbox)
        .into_iter()
        .map(|(p, _)| p)
        .collect();
    end.sort();
    let (plan, end) = (&plan, &end);
    let runs = (1..=26).map(|moment| async move {
        let bench = Bench::new(&[]).await;
        let bell = Bell::at(moment);
        let options = ApplyOptions {
            concurrency: std::num::NonZeroUsize::new(1 + moment % 4).unwrap(),
            ..ApplyOptions::default()
        };
        let cancel = CancellationToken::new();
        let listener: Arc<dyn Listener> = bell.clone();
        tokio::select! {
            biased;
            () = bell.bell.notified() => {}
            done = apply(plan, bench.dir(), &bench.arm, options, cancel, listener) => {
                done.unwrap();
            }
        }
        let summary = bench
            .apply(plan)
            .await
            .unwrap_or_else(|e| panic!("{moment}: {e}"));
        assert_eq!(summary.exit(), Exit::Done, "{moment}: {summary:#?}");
        let mut now: Vec<String> = workspace(&bench.sandbox)
            .into_iter()
            .map(|(p, _)| p)
            .collect();
        now.sort();
        assert_eq!(&now, end, "{moment}");
        assert_eq!(bench.verify(plan).await.exit(), Exit::Done, "{moment}");
        let undone = bench.rollback(plan).await;
        assert_eq!(
            (undone.exit(), undone.kept),
            (Exit::Done, vec![]),
            "{moment}"
        );
        let left = workspace(&bench.sandbox);
        assert!(
            left.iter().all(|(p, _)| !p.contains("-w")),
            "{moment}: {left:?}"
        );
    });
    futures_util::future::join_all(runs).await;
}

#[tokio::test]
async fn a_cancelled_run_begins_nothing_more_and_can_be_resumed() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let options = ApplyOptions::default();
    let summary = apply(
        &plan,
        bench.dir(),
        &bench.arm,
        options,
        cancel,
        Arc::new(()),
    )
    .await;
    let summary = summary.unwrap();
    assert_eq!(summary.exit(), Exit::Resumable);
    assert_eq!(summary.remaining.len(), plan.steps.len());
    assert_eq!(puts(&bench.sandbox), [] as [&str; 0]);
    assert_eq!(bench.apply(&plan).await.unwrap().exit(), Exit::Done);
}

#[tokio::test]
async fn what_the_service_makes_for_somebody_elses_product_is_left() {
    let bench = Bench::new(&[
        json!({"path": "/workspaces/w/products/p-w", "properties":
        {"displayName": "P-w", "subscriptionRequired": true, "state": "published"}}),
        json!({"path": "/workspaces/w/subscriptions/0123456789abcdef01234567", "properties":
        {"displayName": "A", "scope": format!("{WORKSPACE}/products/p-w"), "state": "active"}}),
    ])
    .await;
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.untidied.len(), 2);
    assert_eq!(sent(&bench.sandbox, "DELETE"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_wanted_automatic_link_is_used_as_it_is() {
    let bench = Bench::new(&[]).await;
    let plan = plan(vec![
        step("product", "/products/p-w", &[])
            .with(json!({"displayName": "P-w", "subscriptionRequired": false})),
        step(
            "productGroupLink",
            "/products/p-w/groupLinks/administrators",
            &["products/p-w"],
        )
        .with(json!({"groupId": format!("{SERVICE}/groups/administrators")}))
        .action(Action::Reuse),
    ]);
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(count(&summary, Outcome::Reused), 1, "{summary:#?}");
    assert_eq!(puts(&bench.sandbox), ["/products/p-w"]);
    assert_eq!(bench.verify(&plan).await.exit(), Exit::Done);
}

#[tokio::test]
async fn verify_finds_what_was_changed_removed_and_left_dangling() {
    let bench = Bench::new(&[]).await;
    let plan = sample();
    let nothing = bench.verify(&plan).await;
    assert_eq!(nothing.missing.len(), 14);
    bench.apply(&plan).await.unwrap();
    let changed = crate::fixtures::steps::plan(vec![
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "Changed"})),
    ]);
    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    bench.apply_elsewhere(&changed, options).await;
    let report = bench.verify(&plan).await;
    assert_eq!(report.exit(), Exit::Differences);
    assert_eq!(report.different.len(), 1);
    assert_eq!(report.different[0].differences[0].pointer, "displayName");
}

#[test]
fn a_dry_run_shows_requests_in_order_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = sample();
    plan.steps.reverse();
    let requests = dry_run(&plan, folder.path()).unwrap().requests;
    assert_eq!(requests.len(), plan.steps.len());
    let at = |step: &str| requests.iter().position(|r| r.step == id(step)).unwrap();
    assert!(at("apis/x-w") < at("apis/x-w/policies/policy"));
    assert!(at("namedValues/key-w") < at("apis/x-w/policies/policy"));
    let secret = &requests[at("namedValues/key-w")];
    assert_eq!(secret.path, format!("{WORKSPACE}/namedValues/key-w"));
    assert_eq!(
        secret.body.as_ref().unwrap()["properties"]["value"],
        "[secret]"
    );
    assert!(
        requests
            .iter()
            .filter(|r| r.method == "DELETE")
            .all(|r| r.body.is_none())
    );
}
