//! Several writers below one API.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay};
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;

/// An API with so many operations.
pub(super) fn wide(operations: usize) -> Plan {
    let api = json!({"displayName": "X", "path": "x", "protocols": ["https"],
        "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true});
    let operation = |at: usize| {
        let path = format!("/apis/x/operations/o{at}");
        let (name, template) = (format!("O{at}"), format!("/o{at}"));
        step("operation", &path, &["apis/x"])
            .with(json!({"displayName": name, "method": "GET", "urlTemplate": template}))
    };
    let steps = (0..operations).map(operation);
    plan(
        std::iter::once(step("api", "/apis/x", &[]).with(api))
            .chain(steps)
            .collect(),
    )
}

/// How many writes were refused since others were under way.
fn refused(bench: &Bench) -> usize {
    let log = bench.sandbox.log();
    log.iter().filter(|l| l.status == 409).count()
}

#[tokio::test]
async fn what_stands_below_an_api_is_written_side_by_side_where_the_service_takes_it() {
    let bench = Bench::with(&[], |s| s.write_ms = 80).await;
    let began = std::time::Instant::now();
    let summary = bench.apply(&wide(60)).await.unwrap();
    let took = began.elapsed();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!((puts(&bench.sandbox).len(), refused(&bench)), (61, 0));
    // One after the other it would be 4.8 s at least.
    assert!(took < std::time::Duration::from_millis(3600), "{took:?}");
    let journal = std::fs::read_to_string(bench.dir().join("journal.jsonl")).unwrap();
    assert!(!journal.contains("\"busy\""), "{journal}");
}

#[tokio::test]
async fn what_is_refused_in_unknown_words_beside_others_goes_again_alone() {
    let mut bench = Bench::new(&[]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let relay = Relay::before(&bench.sandbox, move |sent| {
        let is_it = sent.is("PUT", "/apis/x/operations/o7");
        match is_it && asked.fetch_add(1, Ordering::Relaxed) == 0 {
            true => crate::fixtures::relay::refused(409, "SomethingElse", "No."),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let summary = bench.apply(&wide(12)).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
}

#[tokio::test]
async fn where_an_api_has_one_writer_that_costs_one_refusal_and_no_run_asks_again() {
    let bench = Bench::with(&[], |s| {
        s.write_ms = 5;
        s.set("one-writer=true").unwrap();
    })
    .await;
    let summary = bench.apply(&wide(12)).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    let (first, tried) = (puts(&bench.sandbox).len(), refused(&bench));
    assert!((1..=5).contains(&tried), "{tried}");
    assert_eq!(first, 13 + tried);
    let journal = std::fs::read_to_string(bench.dir().join("journal.jsonl")).unwrap();
    let busy = journal.lines().filter(|l| l.contains("\"busy\""));
    assert_eq!(busy.count(), 1, "{journal}");
    // The plan grows: by its journal, the service is known.
    let summary = bench.apply(&wide(24)).await.unwrap();
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(puts(&bench.sandbox).len(), first + 12);
    assert_eq!(refused(&bench), tried);
}
