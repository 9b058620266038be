//! What comes between a refusal and what is sent once more is somebody's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::lanes::wide;
use crate::apply::{ApplyOptions, ApplySummary};
use crate::engine::OnConflict;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay, refused};
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;
use crate::progress::Outcome;

/// A bench whose relay meets the first request of that kind, and only that.
async fn meeting(
    more: &[Value],
    (method, path): (&'static str, &'static str),
    act: impl Fn() -> Act + Clone + Send + Sync + 'static,
) -> (Bench, Relay) {
    let mut bench = Bench::new(more).await;
    let relay = meet(&mut bench, (method, path), act).await;
    (bench, relay)
}

async fn meet(
    bench: &mut Bench,
    (method, path): (&'static str, &'static str),
    act: impl Fn() -> Act + Clone + Send + Sync + 'static,
) -> Relay {
    let asked = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let first = sent.is(method, path) && asked.fetch_add(1, Ordering::SeqCst) == 0;
        match first {
            true => act(),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    relay
}

fn no(status: u16) -> Value {
    let (code, message) = match status {
        409 => ("Conflict", "Operation on the API is in progress."),
        422 => ("ManagementApiRequestFailed", "No."),
        _ => ("No", "Not now."),
    };
    json!({"error": {"code": code, "message": message, "details": null}})
}

fn one_tag() -> Plan {
    plan(vec![
        step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})),
    ])
}

fn conflicts(summary: &ApplySummary) -> usize {
    summary.failed.iter().filter(|f| f.conflict).count()
}

/// Refusals with which nothing was done, and such with which it may have been.
const REFUSALS: [(u16, bool); 5] = [
    (409, false),
    (412, false),
    (422, false),
    (429, false),
    (503, true),
];

#[tokio::test]
async fn something_else_that_comes_in_between_is_neither_written_over_nor_ours() {
    for (status, may_be_done) in REFUSALS {
        let theirs = json!({"displayName": "Theirs"});
        let act = move || Act::Refuse(status, no(status), "/tags/t-w", theirs.clone());
        let (bench, relay) = meeting(&[], ("PUT", "/tags/t-w"), act).await;
        let summary = bench.apply(&one_tag()).await.unwrap();
        assert_eq!(summary.failed.len(), 1, "{status}: {summary:#?}");
        assert_eq!(conflicts(&summary) == 1, !may_be_done, "{status}");
        assert_eq!(relay.writes().len(), 1, "{status}");
        assert!(bench.apply(&one_tag()).await.is_err(), "{status}");
        assert_eq!(bench.rollback(&one_tag()).await.deleted, [], "{status}");
        let there = workspace(&bench.sandbox);
        assert_eq!(there[0].1["displayName"], "Theirs", "{status}: {there:?}");
    }
}

#[tokio::test]
async fn the_same_that_comes_in_between_is_used_and_stays_somebodys() {
    for (status, may_be_done) in REFUSALS {
        let same = json!({"displayName": "T-w"});
        let act = move || Act::Refuse(status, no(status), "/tags/t-w", same.clone());
        let (bench, relay) = meeting(&[], ("PUT", "/tags/t-w"), act).await;
        let summary = bench.apply(&one_tag()).await.unwrap();
        assert_eq!(summary.exit(), Exit::Done, "{status}: {summary:#?}");
        let outcome = match may_be_done {
            true => Outcome::Adopted,
            false => Outcome::Reused,
        };
        assert_eq!(count(&summary, outcome), 1, "{status}: {summary:#?}");
        assert_eq!(relay.writes().len(), 1, "{status}");
        let undone = bench.rollback(&one_tag()).await;
        // It can't be told from what an attempt may have made.
        assert_eq!(undone.deleted.len(), usize::from(may_be_done), "{status}");
    }
}

/// Nothing shows a secret: it is asked for where it has to be told whose it is.
#[tokio::test]
async fn a_secret_that_comes_in_between_is_told_from_our_own() {
    let at = "/namedValues/key-w";
    let mut plan = sample();
    plan.steps.truncate(1);
    for (value, is_ours) in [("hush", true), ("theirs", false)] {
        let it = json!({"displayName": "key-w", "secret": true, "value": value});
        let act = move || Act::Refuse(503, no(503), at, it.clone());
        let (bench, _relay) = meeting(&[], ("PUT", at), act).await;
        let summary = bench.apply(&plan).await.unwrap();
        let ours = usize::from(is_ours);
        assert_eq!(count(&summary, Outcome::Adopted), ours, "{summary:#?}");
        assert_eq!(conflicts(&summary), 1 - ours, "{summary:#?}");
        assert_eq!(bench.rollback(&plan).await.deleted.len(), ours);
        // The same where a run was cut off.
        let bench = Bench::new(&[]).await;
        bench.begin(&plan, &plan.steps[0].id);
        let it = json!({"displayName": "key-w", "secret": true, "value": value});
        bench.put(at, &it).await;
        assert_eq!(bench.apply(&plan).await.is_ok(), is_ours);
        let undone = bench.rollback(&plan).await;
        let told = (undone.deleted.len(), undone.kept.len());
        assert_eq!(told, (ours, 1 - ours), "{undone:#?}");
    }
}

