//! Azure's own client for Python against the sandbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{Output, Sandbox};

const PACKAGE: &str = "azure-mgmt-apimanagement==5.0.0";

/// The interpreter of a virtual environment that has the client, which is made
/// once. Otherwise what stood in the way.
fn interpreter() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let dir = root.join("sdk-venv");
    let (python, complete) = (dir.join("bin/python"), dir.join("complete"));
    if fs::read_to_string(&complete).is_ok_and(|package| package == PACKAGE) {
        return Ok(python);
    }
    fs::create_dir_all(&root).map_err(|e| e.to_string())?;
    run(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
    let limits = ["--timeout", "10", "--retries", "1"];
    run(Command::new("timeout")
        .arg("120")
        .arg(&python)
        .args(["-m", "pip", "install", "--quiet", PACKAGE])
        .args(limits))?;
    fs::write(complete, PACKAGE).map_err(|e| e.to_string())?;
    Ok(python)
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

#[test]
fn the_official_client_can_use_the_sandbox_in_both_shapes() {
    let python = match interpreter() {
        Ok(python) => python,
        Err(reason) => {
            println!("skipped: the client can't be installed: {reason}");
            return;
        }
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/drive.py");
    for shape in ["async-shape=old", "async-shape=new"] {
        let mut args = vec!["--page-size", "3"];
        for switch in [shape, "async-create=true", "linger-ms=0"] {
            args.extend(["--switch", switch]);
        }
        let sandbox = Sandbox::start(&args);
        let mut command = Command::new("timeout");
        command.arg("120").arg(&python).arg(&script);
        command.args([&sandbox.url, &sandbox.service]);
        command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        let output = Output::of(command.output().unwrap());
        assert_eq!(output.code, 0, "{shape}\n{output}");
    }
}
