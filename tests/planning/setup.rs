//! A workspace that is made, staffed and filled by one plan.

use crate::common::Sandbox;
use crate::common::migration::Migration;

const FILE: &str = "\
version: 1
target:
  workspace: { id: sales, displayName: Sales, description: The sales team's APIs, create: true }
access:
  - { principal: 11111111-1111-4111-8111-111111111111, type: Group, role: contributor }
  - { principal: 22222222-2222-4222-8222-222222222222, type: Group, role: reader, serviceRole: none }
select:
  apis: [invoices, orders-v1, orders-v2]
";

fn migration() -> Migration {
    let m = Migration::on(Sandbox::start(&["--latency", "2"]), "sales");
    m.env.write("migration.yaml", FILE);
    m.env
        .run(&["plan", "-f", "migration.yaml", "-o", "p"])
        .exits(0);
    m
}

fn assignments(m: &Migration) -> usize {
    let put = |(method, path): &(String, String)| {
        method == "PUT" && path.to_lowercase().contains("/roleassignments/")
    };
    m.log().iter().filter(|line| put(line)).count()
}

#[test]
fn one_plan_and_one_apply_lead_from_nothing_to_a_working_workspace() {
    let m = migration();
    let plan = m.env.read("p/plan.yaml");
    assert!(plan.find("setup:").unwrap() < plan.find("\nsteps:").unwrap());
    let dry = m.env.run(&["apply", "p", "--dry-run"]).exits(0);
    assert!(dry.stdout.starts_with("PUT"), "{dry}");
    dry.says("roleAssignments");
    m.forget_log();
    m.apply(&[]).exits(0);
    m.verify().exits(0);
    let shown = m.env.run(&["workspace", "show", "sales"]).exits(0);
    shown.says("The sales team's APIs");
    // A contributor needs two assignments, the other asked for one.
    assert_eq!(assignments(&m), 3);
    m.forget_log();
    m.apply(&[]).exits(0);
    assert_eq!(m.count("PUT"), 0);
    std::fs::remove_file(m.env.path("p/journal.jsonl")).unwrap();
    m.apply(&[]).exits(0);
    assert_eq!(m.count("PUT"), 0);
}

#[test]
fn a_kill_in_between_leaves_nothing_half_done() {
    for after in [1, 2, 9] {
        let m = migration();
        assert_eq!(m.interrupted(after, "-KILL"), -1);
        m.apply(&[]).exits(0);
        m.verify().exits(0);
        assert_eq!(assignments(&m), 3, "killed after {after}");
    }
}

#[test]
fn what_may_not_be_set_up_is_said_and_can_be_continued() {
    let denied = "Microsoft.Authorization/roleAssignments/write";
    let m = Migration::on(Sandbox::start(&["--deny", denied]), "sales");
    m.env.write("migration.yaml", FILE);
    m.env
        .run(&["plan", "-f", "migration.yaml", "-o", "p"])
        .exits(0);
    m.apply(&[]).exits(1).says("roleAssignments/write");
    assert_eq!(m.count("PUT"), 0);
    m.apply(&["--ignore-rights"]).exits(4).says("setup/access");
    m.env
        .write("bad.yaml", &FILE.replace("role: reader", "role: king"));
    m.env
        .run(&["plan", "-f", "bad.yaml", "-o", "q"])
        .exits(2)
        .says("king");
}

#[test]
fn an_interrupt_while_setting_up_begins_no_further_role() {
    let m = Migration::on(Sandbox::start(&["--latency", "150"]), "sales");
    m.env.write("migration.yaml", FILE);
    m.env
        .run(&["plan", "-f", "migration.yaml", "-o", "p"])
        .exits(0);
    // The workspace is the first write.
    assert_eq!(m.interrupted(1, "-INT"), 4);
    let status = m
        .env
        .run(&["status", "p", "--output", "json"])
        .exits(0)
        .json();
    let open = status["setup"].as_array().unwrap().len();
    assert!(open >= 1, "{status}");
    assert!(assignments(&m) < 3);
    m.env.run(&["status", "p"]).exits(0).says("to be set up");
    m.apply(&[]).exits(0);
    assert_eq!(assignments(&m), 3);
    let status = m
        .env
        .run(&["status", "p", "--output", "json"])
        .exits(0)
        .json();
    assert_eq!(status["setup"], serde_json::json!([]));
    m.verify().exits(0);
}

#[test]
fn roles_that_are_meant_for_one_workspace_are_given_in_no_other() {
    let m = Migration::on(Sandbox::start(&[]), "sales");
    m.env.write("migration.yaml", FILE);
    m.env
        .run(&["plan", "-f", "migration.yaml", "--workspace", "other"])
        .exits(2)
        .says("`sales`");
    let twice = FILE.replace(
        "22222222-2222-4222-8222-222222222222",
        "11111111-1111-4111-8111-111111111111",
    );
    let twice = twice.replace(
        "role: reader, serviceRole: none",
        "role: Contributor, serviceRole: none",
    );
    m.env.write("twice.yaml", &twice);
    m.env
        .run(&["plan", "-f", "twice.yaml", "-o", "q"])
        .exits(2)
        .says("twice");
    assert_eq!(m.count("PUT"), 0);
}

#[test]
fn who_is_asked_reads_who_gets_which_role() {
    let m = migration();
    let asked = m.env.run(&["apply", "p"]).exits(2);
    asked
        .says("makes or changes the workspace itself (`Sales`)")
        .says("gives group 11111111-1111-4111-8111-111111111111 the role contributor and the role")
        .says("gives group 22222222-2222-4222-8222-222222222222 the role reader\n");
}
