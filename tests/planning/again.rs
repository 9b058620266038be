//! Planning again: what stays, what is told, what is refused.

use serde_json::{Value, json};

use crate::common::Output;
use crate::common::migration::{Migration, files};

/// Plans without naming a folder.
fn planned(m: &Migration, apis: &[&str], more: &[&str]) -> Output {
    let mut args = vec!["plan", "--workspace", m.workspace, "--output", "json"];
    for api in apis {
        args.extend(["--api", api]);
    }
    args.extend(more);
    m.env.run(&args)
}

fn apply(m: &Migration, folder: &str) -> Output {
    m.env.run(&["apply", folder, "--yes"])
}

/// Sends something to the source.
fn at_source(m: &Migration, method: &str, path: &str, body: &Value) {
    let path = format!("{}{path}?api-version=2024-05-01", m.sandbox.service);
    let (status, answer) = m.sandbox.ask(method, &path, Some(body));
    assert!((200..300).contains(&status), "{status}: {answer}");
}

/// Changes the description of an API of the source.
fn describe(m: &Migration, api: &str, description: &str) {
    let body = json!({"properties": {"description": description}});
    at_source(m, "PATCH", &format!("/apis/{api}"), &body);
}

/// Puts a description into a body of the plan.
fn edit(m: &Migration, file: &str, description: &str) {
    let mut body: Value = serde_json::from_str(&m.env.read(file)).unwrap();
    body["properties"]["description"] = json!(description);
    m.env.write(file, &format!("{body:#}\n"));
}

/// The steps of a plan in JSON: id and action.
fn actions(m: &Migration, folder: &str) -> Vec<(String, String)> {
    let shown = m.env.run(&["show", folder, "--format", "json"]).json();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let steps = shown["steps"].as_array().unwrap().iter();
    steps
        .map(|s| (text(&s["id"]), text(&s["action"])))
        .collect()
}

#[test]
fn the_same_plan_again_changes_nothing_before_and_after_it_was_applied() {
    let m = Migration::contoso(&[]);
    let apis = ["invoices*", "orders*"];
    let first = planned(&m, &apis, &[]).exits(0).json();
    assert_eq!(first["folder"], "plans/billing");
    assert_eq!(
        (&first["changes"], &first["diff"]),
        (&json!(true), &Value::Null)
    );
    let written = files(&m.env.path("plans/billing"));
    let again = planned(&m, &apis, &[]).exits(0).json();
    assert_eq!(again["changes"], false);
    assert_eq!(files(&m.env.path("plans/billing")), written);

    apply(&m, "plans/billing").exits(0);
    let applied = files(&m.env.path("plans/billing"));
    let again = planned(&m, &apis, &[]).exits(0).json();
    assert_eq!(again["folder"], "plans/billing");
    assert_eq!(again["changes"], false);
    assert_eq!(again["steps"], first["steps"]);
    assert_eq!(again["diff"], json!({"new": [], "changed": [], "gone": []}));
    assert_eq!(files(&m.env.path("plans/billing")), applied);
    let mut args = vec!["plan", "--workspace", "billing"];
    args.extend(["--api", "invoices*", "--api", "orders*"]);
    m.env.run(&args).exits(0).says("no changes");
    m.forget_log();
    apply(&m, "plans/billing").exits(0);
    assert_eq!(m.count("PUT"), 0);
}

#[test]
fn the_same_plan_in_another_folder_is_the_same_but_for_its_time() {
    let m = Migration::contoso(&[]);
    let timeless = |folder: &str| -> Vec<(String, String)> {
        let line = |l: &&str| !l.starts_with("created: ");
        let text = |t: String| t.lines().filter(line).collect::<Vec<_>>().join("\n");
        let files = files(&m.env.path(folder)).into_iter();
        let runs = [".lock", ".sent.jsonl", "journal.jsonl"];
        let plan = files.filter(|(name, _)| !runs.contains(&name.as_str()));
        plan.map(|(name, t)| (name, text(t))).collect()
    };
    m.plan(&["loyalty"], &[]).exits(0);
    m.plan(&["loyalty"], &["-o", "q"]).exits(2);
    let mut args = vec!["plan", "--workspace", "billing", "--api", "loyalty"];
    args.extend(["-o", "q"]);
    m.env.run(&args).exits(0);
    assert_eq!(timeless("p"), timeless("q"));
    m.apply(&[]).exits(0);
    m.plan(&["loyalty"], &[]).exits(0);
    assert_eq!(timeless("p"), timeless("q"));
}

