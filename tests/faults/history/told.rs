//! A history told with the built program, and a model beside it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::act::{Act, Befalls, Deed, History, OnConflict};
use super::deed::varied;
use super::model::{Meanwhile, Model, State, Verb, Wanted, Whose, ensure};
use super::words;
use crate::common::migration::{Migration, files};
use crate::common::{Env, Sandbox};
use crate::faults::process::{self, Ended};
use crate::faults::schedule;
use crate::faults::story::Account;

const SEED: &str = include_str!("seed.json");

/// What must be on no disk and on no screen.
const SECRETS: &[&str] = &["hush-hush", "test-token"];

const APIS: [&str; 3] = ["a", "b", "c"];

pub(super) struct Tale<'h> {
    history: &'h History,
    m: Migration,
    pub(super) model: Model,
    account: Account,
    /// The APIs of the last plan that was written.
    selected: u8,
    /// Whether the plan has blockers, so that nothing can be applied.
    blocked: bool,
    edits: BTreeSet<String>,
}

/// Tells one history to its end.
pub(crate) fn tell(history: &History) -> Result<Account, String> {
    let env = Env::new();
    let seed = env.write("seed.json", SEED);
    let seed = seed.display().to_string();
    let args = [
        "--seed",
        &seed,
        "--switch",
        "operation-ms=1",
        "--switch",
        "linger-ms=1",
    ];
    let m = Migration::on(Sandbox::start(&args), "w");
    let mut tale = Tale {
        history,
        m,
        model: Model::default(),
        account: Account::default(),
        selected: 0,
        blocked: false,
        edits: BTreeSet::new(),
    };
    for (at, act) in history.acts.iter().enumerate() {
        tale.act(*act)
            .and_then(|()| tale.check_files())
            .map_err(|why| format!("act {}, {act:?}: {why}", at + 1))?;
    }
    tale.end().map_err(|why| format!("at the end: {why}"))?;
    Ok(tale.account)
}

