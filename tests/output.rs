//! What goes to which stream, in which form.

use std::process::Stdio;

use crate::common::{Env, Output};

#[test]
fn an_error_is_one_json_document_when_json_is_asked_for() {
    let env = Env::new();
    for args in [
        &["--output", "json", "frobnicate"][..],
        &["sandbox", "--switch", "nonsense=1", "--output=json"],
    ] {
        let output = env.run(args).exits(2);
        let json = output.json();
        assert_eq!(json["error"]["exit"], 2, "{output}");
        assert!(json["error"]["message"].is_string(), "{output}");
        assert!(output.stderr.starts_with("error: "), "{output}");
    }
}

#[test]
fn colours_follow_the_flag() {
    let env = Env::new();
    let wrong = ["sandbox", "--switch", "nonsense=1"];
    let run = |color: &str| {
        env.run(&[&wrong[..], &["--color", color]].concat())
            .exits(2)
    };
    assert!(run("always").stderr.contains('\u{1b}'));
    assert!(!run("never").stderr.contains('\u{1b}'));
    assert!(!run("auto").stderr.contains('\u{1b}'));
    let usage = env.run(&["--color", "always", "frobnicate"]).exits(2);
    assert!(usage.stderr.contains('\u{1b}'), "{usage}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_no_failure() {
    let env = Env::new();
    let mut child = (env.command(&["completions", "zsh"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = Output::of(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(output.stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let env = Env::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let child = (env.command(&["completions", "zsh"]))
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Output::of(child.wait_with_output().unwrap())
        .exits(1)
        .says("could not write the result");
}