#[test]
fn a_version_that_follows_later_joins_its_set_under_the_right_name() {
    let m = Migration::contoso(&[]);
    let first = planned(&m, &["orders-v1"], &[]).exits(0).json();
    apply(&m, "plans/billing").exits(0);
    let second = planned(&m, &["orders-v2"], &[]).exits(0).json();
    let folder = second["folder"].as_str().unwrap();
    apply(&m, folder).exits(0);
    let state = m.state();
    let name = |api: &str| &state[&format!("/workspaces/billing/apis/{api}-in-billing")];
    for member in ["displayName", "apiVersionSetId"] {
        assert_eq!(
            name("orders-v1")[member],
            name("orders-v2")[member],
            "{member}"
        );
    }
    assert_eq!(name("orders-v2")["displayName"], "Orders-in-billing");
    assert_eq!(first["folder"], "plans/billing");
}

#[test]
fn a_source_that_changed_is_told_and_our_copy_is_no_stranger() {
    let m = Migration::contoso(&[]);
    planned(&m, &["invoices"], &[]).exits(0);
    apply(&m, "plans/billing").exits(0);
    describe(&m, "invoices", "changed at the source");
    let again = planned(&m, &["invoices"], &[]).exits(0).json();
    assert_eq!(again["changes"], true);
    assert_eq!(again["diff"]["new"], json!([]));
    let changed = again["diff"]["changed"].as_array().unwrap();
    let api = changed
        .iter()
        .find(|c| c["step"] == "apis/invoices")
        .unwrap();
    assert!(
        api["what"]
            .as_array()
            .unwrap()
            .contains(&json!("description"))
    );
    assert_eq!(again["steps"]["reuse"], 2);
    m.env
        .run(&["status", "plans/billing"])
        .exits(0)
        .says("wanted otherwise since");
    let puts = |m: &Migration| m.log().iter().filter(|(method, _)| method == "PUT").count();
    let before = puts(&m);
    let applied = m
        .env
        .run(&["apply", "plans/billing", "--yes", "--output", "json"]);
    let applied = applied.exits(0).json();
    let updated = applied["outcomes"]["updated"].as_u64().unwrap();
    assert!(updated > 0, "{applied}");
    assert_eq!((puts(&m) - before) as u64, updated);
    m.env.run(&["verify", "plans/billing"]).exits(0);
    m.env
        .run(&["rollback", "plans/billing", "--yes"])
        .exits(0)
        .says("0 kept");
}

#[test]
fn a_copy_that_was_sent_and_never_answered_stays_the_plans_own() {
    let m = Migration::contoso(&["--latency", "3"]);
    m.plan(&["invoices"], &[]).exits(0);
    let before = actions(&m, "p");
    m.interrupted(12, "-KILL");
    m.plan(&["invoices"], &[]).exits(0);
    assert_eq!(actions(&m, "p"), before);
}

