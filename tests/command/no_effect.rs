//! What is asked for and has no effect is an error, wherever it is said.

use crate::common::{Env, Sandbox};

/// A migration file around some lines, with its first line at the top.
fn file(lines: &str) -> String {
    format!("version: 1\nworkspace: billing\n{lines}")
}

#[test]
fn flags_that_select_nothing_or_allow_nothing_name_the_nearest() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    for (flags, said, help) in [
        (
            &["--tag", "read-onyl"][..],
            "no tag `read-onyl`",
            "did you mean `read-only`?",
        ),
        (
            &["--product", "partnrs"],
            "no product `partnrs`",
            "did you mean `partners`?",
        ),
        (
            &["--version-set", "ordres"],
            "no version set `ordres`",
            "did you mean `orders`?",
        ),
        (
            &["--all", "--exclude", "invoice"],
            "left out by `invoice`",
            "did you mean `invoices`?",
        ),
        (
            &["--api", "invoices", "--exclude", "*"],
            "is excluded",
            "--exclude",
        ),
        (
            &["--api", "invoices", "--without", "tag"],
            "no branch `tag`",
            "did you mean `tags`?",
        ),
        (
            &["--api", "invoices", "--without", "backends"],
            "no branch `backends`",
            "branches are",
        ),
        (
            &["--api", "catalog", "--without", "subscriptions"],
            "nothing is left out by `subscriptions`",
            "take it out",
        ),
        (
            &["--api", "invoices", "--allow", "path-takn"],
            "`path-takn`",
            "did you mean `path-taken`?",
        ),
        (
            &["--api", "invoices", "--allow", "path-taken"],
            "nothing is allowed",
            "take it out",
        ),
        (
            &["--api", "invoices", "--allow", "product-shared"],
            "nothing is allowed",
            "a warning",
        ),
    ] {
        let mut args = vec!["plan", "--workspace", "billing", "-o", "p"];
        args.extend(flags);
        env.run(&args)
            .exits(2)
            .says(said)
            .says(help)
            .omits("it stands in");
        assert!(!env.path("p").exists(), "{flags:?}");
    }
}

#[test]
fn a_migration_file_is_told_with_line_and_column() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    env.run(&["snapshot", "--all", "-o", "s.json"]).exits(0);
    let named = "select: {apis: [invoices]}\nnaming:\n  overrides:\n";
    for (lines, place, said) in [
        (
            "select:\n  tags:\n    - read-onyl\n",
            "m.yaml:5:7",
            "did you mean `read-only`?",
        ),
        (
            "select: {all: true, exclude: [invoice]}\n",
            "m.yaml:3:31",
            "did you mean `invoices`?",
        ),
        (
            "select: {apis: [invoices]}\nallow: [path-taken]\n",
            "m.yaml:4:9",
            "nothing is allowed",
        ),
        (
            "select: {apis: [invoices]}\nallow: [path-takn]\n",
            "m.yaml:4:9",
            "did you mean `path-taken`?",
        ),
        (
            "select: {apis: [invoices]}\nwithout: [tag]\n",
            "m.yaml:4:11",
            "did you mean `tags`?",
        ),
        (
            &format!("{named}    /apis/invoice: {{name: x}}\n"),
            "m.yaml:6:5",
            "did you mean `/apis/invoices`?",
        ),
        (
            &format!("{named}    /apis/orders-v1: {{name: x}}\n"),
            "m.yaml:6:5",
            "not among what is copied",
        ),
        (
            &format!("{named}    /apis/invoices/operations/x: {{displayName: x}}\n"),
            "m.yaml:6:5",
            "keeps its names",
        ),
    ] {
        env.write("m.yaml", &file(lines));
        for source in [
            &["plan", "-f", "m.yaml", "-o", "p"][..],
            &["plan", "-f", "m.yaml", "-o", "p", "--from", "s.json"],
        ] {
            env.run(source)
                .exits(2)
                .says(&format!("{place}: it stands here"))
                .says(said);
            assert!(!env.path("p").exists(), "{lines}");
        }
    }
    // A flag that wins over the file is not looked for in it.
    env.write(
        "m.yaml",
        &file("select: {apis: [invoices]}\nallow: [path-taken]\n"),
    );
    env.run(&["plan", "-f", "m.yaml", "--allow", "path-takn", "-o", "p"])
        .exits(2)
        .omits("m.yaml");
}

#[test]
fn a_plan_that_allows_what_nothing_is_blocked_by_is_refused_with_the_place() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let plan = [
        "plan",
        "--workspace",
        "billing",
        "--api",
        "partner-crm",
        "-o",
        "p",
    ];
    env.run(&plan).exits(3);
    let whole = env.read("p/plan.yaml");
    let allowing = |code: &str| {
        let text = whole.replacen("\nselection:", &format!("\nallow: [{code}]\nselection:"), 1);
        env.write("p/plan.yaml", &text);
    };
    allowing("credential-manger");
    for command in [
        &["show", "p"][..],
        &["apply", "p", "--yes"],
        &["verify", "p"],
    ] {
        env.run(command)
            .exits(6)
            .says("plan.yaml`, line ")
            .says("allows `credential-manger`")
            .says("did you mean `credential-manager`?");
    }
    allowing("credential-manager");
    env.run(&["apply", "p", "--yes"]).exits(0);
}

#[test]
fn what_is_left_out_is_looked_at_and_said_as_far_as_it_can_be_read() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let plan = ["plan", "--workspace", "billing", "--api", "invoices"];
    let without = |word: &'static str| [&plan[..], &["--without", word, "-o", word]].concat();
    env.run(&without("policies")).exits(3);
    let shown = env.run(&["show", "policies", "--findings"]).exits(0);
    shown.says("policy-left-out").says("left-out-as-asked");
    env.run(&without("tags")).exits(0);
    assert!(env.read("tags/plan.yaml").contains("left-out-as-asked"));
    // What a word cuts that another one has cut away already is no mistake.
    let both = ["--without", "products", "--without", "groups", "-o", "both"];
    env.run(&[&plan[..], &both].concat()).exits(0);
    // An operation that is not copied loses no guard.
    env.run(&without("operations")).omits("policy-left-out");

    let sandbox = Sandbox::start(&["--deny", "*/subscriptions/read"]);
    let env = Env::connected(&sandbox);
    env.run(&[&plan[..], &["-o", "p"]].concat()).exits(1);
    env.run(&without("subscriptions")).exits(0);
    let told = env.read("subscriptions/plan.yaml");
    assert!(told.contains("could not be read"), "{told}");

    // Whether an API loses its guard can't be told then.
    let sandbox = Sandbox::start(&["--deny", "*/apis/policies/read"]);
    let env = Env::connected(&sandbox);
    env.run(&without("policies"))
        .exits(3)
        .says("policy-left-out");
}
