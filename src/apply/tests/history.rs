//! Runs after runs: what a plan made stays known, whatever became of the plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::apply::*;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay, refused};
use crate::fixtures::steps::{plan, step};
use crate::plan::{Action, Plan};
use crate::progress::Outcome;
use crate::rollback::{Scope, preview};
use crate::verify::VerifyOptions;

fn on_the_product(id: &str) -> bool {
    id.starts_with("products/") || id.starts_with("subscriptions/")
}

/// The sample without its product and what hangs on it.
fn narrower() -> Plan {
    let mut plan = sample();
    plan.steps.retain(|step| !on_the_product(step.id.as_str()));
    plan
}

fn paths(bench: &Bench) -> Vec<String> {
    workspace(&bench.sandbox)
        .into_iter()
        .map(|(p, _)| p)
        .collect()
}

#[tokio::test]
async fn what_left_the_plan_is_named_and_pruned() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let left = status(&narrower(), bench.dir()).unwrap().left;
    let left: Vec<String> = left.iter().map(|t| t.below().to_string()).collect();
    let expected = [
        "/products/p-w",
        "/products/p-w/apiLinks/l",
        "/products/p-w/groupLinks/d",
        "/subscriptions/s-w",
    ];
    assert_eq!(left, expected);
    let before = workspace(&bench.sandbox);
    let applied = bench.apply(&narrower()).await.unwrap();
    assert_eq!(applied.exit(), Exit::Done, "{applied:#?}");
    assert_eq!(workspace(&bench.sandbox), before);

    let (plan, dir) = (narrower(), bench.dir());
    let found = preview(&plan, dir, &bench.arm, Scope::Left, &quiet()).await;
    let (found, _) = found.unwrap();
    assert_eq!((found.delete.len(), found.keep.len()), (4, 0), "{found:#?}");
    let pruned = bench.undo(&plan, Scope::Left).await;
    assert_eq!(pruned.exit(), Exit::Done, "{pruned:#?}");
    assert_eq!(pruned.deleted.len(), 4, "{pruned:#?}");
    let there = paths(&bench);
    assert!(there.iter().all(|p| !on_the_product(&p[1..])), "{there:?}");
    assert!(there.contains(&"/apis/x-w".to_owned()), "{there:?}");
    assert_eq!(status(&plan, dir).unwrap().left, []);
    let report = bench.verify(&plan).await;
    assert_eq!(report.exit(), Exit::Done, "{report:#?}");
}

#[tokio::test]
async fn a_rollback_takes_along_what_left_the_plan() {
    let bench = Bench::new(&[]).await;
    let before = workspace(&bench.sandbox);
    bench.apply(&sample()).await.unwrap();
    let undone = bench.rollback(&narrower()).await;
    assert_eq!((undone.exit(), &*undone.kept), (Exit::Done, &[][..]));
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn what_left_the_plan_and_was_changed_is_kept() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let theirs =
        json!({"displayName": "Theirs", "subscriptionRequired": true, "state": "published"});
    bench.put("/products/p-w", &theirs).await;
    let pruned = bench.undo(&narrower(), Scope::Left).await;
    let kept: Vec<&str> = pruned.kept.iter().map(|k| k.step.as_str()).collect();
    assert!(kept.contains(&"products/p-w"), "{pruned:#?}");
    // What the plan wants is none of a pruning's business.
    assert!(kept.iter().all(|step| on_the_product(step)), "{kept:?}");
    assert!(paths(&bench).contains(&"/products/p-w".to_owned()));
}

#[tokio::test]
async fn a_copy_that_is_as_it_was_sent_is_ours_whatever_its_etag() {
    let bench = Bench::new(&[]).await;
    let tag = |text: &str| {
        plan(vec![
            step("namedValue", "/namedValues/h", &[])
                .with(json!({"displayName": "h", "value": text})),
        ])
    };
    bench.apply(&tag("a")).await.unwrap();
    let otherwise = json!({"displayName": "h", "value": "z"});
    bench.put("/namedValues/h", &otherwise).await;
    let ApplyError::Conflicts(conflicts) = bench.apply(&tag("b")).await.unwrap_err() else {
        panic!("it was changed");
    };
    let changed = conflicts[0].changed.as_ref().unwrap();
    let told = (changed[0].expected.as_str(), changed[0].found.as_str());
    assert_eq!(told, ("`a`", "`z`"));
    assert_eq!(conflicts[0].differences[0].expected, "`b`");
    bench
        .put("/namedValues/h", &json!({"displayName": "h", "value": "a"}))
        .await;
    let updated = bench.apply(&tag("b")).await.unwrap();
    assert_eq!(count(&updated, Outcome::Updated), 1, "{updated:#?}");
    bench
        .put("/namedValues/h", &json!({"displayName": "h", "value": "b"}))
        .await;
    assert_eq!(bench.rollback(&tag("c")).await.deleted.len(), 1);
}

