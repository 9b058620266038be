//! The guide, followed as its readers would: what it has them type is run, in
//! order, and what it shows is what comes of it.
//!
//! A comment above a fence says how: `elsewhere` where a reader needs what a test
//! has not, `interrupted` where they press Ctrl-C, `exits N`, `file: NAME` for
//! what is to be written to a file; and of what is shown, `first N lines` or
//! `only the last line`. `UPDATE_DOCS=1` writes anew what is shown.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::migration::Migration;
use crate::common::page::{Block, blocks, calls};
use crate::common::{Env, Output, Sandbox, TOOLS, has, program};

/// The port of the sandbox in the guide.
const PORT: &str = "8081";

/// A shell in which nobody has to be asked, and nothing is said of how far it is.
const SHELL: &str = r#"exec 2>&1
apim-migrate() {
  case "$1 $*" in
    *--dry-run*) ;;
    apply*|rollback*) set -- "$@" --yes ;;
  esac
  command apim-migrate --no-progress "$@"
}
"#;

struct Walk {
    m: Migration,
    port: String,
    /// What was exported so far: each block has a shell of its own.
    exported: String,
}

impl Walk {
    /// Begins with the sandbox that the page has its readers start.
    fn begin(page: &str) -> Self {
        let blocks = blocks(page);
        let mut started = (blocks.iter()).flat_map(|b| calls(b.text, "apim-migrate"));
        let call = started.find(|c| c[1] == "sandbox").unwrap();
        assert_eq!(call[2..4], ["--port", PORT], "{call:?}");
        let more: Vec<&str> = call[4..].iter().map(String::as_str).collect();
        let sandbox = Sandbox::start(&more);
        let port = sandbox.url.rsplit(':').next().unwrap().to_owned();
        let env = Env::new();
        let workspace = "billing";
        Self {
            m: Migration {
                sandbox,
                env,
                workspace,
            },
            port,
            exported: String::new(),
        }
    }

    /// What a block says when it is run.
    fn run(&mut self, block: &Block) -> String {
        let text = block.text.replace(PORT, &self.port);
        let child = self.shell(&text).stdout(Stdio::piped()).spawn().unwrap();
        let exit = match block.note {
            "interrupted" => {
                let writes = self.m.count("PUT");
                let began = Instant::now();
                while self.m.count("PUT") < writes + 20 {
                    assert!(
                        began.elapsed() < Duration::from_secs(60),
                        "no writes: {text}"
                    );
                    std::thread::sleep(Duration::from_millis(5));
                }
                let group = format!("-{}", child.id());
                let sent = Command::new("kill").args(["-INT", "--", &group]).status();
                assert!(sent.unwrap().success());
                4
            }
            note => (note.strip_prefix("exits ")).map_or(0, |code| code.parse().unwrap()),
        };
        let said = Output::in_time(child).exits(exit);
        let exports = text.lines().filter(|line| line.starts_with("export "));
        self.exported
            .extend(exports.map(|line| format!("{line}\n")));
        said.stdout.replace(&self.port, PORT)
    }

    /// A shell with the program on its path, as a process group of its own.
    fn shell(&self, script: &str) -> Command {
        use std::os::unix::process::CommandExt as _;
        let own = program().parent().unwrap().display();
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("{SHELL}{}{script}", self.exported))
            .current_dir(self.m.env.dir())
            .env_clear()
            .env("HOME", self.m.env.dir())
            .env("PATH", format!("{own}:{TOOLS}"))
            .env("COLUMNS", "100")
            .process_group(0)
            .stdin(Stdio::null());
        command
    }
}

/// As much as the guide shows.
fn shown(said: &str, note: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let first = (note.strip_prefix("first ")).and_then(|n| n.strip_suffix(" lines"));
    match first.map(|n| n.parse::<usize>().unwrap()) {
        Some(count) if count < lines.len() => lines[..count].join("\n") + "\n…\n",
        _ => said.to_owned(),
    }
}

/// What is the same in every run: no times, no numbers of requests, no blanks.
fn settled(text: &str, note: &str) -> Vec<String> {
    let line = |line: &str| {
        let end = (line.find(" requests:")).and_then(|at| line[..at].rfind(", "));
        let words: Vec<&str> = line[..end.unwrap_or(line.len())]
            .split_whitespace()
            .collect();
        let word = |(at, word): (usize, &&str)| {
            let is_number = word.contains(|c: char| c.is_ascii_digit());
            let unit = words
                .get(at + 1)
                .map(|w| w.trim_end_matches([',', ';', ')']));
            let is_time = matches!(unit, Some("ms" | "s" | "minutes"));
            match is_number && (is_time || word.contains(['.', 'T'])) {
                true => "N".to_owned(),
                false => (*word).to_owned(),
            }
        };
        let settled: Vec<String> = words.iter().enumerate().map(word).collect();
        settled.join(" ")
    };
    let varies = ["  reads", "to come:", "rehearsed:"];
    let stays = |line: &&str| {
        !varies
            .iter()
            .any(|v| line.trim_start().starts_with(v.trim_start()))
    };
    let all: Vec<String> = text.lines().filter(stays).map(line).collect();
    match note {
        "only the last line" => all.into_iter().next_back().into_iter().collect(),
        _ => all,
    }
}

#[test]
fn the_guide_leads_from_a_workspace_to_a_verified_migration() {
    if !has(&["bash"]) {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md");
    let page = fs::read_to_string(path).unwrap();
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let (mut walk, mut said, mut anew) = (Walk::begin(&page), None, Vec::new());
    let mut commands = Vec::new();
    for block in blocks(&page) {
        let line = page[..block.start].lines().count();
        match block.language {
            "sh" if block.note.starts_with("elsewhere") => said = None,
            "sh" => {
                said = Some(walk.run(&block));
                let run = calls(block.text, "apim-migrate");
                commands.extend(run.iter().map(|call| call[1].clone()));
            }
            "text" => {
                let Some(said) = said.take().filter(|_| block.follows) else {
                    continue;
                };
                let said = shown(&said, block.note);
                let same = settled(&said, block.note) == settled(block.text, block.note);
                assert!(
                    same || update,
                    "docs/guide.md:{line} shows\n{}\nand it is\n{said}\nUPDATE_DOCS=1 writes it anew",
                    block.text
                );
                if !same {
                    anew.push((block.start..block.start + block.text.len(), said));
                }
            }
            _ => match block.note.strip_prefix("file: ") {
                Some(name) => drop(walk.m.env.write(name, block.text)),
                None => continue,
            },
        }
    }
    let mut page = page.clone();
    for (place, said) in anew.into_iter().rev() {
        page.replace_range(place, &said);
    }
    if update {
        fs::write(path, page).unwrap();
    }
    let at = |wanted: &str| commands.iter().position(|c| c == wanted).unwrap();
    assert!(at("workspace") < at("plan") && at("apply") < at("verify"));
}
