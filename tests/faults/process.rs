//! One run of the program, and what befalls it.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::schedule::{Act, Moment};
use crate::common::migration::Migration;
use crate::common::{Output, program};

/// The longest that a run may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// Nobody: a user without rights, for what root is never refused.
const NOBODY: u32 = 65534;

/// How a run ended.
pub(crate) struct Ended {
    /// None when it was killed.
    pub code: Option<i32>,
    pub output: Output,
    /// Whether what was to befall it did.
    pub befell: bool,
}

/// Runs the program to its end while something befalls it.
pub(crate) fn run(m: &Migration, args: &[&str], act: Option<Act>) -> Result<Ended, String> {
    match act {
        None => finish(m, start(m, command(m, args))?, true),
        Some(Act::Kill(write, moment)) => at_write(m, args, write, moment, &["KILL"]),
        Some(Act::Terminate(write)) => at_write(m, args, write, Moment::After, &["TERM"]),
        Some(Act::Interrupt(write)) => at_write(m, args, write, Moment::After, &["INT"]),
        Some(Act::InterruptTwice(write)) => {
            at_write(m, args, write, Moment::Before, &["INT", "INT"])
        }
        Some(Act::DiskFull(blocks)) => {
            let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
            let plain = command(m, args);
            let mut limited = Command::new("/bin/sh");
            limited.args(["-c", &script]).arg(program()).args(args);
            inherit(&mut limited, &plain, m);
            let ended = finish(m, start(m, limited)?, true)?;
            let befell = ended.code != Some(0);
            Ok(Ended { befell, ..ended })
        }
        Some(Act::ReadOnly) => read_only(m, args),
        Some(Act::Clock) => {
            let mut command = command(m, args);
            let shim = clock();
            if let Some(shim) = shim {
                command.env("LD_PRELOAD", shim);
            }
            finish(m, start(m, command)?, shim.is_some())
        }
        Some(Act::TornTail(bytes)) => {
            let befell = tear(&journal(m), bytes);
            finish(m, start(m, command(m, args))?, befell)
        }
        Some(Act::LostJournal) => {
            let befell = std::fs::remove_file(journal(m)).is_ok();
            finish(m, start(m, command(m, args))?, befell)
        }
    }
}

pub(crate) fn journal(m: &Migration) -> PathBuf {
    m.env.path("p/journal.jsonl")
}

fn command(m: &Migration, args: &[&str]) -> Command {
    m.env.command(args)
}

/// Gives a command the environment and working directory of another one.
fn inherit(command: &mut Command, other: &Command, m: &Migration) {
    command
        .env_clear()
        .current_dir(m.env.dir())
        .stdin(Stdio::null());
    for (name, value) in other.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
}

/// Output goes to files: a pipe that nobody empties would hold the program.
fn start(m: &Migration, mut command: Command) -> Result<Child, String> {
    let file = |name| File::create(m.env.path(name)).map_err(|e| format!("{name}: {e}"));
    let child = command.stdout(file("out.txt")?).stderr(file("err.txt")?);
    child.spawn().map_err(|e| format!("can't start: {e}"))
}

fn finish(m: &Migration, mut child: Child, befell: bool) -> Result<Ended, String> {
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it hangs\n{}", m.env.read("err.txt")));
            }
            None => std::thread::sleep(Duration::from_millis(4)),
        }
    };
    Ok(Ended {
        code: status.code(),
        output: Output {
            code: status.code().unwrap_or(-1),
            stdout: m.env.read("out.txt"),
            stderr: m.env.read("err.txt"),
        },
        befell,
    })
}

/// Sends signals when the service holds this write; a program that needs fewer
/// writes ends undisturbed.
fn at_write(
    m: &Migration,
    args: &[&str],
    write: u64,
    moment: Moment,
    signals: &[&str],
) -> Result<Ended, String> {
    // It has to end although nothing that it waits for comes.
    let at_once = signals.len() > 1 || signals == ["KILL"];
    held_at(m, args, write, moment, at_once, |child| {
        for signal in signals {
            send(child.id(), signal)?;
            std::thread::sleep(Duration::from_millis(40));
        }
        Ok(())
    })
}