#[tokio::test]
async fn a_secret_that_was_left_is_not_taken_for_our_own_afterwards() {
    let at = "/namedValues/key-w";
    let mut plan = sample();
    plan.steps.truncate(1);
    let bench = Bench::new(&[]).await;
    bench.begin(&plan, &plan.steps[0].id);
    let it = json!({"displayName": "key-w", "secret": true, "value": "theirs"});
    bench.put(at, &it).await;
    for on_conflict in [OnConflict::Overwrite, OnConflict::Fail] {
        let options = ApplyOptions {
            on_conflict,
            ..ApplyOptions::default()
        };
        let error = bench.apply_with(&plan, options).await.unwrap_err();
        assert!(
            error.to_string().contains("that is not this plan's"),
            "{error}"
        );
        assert!(error.help().unwrap().contains("another secret"));
    }
    let options = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(count(&summary, Outcome::LeftAsIs), 1, "{summary:#?}");
    // It is taken for what it shows, and stays somebody's.
    let summary = bench.apply(&plan).await.unwrap();
    assert_eq!(count(&summary, Outcome::Adopted), 1, "{summary:#?}");
    let undone = bench.rollback(&plan).await;
    assert_eq!(
        (undone.deleted.len(), undone.kept.len()),
        (0, 0),
        "{undone:#?}"
    );
}

/// The answer to each write is lost once, and what it made is found.
#[tokio::test]
async fn what_was_made_without_an_answer_is_ours_and_not_made_twice() {
    for (at, _) in [
        ("/apis/x-w;rev=2", 2),
        ("/apis/x-w;rev=1", 1),
        ("/products/p-w", 0),
    ] {
        for settings in [
            &[][..],
            &["first-put=refused"],
            &["first-put=one"],
            &["revision-null=keeps"],
        ] {
            let mut bench = Bench::with(&[], |s| {
                settings.iter().for_each(|setting| s.set(setting).unwrap());
            })
            .await;
            let before = workspace(&bench.sandbox);
            let relay = meet(&mut bench, ("PUT", at), || Act::Lose(503)).await;
            let summary = bench.apply(&sample()).await.unwrap();
            let of = format!("{at}, {settings:?}: {summary:#?}");
            assert_eq!(summary.exit(), Exit::Done, "{of}");
            let puts = relay.writes().into_iter().filter(|s| s.is("PUT", at));
            let once = puts.count() == 1;
            assert!(once || !settings.is_empty(), "{of}");
            assert_eq!(bench.verify(&sample()).await.exit(), Exit::Done, "{of}");
            let undone = bench.rollback(&sample()).await;
            assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]), "{of}");
            assert_eq!(workspace(&bench.sandbox), before, "{of}");
        }
    }
}

#[tokio::test]
async fn an_api_that_comes_in_between_does_not_get_our_revision() {
    let theirs = json!({"displayName": "X-w", "path": "x-w", "protocols": ["https"],
        "subscriptionRequired": true, "serviceUrl": "https://theirs.example"});
    // A refusal with another form in its place counts as well.
    for (at, statuses) in [
        ("/apis/x-w;rev=2", &[409, 400][..]),
        ("/apis/x-w;rev=1", &[409]),
    ] {
        for &status in statuses {
            let mut theirs = theirs.clone();
            // Of the other revision it is that one that comes.
            let to = if at.ends_with('2') { "/apis/x-w" } else { at };
            if to == at {
                theirs["sourceApiId"] = json!(format!("{WORKSPACE}/apis/x-w"));
            }
            let act = move || Act::Refuse(status, no(status), to, theirs.clone());
            let (bench, relay) = meeting(&[], ("PUT", at), act).await;
            let summary = bench.apply(&sample()).await.unwrap();
            assert_eq!(conflicts(&summary), 1, "{at}, {status}: {summary:#?}");
            let puts = relay.writes();
            let puts = puts.iter().filter(|s| s.is("PUT", at) || s.is("PUT", to));
            assert_eq!(puts.count(), 1, "{at}, {status}");
        }
    }
}

