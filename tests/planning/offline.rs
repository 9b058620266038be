//! What can be told of a plan or a migration file without a service.

use crate::common::{Env, Sandbox};

/// A plan of Contoso in `p`, and no way to reach a service any more.
fn planned(sandbox: &Sandbox, more: &[&str]) -> Env {
    let env = Env::connected(sandbox);
    let mut args = vec!["plan", "--workspace", "billing", "-o", "p"];
    args.extend(more);
    env.run(&args).exits(0);
    env.with("APIM_MIGRATE_ARM_ENDPOINT", "http://127.0.0.1:1")
}

#[test]
fn a_plan_that_can_be_applied_is_valid() {
    let sandbox = Sandbox::contoso();
    let env = planned(&sandbox, &["--api", "invoices"]);
    env.run(&["validate", "p"]).exits(0).says("valid:");
    env.run(&["validate", "p/plan.yaml"]).exits(0);
    let report = env
        .run(&["--output", "json", "validate", "p"])
        .exits(0)
        .json();
    assert_eq!(report["valid"], true);
    env.run(&["validate", "nowhere"]).exits(2).says("nowhere");
}

#[test]
fn what_apply_would_refuse_validate_refuses_with_the_same_words() {
    let sandbox = Sandbox::contoso();
    let env = planned(&sandbox, &["--api", "invoices"]);
    let body = "p/resources/apis/invoices-in-billing.json";
    let text = env.read(body).replacen("\"path\": \"", "\"path\": \"?", 1);
    env.write(body, &text);
    let told = env.run(&["validate", "p"]).exits(6).says("path");
    env.run(&["apply", "p", "--yes"])
        .exits(6)
        .says(&told.stderr);
}

#[test]
fn a_migration_file_is_checked_with_its_place() {
    let env = Env::new();
    let lines = "version: 1\nworkspace: billing\n";
    env.write("m.yaml", &format!("{lines}select: {{apis: [a]}}\n"));
    env.run(&["validate", "m.yaml"])
        .exits(0)
        .says("`--service` is left to the flags")
        .omits("--workspace");
    for (more, said) in [
        ("alow: [x]\n", "alow"),
        ("allow: [path-takn]\n", "did you mean `path-taken`?"),
        ("without: [tag]\n", "m.yaml:3:11"),
        ("naming: {name: '{nam}'}\n", "{nam}"),
        ("keys: some\n", "auto, carry or new"),
        ("traits: none.json\n", "none.json"),
    ] {
        env.write("m.yaml", &format!("{lines}{more}"));
        env.run(&["validate", "m.yaml"]).exits(2).says(said);
    }
}

#[test]
fn a_thing_and_a_finding_are_explained() {
    let sandbox = Sandbox::contoso();
    let env = planned(&sandbox, &["--api", "orders*"]);
    let plan = env.read("p/plan.yaml");
    assert!(plan.contains("id: namedValues/"));
    let key = plan.split("id: namedValues/").nth(1).unwrap();
    let key = key.lines().next().unwrap();
    env.run(&["explain", "p", &format!("/namedValues/{key}")])
        .exits(0)
        .says("is copied to /workspaces/billing/namedValues/")
        .says("was selected");
    let report = env
        .run(&[
            "--output",
            "json",
            "explain",
            "p",
            &format!("namedValues/{key}"),
        ])
        .exits(0)
        .json();
    assert!(!report["because"].as_array().unwrap().is_empty());
    assert!(!report["users"].as_array().unwrap().is_empty());
    env.run(&["explain", "p", "ordres-v1"])
        .exits(2)
        .says("did you mean `orders-v1`?");
    env.run(&["explain", "p"])
        .exits(2)
        .says("what of this plan");
    env.run(&["explain", "path-taken"])
        .exits(0)
        .says("Another API has the path");
    env.run(&["explain", "path-takn"])
        .exits(2)
        .says("did you mean `path-taken`?");
}
