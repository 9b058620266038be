//! What must be in the workspace, and whose it is: kept beside the program, from
//! what was done to the service, and not from the program's word.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::wanted::{Wanted, api_of, place, standing, wants};

/// What stands in the workspace, by path below it in lower case.
pub(crate) type State = BTreeMap<String, Value>;

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The plan's, as it left it.
    Ours,
    /// The plan's, and somebody changed it since.
    Changed,
    /// The plan's, and no journal says so any more: it counts as somebody's.
    Forgotten,
    /// Somebody else's.
    Theirs,
    /// The service made it with something of ours.
    Service,
}

/// What the journal has of a step that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Done {
    wants: Value,
    /// Whether the journal has it for sure: a run that was cut off may not have
    /// come to that.
    sure: bool,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    Yes,
    Maybe,
    No,
}

/// What a run may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Apply { prune: bool, overwrite: bool },
    Rollback,
    Read,
}

/// What somebody did while a run was at work.
#[derive(Debug, Clone)]
pub(crate) struct Meanwhile {
    pub path: String,
    pub deleted: bool,
    /// What stood at the path and below it when it was done.
    pub after: State,
    /// Whether it is the very thing that the plan wants there.
    pub same: bool,
    /// Whether the program wrote there after it.
    pub replaced: bool,
    /// Whether it was there before, ours, when somebody wrote over it.
    pub over_ours: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub whose: BTreeMap<String, Whose>,
    pub state: State,
    pub plan: Vec<Wanted>,
    pub done: BTreeMap<String, Done>,
    /// APIs of the source that changed since the plan was made.
    pub drifted: BTreeSet<String>,
    /// Whether a journal was lost, and what is known with it.
    pub lost: bool,
    /// What a rollback deleted that was killed before it could say so: the
    /// journal has it as about to be deleted.
    pub deleting: BTreeSet<String>,
    /// What a killed run was about to send: made or not, the same by somebody else
    /// counts as its own.
    pub unanswered: BTreeSet<String>,
    /// What has another ETag at the source by what was done beside or below it.
    pub stirred: BTreeSet<String>,
    /// APIs of the source that have something new below them since then.
    pub grown: BTreeSet<String>,
    /// Theirs that the program was asked to overwrite: what they had last, and what
    /// it wrote over that.
    pub overwritten: BTreeMap<String, (Value, Value)>,
}

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(super) use ensure;

impl Model {
    pub(crate) fn step(&self, path: &str) -> Option<&Wanted> {
        self.plan.iter().find(|step| step.target == path)
    }

    /// What stands where a step wants something: links go by what they lead to.
    pub(crate) fn found(&self, step: &Wanted) -> Option<&Value> {
        standing(&self.state, step)
    }

    pub(crate) fn paths(&self, whose: &[Whose]) -> Vec<String> {
        let of = self.whose.iter().filter(|(_, w)| whose.contains(w));
        of.map(|(path, _)| path.clone()).collect()
    }

    /// Takes note of what somebody else did between two runs.
    pub(crate) fn somebody(&mut self, now: State) {
        let same = |path: &String| now.get(path) == self.state.get(path);
        let changed: Vec<String> = now.keys().filter(|p| !same(p)).cloned().collect();
        for path in changed {
            let whose = match self.whose.get(&path) {
                Some(Whose::Ours | Whose::Changed) => Whose::Changed,
                _ => Whose::Theirs,
            };
            self.whose.insert(path, whose);
        }
        self.whose.retain(|path, _| now.contains_key(path));
        self.state = now;
    }

    /// How far a step is by the journal.
    pub(crate) fn open(&self, step: &Wanted) -> Open {
        match self.done.get(&step.target) {
            None => Open::Yes,
            Some(done) if !done.sure => Open::Maybe,
            Some(done) if done.wants == wants(step) => Open::No,
            Some(_) => Open::Yes,
        }
    }

