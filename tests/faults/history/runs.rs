//! Runs of the program in a history, what befalls them, and what they leave.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::act::{Befalls, Deed};
use super::model::{Meanwhile, Model, State, Verb, Whose};
use super::told::Tale;
use crate::faults::process::{self, Ended};
use crate::faults::{ledger, schedule};

impl Tale<'_> {
    pub(super) fn state(&self) -> State {
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
    pub(super) fn settled(&self, killed: bool) -> State {
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

    /// Runs a command; `FOLDER` is the one that is worked on.
    pub(super) fn run(&mut self, args: &[&str]) -> Result<Ended, String> {
        self.account.runs += 1;
        let folder = self.batches.get(self.at).map(|batch| batch.folder.clone());
        let args = &here(args, folder.as_deref().unwrap_or_default());
        process::run(&self.m, args, None)
    }

    /// Runs a command that writes, and checks what it did.
    pub(super) fn write(
        &mut self,
        args: &[&str],
        verb: Verb,
        befalls: Befalls,
    ) -> Result<(Ended, Option<Meanwhile>), String> {
        self.account.runs += 1;
        self.m.forget_log();
        let folder = self.now().folder.clone();
        let args = &here(args, &folder);
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
                let model = &self.batches[self.at].model;
                let m = &self.m;
                process::meanwhile(m, args, write, || meanwhile = self.at_once(model, deed))?
            }
        };
        let killed = ended.code.is_none();
        if killed {
            let unanswered = self.unanswered();
            self.now().model.unanswered.extend(unanswered);
        }
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
        self.took(verb, now, meanwhile.as_ref())
            .map_err(|why| format!("{why}\n{}", ended.output))?;
        Ok((ended, meanwhile))
    }

    /// Checks what a run did, and takes note of it for every folder.
    pub(super) fn took(
        &mut self,
        verb: Verb,
        now: State,
        meanwhile: Option<&Meanwhile>,
    ) -> Result<(), String> {
        for (at, batch) in self.batches.iter_mut().enumerate() {
            match at == self.at {
                true => batch.model.ran(verb, now.clone(), meanwhile)?,
                false => batch.model.somebody(now.clone()),
            }
        }
        Ok(())
    }

    /// Somebody's request while writes are held: it is carried out, and its
    /// answer held like theirs.
    fn at_once(&self, model: &Model, deed: Deed) -> Option<Meanwhile> {
        let before = self.state();
        let request = deed.request(model, &before, &self.m)?;
        // Below what was made a moment ago the program takes what it finds for
        // the service's doing.
        let (owner, name) = request.path.rsplit_once('/')?;
        let owner = owner.rsplit_once('/').map_or(owner, |(owner, _)| owner);
        if owner.contains('/') && !name.ends_with("-of-theirs") && !model.state.contains_key(owner)
        {
            return None;
        }
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
            same: matches!(deed, Deed::Forestall(_)),
            over_ours: before.contains_key(&request.path) && (ours || made),
            path: request.path,
        })
    }

    /// Finds out from the log whether the program wrote where somebody did,
    /// and after them.
    fn order(&self, meanwhile: &mut Meanwhile, now: &State) {
        let prefix = format!("/workspaces/{}", self.m.workspace);
        let puts: Vec<_> = (ledger::log(&self.m).into_iter())
            .filter(|r| r.method == "PUT" && (200..300).contains(&r.done))
            .filter(|r| r.path.ends_with(&format!("{prefix}{}", meanwhile.path)))
            .collect();
        // The one of these that is somebody's has another body; what stands
        // there in the end tells whose was last.
        let theirs = meanwhile.after.get(&meanwhile.path);
        let last_is_theirs = theirs == now.get(&meanwhile.path);
        meanwhile.replaced = puts.len() > 1 && !meanwhile.deleted && !last_is_theirs;
    }

    /// Where the journal has that something is about to be sent, and nothing after it.
    fn unanswered(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(self.journal()).unwrap_or_default();
        let prefix = format!("/workspaces/{}", self.m.workspace);
        let mut open = BTreeSet::new();
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).unwrap_or_default();
            let target = entry["target"]
                .as_str()
                .and_then(|t| t.strip_prefix(&prefix));
            let Some(target) = target.map(str::to_lowercase) else {
                continue;
            };
            match entry["event"] == "step-intended" {
                true => open.insert(target),
                false => open.remove(&target),
            };
        }
        open
    }

    /// An hour passes: nothing that was sent may still come.
    fn pass_time(&self) -> Result<(), String> {
        let journal = self.journal();
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
}

/// Arguments with the folder that is worked on.
fn here<'a>(args: &[&'a str], folder: &'a str) -> Vec<&'a str> {
    let of = |arg: &&'a str| if *arg == "FOLDER" { folder } else { arg };
    args.iter().map(of).collect()
}