impl Tale<'_> {
    fn met(&mut self, name: &str) {
        *self.account.met.entry(name.to_owned()).or_default() += 1;
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        if std::env::var_os("APIM_MIGRATE_FAULT_ALOUD").is_some() {
            println!("{act:?}");
        }
        let took = match act {
            Act::Plan(apis, force) => self.plan(apis, force)?,
            Act::Apply {
                prune,
                on_conflict,
                befalls,
            } => self.apply(prune, on_conflict, befalls)?,
            Act::Rollback(befalls) => self.roll_back(befalls)?,
            Act::Edit(n) => self.edit(n)?,
            Act::Somebody(deed) => self.somebody(deed),
            Act::Drift(n) => self.drift(n),
            Act::LoseJournal => {
                let was = std::fs::remove_file(process::journal(&self.m)).is_ok();
                if was {
                    self.model.forget();
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

    // What stands in the service.

    fn state(&self) -> State {
        let prefix = format!("/workspaces/{}/", self.m.workspace);
        let mut state: State = (self.m.dump().into_iter())
            .filter_map(|(path, v)| Some((format!("/{}", path.strip_prefix(&prefix)?), v)))
            .collect();
        for properties in state.values_mut() {
            if let Some(map) = properties.as_object_mut() {
                for minted in ["primaryKey", "secondaryKey", "createdDate", "startDate"] {
                    map.remove(minted);
                }
            }
        }
        state
    }

    /// What stands there when nothing moves any more: a request whose caller
    /// was killed may be at work for a moment.
    fn settled(&self, killed: bool) -> State {
        let mut state = self.state();
        loop {
            if !killed {
                return state;
            }
            std::thread::sleep(Duration::from_millis(25));
            let now = self.state();
            if now == state {
                return state;
            }
            state = now;
        }
    }

    // The program.

    fn run(&mut self, args: &[&str]) -> Result<Ended, String> {
        self.account.runs += 1;
        process::run(&self.m, args, None)
    }

    /// Runs a command that writes, and checks what it did.
    fn write(
        &mut self,
        args: &[&str],
        verb: Verb,
        befalls: Befalls,
    ) -> Result<(Ended, Option<Meanwhile>), String> {
        self.account.runs += 1;
        self.m.forget_log();
        let mut meanwhile = None;
        let ended = match befalls {
            Befalls::Nothing => process::run(&self.m, args, None)?,
            Befalls::Kill(write, moment) => {
                let act = schedule::Act::Kill(write, moment);
                process::run(&self.m, args, Some(act))?
            }
            Befalls::Interrupt(write) => {
                let act = schedule::Act::Interrupt(write);
                process::run(&self.m, args, Some(act))?
            }
            Befalls::Meanwhile(write, deed) => {
                let model = &self.model;
                let m = &self.m;
                process::meanwhile(m, args, write, || meanwhile = self.at_once(model, deed))?
            }
        };
        let killed = ended.code.is_none();
        if ended.code != Some(0) {
            self.pass_time()?;
        }
        let now = self.settled(killed);
        if let Some(meanwhile) = &mut meanwhile {
            self.order(meanwhile, &now);
        }
        if ended.befell
            && let Some(name) = befalls.name()
        {
            self.met(name);
            if let Befalls::Meanwhile(_, deed) = befalls {
                self.met(deed.name());
            }
        }
        self.model
            .ran(verb, now, meanwhile.as_ref())
            .map_err(|why| format!("{why}\n{}", ended.output))?;
        Ok((ended, meanwhile))
    }

    /// Somebody's request while writes are held: it is carried out, and its
    /// answer held like theirs.
    fn at_once(&self, model: &Model, deed: Deed) -> Option<Meanwhile> {
        let before = self.state();
        let request = deed.request(model, &before, &self.m)?;
        std::thread::scope(|scope| {
            let sent = scope.spawn(|| request.send(&self.m));
            for _ in 0..20 {
                std::thread::sleep(Duration::from_millis(4));
                if sent.is_finished() || self.state() != before {
                    break;
                }
            }
            // It goes on with the rest.
            self.m.sandbox.ask("DELETE", "/_sandbox/hold", None);
        });
        let after = self.state();
        let ours = matches!(
            model.whose.get(&request.path),
            Some(Whose::Ours | Whose::Changed)
        );
        let made = !model.whose.contains_key(&request.path);
        Some(Meanwhile {
            deleted: request.method == "DELETE",
            after,
            replaced: false,
            over_ours: before.contains_key(&request.path) && (ours || made),
            path: request.path,
        })
    }

    /// Finds out from the log whether the program wrote where somebody did,
    /// and after them.
    fn order(&self, meanwhile: &mut Meanwhile, now: &State) {
        let prefix = format!("/workspaces/{}", self.m.workspace);
        let puts: Vec<_> = (crate::faults::ledger::log(&self.m).into_iter())
            .filter(|r| r.method == "PUT" && (200..300).contains(&r.done))
            .filter(|r| r.path.ends_with(&format!("{prefix}{}", meanwhile.path)))
            .collect();
        // The one of these that is somebody's has another body; what stands
        // there in the end tells whose was last.
        let theirs = meanwhile.after.get(&meanwhile.path);
        let last_is_theirs = theirs == now.get(&meanwhile.path);
        meanwhile.replaced = puts.len() > 1 && !meanwhile.deleted && !last_is_theirs;
    }

    /// An hour passes: nothing that was sent may still come.
    fn pass_time(&self) -> Result<(), String> {
        let journal = process::journal(&self.m);
        let Ok(text) = std::fs::read_to_string(&journal) else {
            return Ok(());
        };
        let year = text
            .rfind("\"at\":\"")
            .map(|at| text[at + 6..at + 10].to_owned());
        let Some(year) = year.and_then(|y| y.parse::<u32>().ok()) else {
            return Ok(());
        };
        let (now, then) = (format!("\"at\":\"{year}"), format!("\"at\":\"{}", year - 1));
        std::fs::write(journal, text.replace(&now, &then)).map_err(|e| e.to_string())
    }

    // Acts.

    fn plan(&mut self, apis: u8, force: bool) -> Result<bool, String> {
        let chosen: Vec<&str> = (0..3)
            .filter(|i| apis >> i & 1 == 1)
            .map(|i| APIS[i])
            .collect();
        let mut args = vec!["plan", "--workspace", "w", "-o", "p", "--output", "json"];
        for api in &chosen {
            args.extend(["--api", api]);
        }
        if force {
            args.push("--force");
        }
        self.m.forget_log();
        let ended = self.run(&args)?;
        let said = &ended.output;
        let now = self.state();
        self.model.ran(Verb::Read, now, None)?;
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        let narrower = self.selected & !apis != 0;
        match ended.code {
            Some(6) if !force => {
                let clash = !self.edits.is_empty();
                let ours = !self.model.paths(&[Whose::Ours, Whose::Changed]).is_empty();
                ensure!(
                    (narrower && (ours || self.model.lost)) || clash,
                    "refused for nothing\n{said}"
                );
                return Ok(false);
            }
            Some(code @ (0 | 3)) => self.blocked = code == 3,
            _ => return Err(format!("it ended otherwise\n{said}")),
        }
        let unchanged = self.model.drifted.is_empty() && self.model.grown.is_empty();
        let again = apis == self.selected && unchanged;
        let strangers = self
            .model
            .paths(&[Whose::Theirs, Whose::Forgotten, Whose::Changed]);
        if again && strangers.is_empty() && !force {
            ensure!(
                report["changes"] == false,
                "the same plan has changes\n{said}"
            );
        }
        ensure!(
            !self.blocked || !strangers.is_empty(),
            "blocked by nobody\n{said}"
        );
        self.selected = apis;
        self.model.drifted.clear();
        self.model.grown.clear();
        self.read_plan()?;
        self.edits
            .retain(|target| self.model.plan.iter().any(|step| step.target == *target));
        self.check_status()?;
        Ok(true)
    }

    /// Reads what the folder's plan wants.
    fn read_plan(&mut self) -> Result<(), String> {
        let ended = self.run(&["show", "p", "--output", "json"])?;
        let plan: Value = serde_json::from_str(&ended.output.stdout).unwrap_or_default();
        let prefix = format!("/workspaces/{}/", self.m.workspace);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let steps = plan["steps"].as_array().into_iter().flatten();
        self.model.plan = steps
            .map(|step| {
                let target = text(&step["target"]);
                let below = target.strip_prefix(&prefix).unwrap_or_default();
                let file = self.m.env.path(&format!("p/resources/{below}.json"));
                let body = std::fs::read_to_string(&file).unwrap_or_default();
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                Wanted {
                    id: text(&step["id"]),
                    target: format!("/{}", below.to_lowercase()),
                    action: text(&step["action"]),
                    source: text(&step["source"]),
                    after: step["after"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(text)
                        .collect(),
                    properties: match &body["properties"] {
                        Value::Null => json!({}),
                        properties => properties.clone(),
                    },
                    document: std::fs::read_to_string(file.with_extension("xml")).ok(),
                }
            })
            .collect();
        ensure!(!self.model.plan.is_empty(), "no plan\n{}", ended.output);
        Ok(())
    }

    fn apply(
        &mut self,
        prune: bool,
        on_conflict: OnConflict,
        befalls: Befalls,
    ) -> Result<bool, String> {
        if self.model.plan.is_empty() {
            return Ok(false);
        }
        let concurrency = self.history.concurrency.to_string();
        let mut args = vec![
            "apply",
            "p",
            "--yes",
            "--output",
            "json",
            "--concurrency",
            &concurrency,
        ];
        match on_conflict {
            OnConflict::Fail => {}
            OnConflict::Skip => args.extend(["--on-conflict", "skip"]),
            OnConflict::Overwrite => args.extend(["--on-conflict", "overwrite"]),
        }
        if prune {
            args.push("--prune");
        }
        let before = words::Before::of(&self.model, on_conflict, self.blocked);
        let overwrite = on_conflict == OnConflict::Overwrite;
        let foretold = match befalls {
            Befalls::Nothing => Some(self.rehearse(&args)?),
            _ => None,
        };
        let (ended, meanwhile) = self.write(&args, Verb::Apply { prune, overwrite }, befalls)?;
        let writes = self.writes();
        let quiet =
            meanwhile.is_none() && !matches!(befalls, Befalls::Interrupt(_) if ended.befell);
        words::applied(
            &before,
            &self.model,
            &ended,
            writes,
            quiet,
            meanwhile.as_ref(),
        )
        .map_err(|why| format!("{why}\n{}", ended.output))?;
        if let Some(foretold) = foretold {
            words::as_foretold(&foretold, &self.m.log(), &ended)
                .map_err(|why| format!("{why}\n{}\n{}", foretold.output, ended.output))?;
        }
        match ended.code {
            Some(0) => {
                self.model.complete();
                let report = words::report(&ended)?;
                words::pruned(&self.model, &report, prune)
                    .map_err(|why| format!("{why}\n{}", ended.output))?;
            }
            Some(6) if writes == 0 => {}
            _ => self.model.unsure(),
        }
        self.check_status()?;
        if ended.code == Some(0) {
            self.check_verify()?;
        }
        Ok(true)
    }

    /// What the same would send, without sending it.
    fn rehearse(&mut self, args: &[&str]) -> Result<Ended, String> {
        let but = ["--yes", "--prune"];
        let mut args: Vec<&str> = args.iter().copied().filter(|a| !but.contains(a)).collect();
        args.push("--dry-run");
        self.m.forget_log();
        let ended = self.run(&args)?;
        ensure!(self.writes() == 0, "a dry run wrote\n{}", ended.output);
        Ok(ended)
    }

    fn writes(&self) -> usize {
        let log = self.m.log();
        (log.iter())
            .filter(|(method, _)| method == "PUT" || method == "DELETE")
            .count()
    }

    fn roll_back(&mut self, befalls: Befalls) -> Result<bool, String> {
        if self.model.plan.is_empty() {
            return Ok(false);
        }
        let before = words::Before::of(&self.model, OnConflict::Fail, self.blocked);
        let args = ["rollback", "p", "--yes", "--output", "json"];
        let (ended, meanwhile) = self.write(&args, Verb::Rollback, befalls)?;
        let quiet =
            meanwhile.is_none() && !matches!(befalls, Befalls::Interrupt(_) if ended.befell);
        words::rolled_back(&before, &self.model, &ended, quiet)
            .map_err(|why| format!("{why}\n{}", ended.output))?;
        match ended.code {
            Some(0) => {
                self.model.deleting.clear();
                self.model.rolled_back();
            }
            _ => {
                self.model.deleting.extend(before.ours);
                self.model.all_unsure();
            }
        }
        self.check_status()?;
        Ok(true)
    }

    fn edit(&mut self, n: u64) -> Result<bool, String> {
        let of = |step: &&Wanted| {
            let properties = with_document(step);
            step.creates() && varied(&step.target, &properties, "x").is_some()
        };
        let fit: Vec<&Wanted> = self.model.plan.iter().filter(of).collect();
        let at = usize::try_from(n).unwrap_or(0).checked_rem(fit.len());
        let Some(step) = at.map(|at| fit[at]) else {
            return Ok(false);
        };
        let edited = varied(&step.target, &with_document(step), &format!("edited-{n}"));
        let edited = edited.unwrap_or_default();
        let all = files(&self.m.env.path("p/resources"));
        let (target, ending) = (
            step.target.clone(),
            match step.document {
                Some(_) => ".xml",
                None => ".json",
            },
        );
        let name = all.iter().map(|(name, _)| name);
        let file = (name.into_iter())
            .find(|name| format!("/{}", name.to_lowercase()) == format!("{target}{ending}"));
        let Some(file) = file else {
            return Err(format!("the folder has no body of {target}"));
        };
        let text = match step.document {
            Some(_) => edited["value"].as_str().unwrap_or_default().to_owned(),
            None => format!("{:#}\n", json!({"properties": edited})),
        };
        self.m.env.write(&format!("p/resources/{file}"), &text);
        self.edits.insert(target);
        self.read_plan()?;
        Ok(true)
    }

    fn somebody(&mut self, deed: Deed) -> bool {
        let Some(request) = deed.request(&self.model, &self.model.state.clone(), &self.m) else {
            return false;
        };
        request.send(&self.m);
        let now = self.settled(true);
        let did = now != self.model.state;
        self.model.somebody(now);
        did
    }

    fn drift(&mut self, n: u64) -> bool {
        let api = APIS[usize::try_from(n).unwrap_or(0) % 3];
        if n >= 3 {
            return self.grow(api);
        }
        let path = format!(
            "{}/apis/{api}?api-version=2024-05-01",
            self.m.sandbox.service
        );
        let word = format!("drifted {}", self.account.runs);
        let body = json!({"properties": {"description": word}});
        let (status, _) = self.m.sandbox.ask("PATCH", &path, Some(&body));
        if status < 300 {
            self.model.drifted.insert(format!("/apis/{api}"));
        }
        status < 300
    }

    /// Something new comes below an API of the source.
    fn grow(&mut self, api: &str) -> bool {
        let name = format!("new-{}", self.account.runs);
        let path = format!("{}/apis/{api}/operations/{name}", self.m.sandbox.service);
        let body = json!({"properties": {"displayName": name, "method": "GET",
            "urlTemplate": format!("/{name}")}});
        let path = format!("{path}?api-version=2024-05-01");
        let (status, _) = self.m.sandbox.ask("PUT", &path, Some(&body));
        if status < 300 {
            self.model.grown.insert(format!("/apis/{api}"));
        }
        status < 300
    }

    /// What a crash leaves of the last line. One that says that something is
    /// about to be sent can't be torn when that was sent: it is on the disk
    /// before.
    fn tear(&mut self, bytes: u64) -> bool {
        let journal = process::journal(&self.m);
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
            self.model.doubt(&place.to_lowercase());
        }
        process::tear(&journal, bytes)
    }

    // What must hold.

    /// What the program has lost sight of, it says.
    fn check_status(&mut self) -> Result<(), String> {
        let ended = self.run(&["status", "p", "--output", "json"])?;
        ensure!(ended.code == Some(0), "no status\n{}", ended.output);
        words::status(&self.model, &words::report(&ended)?)
            .map_err(|why| format!("{why}\n{}", ended.output))
    }

    /// `verify` agrees with the model.
    fn check_verify(&mut self) -> Result<(), String> {
        let mut args = vec!["verify", "p", "--output", "json"];
        let ended = self.run(&args)?;
        words::verified(&self.model, &ended).map_err(|why| format!("{why}\n{}", ended.output))?;
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
            let found = SECRETS.iter().find(|secret| text.contains(**secret));
            ensure!(found.is_none(), "the file {name} holds {found:?}");
        }
        Ok(())
    }

    /// However it went, it can be brought to an end: what the plan wants is
    /// there when nobody is in the way, and is gone when it is rolled back.
    fn end(&mut self) -> Result<(), String> {
        let plain = OnConflict::Skip;
        self.plan(self.selected, true)?;
        if !self.blocked {
            self.apply(true, plain, Befalls::Nothing)?;
            let writes = words::Before::of(&self.model, plain, false);
            let args = [
                "apply",
                "p",
                "--yes",
                "--output",
                "json",
                "--on-conflict",
                "skip",
            ];
            let (ended, _) = self.write(
                &args,
                Verb::Apply {
                    prune: false,
                    overwrite: false,
                },
                Befalls::Nothing,
            )?;
            ensure!(
                !writes.is_done() || self.writes() == 0,
                "what is done was written again\n{}",
                ended.output
            );
        }
        self.roll_back(Befalls::Nothing)?;
        Ok(())
    }
}

/// A step's properties, its document among them.
fn with_document(step: &Wanted) -> Value {
    let mut properties = step.properties.clone();
    if let Some(document) = &step.document {
        properties["value"] = json!(document);
    }
    properties
}
