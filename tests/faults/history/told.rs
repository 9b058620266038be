//! A history told with the built program, and a model beside it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::act::{Act, Befalls, Deed, History, OnConflict};
use super::model::{Model, Verb, ensure};
use super::words;
use crate::common::migration::{Migration, files};
use crate::common::{Env, Sandbox};
use crate::faults::process;
use crate::faults::story::Account;

const SEED: &str = include_str!("seed.json");

/// What must be on no disk and on no screen.
const SECRETS: &[&str] = &[
    "hush-hush",
    "test-token",
    "private-key",
    "dGhlLXByaXZhdGUta2V5",
];

/// A file that may hold a secret: it is uploaded.
const PFX: &str = "c.pfx";

/// What is to be uploaded, from that file.
const MIGRATION: &str = "version: 1\nworkspace: w\ncertificates: { cert: { pfx: c.pfx } }\n";

pub(super) struct Tale<'h> {
    pub(super) history: &'h History,
    pub(super) m: Migration,
    /// Folders of plans; to each, what the others do is done by somebody else.
    pub(super) batches: Vec<Batch>,
    /// The one that is worked on.
    pub(super) at: usize,
    pub(super) account: Account,
    /// The PFX that is at hand, in base64.
    pub(super) pfx: Value,
}

/// A folder with a plan, and what must be so by it.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) folder: String,
    pub(super) model: Model,
    /// The APIs of the last plan that was written.
    pub(super) selected: u8,
    /// Whether the plan has blockers, so that nothing can be applied.
    pub(super) blocked: bool,
    pub(super) edits: BTreeSet<String>,
}

/// Tells one history to its end.
pub(crate) fn tell(history: &History) -> Result<Account, String> {
    let env = Env::new();
    let seed = env.write("seed.json", SEED);
    let seed = seed.display().to_string();
    // A service that numbers first revisions itself, and one that is told.
    let numbers = format!("first-revision={}", history.seed.is_multiple_of(3));
    let mut args = vec!["--seed", &seed];
    for switch in ["operation-ms=1", "linger-ms=1", &numbers] {
        args.extend(["--switch", switch]);
    }
    let m = Migration::on(Sandbox::start(&args), "w");
    let mut tale = Tale {
        history,
        m,
        batches: Vec::new(),
        at: 0,
        account: Account::default(),
        pfx: Value::Null,
    };
    tale.m.env.write("migration.yaml", MIGRATION);
    tale.renew()?;
    for (at, act) in history.acts.iter().enumerate() {
        tale.act(*act)
            .and_then(|()| tale.check_files())
            .map_err(|why| format!("act {}, {act:?}: {why}", at + 1))?;
    }
    tale.end().map_err(|why| format!("at the end: {why}"))?;
    Ok(tale.account)
}

