//! The built program against services and files that mean it no good: it ends
//! with a clear error, writes nothing elsewhere, and shows nothing that does
//! something to a terminal.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apim_migrate::secret::is_unseen;
use serde_json::{Value, json};

use crate::common::migration::files;
use crate::common::{Env, Output, answer};

/// What a terminal must never get: an escape that clears it, a title, an 8-bit
/// escape, a mark that turns the direction, a bell.
const NASTY: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}\u{feff}\r\u{8}y";

/// A server that makes each answer of the request's first line.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (asked.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (count, answer) = (count.clone(), answer.clone());
                std::thread::spawn(move || {
                    let mut buffer = [0; 65536];
                    let read = stream.read(&mut buffer).unwrap_or(0);
                    let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    let line = request.lines().next().unwrap_or_default();
                    // The program may have had enough.
                    let _ = stream.write_all(answer(number, line).as_bytes());
                });
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn env(&self) -> Env {
        Env::new()
            .with("APIM_MIGRATE_ARM_ENDPOINT", &self.url)
            .with("APIM_MIGRATE_TOKEN", "the-token")
            .with("AZURE_SUBSCRIPTION_ID", "s")
            .with("AZURE_RESOURCE_GROUP", "g")
            .with("APIM_SERVICE_NAME", "n")
    }
}

/// Neither stream holds what is not seen, but for line ends, and colours that
/// no test asks for.
#[track_caller]
fn harmless(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let bad = text.chars().find(|c| *c != '\n' && is_unseen(*c));
        assert!(bad.is_none(), "{bad:?} in\n{text:?}");
    }
}

