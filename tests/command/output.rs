//! What goes to which stream, in which form.

use std::process::Stdio;

use crate::common::migration::Migration;
use crate::common::{Env, Output};

#[test]
fn an_error_is_one_json_document_when_json_is_asked_for() {
    let env = Env::new();
    for args in [
        &["--output", "json", "frobnicate"][..],
        &["sandbox", "--switch", "nonsense=1", "--output=json"],
    ] {
        let output = env.run(args).exits(2);
        let json = output.json();
        assert_eq!(json["error"]["exit"], 2, "{output}");
        assert!(json["error"]["message"].is_string(), "{output}");
        assert!(output.stderr.starts_with("error: "), "{output}");
    }
}

#[test]
fn colours_follow_the_flag() {
    let env = Env::new();
    let wrong = ["sandbox", "--switch", "nonsense=1"];
    let run = |color: &str| {
        env.run(&[&wrong[..], &["--color", color]].concat())
            .exits(2)
    };
    assert!(run("always").stderr.contains('\u{1b}'));
    assert!(!run("never").stderr.contains('\u{1b}'));
    assert!(!run("auto").stderr.contains('\u{1b}'));
    let usage = env.run(&["--color", "always", "frobnicate"]).exits(2);
    assert!(usage.stderr.contains('\u{1b}'), "{usage}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_no_failure() {
    let env = Env::new();
    let mut child = (env.command(&["completions", "zsh"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = Output::of(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(output.stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let env = Env::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let child = (env.command(&["completions", "zsh"]))
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Output::of(child.wait_with_output().unwrap())
        .exits(1)
        .says("could not write the result");
}

#[test]
fn stdout_holds_one_json_document_whatever_the_command() {
    let m = Migration::contoso(&[]);
    m.env
        .write("p.xml", "<policies><inbound>{{a}}</inbound></policies>");
    let ids = ["plan", "--workspace", "billing", "-o", "p", "--api"];
    for (args, code) in [
        (&["list", "apis"][..], 0),
        (&["list", "workspaces"], 0),
        (&["snapshot", "--api", "loyalty", "-o", "s.json"], 0),
        (&["policy", "references", "p.xml"], 0),
        (&[&ids[..], &["partner-crm"]].concat(), 3),
        (&["apply", "p", "--yes"], 3),
        (&[&ids[..], &["loyalty"]].concat(), 0),
        (&["show", "p"], 0),
        (&["show", "p", "--format", "dot", "--out", "p.dot"], 0),
        (&["show", "p", "--format", "dot"], 2),
        (&["status", "p"], 0),
        (&["apply", "p"], 2),
        (&["apply", "p", "--dry-run"], 0),
        (&["apply", "p", "--yes"], 0),
        (&["verify", "p"], 0),
        (&["status", "p"], 0),
        (&["rollback", "p", "--yes"], 0),
        (&["verify", "p"], 5),
        (&["list", "apis", "-n", "elsewhere"], 1),
    ] {
        let args = [args, &["--output", "json"]].concat();
        let output = m.env.run(&args).exits(code);
        let json = output.json();
        let failed = json.get("error").is_some();
        assert_eq!(
            failed,
            output.stderr.contains("error: "),
            "{args:?}: {output}"
        );
    }
}

#[test]
fn nothing_is_said_on_stderr_when_quiet() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &["-q"]).exits(0);
    for args in [&["apply", "p", "--yes", "-q"][..], &["verify", "p", "-q"]] {
        let output = m.env.run(args).exits(0);
        assert_eq!(output.stderr, "", "{output}");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn progress_is_lines_without_a_terminal_and_json_when_asked_for() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    let lines = m.apply(&[]).exits(0).stderr;
    assert!(lines.starts_with("apply: 0 of "), "{lines}");
    assert!(
        !lines.contains('\r') && !lines.contains('\u{1b}'),
        "{lines}"
    );
    let none = m.env.run(&["verify", "p", "--no-progress"]).exits(0);
    assert_eq!(none.stderr, "");
    let events = m.env.run(&["verify", "p", "--progress", "json"]).exits(0);
    for line in events.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["event"].is_string(), "{line}");
    }
    assert!(events.stderr.contains("run-started"));
}

#[test]
fn the_log_tells_requests_on_stderr_or_in_a_file_and_no_token() {
    let m = Migration::contoso(&[]);
    let said = m.env.run(&["list", "apis", "-vv"]).exits(0);
    let said = said.omits("test-token").stderr;
    assert!(
        said.contains("/apis") && said.contains("status=200"),
        "{said}"
    );
    let output = m.env.run(&["list", "apis", "-v", "--log-file", "log"]);
    assert_eq!(output.exits(0).stderr, "");
    let log = m.env.read("log");
    assert!(
        log.contains("status=200") && !log.contains("test-token"),
        "{log}"
    );
    assert!(!log.contains('\u{1b}'), "{log}");
}

#[test]
fn the_log_can_be_json_with_step_attempt_and_correlation_id() {
    let m = Migration::contoso(&[]);
    m.plan(&["orders-v1"], &[]).exits(0);
    m.apply(&["--log-file", "log", "--log-format", "json"])
        .exits(0);
    let log = m.env.read("log");
    let lines: Vec<serde_json::Value> = (log.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let put = (lines.iter())
        .find(|line| line["method"] == "PUT" && line["status"] == 201)
        .unwrap();
    assert_eq!(put["attempt"], 1);
    assert!(
        put["correlation_id"]
            .as_str()
            .is_some_and(|id| !id.is_empty()),
        "{put}"
    );
    assert!(
        put["span"]["step"]
            .as_str()
            .is_some_and(|step| step.contains('/')),
        "{put}"
    );
    assert!(!log.contains("test-token"), "{log}");
}

#[test]
fn rust_log_is_honoured() {
    let m = Migration::contoso(&[]);
    let env = m.env.with("RUST_LOG", "hyper=trace,apim_migrate=debug");
    let said = env
        .run(&["list", "apis"])
        .exits(0)
        .omits("test-token")
        .stderr;
    assert!(
        said.contains("status=200") && !said.contains("hyper"),
        "{said}"
    );
}

#[test]
fn policy_references_come_in_the_order_of_the_files() {
    let env = Env::new();
    env.write(
        "b.xml",
        "<fragment><!-- {{c}} --><set-body>{{b}} {{a}}</set-body></fragment>",
    );
    env.write("a.xml", "<fragment/>");
    let args = ["policy", "references", "b.xml", "a.xml"];
    let json = env
        .run(&[&args[..], &["--output", "json"]].concat())
        .exits(0)
        .json();
    let expected = serde_json::json!([
        {"file": "b.xml", "named_values": ["a", "b"], "named_values_in_comment": ["c"]},
        {"file": "a.xml"},
    ]);
    let mut json = json;
    for report in json.as_array_mut().unwrap() {
        let report = report.as_object_mut().unwrap();
        if report
            .get("dynamic")
            .is_some_and(|d| d.as_array().unwrap().is_empty())
        {
            report.remove("dynamic");
        }
    }
    assert_eq!(json, expected);
    env.run(&args).exits(0).says("a, b").says("nothing");
    env.run(&["policy", "references", "a.xml", "absent.xml"])
        .exits(2)
        .says("absent.xml");
}
