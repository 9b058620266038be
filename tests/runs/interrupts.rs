//! What a second interrupt does.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Output;
use crate::common::migration::Migration;

/// Sends a signal.
fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn interrupted_twice_it_ends_at_once_and_can_be_continued() {
    // Writes that take a minute: only the second interrupt ends them in time.
    let m = Migration::contoso(&["--switch", "write-ms=60000"]);
    m.plan(&["loyalty"], &[]).exits(0);
    let child = (m
        .env
        .command(&["apply", "p", "--yes", "--json", "--progress", "json"]))
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let began = Instant::now();
    while m.count("PUT") == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "nothing is written"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    for name in ["INT", "INT"] {
        signal(child.id(), name);
        std::thread::sleep(Duration::from_millis(300));
    }
    let output = Output::in_time(child).exits(4);
    assert_eq!(output.json()["error"]["exit"], 4, "{output}");
    let stopping = output.stderr.matches(r#""event":"stopping""#).count();
    assert_eq!(stopping, 1, "{output}");
    assert!(began.elapsed() < Duration::from_secs(30), "{output}");
    m.env
        .run(&["status", "p"])
        .exits(0)
        .says("begun, without an outcome");
}
