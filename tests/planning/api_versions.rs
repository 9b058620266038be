//! At which version of the service's API is read and written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::Sandbox;
use crate::common::migration::Migration;

const PREVIEW: &str = "2024-10-01-preview";

/// Versions of the requests for API Management so far, by method.
fn versions(m: &Migration) -> BTreeSet<(String, String)> {
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let lines = log.as_array().unwrap().iter();
    let of_others = |l: &&Value| text(&l["path"]).contains("/Microsoft.Authorization/");
    lines
        .filter(|l| !of_others(l))
        .map(|l| {
            let query = text(&l["query"]);
            let (_, version) = query.split_once("api-version=").unwrap();
            let end = version.find('&').unwrap_or(version.len());
            (text(&l["method"]), version[..end].to_owned())
        })
        .collect()
}

fn pairs(all: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    let pair = |(method, version): &(&str, &str)| ((*method).to_owned(), (*version).to_owned());
    all.iter().map(pair).collect()
}

fn codes(m: &Migration) -> Vec<String> {
    let shown = m.env.run(&["show", "p", "--format", "json"]).json();
    let findings = shown["findings"].as_array().unwrap().iter();
    findings
        .map(|f| f["code"].as_str().unwrap().to_owned())
        // Whatever moves has a new address.
        .filter(|code| code != "new-address")
        .collect()
}

#[test]
fn a_source_is_read_at_the_newest_version_and_written_at_the_one_of_the_plan() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    assert_eq!(
        versions(&m),
        pairs(&[("GET", "2025-09-01-preview"), ("GET", "2024-05-01")])
    );
    assert!(!m.env.read("p/plan.yaml").contains("apiVersion:"));
    m.plan(&["invoices"], &["--api-version", PREVIEW]).exits(0);
    assert!(
        m.env
            .read("p/plan.yaml")
            .contains(&format!("apiVersion: {PREVIEW}"))
    );
    m.forget_log();
    m.env
        .run(&["apply", "p", "--yes", "--api-version", "2024-05-01"])
        .exits(2)
        .says("the plan is for api-version 2024-10-01-preview");
    assert_eq!(versions(&m), BTreeSet::new());
    m.apply(&[]).exits(0);
    m.verify().exits(0);
    let written: BTreeSet<String> = versions(&m).into_iter().map(|(_, v)| v).collect();
    assert_eq!(written, BTreeSet::from([PREVIEW.to_owned()]));
}

#[test]
fn a_service_that_does_not_know_the_version_is_read_at_the_next_one() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &["--read-version", "2027-01-01-preview"])
        .exits(0);
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let refused = log.as_array().unwrap().iter();
    let refused = refused.filter(|l| l["query"].as_str().unwrap().contains("2027"));
    assert_eq!(refused.count(), 1, "it is asked for once");
    assert!(codes(&m).contains(&"read-at-older-version".to_owned()));
    m.plan(&["invoices"], &["--read-version", "2024-05-01"])
        .exits(0);
    assert!(!codes(&m).contains(&"read-at-older-version".to_owned()));
    m.plan(
        &["invoices"],
        &["--read-version", "2024-05-01", "--api-version", PREVIEW],
    )
    .exits(2)
    .says("older than 2024-10-01-preview, which is written");
}

#[test]
fn what_only_a_newer_version_holds_is_said_or_written() {
    let policy =
        "<policies><inbound><set-backend-service backend-id=\"pool\" /></inbound></policies>";
    let affinity = json!({"sessionId": {"source": "cookie", "name": "sid"}});
    let seed = json!({
        "service": {"name": "newer", "sku": "Premium"},
        "workspaces": [{"name": "team", "properties": {"displayName": "Team"}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/backends/one", "properties": {"url": "https://one.example", "protocol": "http"}},
            {"path": "/backends/pool", "properties": {"type": "Pool",
                "pool": {"services": [{"id": "/backends/one"}], "sessionAffinity": affinity}}},
            {"path": "/apis/a", "properties": {"displayName": "A", "path": "a"}},
            {"path": "/apis/a/policies/policy", "properties": {"format": "rawxml", "value": policy}},
        ]
    });
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("seed.json");
    std::fs::write(&file, seed.to_string()).unwrap();
    let sandbox = Sandbox::start(&["--seed", file.to_str().unwrap()]);
    let m = Migration::on(sandbox, "team");
    let pool = || -> Value {
        let body = m.env.read("p/resources/backends/pool-in-team.json");
        serde_json::from_str::<Value>(&body).unwrap()["properties"]["pool"].take()
    };
    m.plan(&["a"], &[]).exits(0);
    assert_eq!(codes(&m), ["property-not-carried"]);
    assert_eq!(pool().get("sessionAffinity"), None);
    m.plan(&["a"], &["--api-version", PREVIEW]).exits(0);
    assert_eq!(codes(&m), [""; 0]);
    assert_eq!(pool()["sessionAffinity"], affinity);
}

#[test]
fn a_service_that_takes_later_versions_only_is_told_before_the_first_write() {
    let least = ["--switch", "min-api-version=2024-10-01-preview"];
    let m = Migration::contoso(&least);
    let refused = m.plan(&["invoices"], &[]).exits(1);
    refused
        .says(
            "takes no api-version before 2024-10-01-preview, and 2024-05-01 is the one to write at",
        )
        .says("help: give `--api-version 2024-10-01-preview`");
    m.plan(&["invoices"], &["--api-version", PREVIEW]).exits(0);
    // One that was planned before the service was told to.
    let plan = m.env.read("p/plan.yaml");
    let earlier = plan.replace(&format!(", apiVersion: {PREVIEW}"), "");
    assert!(plan.len() > earlier.len());
    m.env.write("p/plan.yaml", &earlier);
    // The service refuses whatever is asked at it, and the first is a read.
    m.apply(&[])
        .exits(1)
        .says("Supported versions: 2024-10-01-preview")
        .says("help: choose a version that the service takes: `--api-version");
    assert_eq!(m.count("PUT"), 0);
    m.apply(&["--api-version", PREVIEW]).exits(0);
}
