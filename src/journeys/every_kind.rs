//! A service with one of every kind, at its smallest and with every property
//! set: whatever it holds arrives, or is named by a finding.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::exit::Exit;
use crate::journeys::{carry_out, plan};
use crate::sandbox::{Options, Sandbox};
use crate::select::Select;

/// What the workspace refers to where it is, so that it neither moves nor is
/// missed.
const STAYS_REFERRED_TO: &[&str] = &["/users/"];

fn seed() -> Value {
    serde_json::from_str(include_str!("../../tests/seeds/every-kind.json")).unwrap()
}

fn paths(seed: &Value) -> Vec<String> {
    let resources = seed["resources"].as_array().unwrap().iter();
    let path = |r: &Value| r["path"].as_str().unwrap().to_lowercase();
    resources.map(path).collect()
}

/// Whether a path is one of these, or below one of them.
fn is_within(path: &str, of: &BTreeSet<String>) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.chain([path.len()])
        .any(|end| of.contains(&path[..end]))
}

#[tokio::test]
async fn everything_arrives_or_is_named_by_a_finding() {
    let seed = seed();
    let options = Options {
        seeds: vec![seed.clone()],
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let plan = plan(
        &sandbox,
        "all",
        &Select {
            all: true,
            ..Select::default()
        },
    )
    .await;
    let dir = tempfile::tempdir().unwrap();
    let (summary, report) = carry_out(&sandbox, &plan, dir.path()).await;
    assert_eq!(summary.exit(), Exit::Done, "{summary:#?}");
    assert_eq!(summary.overtaken, []);
    assert_eq!(report.exit(), Exit::Done, "{report:#?}");
    let moved: BTreeSet<String> = (plan.steps.iter())
        .filter_map(|step| Some(step.source.as_ref()?.to_string().to_lowercase()))
        .collect();
    // What is said of all copies says of none that it stays.
    let findings = plan.findings.iter().filter(|f| f.code != "new-address");
    let named: BTreeSet<String> = findings
        .flat_map(|finding| {
            // What stays may be named in the finding on what needs it.
            let quoted = finding.message.split('`').skip(1).step_by(2);
            std::iter::once(finding.resource.as_str()).chain(quoted)
        })
        .filter(|text| text.starts_with('/'))
        .map(str::to_lowercase)
        .filter(|path| !moved.contains(path))
        .collect();
    let lost: Vec<String> = paths(&seed)
        .into_iter()
        .filter(|path| !moved.contains(path) && !is_within(path, &named))
        .filter(|path| {
            !STAYS_REFERRED_TO
                .iter()
                .any(|stays| path.starts_with(stays))
        })
        .collect();
    assert_eq!(lost, [] as [&str; 0], "neither moved nor named: {named:#?}");
    let both: Vec<&String> = moved
        .iter()
        .filter(|path| is_within(path, &named))
        .collect();
    assert_eq!(both, [] as [&String; 0], "moved and left");
}
