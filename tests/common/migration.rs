//! A migration from the command line, and what came of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Env, Output, Sandbox};

/// APIs of Contoso that nothing stands in the way of.
pub const CLEAN: &[&str] = &["orders-v1", "orders-v2", "invoices", "catalog", "inventory"];

/// A sandbox, an environment connected to it, and the plan `p`.
pub struct Migration {
    pub sandbox: Sandbox,
    pub env: Env,
    pub workspace: &'static str,
}

impl Migration {
    pub fn contoso(args: &[&str]) -> Self {
        Self::on(Sandbox::start(args), "billing")
    }

    pub fn on(sandbox: Sandbox, workspace: &'static str) -> Self {
        let env = Env::connected(&sandbox);
        Self {
            sandbox,
            env,
            workspace,
        }
    }

    /// Plans these APIs into the folder `p`.
    pub fn plan(&self, apis: &[&str], more: &[&str]) -> Output {
        let mut args = vec!["plan", "--workspace", self.workspace, "-o", "p"];
        for api in apis {
            args.extend(["--api", api]);
        }
        args.extend(more);
        self.env.run(&args)
    }

    pub fn apply(&self, more: &[&str]) -> Output {
        let mut args = vec!["apply", "p", "--yes"];
        args.extend(more);
        self.env.run(&args)
    }

    /// Starts `apply` and sends it a signal once that many PUTs have come;
    /// returns its exit code, -1 when the signal ended it.
    pub fn interrupted(&self, after: usize, signal: &str) -> i32 {
        let mut child = (self.env.command(&["apply", "p", "--yes"]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while self.count("PUT") < after && began.elapsed() < Duration::from_secs(60) {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success() || child.try_wait().unwrap().is_some());
        child.wait().unwrap().code().unwrap_or(-1)
    }

    pub fn verify(&self) -> Output {
        self.env.run(&["verify", "p"])
    }

    /// The sandbox's own record of requests: method and path.
    pub fn log(&self) -> Vec<(String, String)> {
        let (_, log) = self.sandbox.ask("GET", "/_sandbox/log", None);
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let lines = log.as_array().unwrap().iter();
        lines
            .map(|l| (text(&l["method"]), text(&l["path"])))
            .collect()
    }

    pub fn forget_log(&self) {
        self.sandbox.ask("DELETE", "/_sandbox/log", None);
    }

    /// How many requests of a method there were.
    pub fn count(&self, method: &str) -> usize {
        self.log().iter().filter(|(m, _)| m == method).count()
    }

    /// The whole store, by path in lower case.
    pub fn dump(&self) -> BTreeMap<String, Value> {
        dump(&self.sandbox)
    }

    /// What stands in the workspace, but for names and keys that the service
    /// mints.
    pub fn state(&self) -> BTreeMap<String, Value> {
        let prefix = format!("/workspaces/{}/", self.workspace);
        let mut state = self.dump();
        state.retain(|path, _| path.starts_with(&prefix) && !is_minted(path));
        for value in state.values_mut() {
            if let Some(map) = value.as_object_mut() {
                map.retain(|name, _| !MINTED.contains(&name.as_str()));
            }
        }
        state
    }
}

const MINTED: &[&str] = &[
    "primaryKey",
    "secondaryKey",
    "createdDate",
    "startDate",
    "createdDateTime",
    "updatedDateTime",
];

/// Whether the last segment is 24 hex digits: a name of the service's making.
fn is_minted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    name.len() == 24 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

pub fn dump(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let (_, dump) = sandbox.ask("GET", "/_sandbox/dump", None);
    let resources = dump["resources"].as_array().unwrap().iter();
    let path = |r: &Value| r["path"].as_str().unwrap().to_lowercase();
    resources
        .map(|r| (path(r), r["properties"].clone()))
        .collect()
}

/// All files below a folder, as text, but for what is of this machine alone.
pub fn files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".remembered") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.push((name, text));
            }
        }
    }
    found.sort();
    found
}
