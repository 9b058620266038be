//! Help, usage errors and the exit codes that go with them.

use crate::common::{Env, Sandbox};

const COMMANDS: &[&str] = &[
    "plan",
    "show",
    "apply",
    "status",
    "verify",
    "rollback",
    "list",
    "doctor",
    "snapshot",
    "workspace",
    "policy",
    "sandbox",
    "demo",
    "completions",
];

const SERVICE: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";

#[test]
fn help_and_version_go_to_stdout_and_succeed() {
    let env = Env::new();
    let help = env.run(&["--help"]).exits(0).says("Usage: apim-migrate");
    assert_eq!(help.stderr, "", "{help}");
    env.run(&["--version"]).exits(0).says("apim-migrate 0.1.0");
    for command in COMMANDS {
        assert!(
            help.stdout.contains(&format!("\n  {command} ")),
            "{command}"
        );
        let own = env.run(&[command, "--help"]).exits(0);
        assert_eq!(own.stderr, "", "{own}");
        assert!(own.stdout.contains("--output"), "{own}");
    }
}

#[test]
fn wrong_usage_exits_with_2_and_leaves_stdout_alone() {
    let env = Env::new();
    let plan = |more: &[&'static str]| {
        let mut args = vec!["plan", "--service", SERVICE, "--workspace", "w", "--all"];
        args.extend(more);
        args
    };
    for args in [
        vec!["frobnicate"],
        vec!["sandbox", "--port", "seventy"],
        vec!["sandbox", "--faults", "gremlins:1"],
        vec!["sandbox", "--faults", "internal"],
        vec!["sandbox", "--switch", "nonsense=1"],
        vec!["sandbox", "--page-size", "0"],
        vec!["sandbox", "--seed", "absent.json"],
        vec!["completions", "tcl"],
        vec!["--log-file", "absent/x", "completions", "bash"],
        vec!["-q", "-v", "completions", "bash"],
        vec!["list", "everything"],
        vec!["list", "apis", "--service", "contoso"],
        vec!["list", "apis", "--service", SERVICE, "-n", "other"],
        vec!["snapshot", "--service", SERVICE, "--all"],
        vec!["apply", "absent"],
        vec!["apply", "absent", "--concurrency", "0"],
        vec!["apply", "absent", "--on-conflict", "shrug"],
        vec!["show", "absent"],
        vec!["status", "absent"],
        vec!["verify", "absent"],
        vec!["rollback", "absent"],
        vec!["policy", "references"],
        vec!["policy", "references", "absent.xml"],
        vec!["plan", "--service", SERVICE, "--all"],
        vec!["plan", "--service", SERVICE, "--workspace", "a/b", "--all"],
        vec!["plan", "--workspace", "w", "--all", "--from", "absent"],
        plan(&["--auth", "password"]),
        plan(&["--cloud", "sky"]),
        plan(&["--api-version", "latest"]),
        plan(&["--arm-endpoint", "http://arm.example"]),
        plan(&["--allow", "everything"]),
        plan(&["--without", "apis"]),
        plan(&["--name-template", "{nmae}"]),
        plan(&["--keys", "lost"]),
        plan(&["-f", "absent.yaml"]),
        plan(&["--target-service", "contoso"]),
    ] {
        let output = env.run(&args).exits(2).says("error: ");
        assert_eq!(output.stdout, "", "{args:?}: {output}");
    }
}

#[test]
fn what_would_be_ignored_is_refused() {
    let env = Env::new();
    env.write("s.json", "{}");
    let from = ["plan", "--workspace", "w", "--all", "--from", "s.json"];
    for more in [
        &["--service", SERVICE][..],
        &["-n", "other"],
        &["--auth", "cli"],
        &["--read-version", "2024-05-01"],
    ] {
        let output = env.run(&[&from[..], more].concat());
        output.exits(2).says("cannot be used with");
    }
    let env = env.with("APIM_MIGRATE_ARM_ENDPOINT", "http://127.0.0.1:1");
    let list = ["list", "apis", "--service", SERVICE, "--cloud", "china"];
    let output = env.run(&list).exits(2);
    output.says("`--cloud` and the variable APIM_MIGRATE_ARM_ENDPOINT");
}

