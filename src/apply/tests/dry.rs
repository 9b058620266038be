//! What a dry run and a preview tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::apply::*;
use crate::engine::OnConflict;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::plan::Plan;
use crate::progress::{Event, Listener};
use crate::rollback::{Scope, preview};

#[tokio::test]
async fn a_dry_run_tells_what_the_next_apply_then_sends() {
    let there = [
        json!({"path": "/workspaces/w/tags/t-w", "properties": {"displayName": "T-w"}}),
        json!({"path": "/workspaces/w/namedValues/host-w", "properties":
            {"displayName": "host-w", "value": "theirs"}}),
    ];
    let bench = Bench::new(&there).await;
    let plan = sample();
    let look = async |plan: &Plan, on_conflict| {
        let options = ApplyOptions {
            on_conflict,
            ..ApplyOptions::default()
        };
        let found = look(plan, bench.dir(), &bench.arm, options, &quiet()).await;
        found.unwrap()
    };
    let found = look(&plan, OnConflict::Fail).await;
    assert!(found.looked);
    assert_eq!(found.exit(), Exit::Refused);
    let settled: Vec<(&str, Does)> = (found.settled.iter())
        .map(|s| (s.step.as_str(), s.does))
        .collect();
    assert_eq!(
        settled,
        [
            ("namedValues/host-w", Does::Conflict),
            ("tags/t-w", Does::Adopt)
        ]
    );
    assert_eq!(found.settled[0].differences[0].found, "`theirs`");
    assert!(bench.apply(&plan).await.is_err() && puts(&bench.sandbox).is_empty());

    let found = look(&plan, OnConflict::Overwrite).await;
    let told = |found: &DryRun| {
        let puts = found.requests.iter().filter(|r| r.method == "PUT");
        let mut puts: Vec<String> = puts
            .map(|r| r.path.trim_start_matches(WORKSPACE).to_owned())
            .collect();
        puts.sort();
        puts
    };
    let sent_since = |before: usize| {
        let mut sent = puts(&bench.sandbox).split_off(before);
        sent.iter_mut()
            .for_each(|p| *p = p.replace("x-w;rev=2", "x-w"));
        sent.sort();
        sent.dedup();
        sent
    };
    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    bench.apply_with(&plan, options).await.unwrap();
    assert_eq!(sent_since(0), told(&found));

    let (mut edited, before) = (sample(), puts(&bench.sandbox).len());
    for step in edited
        .steps
        .iter_mut()
        .filter(|s| s.id.as_str() == "products/p-w")
    {
        let content = step.content.as_mut().unwrap();
        content
            .properties
            .insert("description".to_owned(), json!("new"));
    }
    let found = look(&edited, OnConflict::Fail).await;
    assert_eq!((found.exit(), found.requests.len()), (Exit::Done, 1));
    assert_eq!(found.requests[0].does, Does::Update);
    assert_eq!(found.requests[0].differences[0].pointer, "description");
    bench.apply(&edited).await.unwrap();
    assert_eq!(sent_since(before), told(&found));
    assert_eq!(look(&edited, OnConflict::Fail).await.requests, []);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_and_a_preview_are_not_silent_while_they_look() {
    let options = crate::sandbox::Options {
        seeds: vec![seed(&[])],
        latency: Duration::from_secs(12),
        ..crate::sandbox::Options::default()
    };
    let sandbox = crate::sandbox::Sandbox::start(options, 0).await.unwrap();
    let (arm, folder) = (arm(&sandbox.url()), tempfile::tempdir().unwrap());
    let heard = || {
        let heard = Arc::new(Heard::default());
        (Arc::clone(&heard), heard as Arc<dyn Listener>)
    };
    let (looks, listener) = heard();
    let options = ApplyOptions::default();
    let found = look(&sample(), folder.path(), &arm, options, &listener).await;
    assert!(found.unwrap().looked);
    assert!(looks.0.load(Ordering::SeqCst) > 0);
    let (looks, listener) = heard();
    let found = preview(&sample(), folder.path(), &arm, Scope::All, &listener).await;
    found.unwrap();
    assert!(looks.0.load(Ordering::SeqCst) > 0);
}

/// Counts signs of life.
#[derive(Default)]
struct Heard(AtomicUsize);

impl Listener for Heard {
    fn on(&self, event: &Event) {
        let looks = usize::from(matches!(event, Event::Looking { .. }));
        self.0.fetch_add(looks, Ordering::SeqCst);
    }
}