#[test]
fn a_redirect_is_an_error_and_the_token_stays_here() {
    let other = Server::start(|_, _| answer("200 OK", "", r#"{"value":[]}"#));
    let location = format!("location: {}/apis\r\n", other.url);
    let server = Server::start(move |_, _| answer("307 Temporary Redirect", &location, ""));
    let output = server.env().run(&["list", "apis"]).exits(1);
    output.says("307").says("redirects are not followed");
    assert_eq!(other.asked(), 0);
}

#[test]
fn the_token_is_in_no_log_and_no_error() {
    let echo = r#"{"error":{"code":"c","message":"m"}}"#;
    let server = Server::start(move |_, _| answer("403 Forbidden", "", echo));
    let env = server.env();
    for command in [
        vec!["list", "apis", "-vv"],
        vec![
            "list",
            "apis",
            "-vv",
            "--log-file",
            "log",
            "--output",
            "json",
        ],
    ] {
        let output = env.run(&command).exits(1);
        output.omits("the-token").omits("earer");
    }
    let log = env.read("log");
    assert!(log.contains("/apis") && !log.contains("the-token"), "{log}");
}

#[test]
fn lists_without_end_and_answers_without_bottom_are_told_with_their_limit() {
    let server = Server::start(|number, _| {
        let page = json!({"value": [], "nextLink": format!("/next?{number}")});
        answer("200 OK", "", &page.to_string())
    });
    let output = server.env().run(&["list", "apis"]).exits(1);
    output.says("100 pages in a row are empty").says("help:");
    let server = Server::start(|_, _| {
        answer(
            "200 OK",
            "",
            &format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
        )
    });
    let output = server.env().run(&["list", "apis"]).exits(1);
    output.says("nested deeper than 128 levels");
}

#[test]
fn a_year_to_wait_is_not_waited_for() {
    let server =
        Server::start(|_, _| answer("429 Too Many Requests", "retry-after: 31536000\r\n", ""));
    let began = Instant::now();
    server
        .env()
        .run(&["plan", "--workspace", "w", "--api", "a", "-o", "p"])
        .exits(1);
    assert!(began.elapsed() < Duration::from_secs(60));
}

/// A service whose every text is nasty.
fn nasty_snapshot() -> Value {
    let policy = format!("<policies><inbound><!-- {NASTY} --><base /></inbound></policies>");
    json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": NASTY, "location": NASTY},
        "workspaces": [{"name": "w", "properties": {"displayName": NASTY}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/tags/con", "properties": {"displayName": NASTY}},
            {"path": "/tags/a\u{202e}b", "properties": {"displayName": "t"}},
            {"path": "/namedValues/k", "properties": {"displayName": "k", "value": NASTY, "tags": [NASTY]}},
            {"path": "/apis/aux.a", "etag": NASTY, "properties": {
                "displayName": NASTY, "path": "a", "description": NASTY, "type": "http",
                NASTY: NASTY, "protocols": ["https"], "isCurrent": true, "apiRevision": "1"}},
            {"path": "/apis/aux.a/policies/policy", "properties": {"format": "rawxml", "value": policy}},
            {"path": "/apis/aux.a/operations/o\u{2066}p", "properties": {
                "displayName": NASTY, "method": NASTY, "urlTemplate": NASTY}},
            {"path": "/apis/aux.a/tags/con", "properties": {"displayName": NASTY}},
            {"path": "/apis/aux.a/tags/a\u{202e}b", "properties": {"displayName": "t"}},
        ]
    })
}

/// Plans a snapshot whole.
const PLAN: [&str; 8] = [
    "plan",
    "--from",
    "s.json",
    "--workspace",
    "w",
    "--all",
    "-o",
    "p",
];

fn nasty_plan(env: &Env) -> Output {
    env.write("s.json", &nasty_snapshot().to_string());
    env.run(&PLAN)
}

#[test]
fn no_form_of_a_plan_shows_what_is_not_seen() {
    let env = Env::new();
    let planned = nasty_plan(&env);
    assert!(matches!(planned.code, 0 | 3), "{planned}");
    harmless(&planned);
    for form in [
        "text",
        "json",
        "dot",
        "mermaid",
        "html",
        "markdown",
        "csv",
        "checklist",
    ] {
        let shown = env.run(&["show", "p", "--format", form]).exits(0);
        harmless(&shown);
        assert!(shown.stdout.contains("aux.a"), "{form}");
    }
    // What was planned is not changed by that.
    let shown = env.run(&["show", "p", "--format", "json"]).json();
    assert_eq!(shown["selection"]["apis"][0], "aux.a");
    for command in [vec!["status", "p"], vec!["apply", "p", "--dry-run"]] {
        harmless(&env.run(&command));
        harmless(&env.run(&[&command[..], &["--output", "json"]].concat()));
    }
    let mut names = std::collections::HashSet::new();
    for (name, text) in files(&env.path("p")) {
        assert!(!name.contains(is_unseen), "{name:?}");
        for part in name.split('/') {
            assert!(
                !part.to_lowercase().starts_with("aux.") && !part.starts_with("con."),
                "{name}"
            );
        }
        assert!(names.insert(name.to_lowercase()), "{name}");
        // A policy stays as its author wrote it.
        let quoted = name.ends_with(".xml");
        assert!(
            quoted || !text.contains(|c| c != '\n' && is_unseen(c)),
            "{name}: {text:?}"
        );
    }
}

#[test]
fn what_a_service_says_is_shown_and_kept_without_what_is_not_seen() {
    let env = Env::new();
    nasty_plan(&env);
    let words = format!("{NASTY}{}", "é".repeat(100_000));
    let detail = json!({"code": words, "target": words, "message": words});
    let refusal = json!({"error": {"code": words, "message": words, "details": vec![detail; 99]}});
    let server = Server::start(move |_, line| match line.split(' ').next() {
        Some("GET") if line.contains("/workspaces/w?") => answer(
            "200 OK",
            "",
            r#"{"name":"w","properties":{"displayName":"w"}}"#,
        ),
        Some("GET") if line.contains("/operations?") || line.contains("/tags?") => {
            answer("200 OK", "", r#"{"value":[]}"#)
        }
        Some("GET") => answer("404 Not Found", "", ""),
        _ => answer("400 Bad Request", "", &refusal.to_string()),
    });
    let connected = server.env();
    for (name, text) in files(&env.path("p")) {
        let path = connected.path(&format!("p/{name}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    // Nor is the question, which names what is in the plan.
    let asked = connected.run(&["apply", "p", "--ignore-drift"]).exits(2);
    harmless(&asked.says("Write to workspace"));
    for form in ["lines", "json"] {
        let apply = ["apply", "p", "--yes", "--ignore-drift", "--progress", form];
        let output = connected.run(&apply);
        assert!(matches!(output.code, 1 | 4), "{output}");
        output.clone().says("[2J");
        harmless(&output);
        let size = output.stdout.len() + output.stderr.len();
        assert!(size < 2 << 20, "{size} bytes were said");
    }
    let journal = connected.read("p/journal.jsonl");
    assert!(journal.contains("step-failed"), "{journal}");
    assert!(
        journal.len() < 1 << 20,
        "{} bytes of journal",
        journal.len()
    );
    assert!(!journal.contains(|c| c != '\n' && is_unseen(c)));
    harmless(&connected.run(&["status", "p"]));
}

#[test]
fn what_stood_at_the_source_by_a_folders_word_is_no_more_than_paths() {
    let env = Env::new();
    nasty_plan(&env);
    let server = Server::start(|_, _| answer("500 Internal Server Error", "", ""));
    let connected = server.env();
    for (name, text) in files(&env.path("p")) {
        let path = connected.path(&format!("p/{name}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    connected.write("s.json", &env.read("s.json"));
    let known = |path: &str| json!({"version": 1, "known": [path]}).to_string();
    let refused = || {
        let output = connected.run(&["apply", "p", "--yes"]);
        assert!(matches!(output.code, 1 | 2 | 6), "{output}");
        harmless(&output);
        output.says(".basis.json")
    };
    for bad in [
        known("/../../apis/a"),
        known("https://elsewhere.example/apis/a"),
        known("apis"),
        known(&format!("/apis/{NASTY}")),
        known(&format!("/apis{}", "/a".repeat(100_000))),
        json!({"version": 1, "known": [], "more": NASTY}).to_string(),
        json!({"version": NASTY, "known": []}).to_string(),
        "[".repeat(1 << 20),
        format!("{NASTY}\0"),
    ] {
        connected.write("p/.basis.json", &bad);
        refused();
    }
    let basis = connected.path("p/.basis.json");
    // Sparse, and too large to be read.
    let large = std::fs::File::create(&basis).unwrap();
    large.set_len((256 << 20) + 1).unwrap();
    refused().says("larger than");
    #[cfg(unix)]
    for name in [".basis.json", ".written.json"] {
        let path = connected.path(&format!("p/{name}"));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
        let output = match name {
            ".basis.json" => connected.run(&["apply", "p", "--yes"]),
            _ => connected.run(&PLAN),
        };
        output.says("symbolic link").says(name);
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(server.asked(), 0);
}

#[test]
fn a_policy_of_ten_megabytes_is_planned_and_shown_in_time() {
    let unit = "<set-header name=\"x\"><value>@(f(\"<b>\", '\"') + \"a\")</value></set-header>\n";
    let inner = unit.repeat(10_000_000 / unit.len());
    let policy = format!("<policies><inbound>{inner}</inbound></policies>");
    let snapshot = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/apis/a", "properties": {"displayName": "a", "path": "a",
                "protocols": ["https"], "isCurrent": true, "apiRevision": "1"}},
            {"path": "/apis/a/policies/policy", "properties": {"format": "rawxml", "value": policy}},
        ]
    });
    let env = Env::new();
    env.write("s.json", &snapshot.to_string());
    let began = Instant::now();
    let too_large = ["--allow", "content-too-large"];
    env.run(&[PLAN.as_slice(), &too_large].concat()).exits(0);
    env.run(&["show", "p", "--format", "html", "--out", "page"])
        .exits(0);
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
    let file = env.read("p/resources/apis/a-in-w/policies/policy.xml");
    assert!(file == policy);
}