#[test]
fn a_wider_plan_makes_no_strangers_of_what_a_narrower_one_made() {
    let m = Migration::contoso(&[]);
    planned(&m, &["orders*"], &[]).exits(0);
    apply(&m, "plans/billing").exits(0);
    let before = actions(&m, "plans/billing");
    let wide = planned(&m, &["orders*", "invoices*", "catalog"], &[])
        .exits(0)
        .json();
    assert_eq!(wide["folder"], "plans/billing");
    assert_eq!(wide["diff"]["gone"], json!([]));
    let after = actions(&m, "plans/billing");
    let lost: Vec<_> = before.iter().filter(|step| !after.contains(step)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn edits_stay_and_are_named() {
    let m = Migration::contoso(&[]);
    let api = "p/resources/apis/invoices-in-billing.json";
    let policy = "p/resources/apis/invoices-in-billing/policies/policy.xml";
    // It has something in the way that can be allowed.
    let apis = ["invoices", "partner-crm"];
    m.plan(&apis, &[]).exits(3);
    edit(&m, api, "by hand");
    m.env.write(
        policy,
        &m.env
            .read(policy)
            .replace("<inbound>", "<inbound><!-- by hand -->"),
    );
    let whole = m.env.read("p/plan.yaml");
    m.env.write(
        "p/plan.yaml",
        &whole.replacen(
            "\nselection:",
            "\nallow: [credential-manager]\nselection:",
            1,
        ),
    );
    let edited = files(&m.env.path("p"));
    let again = m.plan(&apis, &["--output", "json"]).exits(0).json();
    assert_eq!(again["changes"], false);
    assert_eq!(files(&m.env.path("p")), edited);
    let kept = |again: &Value| -> Vec<String> {
        let edits = again["kept"].as_array().unwrap().iter();
        edits
            .map(|e| e["what"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kept(&again), ["body", "document", "allowed"]);

    // Something else changes at the source: the edits go along.
    let path = "/tags/read-only";
    at_source(
        &m,
        "PUT",
        path,
        &json!({"properties": {"displayName": "Read only!"}}),
    );
    let again = m.plan(&apis, &["--output", "json"]).exits(0).json();
    assert_eq!(again["changes"], true);
    assert_eq!(kept(&again), ["body", "document", "allowed"]);
    assert!(m.env.read(api).contains("by hand") && m.env.read(policy).contains("by hand"));
    assert!(m.env.read("p/plan.yaml").contains("credential-manager"));
    m.plan(&apis, &[])
        .exits(0)
        .says("the body of `apis/invoices`");

    // The very place changes.
    describe(&m, "invoices", "by the source");
    let before = files(&m.env.path("p"));
    m.plan(&apis, &[])
        .exits(6)
        .says("the body of `apis/invoices`")
        .says("--force");
    assert_eq!(files(&m.env.path("p")), before);
    let forced = m
        .plan(&apis, &["--force", "--output", "json"])
        .exits(0)
        .json();
    assert_eq!(
        forced["overruled"],
        json!([{"what": "body", "about": "apis/invoices"}])
    );
    assert_eq!(kept(&forced), ["document", "allowed"]);
    assert!(m.env.read(api).contains("by the source") && m.env.read(policy).contains("by hand"));
}

#[test]
fn a_step_that_was_taken_out_stays_out() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    let mut plan: serde_yaml::Value = serde_yaml::from_str(&m.env.read("p/plan.yaml")).unwrap();
    let id = "tags/finance/apiLinks/invoices";
    let steps = plan["steps"].as_sequence_mut().unwrap();
    let before = steps.len();
    steps.retain(|s| s["id"] != id);
    assert_eq!(steps.len(), before - 1);
    m.env
        .write("p/plan.yaml", &serde_yaml::to_string(&plan).unwrap());
    describe(&m, "invoices", "changed");
    let again = m.plan(&["invoices"], &["--output", "json"]).exits(0).json();
    assert_eq!(again["kept"], json!([{"what": "dropped", "about": id}]));
    assert!(!actions(&m, "p").iter().any(|(step, _)| step == id));
    m.apply(&[]).exits(0);
}

#[test]
fn a_plan_that_can_not_be_read_is_not_written_over() {
    let m = Migration::contoso(&[]);
    m.plan(&["invoices"], &[]).exits(0);
    m.env.write(
        "p/plan.yaml",
        &m.env
            .read("p/plan.yaml")
            .replace("steps:\n", "steps:\n  - {\n"),
    );
    m.forget_log();
    m.plan(&["invoices"], &[]).exits(6).says("--force");
    assert!(m.log().is_empty());
    m.plan(&["invoices"], &["--force"]).exits(0);
    m.plan(&["invoices"], &[]).exits(0).says("no changes");
}

#[test]
fn a_further_batch_gets_a_folder_of_its_own_and_finds_it_again() {
    let m = Migration::contoso(&[]);
    planned(&m, &["invoices"], &[]).exits(0);
    apply(&m, "plans/billing").exits(0);
    let first = files(&m.env.path("plans/billing"));
    for applied in [false, true] {
        let batch = planned(&m, &["catalog"], &[]).exits(0).json();
        assert_eq!(batch["folder"], "plans/billing-2");
        assert_eq!(batch["changes"], !applied);
        apply(&m, "plans/billing-2").exits(0);
    }
    let third = planned(&m, &["loyalty"], &[]).exits(0).json();
    assert_eq!(third["folder"], "plans/billing-3");
    assert_eq!(
        planned(&m, &["invoices"], &[]).exits(0).json()["changes"],
        false
    );
    assert_eq!(files(&m.env.path("plans/billing")), first);
    for folder in ["plans/billing", "plans/billing-2"] {
        m.env.run(&["verify", folder]).exits(0);
    }
}

#[test]
fn a_plan_that_lacks_what_was_made_is_refused_and_names_it() {
    let m = Migration::contoso(&[]);
    let wide = ["invoices", "catalog"];
    for folder in ["plans/billing", "p"] {
        let given: &[&str] = if folder == "p" { &["-o", "p"] } else { &[] };
        planned(&m, &wide, given).exits(0);
        if folder == "p" {
            std::fs::copy(
                m.env.path("plans/billing/journal.jsonl"),
                m.env.path("p/journal.jsonl"),
            )
            .unwrap();
        } else {
            apply(&m, folder).exits(0);
        }
        let before = files(&m.env.path(folder));
        let refused = planned(&m, &["invoices"], given).exits(6);
        refused
            .says("catalog-in-billing")
            .says("apply --prune")
            .says("-o");
        let refused = planned(&m, &wide, &[given, &["--without", "tags"]].concat());
        refused.exits(6).says("tags");
        let template = "{name}-x-{workspace}";
        let refused = planned(&m, &wide, &[given, &["--name-template", template]].concat());
        refused.exits(6);
        assert_eq!(files(&m.env.path(folder)), before);
    }
    let elsewhere = planned(&m, &["invoices"], &["-o", "q"]).exits(0).json();
    assert_eq!(elsewhere["folder"], "q");
    let forced = planned(&m, &["invoices"], &["--force"]).exits(0).json();
    let left = forced["left"].as_array().unwrap();
    let catalog =
        json!({"target": "/workspaces/billing/apis/catalog-in-billing", "why": "deselected"});
    assert!(left.contains(&catalog), "{left:?}");
    // It is not forgotten, and the wide plan takes it back.
    let again = planned(&m, &["invoices"], &[]).exits(0).json();
    assert_eq!(
        (&again["changes"], left.len()),
        (&json!(false), again["left"].as_array().unwrap().len())
    );
    let wide = planned(&m, &wide, &[]).exits(0).json();
    assert_eq!(wide["left"], json!([]));
    let step = ("apis/catalog".to_owned(), "create".to_owned());
    assert!(actions(&m, "plans/billing").contains(&step));
}

#[test]
fn what_is_gone_at_the_source_leaves_the_plan_and_is_named() {
    let m = Migration::contoso(&[]);
    planned(&m, &["invoices"], &[]).exits(0);
    apply(&m, "plans/billing").exits(0);
    let path = format!(
        "{}/apis/invoices/operations/create-invoice?api-version=2024-05-01",
        m.sandbox.service
    );
    m.sandbox.try_delete(&path).unwrap();
    let again = planned(&m, &["invoices"], &[]).exits(0).json();
    let gone = again["diff"]["gone"].as_array().unwrap();
    assert!(gone.contains(&json!("apis/invoices/operations/create-invoice")));
    assert_eq!(again["left"].as_array().unwrap().len(), gone.len());
    assert_eq!(again["left"][0]["why"], "gone");
}