/// Does something when this write is carried out, and its answer is held.
pub(crate) fn meanwhile(
    m: &Migration,
    args: &[&str],
    write: u64,
    does: impl FnOnce(),
) -> Result<Ended, String> {
    held_at(m, args, write, Moment::After, false, |_| {
        does();
        Ok(())
    })
}

fn held_at(
    m: &Migration,
    args: &[&str],
    write: u64,
    moment: Moment,
    at_once: bool,
    befalls: impl FnOnce(&Child) -> Result<(), String>,
) -> Result<Ended, String> {
    let hold = format!("/_sandbox/hold?write={write}&moment={}", moment.as_str());
    m.sandbox.ask("PUT", &hold, None);
    let mut child = start(m, command(m, args))?;
    let began = Instant::now();
    let mut befell = false;
    while child.try_wait().map_err(|e| e.to_string())?.is_none() && began.elapsed() < PATIENCE {
        let (_, gate) = m.sandbox.ask("GET", "/_sandbox/hold", None);
        if gate["held"].as_u64() > Some(0) {
            befell = true;
            befalls(&child)?;
            break;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    if at_once && befell {
        let ended = finish(m, child, befell);
        m.sandbox.ask("DELETE", "/_sandbox/hold", None);
        return ended;
    }
    m.sandbox.ask("DELETE", "/_sandbox/hold", None);
    finish(m, child, befell)
}

fn send(pid: u32, signal: &str) -> Result<(), String> {
    let sent = Command::new("kill")
        .args(["-s", signal, &pid.to_string()])
        .status();
    match sent {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("could not send {signal}: {other:?}")),
    }
}

/// Cuts bytes off the journal's last line, as a crash in mid-write does.
pub(crate) fn tear(path: &Path, bytes: u64) -> bool {
    let Ok(text) = std::fs::read(path) else {
        return false;
    };
    let end = text.len().saturating_sub(1);
    let start = text[..end]
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |at| at + 1);
    let keep = (text.len() as u64)
        .saturating_sub(bytes)
        .max(start as u64 + 1);
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.set_len(keep)).is_ok()
}

/// Runs it with a journal that it may read and not write.
fn read_only(m: &Migration, args: &[&str]) -> Result<Ended, String> {
    let journal = journal(m);
    if !journal.exists() {
        return finish(m, start(m, command(m, args))?, false);
    }
    let mode = |bits| std::fs::set_permissions(&journal, Permissions::from_mode(bits));
    mode(0o444).map_err(|e| e.to_string())?;
    let mut command = command(m, args);
    let mut befell = true;
    if OpenOptions::new().append(true).open(&journal).is_ok() {
        befell = nobody_can_run();
        if befell {
            give(m.env.dir(), NOBODY)?;
            command.uid(NOBODY);
        }
    }
    let ended = start(m, command).and_then(|child| finish(m, child, befell));
    mode(0o644).map_err(|e| e.to_string())?;
    ended
}

/// Hands a folder and all that is in it to a user.
fn give(path: &Path, user: u32) -> Result<(), String> {
    chown(path, Some(user), None).map_err(|e| e.to_string())?;
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| e.to_string())?;
        for entry in entries {
            give(&entry.map_err(|e| e.to_string())?.path(), user)?;
        }
    }
    Ok(())
}

/// Whether a user without rights can start the program where it stands.
fn nobody_can_run() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let mut command = Command::new(program());
        let quiet = command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let ran = quiet.uid(NOBODY).status();
        ran.is_ok_and(|status| status.success())
    })
}

/// The library that makes a clock jump, built once; none without a C compiler.
fn clock() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let shim = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().ok()?;
        let (source, library) = (
            folder.path().join("clock.c"),
            folder.path().join("clock.so"),
        );
        std::fs::write(&source, include_str!("clock.c")).ok()?;
        let built = (Command::new("cc").args(["-shared", "-fPIC", "-o"]))
            .args([&library, &source])
            .status();
        built
            .is_ok_and(|s| s.success())
            .then_some((folder, library))
    });
    shim.as_ref().map(|(_, library)| library.as_path())
}
