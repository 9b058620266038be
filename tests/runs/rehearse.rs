//! `rehearse`: what it foretells is what `apply` then does, and nothing is
//! written but to the program's own sandbox.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::migration::{CLEAN, Migration};
use crate::common::{Output, Sandbox};

fn rehearse(m: &Migration, more: &[&str]) -> Output {
    let mut args = vec!["rehearse", "p", "--output", "json"];
    args.extend(more);
    m.env.run(&args)
}

/// Every file of the plan's folder, with when it was written.
fn folder(m: &Migration) -> Vec<String> {
    let entries = std::fs::read_dir(m.env.path("p")).unwrap();
    let mut files: Vec<String> = entries
        .map(|e| e.unwrap())
        .map(|e| format!("{:?} {:?}", e.file_name(), e.metadata().unwrap().modified()))
        .collect();
    files.sort();
    files
}

fn write(m: &Migration, path: &str, body: &Value) {
    let path = format!("{}{path}?api-version=2024-05-01", m.sandbox.service);
    let (status, answer) = m.sandbox.ask("PUT", &path, Some(body));
    assert!((200..300).contains(&status), "{status}: {answer}");
}

#[test]
fn a_plan_is_tried_and_neither_the_service_nor_the_folder_is_changed() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let before = folder(&m);
    m.forget_log();
    let text = m.env.run(&["rehearse", "p"]).exits(0);
    let text = text.says("at ARM's limits").says("verified:");
    assert!(
        text.stdout.contains("next: `apim-migrate apply p`"),
        "{text}"
    );
    let told = rehearse(&m, &[]).exits(0).json();
    assert_eq!(told["verified"]["different"], json!([]));
    assert!(m.log().iter().all(|(method, _)| method == "GET"));
    assert_eq!(folder(&m), before);
    let applied = m
        .env
        .run(&["apply", "p", "--yes", "--output", "json"])
        .json();
    for same in ["outcomes", "steps", "exit"] {
        assert_eq!(told[same], applied[same], "{same}");
    }
}

#[test]
fn what_would_keep_apply_from_it_keeps_a_rehearsal() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let named = "/workspaces/billing/namedValues/erp-host-in-billing";
    assert!(m.env.read("p/plan.yaml").contains(named));
    let body = json!({"properties": {"displayName": "Theirs", "value": "theirs"}});
    write(&m, named, &body);
    rehearse(&m, &[]).exits(6).says("not this plan's");
    rehearse(&m, &["--on-conflict", "overwrite"]).exits(0);
    m.apply(&[]).exits(6).says("not this plan's");
    let product = json!({"properties": {"displayName": "Partners, renamed"}});
    write(&m, "/products/partners", &product);
    let drift = rehearse(&m, &["--on-conflict", "overwrite"]).exits(6);
    drift.says("the source is not what the plan was made of");
}

#[test]
fn a_plan_that_is_half_done_is_rehearsed_from_there() {
    let m = Migration::contoso(&["--latency", "5"]);
    m.plan(CLEAN, &[]).exits(0);
    m.interrupted(40, "-INT");
    let before = folder(&m);
    m.forget_log();
    let told = rehearse(&m, &[]).exits(0).json();
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let refused = |line: &&Value| line["status"].as_u64() >= Some(500);
    let refused: Vec<&Value> = log.as_array().unwrap().iter().filter(refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert!(told["doneBefore"].as_u64().unwrap() > 20, "{told}");
    assert_eq!(folder(&m), before);
    let applied = m.env.run(&["apply", "p", "--yes", "--output", "json"]);
    assert_eq!(told["outcomes"], applied.exits(0).json()["outcomes"]);
}

#[test]
fn a_snapshot_takes_the_place_of_the_services() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let snapshot = ["snapshot", "--all", "-o", "s.json"];
    m.env.run(&snapshot).exits(0);
    m.forget_log();
    rehearse(&m, &["--from", "s.json"]).exits(0);
    assert!(m.log().is_empty());
    let text = m
        .env
        .read("s.json")
        .replace("\"name\": \"contoso\"", "\"name\": \"other\"");
    m.env.write("other.json", &text);
    let other = rehearse(&m, &["--from", "other.json"]).exits(2);
    other.says("no snapshot is of");
    rehearse(
        &m,
        &["--from", "s.json", "--arm-endpoint", "http://127.0.0.1:1"],
    )
    .exits(2);
}

#[test]
fn every_seed_fares_as_it_was_rehearsed() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    let Ok(seeds) = std::fs::read_dir(&seeds) else {
        eprintln!("skipped: there is no ../shared/seeds");
        return;
    };
    for seed in seeds {
        let path = seed.unwrap().path().display().to_string();
        let m = Migration::on(Sandbox::start(&["--seed", &path]), "team");
        let blocked = m.plan(&[], &["--all", "--output", "json"]).json();
        let codes: BTreeSet<&str> = (blocked["findings"].as_array().unwrap().iter())
            .filter(|f| f["severity"] == "blocker")
            .map(|f| f["code"].as_str().unwrap())
            .collect();
        if !codes.is_empty() {
            let codes: Vec<&str> = codes.into_iter().collect();
            m.plan(&[], &["--all", "--allow", &codes.join(",")])
                .exits(0);
        }
        let told = rehearse(&m, &[]).json();
        let applied = m
            .env
            .run(&["apply", "p", "--yes", "--output", "json"])
            .json();
        for same in ["outcomes", "failed", "blocked", "exit"] {
            // Which operations find their API full is chance: they are written
            // side by side. So is which tags wait for those.
            let parts = if same == "blocked" { 1 } else { 2 };
            let root = |v: &Value| {
                let step = v["step"].as_str().unwrap().split('/');
                step.take(parts).collect::<Vec<_>>().join("/")
            };
            let steps = |v: &Value| v[same].as_array().map(|all| all.iter().map(root).collect());
            let (a, b): (Option<Vec<String>>, _) = (steps(&told), steps(&applied));
            assert_eq!(a, b, "{same} of {path}");
            assert!(
                a.is_some() || told[same] == applied[same],
                "{same} of {path}"
            );
        }
    }
}

#[test]
fn a_service_that_is_not_there_is_told_with_the_one_that_was_meant() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    let plan = m.env.read("p/plan.yaml");
    let source = plan
        .lines()
        .find(|line| line.starts_with("source:"))
        .unwrap();
    let mistyped = source.replace("service/contoso", "service/contosso");
    m.env
        .write("p/plan.yaml", &plan.replacen(source, &mistyped, 1));
    rehearse(&m, &[])
        .exits(1)
        .says("there is no service `contosso`")
        .says("did you mean `contoso`");
}