fn operation(name: &str) -> Value {
    json!({"displayName": name, "method": "GET", "urlTemplate": format!("/{}", name.to_lowercase())})
}

#[tokio::test]
async fn what_comes_before_a_write_goes_again_alone_stays_somebodys() {
    let unknown = json!({"error": {"code": "SomethingElse", "message": "No.", "details": null}});
    for (theirs, conflict) in [("O7", false), ("theirs", true)] {
        let unknown = unknown.clone();
        let act = move || {
            Act::Refuse(
                409,
                unknown.clone(),
                "/apis/x/operations/o7",
                operation(theirs),
            )
        };
        let (bench, relay) = meeting(&[], ("PUT", "/apis/x/operations/o7"), act).await;
        let summary = bench.apply(&wide(12)).await.unwrap();
        assert_eq!(conflicts(&summary), usize::from(conflict), "{summary:#?}");
        let reused = usize::from(!conflict);
        assert_eq!(count(&summary, Outcome::Reused), reused, "{summary:#?}");
        let puts = relay.writes().into_iter();
        let puts = puts.filter(|s| s.is("PUT", "/apis/x/operations/o7"));
        assert_eq!(puts.count(), 1, "{summary:#?}");
    }
}

#[tokio::test]
async fn what_somebody_makes_after_a_run_that_was_refused_is_not_the_plans() {
    let act = || refused(400, "ValidationError", "No.");
    let (bench, _relay) = meeting(&[], ("PUT", "/tags/t-w"), act).await;
    let summary = bench.apply(&one_tag()).await.unwrap();
    assert_eq!(summary.failed.len(), 1, "{summary:#?}");
    bench.put("/tags/t-w", &json!({"displayName": "T-w"})).await;
    let summary = bench.apply(&one_tag()).await.unwrap();
    assert_eq!(count(&summary, Outcome::Adopted), 1, "{summary:#?}");
    assert_eq!(bench.rollback(&one_tag()).await.deleted, []);
    bench
        .put("/tags/t-w", &json!({"displayName": "Theirs"}))
        .await;
    let undone = bench.rollback(&one_tag()).await;
    assert_eq!((&*undone.deleted, undone.kept.len()), (&[][..], 1));
}

/// A read that is refused says nothing about the write before it.
#[tokio::test]
async fn what_was_taken_and_may_not_be_read_is_not_refused() {
    let at = "/namedValues/v-w";
    let value = json!({"displayName": "v-w", "value": "x"});
    let plan = plan(vec![step("namedValue", at, &[]).with(value)]);
    for status in [401, 403] {
        let mut bench = Bench::new(&[]).await;
        let sent = Arc::new(AtomicUsize::new(0));
        let relay = Relay::before(&bench.sandbox, move |request| {
            sent.fetch_add(usize::from(request.is("PUT", at)), Ordering::SeqCst);
            match request.is("GET", at) && sent.load(Ordering::SeqCst) > 0 {
                true => refused(status, "AuthorizationFailed", "No."),
                false => Act::Pass,
            }
        })
        .await;
        let direct = std::mem::replace(&mut bench.arm, arm(&relay.url));
        let summary = bench.apply(&plan).await;
        assert!(summary.is_ok_and(|s| s.exit() != Exit::Done));
        bench.arm = direct;
        let summary = bench.apply(&plan).await.unwrap();
        assert_eq!(summary.exit(), Exit::Done, "{status}: {summary:#?}");
        let undone = bench.rollback(&plan).await;
        assert_eq!(undone.deleted, [id("namedValues/v-w")], "{status}");
    }
}

/// The answer to the first form is lost, and it is refused when it is sent again;
/// so is the other form. What the first made comes late.
#[tokio::test]
async fn what_the_first_form_may_have_made_is_not_refused_with_the_other() {
    let mut bench = Bench::new(&[]).await;
    let at = "/apis/x-w;rev=2";
    let asked = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let is_api = sent.method == "PUT" && sent.path.contains("/apis/x-w");
        match is_api.then(|| asked.fetch_add(1, Ordering::SeqCst)) {
            Some(0) => refused(503, "ServiceUnavailable", "Not now."),
            Some(_) => refused(400, "ValidationError", "No."),
            None => Act::Pass,
        }
    })
    .await;
    let direct = std::mem::replace(&mut bench.arm, arm(&relay.url));
    let summary = bench.apply(&sample()).await.unwrap();
    assert_eq!(summary.failed.len(), 1, "{summary:#?}");
    bench.arm = direct;
    let step = &sample().steps[3];
    let properties = &step.content.as_ref().unwrap().properties;
    bench.put(at, &Value::Object(properties.clone())).await;
    bench.apply(&sample()).await.unwrap();
    let undone = bench.rollback(&sample()).await;
    assert!(undone.deleted.contains(&id("apis/x-w")), "{undone:#?}");
}

