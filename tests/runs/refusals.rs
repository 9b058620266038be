//! What is wrong is said clearly, with the right exit code, and nothing is
//! written.

use std::net::TcpListener;

use crate::common::migration::{CLEAN, Migration};
use crate::common::{Env, saying};

fn against(url: &str) -> Env {
    Env::new()
        .with("APIM_MIGRATE_ARM_ENDPOINT", url)
        .with("APIM_MIGRATE_TOKEN", "test-token")
        .with("AZURE_SUBSCRIPTION_ID", "s")
        .with("AZURE_RESOURCE_GROUP", "g")
        .with("APIM_SERVICE_NAME", "n")
}

const PLAN: &[&str] = &["plan", "--workspace", "w", "--api", "a", "-o", "p"];

#[test]
fn a_service_that_says_no_is_quoted() {
    let body =
        r#"{"error":{"code":"AuthorizationFailed","message":"The client has no authorization."}}"#;
    let url = saying(
        "403 Forbidden",
        "x-ms-correlation-request-id: corr-1\r\n",
        body,
    );
    let output = against(&url).run(PLAN).exits(1);
    output
        .says("AuthorizationFailed")
        .says("The client has no authorization.")
        .says("corr-1")
        .says("help:");
    let body = r#"{"error":{"code":"InvalidAuthenticationToken","message":"The token is bad."}}"#;
    let url = saying("401 Unauthorized", "", body);
    against(&url)
        .run(PLAN)
        .exits(1)
        .says("InvalidAuthenticationToken");
}

#[test]
fn a_page_that_is_not_json_and_a_link_to_elsewhere_are_refused() {
    let url = saying(
        "200 OK",
        "content-type: text/html\r\n",
        "<html>\x1b[31mhi</html>",
    );
    against(&url)
        .run(PLAN)
        .exits(1)
        .says("not JSON")
        .omits("\u{1b}[31m");
    let url = saying(
        "200 OK",
        "",
        r#"{"value":[],"nextLink":"http://evil.example/apis"}"#,
    );
    against(&url).run(PLAN).exits(1).says("evil.example");
}

#[test]
fn a_service_that_does_not_answer_is_said_to_be_so() {
    // Nobody listens there: the port was just given back.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let output = against(&format!("http://127.0.0.1:{port}"))
        .run(PLAN)
        .exits(1);
    output.says("no answer").says("help:");
}

#[test]
fn what_is_not_there_is_bad_input() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoice"], &[])
        .exits(2)
        .says("`invoice`")
        .says("invoices");
    m.plan(&["zzz*"], &[]).exits(2).says("zzz*");
    let nowhere = Migration {
        workspace: "nowhere",
        ..m
    };
    nowhere.plan(&["invoices"], &[]).exits(2).says("nowhere");
    assert!(!nowhere.env.path("p").exists());
    let reads = |(method, _): &(String, String)| method == "GET" || method == "HEAD";
    assert!(nowhere.log().iter().all(reads));
}

#[test]
fn plain_http_goes_to_this_machine_only() {
    against("http://arm.example")
        .run(PLAN)
        .exits(2)
        .says("loopback");
}

#[test]
fn two_things_that_would_meet_are_refused() {
    let m = Migration::contoso(&[]);
    let output = m
        .plan(
            &["orders-v1", "invoices"],
            &["--name-template", "same-name"],
        )
        .exits(2);
    output.says("same-name");
    assert!(!m.env.path("p").exists());
}

#[test]
fn what_stands_in_the_way_and_differs_stops_before_the_first_write() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    let path = format!(
        "{}/workspaces/billing/apis/invoices-in-billing?api-version=2024-05-01",
        m.sandbox.service
    );
    let body = serde_json::json!({"properties": {"displayName": "Other", "path": "other"}});
    let (status, _) = m.sandbox.ask("PUT", &path, Some(&body));
    assert!(matches!(status, 201 | 202), "{status}");
    std::thread::sleep(std::time::Duration::from_millis(400));
    m.forget_log();
    m.apply(&[]).exits(6).says("invoices-in-billing");
    assert_eq!(m.count("PUT"), 0);
    m.plan(&["invoices"], &[]).exits(3).says("target-differs");
}

