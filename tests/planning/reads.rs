//! How many requests it takes to plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::common::migration::files;
use crate::common::service::{seed, seed_file};
use crate::common::{Env, Output, Sandbox};

/// What was asked: path and query, in the order asked.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    let lines = log.as_array().unwrap().iter();
    let of = |l: &serde_json::Value, m: &str| l[m].as_str().unwrap_or_default().to_lowercase();
    lines
        .map(|l| format!("{} {}?{}", of(l, "method"), of(l, "path"), of(l, "query")))
        .collect()
}

fn by_pattern(asked: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in asked {
        let path = line.split('?').next().unwrap();
        let below = path.split("/service/n").nth(1).unwrap_or(path);
        let parts = below.trim_start_matches('/').split('/');
        let parts: Vec<&str> = (parts.enumerate())
            .map(|(at, part)| if at % 2 == 0 { part } else { "*" })
            .collect();
        *counts.entry(parts.join("/")).or_default() += 1;
    }
    counts
}

/// Plans against a sandbox of its own, and returns what was asked.
fn planned(
    env: &Env,
    seed: &Path,
    switches: &[&str],
    args: &[&str],
    out: &str,
) -> (Output, Vec<String>) {
    let mut sandbox_args = vec!["--seed", seed.to_str().unwrap(), "--page-size", "100"];
    sandbox_args.extend(switches.iter().flat_map(|s| ["--switch", *s]));
    let sandbox = Sandbox::start(&sandbox_args);
    let mut all = vec![
        "plan",
        "--workspace",
        "w",
        "-o",
        out,
        "--output",
        "json",
        "--arm-endpoint",
        &sandbox.url,
        "--service",
        &sandbox.service,
    ];
    all.extend(args);
    let output = env.run(&all);
    (output, asked(&sandbox))
}

#[track_caller]
fn assert_at_most(asked: &[String], most: usize) {
    let counts = by_pattern(asked);
    assert!(
        asked.len() <= most,
        "{} reads, at most {most}: {counts:#?}",
        asked.len()
    );
    let distinct: BTreeSet<&String> = asked.iter().collect();
    let twice: Vec<_> = distinct
        .iter()
        .filter(|a| asked.iter().filter(|b| b == *a).count() > 1)
        .collect();
    assert!(twice.is_empty(), "asked twice: {twice:?}");
}