#[tokio::test]
async fn what_an_earlier_run_may_have_sent_stays_unsure_whatever_is_refused_later() {
    let act = || refused(400, "ValidationError", "No.");
    let (bench, _relay) = meeting(&[], ("PUT", "/tags/t-w"), act).await;
    bench.begin(&one_tag(), &id("tags/t-w"));
    let summary = bench.apply(&one_tag()).await.unwrap();
    assert_eq!(summary.failed.len(), 1, "{summary:#?}");
    bench.put("/tags/t-w", &json!({"displayName": "T-w"})).await;
    assert_eq!(bench.rollback(&one_tag()).await.deleted, [id("tags/t-w")]);
}

#[tokio::test]
async fn what_somebody_makes_again_while_a_rollback_has_no_answer_stays() {
    let mut bench = Bench::new(&[]).await;
    bench.apply(&one_tag()).await.unwrap();
    let same = json!({"displayName": "T-w"});
    let relay = meet(&mut bench, ("DELETE", "/tags/t-w"), move || {
        Act::LoseThen(503, "/tags/t-w", same.clone())
    })
    .await;
    let undone = bench.rollback(&one_tag()).await;
    assert_eq!(
        (&*undone.deleted, undone.kept.len()),
        (&[][..], 1),
        "{undone:#?}"
    );
    assert_eq!(workspace(&bench.sandbox).len(), 1);
    drop(relay);
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_by_then_is_not_deleted() {
    let api = |name: &str| {
        json!({"path": format!("/workspaces/w/apis/{name}"), "properties":
            {"displayName": name, "path": name, "apiRevision": "1", "isCurrent": true}})
    };
    let tag = json!({"path": "/workspaces/w/tags/t", "properties": {"displayName": "T"}});
    let mut bench = Bench::new(&[tag, api("x"), api("y")]).await;
    let to = |name: &str| json!({"apiId": format!("{WORKSPACE}/apis/{name}")});
    let plan = plan(vec![
        step("tagApiLink", "/tags/t/apiLinks/l", &[]).with(to("x")),
    ]);
    bench.apply(&plan).await.unwrap();
    let theirs = to("y");
    let relay = meet(&mut bench, ("DELETE", "/tags/t/apiLinks/l"), move || {
        Act::Refuse(409, no(409), "/tags/t/apiLinks/l", theirs.clone())
    })
    .await;
    let undone = bench.rollback(&plan).await;
    assert_eq!(
        (&*undone.deleted, undone.kept.len()),
        (&[][..], 1),
        "{undone:#?}"
    );
    drop(relay);
}

#[tokio::test]
async fn a_link_that_somebody_puts_into_what_the_run_has_just_made_is_his() {
    let mut bench = Bench::new(&[]).await;
    let link = json!({"groupId": format!("{SERVICE}/groups/developers")});
    let relay = meet(
        &mut bench,
        ("PUT", "/products/p-w/groupLinks/d"),
        move || Act::After("/products/p-w/groupLinks/d", link.clone()),
    )
    .await;
    let summary = bench.apply(&sample()).await.unwrap();
    let of_theirs = summary.overtaken == [id("products/p-w/groupLinks/d")]
        || count(&summary, Outcome::Reused) == 1;
    assert!(of_theirs, "{summary:#?}");
    let undone = bench.rollback(&sample()).await;
    let link = id("products/p-w/groupLinks/d");
    assert!(!undone.deleted.contains(&link), "{undone:#?}");
    drop(relay);
}

/// Below a revision that an earlier run copied, only what the look saw there came
/// with it.
#[tokio::test]
async fn what_comes_into_a_copy_of_an_earlier_run_is_somebodys() {
    let late = "/apis/x-w;rev=1/operations/late";
    let mut bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let mut more = sample();
    let new = step("operation", late, &["apis/x-w;rev=1"]).with(operation("Late"));
    more.steps.extend(plan(vec![new]).steps);
    let act = || Act::After(late, operation("Theirs"));
    let _relay = meet(&mut bench, ("PUT", late), act).await;
    let summary = bench.apply(&more).await.unwrap();
    let step = id("apis/x-w;rev=1/operations/late");
    assert_eq!(
        summary.overtaken,
        std::slice::from_ref(&step),
        "{summary:#?}"
    );
    let undone = bench.rollback(&more).await;
    assert!(!undone.deleted.contains(&step), "{undone:#?}");
}