impl Tale<'_> {
    pub(super) fn met(&mut self, name: &str) {
        *self.account.met.entry(name.to_owned()).or_default() += 1;
    }

    /// The folder that is worked on.
    pub(super) fn now(&mut self) -> &mut Batch {
        &mut self.batches[self.at]
    }

    pub(super) fn journal(&self) -> PathBuf {
        let folder = &self.batches[self.at].folder;
        self.m.env.path(folder).join("journal.jsonl")
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        if std::env::var_os("APIM_MIGRATE_FAULT_ALOUD").is_some() {
            println!("{act:?}");
        }
        let took = match act {
            Act::Batch(apis) => self.batch(apis)?,
            Act::Plan(apis, force) => self.plan(apis, force)?,
            Act::Turn(n) => self.turn(n),
            Act::Apply {
                prune,
                on_conflict,
                befalls,
            } => self.apply(prune, on_conflict, befalls)?,
            Act::Rollback(befalls) => self.roll_back(befalls)?,
            Act::Edit(n) => self.edit(n)?,
            Act::Somebody(deed) => self.somebody(deed),
            Act::Drift(n) => self.drift(n),
            Act::Renew => self.renew()?,
            Act::LoseJournal => {
                let was = std::fs::remove_file(self.journal()).is_ok();
                if was {
                    self.now().model.forget();
                }
                was
            }
            Act::TearJournal(bytes) => self.tear(bytes),
        };
        if took {
            self.met(act.name());
        }
        Ok(())
    }

    // Acts.

    /// Puts another PFX where the migration file says.
    fn renew(&mut self) -> Result<bool, String> {
        // Numbers of the same length, so that base64 begins with the same.
        let number = 100 + self.account.runs % 900;
        let pfx = format!("0\u{17}\u{2}\u{1}\u{3}the-private-key-{number:04}");
        let path = self.m.env.path(PFX);
        std::fs::write(path, &pfx).map_err(|e| e.to_string())?;
        self.pfx = json!(STANDARD.encode(pfx));
        for batch in &mut self.batches {
            for step in &mut batch.model.plan {
                step.upload = step.upload.take().map(|_| self.pfx.clone());
            }
        }
        Ok(true)
    }

    /// Goes on with another folder.
    fn turn(&mut self, n: u64) -> bool {
        let others = self.batches.len() - 1;
        if others > 0 {
            let by = 1 + usize::try_from(n).unwrap_or(0) % others;
            self.at = (self.at + by) % self.batches.len();
        }
        others > 0
    }

    fn somebody(&mut self, deed: Deed) -> bool {
        let model = &self.batches[self.at].model;
        let Some(request) = deed.request(model, &model.state, &self.m) else {
            return false;
        };
        request.send(&self.m);
        let now = self.settled(true);
        let did = now != self.now().model.state;
        for batch in &mut self.batches {
            batch.model.somebody(now.clone());
        }
        did
    }

    /// What a crash leaves of the last line. One that says that something is
    /// about to be sent can't be torn when that was sent: it is on the disk
    /// before.
    fn tear(&mut self, bytes: u64) -> bool {
        let journal = self.journal();
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        let last: Value = text
            .lines()
            .last()
            .and_then(|line| serde_json::from_str(line).ok())
            .unwrap_or_default();
        let Some(event) = last["event"].as_str() else {
            return false;
        };
        if event == "step-intended" || event == "delete-intended" {
            return false;
        }
        let prefix = format!("/workspaces/{}", self.m.workspace);
        let place = last["target"]
            .as_str()
            .and_then(|t| t.strip_prefix(&prefix));
        if let Some(place) = place {
            self.now().model.doubt(&place.to_lowercase());
        }
        process::tear(&journal, bytes)
    }

    // What must hold.

    /// What the program has lost sight of, it says.
    pub(super) fn check_status(&mut self) -> Result<(), String> {
        let ended = self.run(&["status", "FOLDER", "--output", "json"])?;
        ensure!(ended.code == Some(0), "no status\n{}", ended.output);
        words::status(&self.now().model, &words::report(&ended)?)
            .map_err(|why| format!("{why}\n{}", ended.output))
    }

    /// `verify` agrees with the model.
    pub(super) fn check_verify(&mut self) -> Result<(), String> {
        let mut args = vec!["verify", "FOLDER", "--output", "json"];
        let ended = self.run(&args)?;
        words::verified(&self.now().model, &ended)
            .map_err(|why| format!("{why}\n{}", ended.output))?;
        // Nobody here changes a secret alone.
        args.push("--secrets");
        let secrets = self.run(&args)?;
        ensure!(
            secrets.code == ended.code,
            "with secrets it is otherwise\n{}\n{}",
            ended.output,
            secrets.output
        );
        Ok(())
    }

    fn check_files(&self) -> Result<(), String> {
        for (name, text) in files(self.m.env.dir()) {
            if name == PFX {
                continue;
            }
            let found = SECRETS.iter().find(|secret| text.contains(**secret));
            ensure!(found.is_none(), "the file {name} holds {found:?}");
        }
        Ok(())
    }

    /// However it went, it can be brought to an end: what the plans want is there
    /// when nobody is in the way, and is gone when they are rolled back, in
    /// whatever order.
    fn end(&mut self) -> Result<(), String> {
        let all = 0..self.batches.len();
        for at in all.clone() {
            self.at = at;
            self.finish()?;
        }
        let mut order: Vec<usize> = all.collect();
        if self.history.seed.is_multiple_of(2) {
            order.reverse();
        }
        // What one kept for another's sake goes the second time.
        let twice = order.repeat(self.batches.len().min(2));
        for at in twice {
            self.at = at;
            self.roll_back(Befalls::Nothing)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        let plain = OnConflict::Skip;
        self.plan(self.batches[self.at].selected, true)?;
        if self.now().blocked {
            return Ok(());
        }
        self.apply(true, plain, Befalls::Nothing)?;
        let writes = words::Before::of(&self.now().model, plain, false);
        let args = [
            "apply",
            "FOLDER",
            "--yes",
            "--output",
            "json",
            "--on-conflict",
            "skip",
        ];
        let verb = Verb::Apply {
            prune: false,
            overwrite: false,
        };
        let (ended, _) = self.write(&args, verb, Befalls::Nothing)?;
        ensure!(
            !writes.is_done() || self.writes() == 0,
            "what is done was written again\n{}",
            ended.output
        );
        Ok(())
    }
}
