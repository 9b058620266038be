//! `list`, `snapshot`, and planning from a snapshot.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::{Env, Sandbox};

#[test]
fn lists_are_tables_for_people_and_arrays_for_programs() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    for (what, name, property) in [
        ("apis", "orders-v2", "path"),
        ("products", "starter", "state"),
        ("tags", "finance", "displayName"),
        ("version-sets", "orders", "versioningScheme"),
        ("workspaces", "billing", "gateways"),
    ] {
        let table = env.run(&["list", what]).exits(0);
        assert_eq!(table.stderr, "", "{table}");
        assert!(table.stdout.starts_with("name "), "{table}");
        let row = table.stdout.lines().find(|l| l.starts_with(name));
        assert!(row.is_some(), "{table}");
        let json = env.run(&["list", what, "--output", "json"]).exits(0).json();
        let rows = json.as_array().unwrap();
        assert_eq!(rows.len(), table.stdout.lines().count() - 1);
        let row = rows.iter().find(|r| r["name"] == name).unwrap();
        assert!(!row[property].is_null(), "{row}");
    }
}

#[test]
fn a_snapshot_can_be_planned_from_and_seeds_a_sandbox() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let taken = env.run(&["snapshot", "--all", "-o", "all.json", "--output", "json"]);
    let taken = taken.exits(0).json();
    let text = env.read("all.json");
    assert!(!text.contains("contoso-secret"));
    let snapshot: Value = serde_json::from_str(&text).unwrap();
    let resources = snapshot["resources"].as_array().unwrap().len();
    assert_eq!(taken["resources"], resources);

    let unconnected = Env::new();
    unconnected.write("all.json", &text);
    let online = [
        "plan",
        "--workspace",
        "billing",
        "--api",
        "invoices",
        "-o",
        "p",
    ];
    let offline = [&online[..], &["--from", "all.json"]].concat();
    unconnected.run(&offline).exits(0);
    env.run(&online).exits(0);
    let targets = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter(|l| l.starts_with("    target: "));
        lines.map(|l| l.trim().to_owned()).collect()
    };
    let (from_file, from_service) = (unconnected.read("p/plan.yaml"), env.read("p/plan.yaml"));
    assert!(!targets(&from_file).is_empty());
    assert_eq!(targets(&from_file), targets(&from_service));

    let seed = env.path("all.json");
    let rehearsal = Sandbox::start(&["--seed", seed.to_str().unwrap()]);
    assert_eq!(rehearsal.service, sandbox.service);
    let apis = |s: &Sandbox| Env::connected(s).run(&["list", "apis"]).exits(0).stdout;
    assert_eq!(apis(&rehearsal), apis(&sandbox));
}

#[test]
fn a_snapshot_of_a_selection_holds_no_more_than_it_needs() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let size = |args: &[&str]| {
        let args = [&["snapshot", "-o", "s.json"], args].concat();
        env.run(&args).exits(0).says("s.json");
        let snapshot: Value = serde_json::from_str(&env.read("s.json")).unwrap();
        let resources = snapshot["resources"].as_array().unwrap();
        let full = |r: &&Value| r.get("listedOnly").is_none();
        resources.iter().filter(full).count()
    };
    assert!(size(&["--api", "invoices"]) < size(&["--all"]));
}

#[test]
fn gateways_that_may_not_be_read_are_told_of() {
    let denied = "Microsoft.ApiManagement/service/workspaceLinks/read";
    let sandbox = Sandbox::start(&["--deny", denied]);
    let env = Env::connected(&sandbox);
    let output = env.run(&["list", "workspaces"]).exits(0);
    let output = output.says("gateways are not shown");
    assert!(!output.stdout.is_empty(), "{output}");
}
