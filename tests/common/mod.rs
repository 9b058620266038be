//! An environment for tests: a fresh home, a cleared environment, and a
//! sandbox that ends with the test.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each file of tests uses its own part of what is open to all of them"
)]

pub mod browser;
pub mod migration;
pub mod page;
pub mod schema;
pub mod service;

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The program that was built for the tests.
pub fn program() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("apim-migrate")
}

/// The path that a shell of a test has, behind what is the test's own.
pub const TOOLS: &str = "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin";

/// Whether a shell of a test finds these tools; says which it lacks.
pub fn has(tools: &[&str]) -> bool {
    let is_there = |tool: &&&str| {
        let mut shell = Command::new("bash");
        let shell = shell.args(["-c", "command -v \"$0\""]).arg(tool);
        let found = shell.env("PATH", TOOLS).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    };
    let absent = tools.iter().find(|tool| !is_there(tool));
    if let Some(tool) = absent {
        println!("skipped: `{tool}` is absent");
    }
    absent.is_none()
}

/// An answer as it goes over the wire, after which the connection ends.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

/// A server that gives every request the same answer. `BASE` is its own URL.
pub fn saying(status: &str, headers: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.replace("BASE", &url);
    let answer = answer(status, headers, &body);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

/// A home of its own, and a working directory.
pub struct Env {
    dir: TempDir,
    vars: Vec<(String, String)>,
}

impl Env {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            vars: Vec::new(),
        }
    }

    /// One that is connected to a sandbox by environment variables.
    pub fn connected(sandbox: &Sandbox) -> Self {
        let id: Vec<&str> = sandbox.service.split('/').collect();
        Self::new()
            .with("APIM_MIGRATE_ARM_ENDPOINT", &sandbox.url)
            .with("APIM_MIGRATE_TOKEN", "test-token")
            .with("AZURE_SUBSCRIPTION_ID", id[2])
            .with("AZURE_RESOURCE_GROUP", id[4])
            .with("APIM_SERVICE_NAME", id[8])
    }

    /// Sets a variable for every program that is run.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.vars.retain(|(known, _)| known != name);
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The working directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path below the working directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program, ready to be started with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(args)
            .current_dir(self.dir())
            .env_clear()
            .env("HOME", self.dir())
            .env("PATH", "/nonexistent")
            .env("COLUMNS", "100")
            .envs(self.vars.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        Output::of(self.command(args).output().unwrap())
    }

    /// Runs the program with text on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        let mut child = (self.command(args).stdin(Stdio::piped()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end without having read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Output::of(child.wait_with_output().unwrap())
    }
}

/// What a program said and how it ended; displayed as one text.
#[derive(Clone)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    pub fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a program comes to that is given a minute: by then it hangs.
    #[track_caller]
    pub fn in_time(child: Child) -> Self {
        let pid = child.id().to_string();
        let (ended, wait) = std::sync::mpsc::channel::<()>();
        let watch = std::thread::spawn(move || {
            let hangs =
                wait.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout);
            if hangs {
                // It may have ended just now.
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
            }
            hangs
        });
        let output = Self::of(child.wait_with_output().unwrap());
        drop(ended);
        assert!(!watch.join().unwrap(), "it hangs\n{output}");
        output
    }

    /// Asserts how it ended.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Asserts that standard output or standard error holds a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(said, "`{text}` is not in\n{self}");
        self
    }

    /// Asserts that neither holds a text.
    #[track_caller]
    pub fn omits(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!said, "`{text}` is in\n{self}");
        self
    }

    /// The one JSON document on standard output, which is as its schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value = serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}\n{self}"));
        schema::check(&value);
        value
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit: {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// The program's sandbox as a process of its own; it ends with the test.
pub struct Sandbox {
    child: Child,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The first service's ARM id.
    pub service: String,
}

impl Sandbox {
    /// The Contoso sample.
    pub fn contoso() -> Self {
        Self::start(&[])
    }

    /// With further arguments, such as `--seed FILE`.
    pub fn start(args: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["sandbox", "--port", "0", "-q"])
            .args(args)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut field = |name: &str| {
            let line = lines.next().and_then(Result::ok).unwrap_or_default();
            let value = line.strip_prefix(name).map(str::to_owned);
            value.unwrap_or_else(|| panic!("`{line}` does not begin with `{name}`"))
        };
        let (url, service) = (field("url: "), field("service: "));
        Self {
            child,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            client: (reqwest::Client::builder().no_proxy())
                .tls_certs_only([])
                .build()
                .unwrap(),
            url,
            service,
        }
    }

    /// The process, for signals.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the process to end.
    pub fn wait(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Asks the sandbox something: method, path with query; returns status and body.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.asked(method, path, body).unwrap()
    }

    /// The same where faults may meet the request: the status, if any came.
    pub fn try_ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<u16> {
        self.asked(method, path, body)
            .ok()
            .map(|(status, _)| status)
    }

    /// Deletes something, whatever its ETag, where faults may meet the request.
    pub fn try_delete(&self, path: &str) -> Option<u16> {
        self.asked("DELETE", path, None)
            .ok()
            .map(|(status, _)| status)
    }

    fn asked(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<(u16, Value)> {
        self.runtime.block_on(async {
            let mut request = self
                .client
                .request(method.parse().unwrap(), format!("{}{path}", self.url))
                .bearer_auth("test-token");
            if let Some(body) = body {
                request = request.json(body);
            }
            if matches!(method, "DELETE" | "PATCH") {
                request = request.header("if-match", "*");
            }
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            let text = answer.text().await?;
            Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
        })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
