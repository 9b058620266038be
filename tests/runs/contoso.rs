//! The sample service, from the first command to the last.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::migration::{CLEAN, Migration, files};

#[test]
fn a_clean_selection_moves_and_is_verified() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    assert!(
        m.log()
            .iter()
            .all(|(method, _)| method == "GET" || method == "HEAD")
    );
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    let mut seen = std::collections::BTreeSet::new();
    for line in log.as_array().unwrap() {
        let (path, query) = (line["path"].as_str().unwrap(), &line["query"]);
        let url = format!("{} {}?{query}", line["method"], path.to_lowercase());
        assert!(seen.insert(url.clone()), "{url} was read twice");
    }
    let before = m.dump();
    m.forget_log();
    m.apply(&[]).exits(0);
    for (method, path) in m.log() {
        let reads = matches!(method.as_str(), "GET" | "HEAD");
        let secret =
            method == "POST" && (path.ends_with("/listValue") || path.ends_with("/listSecrets"));
        assert!(
            reads || secret || path.contains("/workspaces/billing/"),
            "{method} {path}"
        );
    }
    m.verify().exits(0);
    let after = m.dump();
    for (path, value) in before
        .iter()
        .filter(|(p, _)| !p.starts_with("/workspaces/billing/"))
    {
        assert_eq!(after.get(path), Some(value), "{path} changed");
    }
    let plan = m
        .env
        .run(&["show", "p", "--format", "json"])
        .exits(0)
        .json();
    assert_copies(&plan, &before, &after);
}

/// Every step that makes a copy has made one, and it is what it was copied from
/// once its new names are taken back. Names are taken back textually here, so
/// that this test knows nothing of how the tool rewrites them.
fn assert_copies(plan: &Value, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) {
    let mut copies = 0;
    for step in plan["steps"].as_array().unwrap() {
        let kind = step["kind"].as_str().unwrap();
        if step["action"] != "create" || kind.ends_with("Link") {
            continue;
        }
        let source = before[&step["source"].as_str().unwrap().to_lowercase()].clone();
        let target = &after[&step["target"].as_str().unwrap().to_lowercase()];
        assert_eq!(back(target), plain(&source), "{}", step["id"]);
        copies += 1;
    }
    assert!(copies > 80, "only {copies} copies");
    let names: Vec<&String> = after
        .keys()
        .filter(|p| p.starts_with("/workspaces/billing/"))
        .collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().map(|n| n.to_lowercase()).collect();
    assert_eq!(names.len(), distinct.len());
}

/// What a copy may have other than its source.
const OWN: &[&str] = &[
    "sourceApiId",
    "isCurrent",
    "apiRevision",
    "primaryKey",
    "secondaryKey",
    "createdDate",
    "startDate",
    "createdDateTime",
    "updatedDateTime",
    "isOnline",
    "format",
    "lastStatus",
    "provisioningState",
];

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(name, _)| !OWN.contains(&name.as_str()))
                .map(|(name, v)| match name.as_str() {
                    "oAuth2" => ("oAuth2AuthenticationSettings", plain(&json!([v]))),
                    "openid" => ("openidAuthenticationSettings", plain(&json!([v]))),
                    name => (name, plain(v)),
                })
                .map(|(name, v)| (name.to_owned(), v))
                .filter(|(name, v)| !is_nothing(v) && !is_filled_in(name, v))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        // The service ends lines its own way and drops blanks at their ends.
        Value::String(text) => {
            let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
            Value::String(lines.join("\n"))
        }
        other => other.clone(),
    }
}

/// The service shows what is unset as null, as an empty object or an empty list.
fn is_nothing(value: &Value) -> bool {
    value.is_null()
        || value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}

/// What the service shows where nothing was said, and what a copy of it then
/// says.
fn is_filled_in(name: &str, value: &Value) -> bool {
    let masked = json!({"queryParams": [{"value": "*", "mode": "Hide"}]});
    let side = json!({"request": {"dataMasking": masked}});
    match name {
        "type" => value == "http",
        "required" => value == false,
        "logClientIp" | "isBuffered" => value == true,
        "httpCorrelationProtocol" => value == "Legacy",
        "frontend" | "backend" => *value == side,
        _ => false,
    }
}

fn back(value: &Value) -> Value {
    let text = plain(value).to_string();
    let text = text
        .replace("-in-billing", "")
        .replace("/workspaces/billing", "");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn applying_again_writes_nothing_even_without_the_journal() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
    let state = m.state();
    m.forget_log();
    m.apply(&[]).exits(0);
    assert_eq!((m.count("PUT"), m.count("DELETE")), (0, 0));
    std::fs::remove_file(m.env.path("p/journal.jsonl")).unwrap();
    m.apply(&[]).exits(0);
    assert_eq!((m.count("PUT"), m.count("DELETE")), (0, 0));
    assert_eq!(m.state(), state);
    m.verify().exits(0);
}

