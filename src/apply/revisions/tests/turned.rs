//! Another revision than the plan's is current.

use super::*;
use crate::engine::OnConflict;
use crate::progress::Outcome;

fn overwrite() -> ApplyOptions {
    ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    }
}

#[tokio::test]
async fn somebodys_api_with_another_current_revision_is_never_overwritten() {
    let bench = Bench::new(&[]).await;
    let mut theirs = fourth();
    theirs.steps.truncate(1);
    let number = |plan: &mut Plan, number: &str| {
        let content = plan.steps[0].content.as_mut().unwrap();
        let number = json!(number);
        content.properties.insert("apiRevision".to_owned(), number);
    };
    number(&mut theirs, "7");
    bench
        .apply_elsewhere(&theirs, ApplyOptions::default())
        .await;
    let before = workspace(&bench.sandbox);
    let mut plan = fourth();
    plan.steps.truncate(1);
    for wanted in ["4", "1"] {
        number(&mut plan, wanted);
        for options in [overwrite(), ApplyOptions::default()] {
            let error = bench.apply_with(&plan, options).await.unwrap_err();
            assert!(matches!(error, ApplyError::Conflicts(_)), "{error}");
            assert!(error.help().unwrap().contains("never overwritten"));
        }
    }
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn a_revision_that_somebody_made_current_in_our_api_stays() {
    let bench = Bench::new(&[]).await;
    let mut plan = fourth();
    plan.steps.truncate(1);
    bench.apply(&plan).await.unwrap();
    let id = format!("{WORKSPACE}/apis/x");
    let fifth = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "subscriptionRequired": true, "apiRevision": "5", "sourceApiId": id});
    bench.put("/apis/x;rev=5", &fifth).await;
    let release = json!({"apiId": format!("{id};rev=5"), "notes": "theirs"});
    bench.put("/apis/x/releases/r", &release).await;
    let before = workspace(&bench.sandbox);
    let content = plan.steps[0].content.as_mut().unwrap();
    (content.properties).insert("apiRevision".to_owned(), json!("6"));
    for options in [overwrite(), ApplyOptions::default()] {
        let error = bench.apply_with(&plan, options).await.unwrap_err();
        assert!(matches!(error, ApplyError::Conflicts(_)), "{error}");
    }
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn nothing_is_written_below_an_api_of_ours_where_somebody_made_another_revision_current() {
    let bench = Bench::new(&[]).await;
    let mut plan = fourth();
    bench.apply(&plan).await.unwrap();
    let release = json!({"apiId": format!("{WORKSPACE}/apis/x;rev=beta"), "notes": "theirs"});
    bench.put("/apis/x/releases/r", &release).await;
    // What is not below it is made all the same.
    let mut more = fourth();
    more.steps
        .push(step("tag", "/tags/t-w", &[]).with(json!({"displayName": "T-w"})));
    let summary = bench
        .apply_with(&more, ApplyOptions::default())
        .await
        .unwrap();
    assert_eq!(count(&summary, Outcome::Created), 1, "{summary:#?}");
    let before = workspace(&bench.sandbox);
    let content = plan.steps[2].content.as_mut().unwrap();
    (content.properties).insert("displayName".to_owned(), json!("Edited"));
    for options in [overwrite(), ApplyOptions::default()] {
        let error = bench.apply_with(&plan, options).await.unwrap_err();
        assert!(error.help().unwrap().contains("never overwritten"));
    }
    let skip = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    let summary = bench.apply_with(&plan, skip).await.unwrap();
    assert_eq!(count(&summary, Outcome::LeftAsIs), 2, "{summary:#?}");
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn no_revision_is_made_of_one_that_somebody_made_current_and_nothing_that_needs_it() {
    let bench = Bench::new(&[]).await;
    let mut first = fourth();
    first.steps.truncate(1);
    bench.apply(&first).await.unwrap();
    let theirs = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "isCurrent": true, "sourceApiId": format!("{WORKSPACE}/apis/x")});
    bench.put("/apis/x;rev=5", &theirs).await;
    let release = json!({"apiId": format!("{WORKSPACE}/apis/x;rev=5"), "notes": "theirs"});
    bench.put("/apis/x/releases/r", &release).await;
    let before = workspace(&bench.sandbox);
    let mut more = older();
    more.steps.truncate(3);
    let error = bench
        .apply_with(&more, ApplyOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, ApplyError::Conflicts(_)), "{error}");
    let skip = ApplyOptions {
        on_conflict: OnConflict::Skip,
        ..ApplyOptions::default()
    };
    bench.apply_with(&more, skip).await.unwrap();
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn somebodys_revision_is_overwritten_as_it_was_seen_and_keeps_what_it_has() {
    let mut bench = Bench::new(&[]).await;
    bench
        .apply_elsewhere(&fourth(), ApplyOptions::default())
        .await;
    let get = json!({"displayName": "Get", "method": "GET", "urlTemplate": "/"});
    bench.put("/apis/x;rev=beta/operations/get", &get).await;
    let relay = Relay::before(&bench.sandbox, |_| Act::Pass).await;
    bench.arm = arm(&relay.url);
    let mut plan = fourth();
    plan.steps.truncate(2);
    let content = plan.steps[1].content.as_mut().unwrap();
    let url = json!("https://new.example");
    content.properties.insert("serviceUrl".to_owned(), url);
    let summary = bench.apply_with(&plan, overwrite()).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(count(&summary, Outcome::Overwritten), 1, "{summary:#?}");
    let written = relay.writes();
    let [put] = &written[..] else {
        panic!("{written:#?}");
    };
    assert!(put.is("PUT", "/apis/x;rev=beta"), "{put:?}");
    assert!(put.if_match.as_deref().is_some_and(|etag| etag != "*"));
}
