//! What a plan remembers of its reads, and what it must not go by.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::migration::{Migration, files};
use crate::common::service::seed_file;
use crate::common::{Env, Output, Sandbox};

const GOOD: &str = "<policies><inbound><base /></inbound><backend><base /></backend>\
                    <outbound><base /></outbound><on-error><base /></on-error></policies>";

/// A plan's folder, without the time of day.
fn folder(env: &Env, name: &str) -> Vec<(String, String)> {
    let timeless = |text: String| -> String {
        let lines = text.lines().filter(|l| !l.starts_with("created:"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let files = files(&env.path(name)).into_iter();
    files.map(|(path, text)| (path, timeless(text))).collect()
}

fn plan(env: &Env, out: &str, more: &[&str]) -> Output {
    let args = [
        "plan",
        "--workspace",
        "w",
        "-o",
        out,
        "--all",
        "--output",
        "json",
    ];
    env.run(&[&args[..], more].concat())
}

/// Gives a folder what another one's plan remembers.
fn lend(env: &Env, from: &str, to: &str) {
    let home = env.path(to).join(".remembered");
    fs::create_dir_all(&home).unwrap();
    let file = "answers.jsonl";
    fs::copy(
        env.path(from).join(".remembered").join(file),
        home.join(file),
    )
    .unwrap();
}

fn number(report: &Value, pointer: &str) -> u64 {
    report.pointer(pointer).and_then(Value::as_u64).unwrap()
}

/// Plans a service with nothing remembered, and with all: returns how many reads
/// both take.
fn compared(seed: &Path, page: &str) -> (u64, u64) {
    let sandbox = Sandbox::start(&["--seed", seed.to_str().unwrap(), "--page-size", page]);
    let env = Env::connected(&sandbox);
    let first = plan(&env, "first", &[]).json();
    assert_eq!(first["remembered"], Value::Null);
    lend(&env, "first", "second");
    let second = plan(&env, "second", &[]).json();
    assert!(
        folder(&env, "first") == folder(&env, "second"),
        "{}",
        seed.display()
    );
    let reads = number(&first, "/requests/GET");
    let saved = second["remembered"]["reads"].as_u64().unwrap_or_default();
    let read = number(&second, "/requests/GET");
    // A list counts as one, whatever its pages.
    assert!(saved > 0 && read + saved <= reads, "{read} and {saved}");
    (reads, read)
}

#[test]
fn a_plan_is_the_same_with_what_is_remembered_and_takes_three_fifths_of_the_reads() {
    let env = Env::new();
    let (first, second) = compared(&seed_file(&env, 105), "100");
    assert!(
        second <= 930 && first > 17 * second / 10,
        "{second} after {first}"
    );
}

#[test]
fn real_services_are_planned_alike_with_what_is_remembered() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seeds");
    let Ok(seeds) = fs::read_dir(shared) else {
        eprintln!("skipped: ../shared is absent");
        return;
    };
    for seed in seeds {
        let env = Env::new();
        let text = fs::read_to_string(seed.unwrap().path()).unwrap();
        let mut seed: Value = serde_json::from_str(&text).unwrap();
        seed["workspaces"] = json!([{"name": "w", "properties": {"displayName": "W"}}]);
        compared(&env.write("seed.json", &seed.to_string()), "20");
    }
}

#[test]
fn another_way_to_plan_sends_only_what_tells_that_nothing_has_changed() {
    let m = Migration::contoso(&[]);
    let first = m.plan(&["orders-v1", "invoices"], &["--output", "json"]);
    let first = number(&first.exits(0).json(), "/requests/GET");
    let named = ["--name-template", "{name}-x-{workspace}"];
    let again = m.plan(
        &["orders-v1"],
        &[&named[..], &["--output", "json"]].concat(),
    );
    let again = again.exits(0).json();
    let saved = number(&again, "/remembered/reads");
    assert!(
        number(&again, "/requests/GET") < first && saved > 20,
        "{again}"
    );
    assert!(number(&again, "/remembered/seconds") < 60);
    m.plan(&["orders-v1"], &named)
        .exits(0)
        .says("trusted")
        .says("schemas, releases and the like of APIs that are as they were")
        .says("`--fresh` reads all");
    let fresh = m.plan(&["orders-v1"], &[&named[..], &["--fresh"]].concat());
    fresh.exits(0).omits("trusted");
    // Another folder remembers nothing.
    let other = m.plan(&["orders-v1"], &["-o", "q"]);
    assert_eq!(other.code, 2, "{other}");
    let ignored = m.env.read("p/.remembered/.gitignore");
    assert_eq!(ignored, "*\n");
}

/// Somebody writes to the source.
#[track_caller]
fn put(m: &Migration, path: &str, properties: &Value) {
    let url = format!("{}{path}?api-version=2024-05-01", m.sandbox.service);
    let body = json!({"properties": properties});
    let (status, answer) = m.sandbox.ask("PUT", &url, Some(&body));
    assert!(matches!(status, 200 | 201), "{path}: {status} {answer}");
}

fn policy(text: &str) -> Value {
    json!({"value": text, "format": "rawxml"})
}

#[test]
fn what_changed_unnoticed_is_caught_before_the_first_write_and_planned_again() {
    let m = Migration::contoso(&[]);
    let at = "/apis/orders-v1/schemas/n";
    let schema = |text: &str| {
        let contents = "application/vnd.oai.openapi.components+json";
        json!({"contentType": contents, "document": {"components": {"schemas": {text: {}}}}})
    };
    m.plan(&["orders-v1"], &[]).exits(0);
    put(&m, at, &schema("A"));
    let again = m.plan(&["orders-v1"], &[]);
    again.exits(0).says("trusted").says("no changes");
    for dry in [&["--dry-run"][..], &[]] {
        m.forget_log();
        let refused = m.apply(&[dry, &["--output", "json"]].concat()).exits(6);
        assert!(refused.stdout.contains(at), "{}", refused.stdout);
        assert_eq!(m.count("PUT"), 0);
        // What `apply` says to do helps.
        assert!(!m.env.path("p/.remembered/answers.jsonl").exists());
        if dry.is_empty() {
            let planned = m.plan(&["orders-v1"], &[]).exits(0);
            planned.omits("trusted").says("schemas/n");
        } else {
            m.plan(&["orders-v1"], &["--fresh"]).exits(0);
            put(&m, at, &schema("B"));
        }
    }
    m.apply(&[]).exits(0);
}

#[test]
fn what_one_batch_forgets_no_other_remembers() {
    let m = Migration::contoso(&[]);
    let plan = |api: &str, more: &[&str]| {
        let args = ["plan", "--workspace", "billing", "--api", api];
        m.env.run(&[&args[..], more].concat())
    };
    let answers = |dir: &str| {
        m.env
            .path(&format!("plans/{dir}/.remembered/answers.jsonl"))
    };
    for (again, options) in [(1, &["--dry-run"][..]), (2, &[]), (3, &["--ignore-drift"])] {
        plan("orders-v1", &["--fresh"]).exits(0);
        // What it remembers of the first, too.
        plan("invoices", &[]).exits(0).says("plans/billing-2");
        let contents = "application/vnd.oai.openapi.components+json";
        let document = json!({"components": {"schemas": {again.to_string(): {}}}});
        let schema = json!({"contentType": contents, "document": document});
        put(&m, "/apis/orders-v1/schemas/n", &schema);
        assert!(answers("billing").exists() && answers("billing-2").exists());
        let apply = [&["apply", "plans/billing", "--yes"], options].concat();
        m.env.run(&apply).exits(if again == 3 { 0 } else { 6 });
        assert!(!answers("billing").exists() && !answers("billing-2").exists());
        let planned = plan("orders-v1", &[]).exits(0);
        planned.omits("trusted").says("schemas/n");
    }
    // From within the folder all the same.
    plan("invoices", &[]).exits(0);
    let mut within = m.env.command(&["apply", "plan.yaml", "--yes"]);
    let within = within.current_dir(m.env.path("plans/billing-2")).output();
    Output::of(within.unwrap()).exits(0);
    assert!(!answers("billing").exists() && !answers("billing-2").exists());
}

#[test]
fn what_cannot_be_kept_or_forgotten_is_told_and_stops_nothing() {
    let m = Migration::contoso(&[]);
    let home = m.env.path("p/.remembered");
    let elsewhere = m.env.write("elsewhere/answers.jsonl", "mine");
    m.plan(&["invoices"], &[]).exits(0);
    let unkept = "warning: what was read is not remembered";
    // A file, a link, and no file where the answers belong.
    fs::remove_dir_all(&home).unwrap();
    m.env.write("p/.remembered", "mine");
    m.plan(&["invoices"], &[])
        .exits(0)
        .says(unkept)
        .says("no folder");
    m.apply(&[]).exits(0).omits("warning: what is remembered");
    fs::remove_file(&home).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(elsewhere.parent().unwrap(), &home).unwrap();
        m.plan(&["invoices"], &[]).exits(0).says(unkept);
        m.apply(&[]).exits(0).omits("warning: what is remembered");
        fs::remove_file(&home).unwrap();
    }
    assert_eq!(fs::read_to_string(elsewhere).unwrap(), "mine");
    m.env.write("p/.remembered/answers.jsonl/file", "");
    m.plan(&["invoices"], &[])
        .exits(0)
        .says(unkept)
        .omits("trusted");
    let forgetting = "warning: what is remembered can't be forgotten";
    m.apply(&[]).exits(0).says(forgetting).says("`--fresh`");
}

#[test]
fn operations_their_policies_and_diagnostics_are_read_each_time() {
    let m = Migration::contoso(&[]);
    let at = "/apis/invoices/operations/n";
    let described = |name: &str| json!({"displayName": name, "method": "GET", "urlTemplate": "/n"});
    let text = |method: &str| {
        let inbound = format!("<inbound><set-method>{method}</set-method>");
        policy(&GOOD.replace("<inbound>", &inbound))
    };
    put(&m, at, &described("N"));
    put(&m, &format!("{at}/policies/policy"), &text("GET"));
    m.plan(&["invoices"], &[]).exits(0);
    put(&m, at, &described("N2"));
    let planned = m.plan(&["invoices"], &[]).exits(0);
    planned
        .says("trusted")
        .says("~ apis/invoices/operations/n: sourceDigest, displayName");
    put(&m, &format!("{at}/policies/policy"), &text("PUT"));
    let planned = m.plan(&["invoices"], &[]).exits(0);
    planned
        .says("trusted")
        .says("~ apis/invoices/operations/n/policies/policy");
    let at = "/apis/invoices/diagnostics/applicationinsights";
    let logger = m.dump()[at]["loggerId"].clone();
    put(&m, at, &json!({"loggerId": logger, "verbosity": "error"}));
    let planned = m.plan(&["invoices"], &[]).exits(0);
    planned
        .says("trusted")
        .says("~ apis/invoices/diagnostics/applicationinsights");
}
