//! Help, usage errors and the exit codes that go with them.

use crate::common::Env;

#[test]
fn help_and_version_go_to_stdout_and_succeed() {
    let env = Env::new();
    let help = env.run(&["--help"]).exits(0).says("Usage: apim-migrate");
    assert_eq!(help.stderr, "", "{help}");
    env.run(&["--version"]).exits(0).says("apim-migrate 0.1.0");
}

#[test]
fn wrong_usage_exits_with_2_and_leaves_stdout_alone() {
    let env = Env::new();
    for args in [
        &["frobnicate"][..],
        &["sandbox", "--port", "seventy"],
        &["sandbox", "--faults", "gremlins:1"],
        &["sandbox", "--faults", "internal"],
        &["sandbox", "--switch", "nonsense=1"],
        &["sandbox", "--page-size", "0"],
        &["sandbox", "--seed", "absent.json"],
        &["completions", "tcl"],
        &["--log-file", "absent/x", "completions", "bash"],
        &["-q", "-v", "completions", "bash"],
    ] {
        let output = env.run(args).exits(2).says("error: ");
        assert_eq!(output.stdout, "", "{args:?}: {output}");
    }
}

#[test]
fn completions_need_no_service_and_know_every_command() {
    let env = Env::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        env.run(&["completions", shell]).exits(0).says("sandbox");
    }
}
