//! One migration from plan to proof while a schedule goes wrong.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ledger::{self, Run, Step};
use super::process::{self, Ended};
use super::schedule::{Act, Schedule, TOKENS};
use super::world::{calm, inhabit, made, plan_files, signed_in};
use crate::common::Sandbox;
use crate::common::migration::{CLEAN, Migration, files};

/// Runs at most until a plan is carried out or rolled back.
const RUNS: usize = 25;

/// What came of a story that ended well, for the table.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// How often each trouble came, by its name in the table.
    pub met: BTreeMap<String, u64>,
    /// Runs of `apply` and `rollback` that it took.
    pub runs: usize,
    pub lost: usize,
    pub duplicated: usize,
}

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}

struct Story<'s> {
    schedule: &'s Schedule,
    m: Migration,
    steps: Vec<Step>,
    before: BTreeMap<String, Value>,
    runs: Vec<Run>,
    account: Account,
}

/// Tells one story to its end.
pub(crate) fn tell(schedule: &Schedule) -> Result<Account, String> {
    let seed = schedule.seed.to_string();
    let mut args = vec!["--faults", &schedule.faults, "--fault-seed", &seed];
    let life = schedule.token_life.map(|n| n.to_string());
    if let Some(life) = &life {
        args.extend(["--token-life", life]);
    }
    for switch in &schedule.switches {
        args.extend(["--switch", switch]);
    }
    let mut m = Migration::on(Sandbox::start(&args), "billing");
    let before = inhabit(&m);
    if life.is_some() {
        m.env = signed_in(m.env);
    }
    let mut story = Story {
        schedule,
        m,
        steps: Vec::new(),
        before,
        runs: Vec::new(),
        account: Account::default(),
    };
    story.plan()?;
    story.apply()?;
    story.check_outcome()?;
    if let Some(acts) = &schedule.undone {
        story.roll_back(acts)?;
    }
    story.check_all()?;
    story.count();
    Ok(story.account)
}

