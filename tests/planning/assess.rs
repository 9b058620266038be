//! `assess`: what it says of a proposal is what the plan of it says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::migration::Migration;
use crate::common::{Env, Output};

fn assess(env: &Env, more: &[&str]) -> Output {
    let mut args = vec!["assess", "--output", "json"];
    args.extend(more);
    env.run(&args)
}

/// How many there are of each.
fn counted<'v>(items: impl Iterator<Item = &'v Value>, by: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for item in items {
        let word = item[by].as_str().unwrap().to_owned();
        *counts.entry(word).or_default() += 1;
    }
    counts
}

#[test]
fn every_number_is_one_that_the_plan_of_the_proposal_confirms() {
    let m = Migration::contoso(&[]);
    m.env.run(&["snapshot", "--all", "-o", "s.json"]).exits(0);
    m.forget_log();
    for more in [&[][..], &["--workspaces", "2"], &["--by", "product"]] {
        let dir = m.env.path("files");
        let _ = std::fs::remove_dir_all(&dir);
        let mut args = vec!["--from", "s.json", "--save", "files"];
        args.extend(more);
        let found = assess(&m.env, &args).exits(0).json();
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for workspace in found["workspaces"].as_array().unwrap() {
            let name = workspace["name"].as_str().unwrap();
            let file = format!("files/{name}.yaml");
            let _ = std::fs::remove_dir_all(m.env.path("q"));
            let args = ["plan", "-f", &file, "--from", "s.json", "-o", "q"];
            let code = match workspace["blockers"] == json!({}) {
                true => 0,
                false => 3,
            };
            m.env.run(&args).exits(code);
            let plan = m.env.run(&["show", "q", "--format", "json"]).json();
            let steps = plan["steps"].as_array().unwrap();
            let creates = steps.iter().filter(|s| s["action"] == "create");
            assert_eq!(workspace["creates"], creates.clone().count(), "{name}");
            let findings = plan["findings"].as_array().unwrap();
            for (severity, told) in [("blocker", "blockers"), ("warning", "warnings")] {
                let of_it = findings.iter().filter(|f| f["severity"] == severity);
                assert_eq!(workspace[told], json!(counted(of_it, "code")), "{name}");
            }
            let apis = steps
                .iter()
                .filter(|s| s["kind"] == "api" && s["action"] != "tidy");
            let room = workspace["room"].as_array().unwrap();
            let room = room.iter().find(|room| room["kind"] == "APIs").unwrap();
            assert_eq!(room["count"], apis.count(), "{name}");
            for step in creates {
                let source = step["source"].as_str().unwrap();
                if source.matches('/').count() == 2 && !source.contains(";rev=") {
                    let of_it = places.entry(source.to_owned()).or_default();
                    of_it.push(name.to_owned());
                }
            }
        }
        places.retain(|_, workspaces| workspaces.len() > 1);
        let cuts = found["cuts"].as_array().unwrap();
        let cuts: BTreeMap<String, Vec<String>> = (cuts.iter())
            .map(|cut| {
                let workspaces = serde_json::from_value(cut["workspaces"].clone());
                (
                    cut["path"].as_str().unwrap().to_owned(),
                    workspaces.unwrap(),
                )
            })
            .collect();
        assert_eq!(cuts, places);
    }
    assert!(m.log().is_empty());
    // What is there is not written over.
    assess(
        &m.env,
        &["--from", "s.json", "--save", "files", "--by", "product"],
    )
    .exits(2);
}

#[test]
fn a_service_is_assessed_by_reading_alone_and_as_its_snapshot_is() {
    let m = Migration::contoso(&[]);
    let online = assess(&m.env, &[]).exits(0).json();
    assert!(m.log().iter().all(|(method, _)| method == "GET"));
    m.env.run(&["snapshot", "--all", "-o", "s.json"]).exits(0);
    let offline = assess(&m.env, &["--from", "s.json"]).exits(0).json();
    assert_eq!(online, offline);
    let api = |name: &str| {
        let apis = online["apis"].as_array().unwrap();
        apis.iter().find(|api| api["name"] == name).unwrap().clone()
    };
    assert_eq!(api("shipping-soap")["state"], "blocked");
    assert_eq!(api("catalog")["state"], "ready");
    let text = m.env.run(&["assess", "--workspaces", "2"]).exits(0);
    text.says("blocked by certificate-not-readable: shipping-soap")
        .says("Proposed: 2 workspaces")
        .says("What the cuts cost");
}

#[test]
fn a_file_of_text_has_no_colours() {
    let m = Migration::contoso(&[]);
    let told = ["assess", "--format", "text", "--color", "always"];
    let told = m.env.run(&told).exits(0).stdout;
    assert!(told.contains('\u{1b}'), "{told}");
    let plain = ["assess", "--color", "always"];
    assert_eq!(m.env.run(&plain).exits(0).stdout, told);
    let args = [
        "assess", "--format", "text", "--color", "always", "--out", "f",
    ];
    m.env.run(&args).exits(0).says("wrote f");
    let file = m.env.read("f");
    assert!(
        file.contains("Proposed:") && !file.contains('\u{1b}'),
        "{file}"
    );
}
