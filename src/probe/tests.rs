use serde_json::json;

use super::*;
use crate::fixtures::bench::{SERVICE, arm};
use crate::sandbox::{Options, Sandbox};

fn named(sandbox: &Sandbox) -> Vec<String> {
    let dump = sandbox.dump();
    let all = dump["workspaces"].as_array().unwrap().iter();
    all.map(|w| w["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_workspace_that_is_somebodys_stays_whatever_its_name() {
    let (ours, theirs) = (ProbeName::numbered(0xabc), ProbeName::numbered(0xabd));
    let seed = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [
            {"name": ours.to_string(), "properties": {"displayName": DISPLAY_NAME}},
            {"name": theirs.to_string(), "properties": {"displayName": "Theirs"}},
        ],
    });
    let options = Options {
        seeds: vec![seed],
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let subject = Subject {
        arm: arm(&sandbox.url()),
        keen: arm(&sandbox.url()),
        service: SERVICE.parse().unwrap(),
        sku: None,
        workspaces: [ours.clone(), theirs.clone()],
    };
    subject.remove(&subject.workspaces).await.unwrap();
    assert_eq!(named(&sandbox), [theirs.to_string()]);
}

#[tokio::test]
async fn what_is_stopped_before_it_begins_makes_nothing() {
    let seed = crate::fixtures::bench::seed(&[]);
    let options = Options {
        seeds: vec![seed],
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, 0).await.unwrap();
    let subject = Subject {
        arm: arm(&sandbox.url()),
        keen: arm(&sandbox.url()),
        service: SERVICE.parse().unwrap(),
        sku: None,
        workspaces: [ProbeName::numbered(1), ProbeName::numbered(2)],
    };
    let stop = CancellationToken::new();
    stop.cancel();
    let probed = probe(&subject, &stop).await;
    assert!(matches!(probed, Err(ProbeError::Stopped)));
    assert!(sandbox.log().iter().all(|line| line.method == "GET"));
}
