//! What `--on-conflict overwrite` replaces is put back by `rollback`.

use serde_json::{Value, json};

use crate::common::migration::Migration;

/// Somebody's API and backend where the plan would put its own.
fn somebodys(m: &Migration) {
    let put = |path: &str, properties: Value| {
        let url = format!(
            "{}/workspaces/billing{path}?api-version=2024-05-01",
            m.sandbox.service
        );
        let body = json!({"properties": properties});
        let (status, answer) = m.sandbox.ask("PUT", &url, Some(&body));
        assert!((200..300).contains(&status), "{status}: {answer}");
    };
    put(
        "/apis/invoices-in-billing",
        json!({
            "displayName": "Theirs", "path": "theirs", "protocols": ["https"],
            "description": "their own words",
        }),
    );
}

#[test]
fn what_was_overwritten_is_shown_asked_and_put_back() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    somebodys(&m);
    let before = m.state();
    m.apply(&[]).exits(6);
    m.apply(&["--on-conflict", "overwrite"]).exits(0);
    assert_ne!(m.state(), before);
    let status = m.env.run(&["status", "p"]).exits(0);
    status.says("written over as asked, and put back by `rollback`: /apis/invoices-in-billing");
    let saved = m.env.read("p/.replaced.jsonl");
    assert!(saved.contains("their own words"), "{saved}");

    let dry = m.env.run(&["rollback", "p", "--dry-run"]).exits(0);
    dry.says("PUT    /workspaces/billing/apis/invoices-in-billing  (what somebody else had there)")
        .says("1 to be put back");
    let undone = m.env.run(&["rollback", "p", "--yes", "--output", "json"]);
    let undone = undone.exits(0).json();
    assert_eq!(
        undone["putBack"],
        json!([{
            "step": "apis/invoices",
            "target": "/workspaces/billing/apis/invoices-in-billing",
        }])
    );
    assert_eq!(m.state(), before);
    let again = m.env.run(&["rollback", "p", "--yes"]).exits(0);
    again.says("0 resources deleted, 0 gone before, 1 kept");
}

#[test]
fn what_somebody_made_again_after_a_killed_rollback_stays() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.apply(&[]).exits(0);
    let api = "/workspaces/billing/apis/invoices-in-billing";
    let was = m.state()[api].clone();
    m.env.run(&["rollback", "p", "--yes"]).exits(0);
    // Killed when the DELETE of the API was not on record yet.
    let journal = m.env.read("p/journal.jsonl");
    let gone = |line: &&str| line.contains("\"deleted\"") && line.contains(&format!("{api}\""));
    let kept: Vec<&str> = journal.lines().take_while(|l| !gone(l)).collect();
    assert!(kept.len() < journal.lines().count());
    m.env
        .write("p/journal.jsonl", &format!("{}\n", kept.join("\n")));
    let url = format!("{}{api}?api-version=2024-05-01", m.sandbox.service);
    let body = json!({"properties": was});
    let (status, answer) = m.sandbox.ask("PUT", &url, Some(&body));
    assert!((200..300).contains(&status), "{status}: {answer}");
    let again = m.env.run(&["rollback", "p", "--yes"]).exits(0);
    again.says("another one stands there now");
    assert!(m.state().contains_key(api));
}

#[test]
fn a_file_of_what_stood_there_that_leads_elsewhere_is_not_followed() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    somebodys(&m);
    std::os::unix::fs::symlink("../elsewhere", m.env.path("p/.replaced.jsonl")).unwrap();
    m.apply(&["--on-conflict", "overwrite"])
        .exits(1)
        .says("symbolic link");
    assert!(!m.env.path("elsewhere").exists());
}
