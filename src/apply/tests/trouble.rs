//! The trouble of a run is no step's fault.

use crate::apply::*;
use crate::arm::Trouble;
use crate::exit::Exit;
use crate::fixtures::bench::*;
use crate::fixtures::relay::{Act, Relay, refused};
use crate::progress::Outcome;

/// What a run comes to when these writes are answered otherwise.
async fn when(rule: impl Fn(&str) -> Option<Act> + Clone + Send + Sync + 'static) -> ApplySummary {
    // What takes long is done after what is refused has been tried for the last time.
    let mut bench = Bench::with(&[], |switches| switches.operation_ms = 200).await;
    let relay = Relay::before(&bench.sandbox, move |sent| match sent.method.as_str() {
        "PUT" => rule(&sent.path).unwrap_or(Act::Pass),
        _ => Act::Pass,
    })
    .await;
    bench.arm = arm(&relay.url);
    bench.apply(&sample()).await.unwrap()
}

#[tokio::test]
async fn trouble_of_the_run_stops_it_once_and_blames_no_step() {
    for (status, trouble) in [
        (401, Trouble::Token),
        (502, Trouble::Unreachable),
        (504, Trouble::Unreachable),
    ] {
        let summary = when(move |_| Some(refused(status, "No", "Not now."))).await;
        let stopped = summary.trouble.as_ref().unwrap();
        assert_eq!(stopped.trouble, trouble, "{summary:#?}");
        assert_eq!((&*summary.failed, &*summary.blocked), (&[][..], &[][..]));
        assert_eq!(
            summary.remaining.len(),
            sample().steps.len(),
            "{summary:#?}"
        );
        assert_eq!(summary.exit(), Exit::Resumable);
    }
}

#[tokio::test]
async fn one_step_that_the_service_never_answers_is_a_step_that_failed() {
    let summary =
        when(|path| (path == "/tags/t-w").then(|| refused(504, "GatewayTimeout", "Too late.")))
            .await;
    let failed: Vec<&str> = summary.failed.iter().map(|f| f.step.as_str()).collect();
    assert_eq!(failed, ["tags/t-w"], "{summary:#?}");
    assert_eq!((&summary.trouble, summary.exit()), (&None, Exit::Resumable));
    assert_eq!(count(&summary, Outcome::Created), 12, "{summary:#?}");
}

#[tokio::test]
async fn what_others_use_is_kept_with_the_service_s_words() {
    let mut bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let relay = Relay::before(&bench.sandbox, |sent| {
        match sent.is("DELETE", "/tags/t-w") {
            true => refused(400, "ValidationError", "It is used by somebody."),
            false => Act::Pass,
        }
    })
    .await;
    bench.arm = arm(&relay.url);
    let undone = bench.rollback(&sample()).await;
    assert_eq!((undone.exit(), &*undone.failed), (Exit::Done, &[][..]));
    let kept = undone.kept.iter().find(|k| k.step.as_str() == "tags/t-w");
    assert!(
        kept.unwrap().why.contains("used by somebody"),
        "{undone:#?}"
    );
}

#[tokio::test]
async fn trouble_of_the_run_stops_a_rollback_once_too() {
    let mut bench = Bench::new(&[]).await;
    bench.apply(&sample()).await.unwrap();
    let direct = arm(&bench.sandbox.url());
    for (status, trouble) in [(401, Trouble::Token), (502, Trouble::Unreachable)] {
        let relay = Relay::before(&bench.sandbox, move |sent| match sent.method.as_str() {
            "DELETE" => refused(status, "No", "Not now."),
            _ => Act::Pass,
        })
        .await;
        bench.arm = arm(&relay.url);
        let undone = bench.rollback(&sample()).await;
        assert_eq!(undone.trouble.as_ref().unwrap().trouble, trouble);
        assert_eq!((&*undone.failed, undone.exit()), (&[][..], Exit::Resumable));
        assert!(undone.remaining.len() > 8, "{undone:#?}");
    }
    bench.arm = direct;
    assert_eq!(bench.rollback(&sample()).await.exit(), Exit::Done);
    assert_eq!(workspace(&bench.sandbox), []);
}