/// A plan's folder, without the time of day.
fn folder(env: &Env, name: &str) -> Vec<(String, String)> {
    let timeless = |text: String| -> String {
        let lines = text.lines().filter(|l| !l.starts_with("created:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let files = files(&env.path(name)).into_iter();
    files.map(|(path, text)| (path, timeless(text))).collect()
}

fn token() -> Env {
    Env::new().with("APIM_MIGRATE_TOKEN", "test-token")
}

#[test]
fn a_service_of_a_hundred_apis_is_planned_in_few_reads() {
    let env = token();
    let seed = seed_file(&env, 105);
    let (output, asked) = planned(&env, &seed, &[], &["--all"], "p");
    assert!(matches!(output.code, 0 | 3), "{output}");
    assert_at_most(&asked, 1600);
    let counts = by_pattern(&asked);
    assert_eq!(counts["apis/*/operations"], 110);
    assert!(counts["apis/*/operations/*"] <= 24, "{counts:#?}");
    assert_eq!(counts.get("apis/*/issues"), None);
    assert_eq!(counts.get("apis/*/resolvers"), None);
    assert_eq!(counts["issues"], 1);
}

#[test]
fn three_of_a_thousand_apis_are_planned_in_few_reads() {
    let env = token();
    let seed = seed_file(&env, 1000);
    let apis = ["--api", "a5", "--api", "a10", "--api", "a16"];
    let (output, asked) = planned(&env, &seed, &[], &apis, "p");
    assert!(matches!(output.code, 0 | 3), "{output}");
    assert_at_most(&asked, 200);
}

#[test]
fn a_policy_list_changes_nothing_but_how_much_is_read() {
    let env = token();
    let seed = seed_file(&env, 105);
    let never = ["--all", "--policy-index", "never"];
    let (_, without) = planned(&env, &seed, &[], &never, "never");
    assert_at_most(&without, 2800);
    // What becomes of a list that lies shows in a smaller service as well.
    let seed = seed_file(&env, 40);
    let (_, without) = planned(&env, &seed, &[], &never, "few");
    let expected = folder(&env, "few");
    // The list itself is one read more.
    let most = without.len() + 1;
    for (list, note, most) in [
        ("whole", None, without.len() * 3 / 4),
        (
            "partial",
            Some("list of all policies leaves out /apis/"),
            most,
        ),
        ("excess", None, most),
        ("empty", Some("list of all policies leaves out /"), most),
        ("refused", Some("refuses its list of all policies"), most),
    ] {
        let switch = format!("policy-list={list}");
        let (output, asked) = planned(&env, &seed, &[&switch], &["--all"], list);
        assert_at_most(&asked, most);
        let notes = output.json()["notes"].to_string();
        assert!(
            note.map_or(notes == "[]", |n| notes.contains(n)),
            "{list}: {notes}"
        );
        assert!(folder(&env, list) == expected, "{list}");
    }
}

#[test]
fn real_services_are_planned_alike_with_and_without_a_policy_list() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    let Ok(seeds) = std::fs::read_dir(shared) else {
        eprintln!("skipped: ../shared is absent");
        return;
    };
    for seed in seeds {
        let (path, env) = (seed.unwrap().path(), token());
        let mut seed: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        seed["workspaces"] = serde_json::json!([{"name": "w", "properties": {"displayName": "W"}}]);
        let seed = env.write("seed.json", &seed.to_string());
        let (_, with) = planned(&env, &seed, &[], &["--all"], "with");
        let never = ["--all", "--policy-index", "never"];
        let (_, without) = planned(&env, &seed, &[], &never, "without");
        assert!(with.len() <= without.len() + 1, "{}", seed.display());
        assert!(!folder(&env, "with").is_empty());
        assert!(
            folder(&env, "with") == folder(&env, "without"),
            "{}",
            seed.display()
        );
    }
}

#[test]
fn a_list_that_leaves_something_out_is_found_out_and_nothing_is_lost() {
    let env = token();
    let seed = seed_file(&env, 12);
    let (first, _) = planned(&env, &seed, &[], &["--all"], "whole");
    assert_eq!(first.json()["notes"], serde_json::json!([]));
    let (second, asked) = planned(&env, &seed, &["thin-lists=true"], &["--all"], "thin");
    let notes = second.json()["notes"].to_string();
    assert!(notes.contains("lists of operations leave out"), "{notes}");
    assert_at_most(&asked, 1000);
    // What tells whether a source has changed is another mark then.
    let bodies = |name: &str| -> Vec<(String, String)> {
        let all = folder(&env, name).into_iter();
        all.filter(|(path, _)| path.starts_with("resources/"))
            .collect()
    };
    assert_eq!(bodies("whole"), bodies("thin"));
}

#[test]
fn a_source_that_a_list_told_of_is_checked_with_that_list() {
    let env = token();
    let path = seed_file(&env, 6);
    let sandbox = Sandbox::start(&["--seed", path.to_str().unwrap()]);
    let at = [
        "--arm-endpoint",
        &sandbox.url,
        "--service",
        &sandbox.service,
    ];
    let plan = [&["plan", "--workspace", "w", "-o", "p", "--all"][..], &at].concat();
    env.run(&plan).exits(0);
    assert!(env.read("p/plan.yaml").contains("sourceDigest:"));
    let operation = format!("{}/apis/a3/operations/o1", sandbox.service);
    let url = format!("{operation}?api-version=2024-05-01");
    let change = serde_json::json!({"properties": {"description": "another one"}});
    assert_eq!(sandbox.ask("PATCH", &url, Some(&change)).0, 200);
    sandbox.ask("DELETE", "/_sandbox/log", None);
    let apply = ["apply", "p", "--yes", "--arm-endpoint", &sandbox.url];
    env.run(&apply)
        .exits(6)
        .says("nothing was written: changed: `/apis/a3/operations/o1`")
        .says("--ignore-drift");
    // One list for all the operations of an API, and none of them alone.
    let counts = by_pattern(
        &asked(&sandbox)
            .into_iter()
            .filter(|l| !l.contains("/workspaces/"))
            .collect::<Vec<_>>(),
    );
    assert_eq!(counts["apis/*/operations"], 7, "{counts:#?}");
    assert_eq!(counts.get("apis/*/operations/*"), None);
    assert!(!asked(&sandbox).iter().any(|line| line.starts_with("put ")));
}

#[test]
fn seeds_are_reproducible() {
    assert_eq!(seed(3), seed(3));
}

#[test]
fn what_is_to_be_read_is_foretold() {
    let env = token();
    let seed = seed_file(&env, 105);
    let (output, asked) = planned(&env, &seed, &[], &["--all"], "p");
    let report = output.json();
    let foretold = report["forecast"]["reads"].as_u64().unwrap() as usize;
    // What only the operations' lists tell can't be known before.
    assert!(foretold <= asked.len(), "{foretold} of {}", asked.len());
    assert!(
        foretold * 10 >= asked.len() * 7,
        "{foretold} of {}",
        asked.len()
    );
    assert!(report["seconds"].as_f64().unwrap() >= 0.0);
    output.says("to come: ");
}
