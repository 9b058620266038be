//! How much memory an apply takes. Slow, so that it only runs when asked for:
//! `cargo test --release --test main -- --ignored --nocapture memory`.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::migration::Migration;
use crate::common::{Env, Sandbox};

/// As many as one API takes.
const OPERATIONS: usize = 100;

/// Each operation has all of them: links are what there can be many of.
const TAGS: usize = 8;

/// What each step may add between a tenth of them and all, in bytes: several
/// times what the outcome of one takes.
const GROWTH: usize = 1024;

/// How many APIs: as many as may stand in a workspace with so many operations
/// each, unless `MEMORY_APIS` says otherwise.
fn apis() -> usize {
    let given = std::env::var("MEMORY_APIS");
    given.map_or(50, |number| number.parse().unwrap())
}

fn seed() -> Value {
    let service = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";
    let mut resources = Vec::new();
    let mut add = |path: String, properties: Value| {
        resources.push(json!({"path": path, "properties": properties}));
    };
    for tag in 0..TAGS {
        add(
            format!("/tags/t{tag}"),
            json!({"displayName": format!("t{tag}")}),
        );
    }
    for api in 0..apis() {
        let path = format!("/apis/a{api}");
        let properties = json!({
            "displayName": format!("API {api}"), "path": format!("a{api}"), "protocols": ["https"],
            "apiRevision": "1", "isCurrent": true, "subscriptionRequired": true,
        });
        add(path.clone(), properties);
        for operation in 0..OPERATIONS {
            let path = format!("{path}/operations/o{operation}");
            let properties = json!({
                "displayName": format!("Operation {operation}"), "method": "GET",
                "urlTemplate": format!("/o{operation}"), "templateParameters": [], "responses": [],
                "description": "x".repeat(500),
            });
            add(path.clone(), properties);
            let header = format!(
                "<set-header name=\"x-o\" exists-action=\"override\"><value>{}</value></set-header>",
                "y".repeat(500)
            );
            let policy = format!(
                "<policies><inbound><base />{header}</inbound><backend><base /></backend>\
                 <outbound><base /></outbound><on-error><base /></on-error></policies>"
            );
            add(
                format!("{path}/policies/policy"),
                json!({"format": "rawxml", "value": policy}),
            );
            for tag in 0..TAGS {
                let link = format!("/tags/t{tag}/operationLinks/a{api}--o{operation}");
                add(link, json!({"operationId": format!("{service}{path}")}));
            }
        }
    }
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium",
                    "location": "westeurope"},
        "workspaces": [{"name": "billing", "properties": {"displayName": "Billing"}, "gateways": ["gw"]}],
        "resources": resources,
    })
}

/// A field of `/proc/PID/status`, in bytes.
fn memory(pid: u32, field: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with(field))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[test]
#[ignore = "takes minutes"]
fn memory_stays_flat_over_fifty_thousand_steps() {
    let files = Env::new();
    files.write("seed.json", &seed().to_string());
    let seed = files.path("seed.json").display().to_string();
    let sandbox = Sandbox::start(&["--seed", &seed, "--page-size", "1000"]);
    let m = Migration::on(sandbox, "billing");
    // Reading it all would take most of the time and prove nothing.
    m.plan(
        &[],
        &["--all", "--from", &seed, "--allow", "workspace-limit"],
    )
    .exits(0);
    let mut apply = m
        .env
        .command(&["apply", "p", "--yes", "--no-progress", "--output", "json"]);
    let mut child = apply
        .stdout(fs::File::create(m.env.path("out")).unwrap())
        .spawn()
        .unwrap();
    let (pid, began) = (child.id(), Instant::now());
    let journal = m.env.path("p/journal.jsonl");
    let mut samples: Vec<(u64, usize)> = Vec::new();
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let written = fs::metadata(&journal).map_or(0, |m| m.len());
        if let Some(now) = memory(pid, "VmRSS:") {
            samples.push((written, now));
            peak = memory(pid, "VmHWM:").unwrap_or(peak);
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(status.success(), "{}", m.env.read("out"));
    let took = began.elapsed();
    let lines = m
        .env
        .read("p/journal.jsonl")
        .lines()
        .filter(|l| l.contains("step-done"))
        .count();
    let steps = TAGS + apis() * (1 + (2 + TAGS) * OPERATIONS);
    assert_eq!(lines, steps);
    // The journal grows evenly, so that its length tells how far the run is.
    let all = fs::metadata(&journal).unwrap().len();
    let at = |percent: u64| {
        let reached = samples
            .iter()
            .find(|(written, _)| *written >= all * percent / 100);
        reached.or(samples.last()).map_or(0, |(_, now)| *now)
    };
    for percent in [1, 10, 25, 50, 75, 90, 99] {
        println!(
            "{percent:>3} %: {:>6.1} MiB",
            at(percent) as f64 / 1048576.0
        );
    }
    println!(
        "peak: {:.1} MiB, {lines} steps in {took:.0?}",
        peak as f64 / 1048576.0
    );
    let growth = at(99).saturating_sub(at(10));
    assert!(
        growth < GROWTH * lines,
        "{growth} bytes more at the end than after a tenth"
    );
}
