//! Azure's own clients against the sandbox, each in its own way: where its
//! language and its registry are at hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{Output, Sandbox};

/// Root of what is kept from one run to the next.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target");

/// The folder `name` with a package installed, which is done once. Otherwise
/// what stood in the way.
fn installed(
    name: &str,
    package: &str,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let dir = Path::new(KEPT).join(name);
    let complete = dir.join("complete");
    if !fs::read_to_string(&complete).is_ok_and(|there| there == package) {
        fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        install(&dir)?;
        fs::write(complete, package).map_err(|e| e.to_string())?;
    }
    Ok(dir)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output =
        (command.stdin(Stdio::null()).output()).map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", said.trim()))
}

/// A command that is given two minutes.
fn timed(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg("120").arg(program);
    command
}

fn python() -> Result<Command, String> {
    const PACKAGE: &str = "azure-mgmt-apimanagement==5.0.0";
    let dir = installed("sdk-venv", PACKAGE, |dir| {
        run(Command::new("python3").args(["-m", "venv"]).arg(dir))?;
        run(timed(dir.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", PACKAGE])
            .args(["--timeout", "10", "--retries", "1"]))
    })?;
    let mut command = timed(dir.join("bin/python"));
    command.arg(script("drive.py"));
    Ok(command)
}

fn node() -> Result<Command, String> {
    const PACKAGE: &str = "@azure/arm-apimanagement@10.0.0";
    let dir = installed("sdk-npm", PACKAGE, |dir| {
        run(Command::new("node").arg("--version"))?;
        run(timed("npm")
            .args(["install", "--silent", "--ignore-scripts", "--prefix"])
            .arg(dir)
            .args(["--no-audit", "--no-fund", "--no-update-notifier"])
            .args(["--fetch-timeout", "10000", "--fetch-retries", "1"])
            .arg(PACKAGE))
    })?;
    let mut command = timed("node");
    command.arg(script("drive.js")).arg(dir);
    Ok(command)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/services/sdk")
        .join(name)
}

/// How long-running requests are answered: as recorded, and otherwise.
const WAYS: &[&[&str]] = &[
    &[],
    &["async-create=true", "async-shape=old"],
    &[
        "async-create=true",
        "async-body=whole",
        "poll-document=whole",
        "poll-url=tenant",
    ],
];

/// Lets a client drive a sandbox for each way.
#[track_caller]
fn drives(client: fn() -> Result<Command, String>) {
    for way in WAYS {
        let mut command = match client() {
            Ok(command) => command,
            Err(reason) => {
                println!("skipped: the client can't be installed: {reason}");
                return;
            }
        };
        let mut args = vec!["--page-size", "3", "--switch", "linger-ms=0"];
        for switch in *way {
            args.extend(["--switch", switch]);
        }
        let sandbox = Sandbox::start(&args);
        command.args([&sandbox.url, &sandbox.service]);
        command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        let output = Output::of(command.output().unwrap());
        assert_eq!(output.code, 0, "{way:?}\n{output}");
    }
}

#[test]
fn the_official_client_for_python_can_use_the_sandbox() {
    drives(python);
}

#[test]
fn the_official_client_for_node_can_use_the_sandbox() {
    drives(node);
}