#[test]
fn one_put_for_each_copy_and_one_delete_for_each_thing_tidied() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let plan = m
        .env
        .run(&["show", "p", "--format", "json"])
        .exits(0)
        .json();
    let steps = |action: &str| {
        let steps = plan["steps"].as_array().unwrap().iter();
        steps.filter(|s| s["action"] == action).count()
    };
    m.forget_log();
    let applied = m.apply(&["--output", "json"]).exits(0).json();
    let outcome = |name: &str| applied["outcomes"][name].as_u64().unwrap_or(0) as usize;
    let log = m.log();
    let mut put: Vec<&String> = log
        .iter()
        .filter(|(m, _)| m == "PUT")
        .map(|(_, p)| p)
        .collect();
    put.sort();
    put.dedup();
    assert_eq!(put.len(), steps("create"));
    assert_eq!(m.count("DELETE"), outcome("tidied"));
    let tidied = outcome("tidied") + outcome("nothing-to-tidy");
    assert_eq!(tidied, steps("tidy"));
}

#[test]
fn the_same_input_gives_the_same_folder_but_for_the_time() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let first = files(&m.env.path("p"));
    std::fs::rename(m.env.path("p"), m.env.path("q")).unwrap();
    m.plan(CLEAN, &[]).exits(0);
    let second = files(&m.env.path("p"));
    let untimed = |files: Vec<(String, String)>| -> Vec<(String, String)> {
        let line = |t: &str| {
            t.lines()
                .filter(|l| !l.starts_with("created:"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        files.into_iter().map(|(n, t)| (n, line(&t))).collect()
    };
    assert_eq!(untimed(first), untimed(second));
}

#[test]
fn no_secret_reaches_the_disk_the_screen_or_the_log() {
    let m = Migration::contoso(&[]);
    let log = m.env.path("trace.log").display().to_string();
    let mut said = String::new();
    for args in [
        vec![
            "plan",
            "--workspace",
            "billing",
            "-o",
            "p",
            "--all",
            "-vv",
            "--log-file",
            &log,
        ],
        vec![
            "plan",
            "--workspace",
            "billing",
            "-o",
            "p",
            "--api",
            "orders-*",
            "--api",
            "payments",
            "-vv",
            "--log-file",
            &log,
        ],
        vec!["show", "p"],
        vec!["apply", "p", "--dry-run"],
        vec!["apply", "p", "--yes", "-vv", "--log-file", &log],
        vec!["verify", "p", "-vv"],
        vec!["status", "p"],
        vec!["snapshot", "--all", "-o", "snapshot.json", "-vv"],
    ] {
        let output = m.env.run(&args);
        assert!(matches!(output.code, 0 | 3), "{args:?}: {output}");
        said.push_str(&output.to_string());
    }
    let (_, dump) = m.sandbox.ask("GET", "/_sandbox/dump", None);
    let mut secrets: Vec<String> = Vec::new();
    for resource in dump["resources"].as_array().unwrap() {
        let p = &resource["properties"];
        let secret = p["secret"] == true;
        let mut take =
            |v: &Value| secrets.extend(v.as_str().filter(|s| s.len() > 5).map(str::to_owned));
        if secret {
            take(&p["value"]);
        }
        for name in ["primaryKey", "secondaryKey", "password", "data"] {
            take(&p[name]);
        }
    }
    assert!(secrets.len() > 10);
    let mut texts = files(m.env.dir());
    texts.push(("the screen".to_owned(), said));
    for (name, text) in texts {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {name}");
        }
        assert!(
            !text.contains("contoso-secret") && !text.contains("test-token"),
            "a secret is in {name}"
        );
    }
}

#[test]
fn rollback_leaves_the_service_as_it_was() {
    let m = Migration::contoso(&[]);
    let before = m.dump();
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
    m.env.run(&["rollback", "p", "--yes"]).exits(0);
    assert_eq!(m.dump(), before);
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn what_was_changed_by_hand_is_found_and_not_rolled_back() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.apply(&[]).exits(0);
    let path = format!(
        "{}/workspaces/billing/apis/invoices-in-billing?api-version=2024-05-01",
        m.sandbox.service
    );
    let body = serde_json::json!({"properties": {
        "displayName": "Invoices-in-billing", "path": "invoices", "description": "changed by hand",
    }});
    let (status, answer) = m.sandbox.ask("PUT", &path, Some(&body));
    assert!(matches!(status, 200..=202), "{status} {answer}");
    let changed =
        || m.sandbox.ask("GET", &path, None).1["properties"]["description"] == "changed by hand";
    let began = std::time::Instant::now();
    while !changed() && began.elapsed() < std::time::Duration::from_secs(10) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(changed());
    m.verify().exits(5).says("description");
    m.env.run(&["rollback", "p", "--yes"]).exits(0).says("kept");
    let (_, api) = m.sandbox.ask("GET", &path, None);
    assert_eq!(api["properties"]["description"], "changed by hand");
}
