//! What is secret is in no output and no file, whoever repeats it.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use crate::common::migration::{Migration, files};
use crate::common::{Env, Sandbox, answer};

#[test]
fn what_signs_an_address_to_poll_is_in_no_log_journal_or_message() {
    let m = Migration::contoso(&["--switch", "signed-polls=true"]);
    m.plan(&["orders-v1"], &[]).exits(0);
    let apply = ["-vv", "--log-file", "log", "--output", "json"];
    m.apply(&apply).exits(0).omits("sig-").omits("&c=MII");
    let rollback = ["rollback", "p", "--yes", "-vv", "--log-file", "log2"];
    m.env.run(&rollback).exits(0).omits("sig-");
    let (_, log) = m.sandbox.ask("GET", "/_sandbox/log", None);
    assert!(log.to_string().contains("&s=sig-"), "none was signed");
    for file in ["log", "log2", "p/journal.jsonl"] {
        assert!(!m.env.read(file).contains("sig-"), "{file}");
    }
}

/// Passes requests on to a sandbox, but for PUTs of named values: these are
/// answered with a refusal that quotes what was sent.
fn quoting(sandbox: &str, refusal: fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = sandbox.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), sandbox) = (stream, sandbox.clone()) else {
                return;
            };
            std::thread::spawn(move || {
                let (mut request, mut buffer) = (Vec::new(), [0; 65536]);
                let (head, body) = loop {
                    let read = stream.read(&mut buffer).unwrap_or(0);
                    request.extend_from_slice(&buffer[..read]);
                    let text = String::from_utf8_lossy(&request).into_owned();
                    if let Some((head, body)) = text.split_once("\r\n\r\n") {
                        let lower = head.to_lowercase();
                        let length = lower.split("content-length: ").nth(1);
                        let length = length.and_then(|l| l.lines().next()?.parse().ok());
                        if body.len() >= length.unwrap_or(0) {
                            break (head.to_owned(), body.to_owned());
                        }
                    }
                    if read == 0 {
                        return;
                    }
                };
                let answered = if head.starts_with("PUT") && head.contains("/namedValues/") {
                    refusal(&body).into_bytes()
                } else {
                    let mut passed = std::net::TcpStream::connect(&sandbox).unwrap();
                    let whole = format!("{head}\r\nconnection: close\r\n\r\n{body}");
                    passed.write_all(whole.as_bytes()).unwrap();
                    let mut answered = Vec::new();
                    let _ = passed.read_to_end(&mut answered);
                    answered
                };
                let _ = stream.write_all(&answered);
            });
        }
    });
    url
}

#[test]
fn a_secret_that_a_refusal_quotes_is_in_no_output_and_no_file() {
    const SECRET: &str = "hunt\"er2<&>\\-hunt";
    let policy = "<policies><inbound><set-header name=\"k\"><value>{{k}}</value></set-header></inbound></policies>";
    let seed = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}, "gateways": ["gw"]}],
        "resources": [
            {"path": "/namedValues/k", "properties": {"displayName": "k", "value": SECRET, "secret": true}},
            {"path": "/apis/a", "properties": {"displayName": "a", "path": "a", "apiRevision": "1", "isCurrent": true}},
            {"path": "/apis/a/policies/policy", "properties": {"format": "rawxml", "value": policy}},
        ]
    });
    let in_json: fn(&str) -> String = |sent| {
        let error = json!({"code": "ValidationError", "message": format!("can't read {sent}"),
            "details": [{"code": "x", "target": "value", "message": sent}]});
        answer(
            "400 Bad Request",
            "content-type: application/json\r\n",
            &json!({"error": error}).to_string(),
        )
    };
    let as_page: fn(&str) -> String = |sent| {
        let html = sent
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        let page = format!("<html><body>Blocked by policy: {html}</body></html>");
        answer("403 Forbidden", "content-type: text/html\r\n", &page)
    };
    let files = Env::new();
    let seed = files.write("seed.json", &seed.to_string());
    for refusal in [in_json, as_page] {
        let sandbox = Sandbox::start(&["--seed", seed.to_str().unwrap()]);
        let Migration { sandbox, env, .. } = Migration::on(sandbox, "w");
        let env = env.with("APIM_MIGRATE_ARM_ENDPOINT", &quoting(&sandbox.url, refusal));
        env.run(&["plan", "--workspace", "w", "--all", "-o", "p"])
            .exits(0);
        for form in ["text", "json"] {
            let apply = [
                "apply",
                "p",
                "--yes",
                "-vv",
                "--log-file",
                "log",
                "--output",
                form,
            ];
            let output = env.run(&apply);
            assert!(matches!(output.code, 1 | 4), "{output}");
            // Something was said, and it is not the secret.
            output.says("namedValues/k").omits("er2").omits("hunt");
        }
        let status = env.run(&["status", "p", "--output", "json"]);
        status.omits("er2").omits("hunt");
        for (name, text) in files_of(&env) {
            assert!(
                !text.contains("er2") && !text.contains("hunt"),
                "{name}: {text}"
            );
        }
    }
}

/// What is in the plan's folder, and the log.
fn files_of(env: &Env) -> Vec<(String, String)> {
    let mut all = files(&env.path("p"));
    all.push(("log".to_owned(), env.read("log")));
    assert!(all.iter().any(|(name, _)| name == "journal.jsonl"));
    all
}