#[tokio::test]
async fn what_somebody_changed_and_was_skipped_stays_somebodys_change() {
    let bench = Bench::new(&[]).await;
    let host = |text: &str| {
        plan(vec![
            step("namedValue", "/namedValues/h", &[])
                .with(json!({"displayName": "h", "value": text})),
        ])
    };
    bench.apply(&host("a")).await.unwrap();
    let theirs = json!({"displayName": "h", "value": "z"});
    bench.put("/namedValues/h", &theirs).await;
    let skip = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    let skipped = bench.apply_with(&host("b"), skip).await.unwrap();
    assert_eq!(skipped.left_as_is, [id("namedValues/h")]);
    let ApplyError::Conflicts(_) = bench.apply(&host("b")).await.unwrap_err() else {
        panic!("it was changed");
    };
    let undone = bench.rollback(&host("b")).await;
    assert_eq!((&*undone.deleted, undone.kept.len()), (&[][..], 1));
}

#[tokio::test]
async fn what_is_gone_and_needed_is_made_again_and_told() {
    let bench = Bench::new(&[]).await;
    bench.apply(&narrower()).await.unwrap();
    bench.delete("/tags/t-w").await;
    let mut plan = narrower();
    let link = plan.steps.iter_mut();
    for step in link.filter(|s| s.id.as_str() == "tags/t-w/apiLinks/l") {
        step.target = "/workspaces/w/tags/t-w/apiLinks/l2".parse().unwrap();
    }
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.again, [id("tags/t-w")]);
    assert!(paths(&bench).contains(&"/tags/t-w".to_owned()));
}

/// The one that was done went with what it stood on, and nothing open needs it.
#[tokio::test]
async fn what_went_with_what_is_made_again_is_made_again_too() {
    let api = json!({"displayName": "A", "path": "a", "protocols": ["https"]});
    let operation = |name: &str| {
        let about =
            json!({"displayName": name, "method": "GET", "urlTemplate": format!("/{name}")});
        step(
            "operation",
            &format!("/apis/a/operations/{name}"),
            &["apis/a"],
        )
        .with(about)
    };
    let bench = Bench::new(&[]).await;
    let plan = |names: &[&str]| {
        let first = step("api", "/apis/a", &[]).with(api.clone());
        let rest = names.iter().map(|name| operation(name));
        plan(std::iter::once(first).chain(rest).collect())
    };
    bench.apply(&plan(&["o"])).await.unwrap();
    bench.delete("/apis/a").await;
    let summary = bench.apply(&plan(&["o", "p"])).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.again, [id("apis/a"), id("apis/a/operations/o")]);
    assert!(paths(&bench).contains(&"/apis/a/operations/o".to_owned()));
}

#[tokio::test]
async fn what_appears_while_a_run_is_under_way_is_seen_before_the_write() {
    let tag = json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "Theirs"}});
    let mut bench = Bench::new(&[tag]).await;
    let reads = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let first =
            reads.fetch_add(usize::from(sent.is("GET", "/tags/t-w")), Ordering::SeqCst) == 0;
        match sent.is("GET", "/tags/t-w") && first {
            true => refused(404, "ResourceNotFound", "Tag not found."),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let plan = plan(vec![
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
    ]);
    let options = ApplyOptions {
        look_again: Duration::ZERO,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(summary.exit(), Exit::Refused, "{summary:#?}");
    assert!(summary.failed[0].conflict && puts(&bench.sandbox).is_empty());
    assert_eq!(bench.rollback(&plan).await.deleted, []);
}

#[tokio::test]
async fn without_the_journal_nothing_is_deleted_and_all_is_told() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let there = workspace(&bench.sandbox);
    bench.lose_journal();
    let undone = bench.rollback(&sample()).await;
    assert_eq!((undone.exit(), &*undone.deleted), (Exit::Done, &[][..]));
    assert_eq!(undone.kept.len(), 14, "{undone:#?}");
    assert!(undone.kept.iter().all(|k| k.why.contains("no journal")));
    assert_eq!(workspace(&bench.sandbox), there);
}

