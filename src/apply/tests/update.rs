//! A plan that wants something else than it wanted, and one whose rollback was
//! cut off.

use serde_json::json;

use crate::apply::*;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::steps::{plan, step};
use crate::plan::Plan;
use crate::progress::Outcome;

/// The sample with other contents: of an API and of its policy, of a revision,
/// and of things that stand alone.
fn edited() -> Plan {
    let mut plan = sample();
    for step in &mut plan.steps {
        let Some(content) = &mut step.content else {
            continue;
        };
        let properties = &mut content.properties;
        match step.id.as_str() {
            // All revisions share it.
            "apis/x-w" => properties.insert("description".to_owned(), json!("edited")),
            "apis/x-w;rev=1" => {
                properties.insert("description".to_owned(), json!("edited"));
                properties.insert("serviceUrl".to_owned(), json!("https://new.example"))
            }
            "namedValues/host-w" => properties.insert("value".to_owned(), json!("edited")),
            "apis/x-w/policies/policy" => {
                let text = content.document.take().unwrap_or_default();
                content.document = Some(text.replace("name=\"k\"", "name=\"edited\""));
                None
            }
            _ => None,
        };
    }
    plan
}

const EDITED: usize = 4;

#[tokio::test]
async fn what_the_plan_wants_otherwise_is_sent_over_its_own_copies_alone() {
    let bench = Bench::new(&[]).await;
    let before = workspace(&bench.sandbox);
    bench.apply(&sample()).await.unwrap();
    let (sent, plan) = (puts(&bench.sandbox).len(), edited());
    let status = status(&plan, bench.dir()).unwrap();
    assert_eq!(
        (status.changed.len(), status.remaining.len()),
        (EDITED, EDITED)
    );
    assert_eq!(dry_run(&plan, bench.dir()).unwrap().requests.len(), EDITED);
    let updated = bench.apply(&plan).await.unwrap();
    assert_eq!(updated.exit(), Exit::Done, "{updated:#?}");
    assert_eq!(count(&updated, Outcome::Updated), EDITED, "{updated:#?}");
    assert_eq!(puts(&bench.sandbox).len(), sent + EDITED);
    let report = bench.verify(&plan).await;
    assert_eq!(report.exit(), Exit::Done, "{report:#?}");
    let again = bench.apply(&plan).await.unwrap();
    assert_eq!(again.done_before, plan.steps.len());
    assert_eq!(puts(&bench.sandbox).len(), sent + EDITED);
    let undone = bench.rollback(&plan).await;
    assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]));
    assert_eq!(workspace(&bench.sandbox), before);
}

#[tokio::test]
async fn what_somebody_changed_is_not_written_over() {
    let bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let theirs = plan(vec![
        step("namedValue", "/namedValues/host-w", &[])
            .with(json!({"displayName": "host-w", "value": "theirs"})),
    ]);
    let options = ApplyOptions {
        on_conflict: OnConflict::Overwrite,
        ..ApplyOptions::default()
    };
    bench.apply_elsewhere(&theirs, options).await;
    let before = workspace(&bench.sandbox);
    let error = bench.apply(&edited()).await.unwrap_err();
    let ApplyError::Conflicts(conflicts) = &error else {
        panic!("{error}");
    };
    let steps: Vec<_> = conflicts.iter().map(|c| c.step.as_str()).collect();
    assert_eq!(steps, ["namedValues/host-w"]);
    assert_eq!(workspace(&bench.sandbox), before);
    // Unless it is asked for; and it is this plan's still.
    let updated = bench.apply_with(&edited(), options).await.unwrap();
    assert_eq!(updated.exit(), Exit::Done, "{updated:#?}");
    assert_eq!(count(&updated, Outcome::Updated), EDITED, "{updated:#?}");
    let undone = bench.rollback(&edited()).await;
    assert_eq!((undone.exit(), undone.kept), (Exit::Done, vec![]));
    assert_eq!(workspace(&bench.sandbox), []);
}

#[tokio::test]
async fn a_rollback_that_was_cut_off_loses_nothing_when_the_plan_is_applied_again() {
    let plan = sample();
    let plan = &plan;
    let runs = (1..=12).map(|moment| async move {
        let bench = Bench::new(&[]).await;
        let before = workspace(&bench.sandbox);
        bench.apply(plan).await.unwrap();
        bench.rollback_killed(plan, moment).await;
        let again = bench.apply(plan).await.unwrap();
        assert_eq!(again.exit(), Exit::Done, "{moment}: {again:#?}");
        let report = bench.verify(plan).await;
        assert_eq!(report.exit(), Exit::Done, "{moment}: {report:#?}");
        let undone = bench.rollback(plan).await;
        assert_eq!(
            (undone.exit(), undone.kept),
            (Exit::Done, vec![]),
            "{moment}"
        );
        assert_eq!(workspace(&bench.sandbox), before, "{moment}");
    });
    futures_util::future::join_all(runs).await;
}
