//! `plan --save`: the migration file that equals flags, file and answers.

use crate::common::{Env, Sandbox};

#[test]
fn a_saved_file_plans_what_the_flags_did() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    env.write(
        "m/first.yaml",
        "version: 1\nselect: {apis: 'orders-*', exclude: orders-v1}\n\
         naming: {overrides: {/apis/orders-v2: {displayName: Orders}}}\n\
         target: {workspace: {id: billing, displayName: Billing, create: true}}\n",
    );
    let flags = [
        "plan",
        "-f",
        "m/first.yaml",
        "--without",
        "tags",
        "--name-template",
        "{name}-moved",
        "--keys",
        "new",
        "-o",
        "flags",
        "--save",
        "saved.yaml",
    ];
    env.run(&flags).exits(0);
    let saved = env.read("saved.yaml");
    assert!(saved.contains("\nversion: 1\n"), "{saved}");
    for said in [
        "orders-v1",
        "'{name}-moved'",
        "displayName: Orders",
        "keys: new",
        "output: flags",
    ] {
        assert!(saved.contains(said), "{said}: {saved}");
    }
    for unsaid in ["null", "false", "[]", "{}"] {
        assert!(!saved.contains(unsaid), "{unsaid}: {saved}");
    }
    env.run(&["validate", "saved.yaml"]).exits(0).omits("note:");
    let plan = |dir: &str| -> Vec<String> {
        let text = env.read(&format!("{dir}/plan.yaml"));
        let lines = text.lines().filter(|line| !line.starts_with("created:"));
        lines.map(str::to_owned).collect()
    };
    let first = plan("flags");
    env.run(&[
        "plan",
        "-f",
        "saved.yaml",
        "-o",
        "file",
        "--save",
        "again.yaml",
    ])
    .exits(0);
    assert_eq!(plan("file"), first);
    let again = env
        .read("again.yaml")
        .replace("output: file", "output: flags");
    assert_eq!(again, saved);
}
