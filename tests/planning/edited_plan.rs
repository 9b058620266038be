//! Plans that a person took steps out of.

use serde_json::Value as Json;
use serde_yaml::Value;

use crate::common::migration::Migration;
use crate::common::{Env, Sandbox};

/// Takes one step, and what waits for it by its id, out of the plan `p`.
fn drop_step(env: &Env, id: &str) {
    let mut plan: Value = serde_yaml::from_str(&env.read("p/plan.yaml")).unwrap();
    let steps = plan["steps"].as_sequence_mut().unwrap();
    let before = steps.len();
    steps.retain(|s| s["id"] != id);
    assert_eq!(steps.len(), before - 1, "{id}");
    for step in steps {
        if let Some(after) = step.get_mut("after").and_then(Value::as_sequence_mut) {
            after.retain(|a| a != id);
        }
    }
    env.write("p/plan.yaml", &serde_yaml::to_string(&plan).unwrap());
}

/// The id of the step that makes the plan's first tag.
fn a_tag(env: &Env) -> String {
    let plan: Value = serde_yaml::from_str(&env.read("p/plan.yaml")).unwrap();
    let steps = plan["steps"].as_sequence().unwrap();
    let tag = steps.iter().find(|s| s["kind"] == "tag").unwrap();
    tag["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_neither_a_step_nor_there_is_refused_and_what_is_there_serves() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    let tag = a_tag(&m.env);
    let whole = m.env.read("p/plan.yaml");
    drop_step(&m.env, &tag);
    m.forget_log();
    m.env
        .run(&["apply", "p", "--dry-run"])
        .exits(6)
        .says("tags/");
    m.apply(&[]).exits(6).says("tags/");
    assert_eq!(m.count("PUT"), 0);

    m.env.write("p/plan.yaml", &whole);
    m.apply(&[]).exits(0);
    drop_step(&m.env, &tag);
    m.env.run(&["apply", "p", "--dry-run"]).exits(0);
    m.apply(&[]).exits(0);
    m.verify().exits(0);
}

#[test]
fn a_whole_plan_is_rehearsed_and_judged_without_a_service() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    m.forget_log();
    m.env
        .run(&["apply", "p", "--dry-run", "--offline"])
        .exits(0)
        .says("PUT");
    m.env.run(&["show", "p"]).exits(0).says("loyalty");
    m.env
        .run(&["status", "p", "--arm-endpoint", &m.sandbox.url])
        .exits(0);
    m.env.run(&["apply", "p"]).exits(2);
    m.env.run(&["rollback", "p"]).exits(2);
    assert!(m.log().is_empty(), "{:?}", m.log());
}

#[test]
fn a_workspace_that_went_away_is_said_to_be_missing() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    m.env.run(&["snapshot", "--all", "-o", "s.json"]).exits(0);
    let mut snapshot: Json = serde_json::from_str(&m.env.read("s.json")).unwrap();
    snapshot["workspaces"] = Json::Array(Vec::new());
    let seed = m.env.write("s.json", &snapshot.to_string());
    let other = Migration::on(
        Sandbox::start(&["--seed", seed.to_str().unwrap()]),
        "billing",
    );
    let plan = m.env.path("p");
    let output = (other.env).run(&["apply", plan.to_str().unwrap(), "--yes", "--ignore-drift"]);
    output
        .exits(2)
        .says("the workspace `billing` does not exist");
    assert_eq!(other.count("PUT"), 0);
}

#[test]
fn a_target_that_leads_elsewhere_is_refused_by_whatever_takes_a_plan() {
    let m = Migration::contoso(&[]);
    m.plan(&["loyalty"], &[]).exits(0);
    m.apply(&[]).exits(0);
    let text = m.env.read("p/plan.yaml");
    let target = "/workspaces/billing/apis/loyalty-in-billing";
    assert!(text.contains(target));
    let elsewhere = text.replace(target, "/workspaces/sandbox-team/apis/loyalty-in-billing");
    m.env.write("p/plan.yaml", &elsewhere);
    let (journal, before) = (m.env.read("p/journal.jsonl"), m.log().len());
    for command in ["apply", "verify", "rollback"] {
        let mut args = vec![command, "p"];
        args.extend((command != "verify").then_some("--yes"));
        m.env.run(&args).exits(6).says("sandbox-team");
    }
    assert_eq!(m.log().len(), before, "nothing is sent");
    assert_eq!(m.env.read("p/journal.jsonl"), journal);
}

#[test]
fn what_the_service_would_refuse_is_refused_before_anything_is_sent() {
    let m = Migration::contoso(&[]);
    m.plan(&["orders-v1"], &[]).exits(0);
    let files = crate::common::migration::files(&m.env.path("p"));
    let file = |end: &str| {
        let found = files.iter().find(|(name, _)| name.ends_with(end));
        found.unwrap_or_else(|| panic!("{end}")).clone()
    };
    let (api, body) = file("resources/apis/orders-v1-in-billing.json");
    let (policy, text) = file("resources/apis/orders-v1-in-billing/policies/policy.xml");
    let with = |name: &str, value: Json| {
        let mut body: Json = serde_json::from_str(&body).unwrap();
        body["properties"][name] = value;
        body.to_string()
    };
    let edits = [
        (
            &api,
            with("serviceUrl", Json::from(5)),
            "properties.serviceUrl: it must be a text",
        ),
        (
            &api,
            with("path", Json::from("orders?x")),
            "properties.path: a path can't hold `?`",
        ),
        (
            &api,
            with("sourceApiId", Json::from("/apis/x")),
            "properties.sourceApiId: ",
        ),
        (
            &api,
            with("format", Json::from("openapi-link")),
            "`format` is never sent",
        ),
        (
            &policy,
            text.replace("</inbound>", ""),
            "`inbound` is closed by `policies`",
        ),
    ];
    m.forget_log();
    for (file, edited, said) in edits {
        let whole = m.env.read(&format!("p/{file}"));
        m.env.write(&format!("p/{file}"), &edited);
        m.apply(&[]).exits(6).says(said).says(file);
        m.env
            .run(&["apply", "p", "--dry-run", "--offline"])
            .exits(6)
            .says(said);
        m.env.write(&format!("p/{file}"), &whole);
    }
    assert!(m.log().is_empty(), "{:?}", m.log());
    m.apply(&[]).exits(0);
}
