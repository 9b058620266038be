//! What `plan` asks on a terminal, answered through one: `script` gives the
//! program a terminal whose keys are this test's.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::{Env, Output, Sandbox, program};

/// Keys, each after a short wait: the program has to be there to take them. None
/// where there is no `script`, or another one than that of util-linux.
fn typed(env: &Env, args: &str, keys: &[&str]) -> Option<Output> {
    let known = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&known.stdout).contains("util-linux") {
        return None;
    }
    let mut command = Command::new("script");
    let line = format!("{} {args}", program().display());
    let mut child = command
        .args(["-qefc", &line, "/dev/null"])
        .current_dir(env.dir())
        .env_clear()
        .envs(
            env.command(&[])
                .get_envs()
                .filter_map(|(k, v)| Some((k, v?))),
        )
        .env("PATH", std::env::var_os("PATH")?)
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    for key in keys {
        std::thread::sleep(Duration::from_millis(700));
        // The program may have ended.
        let _ = input.write_all(key.as_bytes());
        let _ = input.flush();
    }
    drop(input);
    Some(Output::in_time(child))
}

fn unnamed(sandbox: &Sandbox) -> Env {
    Env::new()
        .with("APIM_MIGRATE_ARM_ENDPOINT", &sandbox.url)
        .with("APIM_MIGRATE_TOKEN", "test-token")
}

#[test]
fn a_plan_is_asked_for_shown_and_kept_as_a_file() {
    let sandbox = Sandbox::contoso();
    let env = unnamed(&sandbox);
    // The only service is taken; the first workspace; two of the found APIs.
    let keys = ["\r", "tag:finance", " ", "\r", "y\r", "y\r"];
    let Some(told) = typed(&env, "plan -o p", &keys) else {
        println!("skipped: the `script` of util-linux is absent");
        return;
    };
    let told = told.exits(0);
    for words in [
        "Into which workspace?",
        "Which APIs?",
        "1 of ",
        "Write the plan?",
        "the same again: apim-migrate plan -f migration.yaml",
        "apim-migrate apply p",
    ] {
        assert!(told.stdout.contains(words), "{words}: {told}");
    }
    let plan = env.read("p/plan.yaml");
    assert!(plan.contains("invoices"), "{plan}");
    let file = env.read("migration.yaml");
    assert!(file.contains("workspace: billing"), "{file}");
    // The file says the same: nothing is asked, nothing has changed.
    (env.run(&["plan", "-f", "migration.yaml"]).exits(0)).says("no changes");
}

#[test]
fn a_new_workspace_is_named_and_no_is_an_answer() {
    let sandbox = Sandbox::contoso();
    let env = unnamed(&sandbox);
    let keys = ["a new", "\r", "sales\r", "Sales\r", "n\r"];
    let Some(told) = typed(&env, "plan --api invoices -o p", &keys) else {
        println!("skipped: the `script` of util-linux is absent");
        return;
    };
    let told = told.exits(1);
    assert!(told.stdout.contains("into workspace sales"), "{told}");
    assert!(told.stdout.contains("nothing was done"), "{told}");
    assert!(!env.path("p").exists());
    let told = typed(&env, "plan --api invoices -o p", &["\u{1b}"]).unwrap();
    assert!(told.exits(1).stdout.contains("a question was left open"));
}

#[test]
fn a_service_that_is_named_in_part_is_asked_for() {
    let sandbox = Sandbox::contoso();
    let env = unnamed(&sandbox);
    let args = "plan --subscription 00000000-0000-0000-0000-000000000001 -n contoso \
                --workspace billing --api invoices -o p --save 'my file.yaml' --policy-index never";
    // The file that was asked for comes with the plan, not before.
    let Some(told) = typed(&env, args, &["n\r"]) else {
        println!("skipped: there is no `script`");
        return;
    };
    told.exits(1);
    assert!(!env.path("my file.yaml").exists());
    let told = typed(&env, args, &["y\r"]).unwrap().exits(0);
    let again = r#"the same again: apim-migrate plan -f "my file.yaml" --policy-index never"#;
    assert!(told.stdout.contains(again), "{told}");
    let again = ["plan", "-f", "my file.yaml"];
    env.run(&again).exits(0).says("no changes");
}

#[test]
fn apis_that_nobody_selected_are_asked_about_once() {
    let env = Env::new();
    crate::planning::along::snapshot(&env);
    let args = "plan --from s.json --workspace billing --api invoices -o p --save m.yaml";
    let Some(told) = typed(&env, args, &["n\r"]) else {
        println!("skipped: there is no `script`");
        return;
    };
    let told = told.exits(1);
    for words in [
        "/apis/orders comes along: `/products/gold/policies/policy` names it",
        "comes with `/products/gold`",
        "Write the plan with 2 APIs not selected?",
    ] {
        assert!(told.stdout.contains(words), "{words}: {told}");
    }
    assert!(!env.path("p").exists() && !env.path("m.yaml").exists());
    typed(&env, args, &["y\r"]).unwrap().exits(0);
    assert!(env.path("p/plan.yaml").exists() && env.path("m.yaml").exists());
    // They were agreed to; one more is asked about, unless nothing is to be asked.
    let again = typed(&env, args, &[]).unwrap().exits(0);
    assert!(!again.stdout.contains("not selected?"), "{again}");
    let without_asking = args.replace("-o p", "-o q --yes");
    typed(&env, &without_asking, &[]).unwrap().exits(0);
    // Nobody is there to be asked: a finding, and the plan.
    env.run(&args.replace("-o p", "-o r").split(' ').collect::<Vec<_>>())
        .exits(0)
        .says("2 come along");
}