#[test]
fn a_conflict_is_told_by_fields_and_so_is_what_an_earlier_run_began() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.apply(&[]).exits(0);
    // As if the run had been killed while the API was sent.
    let journal = m.env.read("p/journal.jsonl");
    let outcome = |line: &&str| {
        line.contains(r#""event":"step-done""#) && line.contains(r#""step":"apis/invoices""#)
    };
    let lines: Vec<&str> = journal.lines().filter(|line| !outcome(line)).collect();
    assert!(lines.len() < journal.lines().count(), "{journal}");
    m.env.write("p/journal.jsonl", &(lines.join("\n") + "\n"));
    let path = format!(
        "{}/workspaces/billing/apis/invoices-in-billing?api-version=2024-05-01",
        m.sandbox.service
    );
    let body = serde_json::json!({"properties": {"displayName": "Other"}});
    m.sandbox.ask("PATCH", &path, Some(&body));
    let refused = m
        .env
        .run(&["apply", "p", "--yes", "--json"])
        .exits(6)
        .json();
    let conflicts = refused["error"]["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1, "{refused}");
    let conflict = &conflicts[0];
    assert_eq!(conflict["step"], "apis/invoices");
    assert_eq!(conflict["begun"], true, "{conflict}");
    let difference = &conflict["differences"][0];
    assert_eq!(difference["pointer"], "displayName", "{difference}");
    assert_eq!(difference["found"], "`Other`", "{difference}");
}

#[test]
fn a_source_that_changed_is_not_copied() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    let path = format!(
        "{}/tags/read-only?api-version=2024-05-01",
        m.sandbox.service
    );
    let tags = m.env.run(&["show", "p", "--format", "json"]).json();
    let tag = tags["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["kind"] == "tag");
    let path = tag.map_or(path, |t| {
        format!(
            "{}{}?api-version=2024-05-01",
            m.sandbox.service,
            t["source"].as_str().unwrap()
        )
    });
    let body = serde_json::json!({"properties": {"displayName": "Another name"}});
    let (status, _) = m.sandbox.ask("PUT", &path, Some(&body));
    assert_eq!(status, 200);
    m.apply(&[]).exits(6).says("changed");
    m.apply(&["--ignore-drift"]).exits(0);
}

#[test]
fn a_plan_edited_into_nonsense_is_refused_with_the_place() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    let good = m.env.read("p/plan.yaml");
    let broken = [
        (good.replace("version: 1", "version: 99"), "99"),
        (good.replace("action: create", "action: crate"), "crate"),
        (
            good.replacen(
                "target: /workspaces/billing/",
                "target: /workspaces/other/",
                2,
            ),
            "other",
        ),
        (
            good.replacen("body: resources/", "body: ../resources/", 2),
            "..",
        ),
        (format!("{good}\nnonsense: [\n"), "plan.yaml"),
    ];
    m.forget_log();
    for (text, word) in broken {
        m.env.write("p/plan.yaml", &text);
        let output = m.apply(&[]);
        assert!(matches!(output.code, 2 | 6), "{word}: {output}");
        output.says(word);
    }
    m.env.write("p/plan.yaml", &good);
    let body = m.env.path("p/resources/apis/invoices-in-billing.json");
    let text = std::fs::read_to_string(&body).unwrap();
    std::fs::write(&body, text.replace("\"path\"", "\"pth\"")).unwrap();
    m.apply(&[]).exits(6).says("pth");
    assert_eq!(m.count("PUT"), 0);
}

#[test]
fn blockers_stop_apply_until_they_are_allowed() {
    let m = Migration::contoso(&[]);
    m.plan(&["partner-crm"], &[])
        .exits(3)
        .says("credential-manager");
    m.forget_log();
    m.apply(&[]).exits(3).says("credential-manager");
    assert_eq!(m.count("PUT"), 0);
    m.plan(&["partner-crm"], &["--allow", "credential-manager"])
        .exits(0);
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn blockers_keep_nobody_from_looking_and_taking_back() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.apply(&[]).exits(0);
    m.plan(&["invoices", "partner-crm"], &[]).exits(3);
    m.verify().exits(5).says("missing");
    m.env.run(&["rollback", "p", "--yes"]).exits(0);
    assert!(
        !m.dump()
            .keys()
            .any(|path| path.ends_with("/invoices-in-billing"))
    );
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_written() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.forget_log();
    m.env.run(&["apply", "p"]).exits(2).says("--yes");
    let dry = m.env.run(&["apply", "p", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("PUT"), "{dry}");
    assert!(
        m.log()
            .iter()
            .all(|(method, _)| method == "GET" || method == "HEAD")
    );
}

#[test]
fn a_path_that_is_taken_is_found_before_anything_is_written() {
    let m = Migration::contoso(&[]);
    let theirs = format!(
        "{}/workspaces/billing/apis/theirs?api-version=2024-05-01",
        m.sandbox.service
    );
    let body = serde_json::json!({"properties": {"displayName": "Theirs", "path": "taken"}});
    let (status, said) = m.sandbox.ask("PUT", &theirs, Some(&body));
    assert!(status < 300, "{said}");
    let path = ["--path-template", "taken"];
    m.plan(&["catalog"], &path)
        .exits(3)
        .says("path-taken")
        .says("`/workspaces/billing/apis/theirs`");
    m.apply(&[]).exits(3);
    m.plan(&["catalog"], &["--path-template", "free"]).exits(0);
}