    /// The steps that stand against something that is not what they want and
    /// that the plan must not touch: for sure, and perhaps.
    pub(crate) fn conflicts(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut must, mut may) = (BTreeSet::new(), BTreeSet::new());
        for step in self.plan.iter().filter(|s| s.creates()) {
            let Some((at, found)) = place(&self.state, step) else {
                continue;
            };
            let stranger = matches!(
                self.whose.get(at),
                Some(Whose::Changed | Whose::Forgotten | Whose::Theirs)
            );
            if stranger && !step.is(found) {
                // What goes by its number may be this plan's still.
                let by_number = step.target.contains(";rev=") && *at != step.target;
                match self.open(step) {
                    Open::Yes if !by_number => must.insert(step.target.clone()),
                    Open::Yes | Open::Maybe => may.insert(step.target.clone()),
                    // What was left as it is, as asked, is looked at again.
                    Open::No if self.whose.get(at) != Some(&Whose::Changed) => {
                        may.insert(step.target.clone())
                    }
                    Open::No => false,
                };
            }
        }
        (must, may)
    }

    /// Whether a step that is to be carried out has a source that changed: for
    /// sure, and perhaps.
    pub(crate) fn drifts(&self) -> (bool, bool) {
        let of = |open: Open| {
            self.plan.iter().any(|step| {
                let exact = self.drifted.contains(&step.source);
                let below = |api: &String| step.source.starts_with(&format!("{api}/"));
                let sent = step.creates() && self.open(step) == open;
                let serves = self.found(step).is_some_and(|found| step.is(found));
                let certain = open == Open::Yes && exact && !serves;
                let grown = self
                    .grown
                    .iter()
                    .any(|api| step.source == *api || below(api));
                match open {
                    Open::Yes => sent && (certain || grown && !serves),
                    _ => step.creates() && (grown || exact || self.drifted.iter().any(below)),
                }
            })
        };
        let stirred = |step: &Wanted| step.creates() && self.stirred.contains(&step.source);
        let perhaps = (self.plan.iter()).any(|s| stirred(s) && self.open(s) != Open::No);
        (of(Open::Yes), of(Open::Maybe) || perhaps)
    }

    /// The APIs of which another revision is current than the plan wants: that is
    /// never written over, and nothing is written below it.
    pub(crate) fn turned(&self) -> BTreeSet<String> {
        let apis = (self.plan.iter())
            .filter(|s| api_of(&s.target) == Some(&s.target))
            .filter(|s| s.creates());
        let turned = apis.filter(|step| {
            let found = self.state.get(&step.target);
            found.is_some_and(|found| found["apiRevision"] != step.properties["apiRevision"])
        });
        turned.map(|step| step.target.clone()).collect()
    }

    /// Whether there is nothing to do: every step is done, and wants what it
    /// wanted then.
    pub(crate) fn is_done(&self) -> bool {
        self.plan.iter().all(|step| self.open(step) == Open::No)
    }

    /// Checks what a run did to the workspace, and takes note of it.
    pub(crate) fn ran(
        &mut self,
        verb: Verb,
        now: State,
        meanwhile: Option<&Meanwhile>,
    ) -> Result<(), String> {
        let excused = |path: &str| {
            meanwhile.is_some_and(|m| path == m.path || path.starts_with(&format!("{}/", m.path)))
        };
        let cascaded = meanwhile.is_some_and(|m| m.deleted);
        let before = std::mem::take(&mut self.state);
        for (path, was) in before.iter().filter(|(path, _)| !excused(path)) {
            let whose = self.whose[path];
            match now.get(path) {
                Some(is) if is == was => {}
                Some(is) => {
                    let asked =
                        verb == Verb::Apply {
                            prune: false,
                            overwrite: true,
                        } || verb
                            == Verb::Apply {
                                prune: true,
                                overwrite: true,
                            };
                    let planned = self.step(path).is_some_and(Wanted::creates);
                    // What stands below a revision of ours, which is current by now.
                    let by_number = !planned && self.goes_by(path, &now);
                    let planned = planned || by_number;
                    let ours = by_number || matches!(whose, Whose::Ours | Whose::Service);
                    let put_back = match self.overwritten.get(path) {
                        Some((theirs, _)) if verb == Verb::Rollback => {
                            // A secret can't be read, so it can't be put back.
                            ensure!(
                                theirs == is || is["secret"] == true,
                                "{path} was {theirs}, and {is} was put back"
                            );
                            true
                        }
                        _ => false,
                    };
                    ensure!(
                        put_back
                            || (matches!(verb, Verb::Apply { .. }) && planned && (ours || asked)),
                        "{path} ({whose:?}) was {was} and is {is}"
                    );
                    match whose {
                        Whose::Theirs | Whose::Forgotten if !put_back && !by_number => {
                            let known = self.overwritten.remove(path);
                            // Over the program's own word it is the one before.
                            let theirs = known.filter(|(_, ours)| ours == was);
                            let theirs = theirs.map_or(was.clone(), |(theirs, _)| theirs);
                            self.overwritten.insert(path.clone(), (theirs, is.clone()));
                            self.whose.insert(path.clone(), Whose::Theirs);
                        }
                        Whose::Changed => {
                            self.whose.insert(path.clone(), Whose::Ours);
                        }
                        _ => {}
                    }
                }
                None => {
                    let planned = self.step(path).is_some();
                    let may = match (whose, verb) {
                        (_, _) if cascaded => true,
                        (Whose::Service, Verb::Apply { .. } | Verb::Rollback) => true,
                        // It is the current one by now.
                        (Whose::Ours, Verb::Apply { .. }) if self.turns(path) => true,
                        (Whose::Ours, Verb::Rollback) => true,
                        // It stands again just as it was about to be deleted.
                        (Whose::Theirs, Verb::Rollback) => {
                            self.deleting.contains(path) || self.unanswered.contains(path)
                        }
                        (Whose::Ours, Verb::Apply { prune: true, .. }) => !planned,
                        _ => false,
                    };
                    ensure!(may, "{path} ({whose:?}) is gone: {was}");
                    self.whose.remove(path);
                    self.done.remove(path);
                }
            }
        }
        for path in now
            .keys()
            .filter(|p| !before.contains_key(*p) && !excused(p))
        {
            let applied = matches!(verb, Verb::Apply { .. });
            let whose = match self.step(path) {
                Some(step) if applied && step.creates() => Whose::Ours,
                _ if applied && (is_minted(path) || self.turns(path)) => Whose::Service,
                // What belongs to a revision that is the current one by now.
                _ if applied && self.goes_by(path, &now) => Whose::Service,
                // What was to be used, and is gone by now.
                Some(step) if applied && step.action == "reuse" => Whose::Ours,
                _ => return Err(format!("{path} was made, and no step wants it")),
            };
            self.whose.insert(path.clone(), whose);
        }
        if let Some(m) = meanwhile {
            self.after_meanwhile(verb, m, &now)?;
        }
        self.whose.retain(|path, _| now.contains_key(path));
        self.state = now;
        Ok(())
    }

    /// Whether a step wants what stands there by another path.
    fn goes_by(&self, path: &str, now: &State) -> bool {
        let mut all = self.plan.iter().filter(|step| step.creates());
        all.any(|step| place(now, step).is_some_and(|(at, _)| at == path))
    }

    /// Whether it comes and goes while an API gets its revisions.
    fn turns(&self, path: &str) -> bool {
        let Some(api) = api_of(path) else {
            return false;
        };
        let has = |mark: &str| path[api.len()..].starts_with(mark);
        (has(";rev=") || has("/releases/")) && self.step(api).is_some_and(Wanted::creates)
    }

    fn after_meanwhile(&mut self, verb: Verb, m: &Meanwhile, now: &State) -> Result<(), String> {
        let below = format!("{}/", m.path);
        let within: Vec<&String> = (now.keys())
            .filter(|path| **path == m.path || path.starts_with(&below))
            .collect();
        for path in within {
            let was = self.whose.get(path).copied();
            let whose = match (path == &m.path, m.deleted) {
                (true, false) if m.replaced => {
                    let overwrite = matches!(
                        verb,
                        Verb::Apply {
                            overwrite: true,
                            ..
                        }
                    );
                    match m.over_ours {
                        true => {
                            ensure!(overwrite, "{path} was changed meanwhile and written over");
                            Whose::Ours
                        }
                        false => Whose::Theirs,
                    }
                }
                (true, false) if m.over_ours => Whose::Changed,
                (true, false) => Whose::Theirs,
                // Made again after somebody deleted it, or never gone.
                _ => match (was, m.after.contains_key(path)) {
                    (Some(was), true) => was,
                    _ if self.step(path).is_some_and(Wanted::creates) => Whose::Ours,
                    _ if is_minted(path) => Whose::Service,
                    _ => Whose::Theirs,
                },
            };
            self.whose.insert(path.clone(), whose);
        }
        Ok(())
    }

    /// The run came to its end, and the journal has all of it.
    pub(crate) fn complete(&mut self) {
        for step in self.plan.clone() {
            let done = Done {
                wants: wants(&step),
                sure: true,
            };
            self.done.insert(step.target, done);
        }
    }

    /// The run was cut off or refused: what the journal has is not known.
    pub(crate) fn unsure(&mut self) {
        for step in self.plan.clone() {
            let changed = match self.done.get(&step.target) {
                Some(done) => done.wants != wants(&step),
                None => true,
            };
            let entry = self.done.entry(step.target.clone()).or_insert(Done {
                wants: wants(&step),
                sure: false,
            });
            entry.sure &= !changed;
        }
    }

    /// Nothing is sure of any step any more.
    pub(crate) fn all_unsure(&mut self) {
        self.unsure();
        self.done.values_mut().for_each(|done| done.sure = false);
    }

    /// A rollback came to its end: it forgets what it did not make.
    pub(crate) fn rolled_back(&mut self) {
        let ours = |path: &String| match self.step(path).and_then(|s| place(&self.state, s)) {
            // It goes by its number.
            Some((at, _)) if at != path => true,
            _ => matches!(self.whose.get(path), Some(Whose::Ours | Whose::Changed)),
        };
        let known = self.done.keys().filter(|path| ours(path)).cloned();
        let known: BTreeSet<String> = known.collect();
        self.done.retain(|path, _| known.contains(path));
        self.done.values_mut().for_each(|done| done.sure = false);
    }

    /// The journal is gone.
    pub(crate) fn forget(&mut self) {
        self.lost = true;
        self.done.clear();
        for whose in self.whose.values_mut() {
            if matches!(whose, Whose::Ours | Whose::Changed) {
                *whose = Whose::Forgotten;
            }
        }
    }

    /// The journal's last line about a place is gone.
    pub(crate) fn doubt(&mut self, path: &str) {
        if let Some(done) = self.done.get_mut(path) {
            done.sure = false;
        }
    }
}

/// Whether the last segment is 24 hex digits: a name of the service's making.
pub(crate) fn is_minted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.len() == 24 && name.bytes().all(|b| b.is_ascii_hexdigit())
}
