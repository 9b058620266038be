//! The migration file: the same options as flags, in YAML.

use crate::common::{Env, Sandbox};

#[test]
fn a_file_does_what_the_same_flags_do() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    env.write(
        "migration.yaml",
        "version: 1\n\
         workspace: billing\n\
         select: {apis: [orders-*], exclude: [orders-v1]}\n\
         without: [subscriptions]\n\
         naming: {name: '{name}-moved'}\n\
         output: by-file\n",
    );
    env.run(&["plan", "-f", "migration.yaml"]).exits(0);
    env.run(&[
        "plan",
        "--workspace",
        "billing",
        "--api",
        "orders-*",
        "--exclude",
        "orders-v1",
        "--without",
        "subscriptions",
        "--name-template",
        "{name}-moved",
        "-o",
        "by-flags",
    ])
    .exits(0);
    let plan = |dir: &str| {
        let text = env.read(&format!("{dir}/plan.yaml"));
        let lines = text.lines().filter(|l| !l.starts_with("created:"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(
        plan("by-file")
            .iter()
            .any(|l| l.contains("orders-v2-moved"))
    );
    assert_eq!(plan("by-file"), plan("by-flags"));

    // A flag wins over the file.
    env.run(&[
        "plan",
        "-f",
        "migration.yaml",
        "--api",
        "loyalty",
        "-o",
        "p",
    ])
    .exits(0);
    let text = env.read("p/plan.yaml");
    assert!(text.contains("loyalty-moved") && !text.contains("orders-v2-moved"));
}

#[test]
fn a_file_that_is_wrong_is_refused_with_the_place() {
    let env = Env::new();
    for (text, place) in [
        ("version: 1\nworkspce: billing\n", "workspce"),
        ("version: 1\nselect:\n  apis: {orders}\n", "m.yaml:3:9"),
        ("version: 7\n", "version"),
        ("", "version"),
    ] {
        env.write("m.yaml", text);
        env.run(&["plan", "-f", "m.yaml"])
            .exits(2)
            .says("m.yaml")
            .says(place);
    }
}