impl Story<'_> {
    fn arguments(&self, first: &[&str]) -> Vec<String> {
        let mut args: Vec<String> = first.iter().map(|&s| s.to_owned()).collect();
        args.extend(["--operation-timeout", "1"].map(str::to_owned));
        if self.schedule.token_life.is_some() {
            args.extend(["--auth", "cli"].map(str::to_owned));
        }
        args
    }

    fn run(&mut self, first: &[&str], act: Option<Act>) -> Result<Ended, String> {
        let args = self.arguments(first);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let done = match act {
            // It is lost with the journal; what is there is found all the same.
            Some(Act::LostJournal) => Default::default(),
            _ => ledger::journalled(&self.m),
        };
        let from = self.last();
        let ended = process::run(&self.m, &args, act)?;
        let done = match act {
            Some(Act::TornTail(_)) => {
                let kept = ledger::journalled(&self.m);
                done.intersection(&kept).cloned().collect()
            }
            _ => done,
        };
        self.runs.push(Run {
            from,
            to: self.last(),
            done,
            killed: ended.code.is_none() || matches!(act, Some(Act::InterruptTwice(_))),
        });
        if let Some(act) = act.filter(|_| ended.befell) {
            *self.account.met.entry(act.name().to_owned()).or_default() += 1;
        }
        self.account.runs += 1;
        Ok(ended)
    }

    fn last(&self) -> u64 {
        let (_, seq) = self.m.sandbox.ask("GET", "/_sandbox/seq", None);
        seq.as_u64().unwrap()
    }

    /// The plan is the same as without trouble, or there is none.
    fn plan(&mut self) -> Result<(), String> {
        let mut args = vec!["plan", "--workspace", self.m.workspace, "-o", "p"];
        for api in CLEAN {
            args.extend(["--api", api]);
        }
        for _ in 0..RUNS {
            let ended = self.run(&args, None)?;
            self.runs.pop();
            if ended.code == Some(0) {
                ensure!(
                    plan_files(&self.m) == calm().plan,
                    "another plan than without trouble"
                );
                self.steps = ledger::steps(&self.m);
                return Ok(());
            }
            ensure!(ended.code == Some(1), "plan ended with {}", ended.output);
            ensure!(
                !self.m.env.path("p").exists(),
                "half a plan after\n{}",
                ended.output
            );
        }
        Err("no plan came about".to_owned())
    }

    fn apply(&mut self) -> Result<(), String> {
        let concurrency = self.schedule.concurrency.to_string();
        let args = [
            "apply",
            "p",
            "--yes",
            "--output",
            "json",
            "--concurrency",
            &concurrency,
        ];
        let mut acts = self.schedule.acts.iter().copied();
        for _ in 0..RUNS {
            let act = acts.next();
            let ended = self.run(&args, act)?;
            self.check_word(&ended, act)?;
            // What was to befall it may still come.
            if ended.code == Some(0) && acts.len() == 0 {
                return Ok(());
            }
            if matches!(ended.code, Some(1 | 4)) && self.lost_ownership() {
                self.tidy_by_hand()?;
            }
        }
        Err(format!(
            "not carried out after {RUNS} runs\n{}",
            self.m.env.read("out.txt")
        ))
    }

    /// The exit code and the report say the truth.
    fn check_word(&self, ended: &Ended, act: Option<Act>) -> Result<(), String> {
        let said = &ended.output;
        let done = ledger::journalled(&self.m);
        let Some(code) = ended.code else {
            ensure!(
                matches!(act, Some(Act::Kill(..))),
                "it was killed by nobody\n{said}"
            );
            return Ok(());
        };
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        ensure!(!report.is_null(), "no JSON came with exit {code}\n{said}");
        let len = |name: &str| report[name].as_array().map_or(0, Vec::len);
        match code {
            0 | 1 | 4 if report.get("error").is_none() => {
                let before = report["doneBefore"].as_u64().unwrap_or_default();
                let now = report["outcomes"].as_object().into_iter().flatten();
                let now: u64 = now.filter_map(|(_, n)| n.as_u64()).sum();
                let all = usize::try_from(before + now).unwrap_or_default();
                let open = len("failed") + len("blocked") + len("remaining");
                ensure!(
                    all + open == self.steps.len(),
                    "the counts don't add up\n{said}"
                );
                ensure!(
                    all == done.len(),
                    "the journal has {} done\n{said}",
                    done.len()
                );
                ensure!(
                    (code == 0) == (open == 0),
                    "exit {code} with {open} open\n{said}"
                );
                // Only what would be refused again as it stands ends so.
                let failed = report["failed"].as_array().into_iter().flatten();
                let again = failed.clone().all(|f| f["permanent"] == true);
                ensure!(
                    (code == 1) == (len("failed") > 0 && again && report["cancelled"] == false),
                    "exit {code} with other failures\n{said}"
                );
                for failed in failed {
                    let causes = failed["causes"].as_array().map_or(0, Vec::len);
                    ensure!(causes > 0, "a failure without a cause\n{said}");
                }
            }
            4 | 1 => {
                let error = &report["error"];
                ensure!(
                    error["exit"] == code,
                    "the report has another exit code\n{said}"
                );
                ensure!(
                    error["message"].as_str().is_some_and(|m| !m.is_empty()),
                    "no message\n{said}"
                );
                let writes = self.writes_of_last_run();
                ensure!(
                    code == 4 || writes == 0,
                    "exit 1 after {writes} writes\n{said}"
                );
            }
            _ => return Err(format!("an unexpected end\n{said}")),
        }
        Ok(())
    }

    fn writes_of_last_run(&self) -> usize {
        let from = self.runs.last().map_or(0, |run| run.from);
        let log = ledger::log(&self.m);
        log.iter()
            .filter(|r| r.seq > from && matches!(r.method.as_str(), "PUT" | "DELETE"))
            .count()
    }

    fn lost_ownership(&self) -> bool {
        self.schedule.acts.iter().any(|act| act.loses_ownership())
    }

    /// Without its journal the plan can't tell whether a subscription came with
    /// its own product, and leaves it; a person sees it in `verify` and deletes
    /// it.
    fn tidy_by_hand(&mut self) -> Result<(), String> {
        let ended = self.run(&["verify", "p", "--output", "json"], None)?;
        let report: Value = serde_json::from_str(&ended.output.stdout).unwrap_or_default();
        for left in report["kept"].as_array().into_iter().flatten() {
            for path in left["found"].as_array().into_iter().flatten() {
                let path = path.as_str().unwrap_or_default();
                let (service, workspace) = (&self.m.sandbox.service, self.m.workspace);
                let url = format!("{service}/workspaces/{workspace}{path}?api-version=2024-05-01");
                for _ in 0..200 {
                    self.m.sandbox.try_delete(&url);
                    if self.m.sandbox.try_ask("GET", &url, None) == Some(404) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// All is there, as without trouble, and `verify` agrees.
    fn check_outcome(&mut self) -> Result<(), String> {
        if self.lost_ownership() {
            self.tidy_by_hand()?;
        }
        let (made, minted) = made(&self.m, &self.before);
        for (path, properties) in &calm().made {
            let found = made.get(path);
            ensure!(
                found == Some(properties),
                "{path} is {found:?}, and without trouble {properties}"
            );
        }
        let more = made.keys().find(|path| !calm().made.contains_key(*path));
        ensure!(more.is_none(), "{more:?} was made, and not without trouble");
        ensure!(
            minted == calm().minted,
            "{minted} of the service's own, {} without trouble",
            calm().minted
        );
        self.account.lost =
            ledger::lost(&self.steps, &self.m.dump(), &self.m.sandbox.service).len();
        for _ in 0..RUNS {
            let ended = self.run(&["verify", "p"], None)?;
            match ended.code {
                Some(0) => return Ok(()),
                // The faults are at work here too; a difference is none.
                Some(1) => {}
                _ => return Err(format!("verify does not agree\n{}", ended.output)),
            }
        }
        Err("verify never came to an end".to_owned())
    }

    fn roll_back(&mut self, acts: &[Act]) -> Result<(), String> {
        let mut acts = acts.iter().copied();
        for _ in 0..RUNS {
            let ended = self.run(&["rollback", "p", "--yes"], acts.next())?;
            match ended.code {
                Some(0) if acts.len() == 0 => {
                    let left = self.m.dump();
                    let extra = left.keys().find(|path| !self.before.contains_key(*path));
                    ensure!(extra.is_none(), "{extra:?} is left after\n{}", ended.output);
                    *self.account.met.entry("rollback".to_owned()).or_default() += 1;
                    return Ok(());
                }
                None | Some(0 | 1 | 4) => {}
                _ => return Err(format!("rollback ended badly\n{}", ended.output)),
            }
        }
        Err(format!(
            "not rolled back after {RUNS} runs\n{}",
            self.m.env.read("err.txt")
        ))
    }

    /// What must hold whatever was asked for.
    fn check_all(&mut self) -> Result<(), String> {
        let log = ledger::log(&self.m);
        let workspace = format!("{}/workspaces/{}", self.m.sandbox.service, self.m.workspace);
        ledger::writes_stay_inside(&log, &workspace)?;
        let repeated = ledger::repeated(&log, &self.steps, &self.runs);
        self.account.duplicated = repeated.len();
        ensure!(repeated.is_empty(), "repeated: {}", repeated.join("\n"));
        ledger::needs_come_first(&log, &self.steps)?;
        let after = self.m.dump();
        for (path, properties) in &self.before {
            let now = after.get(path);
            ensure!(
                now == Some(properties),
                "{path}, not ours, was {properties} and is {now:?}"
            );
        }
        let secrets = ledger::secrets(&self.before);
        for (name, text) in files(self.m.env.dir()) {
            if name.starts_with("bin") {
                continue;
            }
            let found = secrets.iter().find(|secret| text.contains(*secret));
            ensure!(
                found.is_none(),
                "the file {name} holds the secret {found:?}"
            );
        }
        Ok(())
    }

    fn count(&mut self) {
        for request in ledger::log(&self.m) {
            if let Some(fault) = request.fault {
                *self.account.met.entry(fault).or_default() += 1;
            }
            if request.status == 401 && self.schedule.token_life.is_some() {
                *self.account.met.entry(TOKENS.to_owned()).or_default() += 1;
            }
        }
    }
}