#[test]
fn arguments_are_judged_before_anything_is_sent() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    for more in [
        &["--all", "--allow", "everything"][..],
        &["--all", "--without", "apis"],
        &["--all", "--path-template", "{nmae}"],
        &[],
    ] {
        let args = [&["plan", "--workspace", "billing"], more].concat();
        env.run(&args).exits(2).says("help: ");
    }
    let (_, log) = sandbox.ask("GET", "/_sandbox/log", None);
    let asked: Vec<_> = (log.as_array().unwrap().iter())
        .filter(|l| !l["path"].as_str().unwrap().starts_with("/_sandbox"))
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
    assert!(!env.path("plans").exists());
}

#[test]
fn the_service_can_be_named_in_parts_and_by_variables() {
    let sandbox = Sandbox::contoso();
    let connected = Env::connected(&sandbox);
    let by_variables = connected.run(&["list", "apis"]).exits(0).says("orders-v2");

    let id: Vec<&str> = sandbox.service.split('/').collect();
    let parts = ["--subscription", id[2], "-g", id[4], "-n", id[8]];
    let endpoint = ["--arm-endpoint", &sandbox.url];
    let args = [&["list", "apis"], &parts[..], &endpoint[..]].concat();
    let by_parts = Env::new().run(&args).exits(0);
    assert_eq!(by_parts.stdout, by_variables.stdout);

    // The id wins over variables that name another service.
    let wrong = connected.with("APIM_SERVICE_NAME", "elsewhere");
    let by_id = wrong.run(&["list", "apis", "--service", &sandbox.service]);
    assert_eq!(by_id.exits(0).stdout, by_variables.stdout);
    wrong.run(&["list", "apis"]).exits(1).says("elsewhere");

    let missing = Env::new().run(&["list", "apis", "-g", "g"]).exits(2);
    missing
        .says("--subscription (or AZURE_SUBSCRIPTION_ID)")
        .says("--service-name (or APIM_SERVICE_NAME)")
        .omits("--resource-group (");
}

#[test]
fn the_token_of_the_environment_wins() {
    let sandbox = Sandbox::start(&["--token", "open-sesame"]);
    let env = Env::connected(&sandbox);
    let args = ["list", "apis", "--auth", "cli"];
    env.run(&args).exits(1).says("401").omits("test-token");
    let env = env.with("APIM_MIGRATE_TOKEN", "open-sesame");
    env.run(&args).exits(0).says("orders-v2");
    let env = env.with("APIM_MIGRATE_TOKEN", "Bearer open-sesame");
    env.run(&args)
        .exits(2)
        .says("APIM_MIGRATE_TOKEN")
        .omits("sesame");
}

#[test]
fn completions_need_no_service_and_know_every_command() {
    let env = Env::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = env.run(&["completions", shell]).exits(0).stdout;
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn flags_may_be_variables() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox)
        .with("APIM_MIGRATE_WORKSPACE", "billing")
        .with("APIM_MIGRATE_API", "orders-v1,invoices")
        .with("APIM_MIGRATE_PLAN_OUT", "here")
        .with("APIM_MIGRATE_JSON", "true");
    let planned = env.run(&["plan"]).exits(0).json();
    assert_eq!(planned["folder"], "here");
    assert_eq!(planned["apis"].as_array().unwrap().len(), 2);
    env.run(&["show", "here"]).exits(0).json();
    // The variable is for `show` as well, and would write a file.
    assert!(
        !env.with("APIM_MIGRATE_CONCURRENCY", "x")
            .run(&["apply", "here"])
            .exits(2)
            .json()["error"]
            .is_null()
    );
}

#[test]
fn topics_are_explained() {
    let env = Env::new();
    let said = env.run(&["help", "environment"]).exits(0);
    said.says("APIM_MIGRATE_TOKEN\n")
        .says("APIM_MIGRATE_CONCURRENCY")
        .says("--concurrency of ");
    let said = env.run(&["help", "exit-codes"]).exits(0);
    said.says("  6  refused").says("goes on where it stopped");
    env.run(&["help", "words"]).exits(0).says("  tidy\n");
    let said = env.run(&["help", "workspace", "grant"]).exits(0);
    assert_eq!(
        said.stdout,
        env.run(&["workspace", "grant", "--help"]).stdout
    );
    assert_eq!(env.run(&["help"]).stdout, env.run(&["--help"]).stdout);
    env.run(&["help", "exit-code"])
        .exits(2)
        .says("did you mean `exit-codes`?");
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let env = Env::new();
    env.run(&["man", "man1"]).exits(0);
    for page in [
        "apim-migrate",
        "apim-migrate-plan",
        "apim-migrate-workspace-grant",
    ] {
        assert!(
            env.read(&format!("man1/{page}.1")).contains(".SH"),
            "{page}"
        );
    }
}
