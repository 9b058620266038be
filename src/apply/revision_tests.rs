use serde_json::json;

use super::*;
use crate::engine::journal;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;

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
    let (mut journal, _) = journal::Journal::open(&fourth(), bench.dir()).unwrap();
    let intended = journal::Entry::StepIntended {
        step: first.steps[0].id.clone(),
        at: journal::now(),
        over: false,
    };
    journal.append(&[intended]).unwrap();
    drop(journal);
    ends_well(&bench).await;
}