#[tokio::test]
async fn what_somebody_adds_to_a_copy_is_a_difference_and_what_links_to_it_is_none() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let report = bench.verify(&sample()).await;
    assert_eq!((report.exit(), &*report.added), (Exit::Done, &[][..]));
    let tag = json!({"displayName": "Theirs"});
    bench.put("/tags/theirs", &tag).await;
    let link = json!({"apiId": format!("{WORKSPACE}/apis/x-w")});
    bench.put("/tags/theirs/apiLinks/l", &link).await;
    assert_eq!(bench.verify(&sample()).await.exit(), Exit::Done);
    let operation = json!({"displayName": "New", "method": "GET", "urlTemplate": "/new"});
    bench.put("/apis/x-w/operations/new", &operation).await;
    let policy = json!({"format": "rawxml", "value": "<policies><inbound /></policies>"});
    bench.put("/products/p-w/policies/policy", &policy).await;
    let report = bench.verify(&sample()).await;
    assert_eq!(report.exit(), Exit::Differences, "{report:#?}");
    let added: Vec<(&str, &str)> = (report.added.iter())
        .map(|a| (a.step.as_str(), a.names[0].as_str()))
        .collect();
    assert_eq!(added, [("apis/x-w", "new"), ("products/p-w", "policy")]);
    assert!(report.different.is_empty() && report.missing.is_empty());
}

#[tokio::test]
async fn secrets_are_counted_and_compared_when_asked() {
    let theirs = json!({"path": "/workspaces/w/namedValues/key-w", "properties":
        {"displayName": "key-w", "secret": true, "value": "another"}});
    let bench = Bench::new(&[theirs]).await;
    bench.apply(&sample()).await.unwrap();
    let report = bench.verify(&sample()).await;
    assert_eq!(
        (report.exit(), report.secrets_not_compared),
        (Exit::Done, 1)
    );
    let report = bench
        .verify_with(&sample(), VerifyOptions { secrets: true })
        .await;
    assert_eq!(report.exit(), Exit::Differences);
    assert_eq!(report.secrets_differ, [id("namedValues/key-w")]);
    assert!(!format!("{report:?}").contains("hush"));
    let right = json!({"displayName": "key-w", "secret": true, "value": "hush"});
    bench.put("/namedValues/key-w", &right).await;
    let report = bench
        .verify_with(&sample(), VerifyOptions { secrets: true })
        .await;
    assert_eq!(
        (report.exit(), report.secrets_not_compared),
        (Exit::Done, 0)
    );
}

/// Products of which each gets a subscription that the plan does not want.
fn products(count: usize) -> Plan {
    let owner = |i: usize| format!("products/p{i}");
    let products = (0..count).map(|i| {
        step("product", &format!("/products/p{i}"), &[]).with(json!({
            "displayName": format!("P{i}"), "subscriptionRequired": true, "state": "published",
        }))
    });
    let tidies = (0..count).map(|i| {
        let path = format!("/subscriptions/p{i}-automatic-subscription");
        let mut tidy = step("subscription", &path, &[&owner(i)]).action(Action::Tidy);
        tidy.target = "/workspaces/w/subscriptions/automatic-subscription"
            .parse()
            .unwrap();
        tidy
    });
    plan(products.chain(tidies).collect())
}

#[tokio::test]
async fn a_list_of_the_target_is_read_once_a_run_however_many_need_it() {
    let bench = Bench::new(&[]).await;
    let plan = products(12);
    let lists = || {
        let all = sent(&bench.sandbox, "GET").into_iter();
        all.filter(|path| path == "/subscriptions").count()
    };
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(count(&summary, Outcome::Tidied), 12, "{summary:#?}");
    let after_apply = lists();
    assert!(after_apply <= 2, "{after_apply}");
    assert_eq!(bench.verify(&plan).await.exit(), Exit::Done);
    assert_eq!(lists(), after_apply + 1);
    let undone = bench.rollback(&plan).await;
    assert_eq!((undone.exit(), undone.deleted.len()), (Exit::Done, 12));
    assert_eq!(lists(), after_apply + 2);
}
