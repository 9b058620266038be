//! A run that takes back.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::erase::{Erased, Eraser, Target};
use super::held::{Held, Inspected};
use super::inspect::inspect;
use super::undo::{Undo, Unit, undo};
use super::{KeptStep, RollbackOptions, RollbackSummary, Scope};
use crate::address::TargetPath;
use crate::arm::Arm;
use crate::engine::blame::Blame;
use crate::engine::dispatch::{Answer, Flow, Work, dispatch};
use crate::engine::failure::{causes, in_short};
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Journal, SentStore, now};
use crate::engine::lock::Lock;
use crate::engine::{FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::{Action, Plan, Step, StepId};
use crate::progress::{Event, Listener, StepOutcome};
use crate::target::account::Account;
use crate::target::left::whole;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::Remote;
use crate::target::survey::{There, survey};
use crate::target::{RunError, about};

/// What a rollback would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// What would be deleted, in an order in which it could be.
    pub delete: Vec<TargetPath>,
    /// What this plan made and would be kept.
    pub keep: Vec<KeptStep>,
    /// How many steps made something that is gone already.
    pub gone: usize,
}

/// Tells what a rollback would do, without a write.
///
/// # Errors
/// When journal or target can't be read.
pub async fn preview(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    scope: Scope,
) -> Result<Preview, RunError> {
    let ledger = Journal::peek(&about(plan), dir)?;
    let own = plan.steps.len();
    let sent = SentStore::read(dir)?;
    let plan = &whole(plan, &ledger, &sent);
    let account = Account::new(plan, ledger, sent);
    let order = Order::of(plan)?;
    let lists = Lists::new(Arc::new(Remote::new(plan, arm)));
    let (found, unknown) = look(&account, &order, &lists, own, scope).await?;
    let undo = undo(plan, order.nodes(), &held(plan, &found));
    let mut delete: Vec<usize> = (undo.units.iter())
        .flat_map(|unit| std::iter::once(unit.step).chain(unit.with.iter().copied()))
        .collect();
    delete.sort_unstable();
    Ok(Preview {
        delete: (delete.iter().rev())
            .map(|&i| plan.steps[i].target.clone())
            .collect(),
        keep: kept(plan, &undo, &found)
            .into_iter()
            .chain(unknown)
            .collect(),
        gone: found.values().filter(|f| f.held == Held::Gone).count(),
    })
}

/// Deletes, in reverse order, what the journal says this plan created.
///
/// What differs from how this plan left it is kept, with all that it needs, all
/// that stands below it and what links to it.
///
/// # Errors
/// When another run holds the lock, or journal or target can't be read.
pub async fn rollback(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: RollbackOptions,
    cancel: CancellationToken,
    listener: Arc<dyn Listener>,
) -> Result<RollbackSummary, RunError> {
    let _lock = Lock::take(dir)?;
    let (journal, ledger) = Journal::open(&about(plan), dir)?;
    let own = plan.steps.len();
    let sent = SentStore::read(dir)?;
    let plan = &whole(plan, &ledger, &sent);
    let order = Order::of(plan)?;
    let account = Account::new(plan, ledger, sent);
    let remote = Arc::new(Remote::new(plan, arm));
    let lists = Lists::new(Arc::clone(&remote));
    let mut summary = RollbackSummary {
        plan: plan.name.clone(),
        ..RollbackSummary::default()
    };
    let ours = ours(&account, own, options.scope);
    let (found, unknown) = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            summary.cancelled = true;
            summary.remaining = ours.iter().map(|&i| plan.steps[i].id.clone()).collect();
            return Ok(summary);
        }
        found = look(&account, &order, &lists, own, options.scope) => found?,
    };
    let undo = undo(plan, order.nodes(), &held(plan, &found));
    let what = match options.scope {
        Scope::All => "rollback",
        Scope::Left => "prune",
    };
    listener.on(&Event::RunStarted {
        what,
        steps: ours.len(),
        done: 0,
    });
    let eraser = Arc::new(Eraser::new(Arc::new(plan.clone()), remote));
    let mut run = Run {
        plan,
        journal,
        listener,
        summary,
        undo,
        found,
        order: &order,
        account: &account,
        eraser,
        blame: Blame::default(),
    };
    run.begin_with(what, &ours, options.scope, unknown)?;
    run.carry_out(options, &cancel).await?;
    Ok(run.summary)
}

/// Looks at what this plan made, and at what it may have made.
async fn look(
    account: &Account<'_>,
    order: &Order<'_>,
    lists: &Lists,
    own: usize,
    scope: Scope,
) -> Result<(HashMap<usize, Inspected>, Vec<KeptStep>), RunError> {
    let found = inspect(account, order, lists, &ours(account, own, scope)).await?;
    let unknown = match scope {
        Scope::All => unrecorded(account, lists.remote(), own).await?,
        Scope::Left => Vec::new(),
    };
    Ok((found, unknown))
}

/// What this plan made, or may have made, by position.
fn ours(account: &Account<'_>, own: usize, scope: Scope) -> Vec<usize> {
    let steps = account.plan().steps.iter().enumerate();
    let all = steps.filter(|(i, step)| {
        let asked = scope == Scope::All || *i >= own;
        asked && step.action != Action::Tidy && account.hold(*i).is_ours()
    });
    all.map(|(i, _)| i).collect()
}

/// What stands where the plan would make something, and no record says that it
/// did.
async fn unrecorded(
    account: &Account<'_>,
    remote: &Remote,
    own: usize,
) -> Result<Vec<KeptStep>, RunError> {
    let plan = account.plan();
    let steps = plan.steps[..own].iter().enumerate();
    let create = steps.filter(|(_, step)| step.action == Action::Create);
    let unknown: Vec<usize> = (create.filter(|(i, _)| account.holding(*i).is_none()))
        .map(|(i, _)| i)
        .collect();
    let found = survey(plan, remote, &unknown, &unknown.iter().copied().collect()).await?;
    let there = |i: &usize| found.get(i).is_some_and(|there| *there != There::Nothing);
    Ok(unknown
        .iter()
        .filter(|i| there(i))
        .map(|&i| KeptStep {
            step: plan.steps[i].id.clone(),
            target: plan.steps[i].target.clone(),
            why: "no journal says that this plan made it".to_owned(),
        })
        .collect())
}

fn held(plan: &Plan, found: &HashMap<usize, Inspected>) -> Vec<Held> {
    let held = |i: usize| found.get(&i).map_or(Held::NotOurs, |f| f.held.clone());
    (0..plan.steps.len()).map(held).collect()
}

/// What is kept, and why.
fn kept(plan: &Plan, undo: &Undo, found: &HashMap<usize, Inspected>) -> Vec<KeptStep> {
    let why = |position: usize, sake: usize| match found.get(&sake).map(|f| &f.held) {
        Some(Held::Shared(what)) if sake == position => {
            format!("deleting it would take along {what}")
        }
        _ if sake == position => "it was changed since this plan wrote it".to_owned(),
        _ => format!("`{}` is kept and goes with it", plan.steps[sake].id),
    };
    (undo.kept.iter())
        .map(|&(position, sake)| KeptStep {
            step: plan.steps[position].id.clone(),
            target: plan.steps[position].target.clone(),
            why: why(position, sake),
        })
        .collect()
}

fn deleted_entry(step: &Step) -> Entry {
    Entry::Deleted {
        step: step.id.clone(),
        at: now(),
        target: Some(step.target.to_string()),
    }
}

struct Run<'p> {
    plan: &'p Plan,
    journal: Journal,
    listener: Arc<dyn Listener>,
    summary: RollbackSummary,
    undo: Undo,
    found: HashMap<usize, Inspected>,
    order: &'p Order<'p>,
    account: &'p Account<'p>,
    eraser: Arc<Eraser>,
    /// Whose the failures are.
    blame: Blame,
}

impl Run<'_> {
    /// Puts on record what is gone already, and forgets what made nothing, so
    /// that the next `apply` looks it up again.
    fn begin_with(
        &mut self,
        what: &str,
        ours: &[usize],
        scope: Scope,
        unknown: Vec<KeptStep>,
    ) -> Result<(), RunError> {
        let mut begin = vec![Entry::RunStarted {
            at: now(),
            what: what.to_owned(),
        }];
        let mut gone = Vec::new();
        for &position in ours {
            if self.found.get(&position).map(|f| &f.held) == Some(&Held::Gone) {
                begin.push(deleted_entry(&self.plan.steps[position]));
                self.summary
                    .absent
                    .push(self.plan.steps[position].id.clone());
                gone.push(position);
            }
        }
        begin.extend(self.tidies_of(&gone));
        if scope == Scope::All {
            let steps = self.plan.steps.iter().enumerate();
            let nothing = steps.filter(|(i, step)| {
                // What was tidied is remembered as long as its owner stands.
                self.account.holding(*i).is_some()
                    && !self.account.hold(*i).is_ours()
                    && step.action != Action::Tidy
            });
            begin.extend(nothing.map(|(_, step)| deleted_entry(step)));
        }
        self.journal.append(&begin)?;
        self.summary.kept = kept(self.plan, &self.undo, &self.found);
        self.summary.kept.extend(unknown);
        for kept in &self.summary.kept {
            self.listener.on(&Event::StepDone {
                step: kept.step.clone(),
                outcome: StepOutcome::Kept,
                took: Duration::ZERO,
            });
        }
        Ok(())
    }

    async fn carry_out(
        &mut self,
        options: RollbackOptions,
        cancel: &CancellationToken,
    ) -> Result<(), RunError> {
        let nodes = self.undo.units.iter().map(|u| u.node(self.plan)).collect();
        let mut frontier = Frontier::new(nodes, |_| false);
        dispatch(self, &mut frontier, options.concurrency, cancel).await?;
        self.finish(&mut frontier, cancel.is_cancelled())
    }

    fn steps_of<'u>(&'u self, unit: &'u Unit) -> impl Iterator<Item = &'u Step> {
        let all = std::iter::once(unit.step).chain(unit.with.iter().copied());
        all.map(|position| &self.plan.steps[position])
    }

    fn keep(&mut self, unit: &Unit, why: &str) {
        let step = &self.plan.steps[unit.step];
        let mut kept = vec![KeptStep {
            step: step.id.clone(),
            target: step.target.clone(),
            why: why.to_owned(),
        }];
        kept.extend(unit.with.iter().map(|&position| KeptStep {
            step: self.plan.steps[position].id.clone(),
            target: self.plan.steps[position].target.clone(),
            why: format!("`{}` is kept and goes with it", step.id),
        }));
        self.summary.kept.extend(kept);
    }

    fn fail(&mut self, unit: usize, failed: FailedStep, frontier: &mut Frontier) {
        self.listener.on(&Event::StepFailed {
            step: failed.step.clone(),
            reason: in_short(&failed.causes),
        });
        frontier.settle(unit, false);
        self.summary.failed.push(failed);
    }

    /// Tidy steps whose owner is gone have to be done again after the next
    /// creation.
    fn tidies_of(&self, gone: &[usize]) -> Vec<Entry> {
        let tidies = self.plan.steps.iter().filter(|s| s.action == Action::Tidy);
        let of_gone = tidies.filter(|s| {
            let mut owners = s.after.iter().filter_map(|id| self.order.position(id));
            owners.any(|owner| gone.contains(&owner))
        });
        of_gone.map(deleted_entry).collect()
    }

    fn finish(&mut self, frontier: &mut Frontier, cancelled: bool) -> Result<(), RunError> {
        self.summary.trouble = self.blame.end(frontier);
        let failed: Vec<StepId> = self.summary.failed.iter().map(|f| f.step.clone()).collect();
        for (index, unit) in self.undo.units.clone().iter().enumerate() {
            match frontier.blocked_by(index).map(|by| &self.undo.units[by]) {
                Some(by) if !failed.contains(&self.plan.steps[by.step].id) => {
                    let why = format!("`{}` needs it and is kept", self.plan.steps[by.step].id);
                    self.keep(unit, &why);
                }
                None if !frontier.is_open(index) => {}
                _ => {
                    let ids: Vec<StepId> = self.steps_of(unit).map(|s| s.id.clone()).collect();
                    self.summary.remaining.extend(ids);
                }
            }
        }
        let order = self.order;
        self.summary.kept.sort_by_key(|k| order.position(&k.step));
        self.summary.kept.dedup_by(|a, b| a.step == b.step);
        for ids in [&mut self.summary.deleted, &mut self.summary.remaining] {
            ids.sort_by_key(|id| order.position(id));
        }
        self.summary.cancelled = cancelled;
        let end = match self.summary.exit() {
            Exit::Done => "done",
            _ => "stopped",
        };
        self.journal.append(&[Entry::RunEnded {
            at: now(),
            end: end.to_owned(),
        }])?;
        Ok(())
    }
}

impl Work for Run<'_> {
    type Said = Erased;
    type Error = RunError;

    fn begin(&mut self, units: &[usize]) -> Result<Vec<BoxFuture<'static, Erased>>, RunError> {
        let mut begun: Vec<BoxFuture<'static, Erased>> = Vec::with_capacity(units.len());
        let mut intents = Vec::new();
        for &unit in units {
            let position = self.undo.units[unit].step;
            let step = &self.plan.steps[position];
            let inspected = &self.found[&position];
            let target = Target {
                position,
                path: inspected.path.clone(),
                standing: inspected.standing.clone(),
            };
            self.listener.on(&Event::StepStarted {
                step: step.id.clone(),
            });
            // What goes with it is as unsure as that itself when the run is cut
            // off.
            let unit = &self.undo.units[unit];
            intents.extend(self.steps_of(unit).map(|step| Entry::DeleteIntended {
                step: step.id.clone(),
                at: now(),
                target: Some(step.target.to_string()),
            }));
            let eraser = Arc::clone(&self.eraser);
            begun.push(Box::pin(async move { eraser.erase(target).await }));
        }
        self.journal.append(&intents)?;
        Ok(begun)
    }

    fn settle(
        &mut self,
        answers: Vec<Answer<Erased>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, RunError> {
        for answer in answers {
            let unit = self.undo.units[answer.unit].clone();
            let step = &self.plan.steps[unit.step];
            let gone = matches!(answer.said, Erased::Deleted { .. } | Erased::WasAbsent);
            let outcome = match answer.said {
                Erased::Deleted { minted } => {
                    self.summary.minted.extend(minted);
                    Some(StepOutcome::Deleted)
                }
                Erased::WasAbsent => Some(StepOutcome::Deleted),
                Erased::Kept(why) => {
                    self.keep(&unit, &why);
                    Some(StepOutcome::Kept)
                }
                Erased::Failed(error) => {
                    let failed = FailedStep {
                        step: step.id.clone(),
                        target: step.target.to_string(),
                        causes: causes(&error),
                        help: error.source.help(),
                        drift: false,
                        conflict: false,
                        permanent: error.source.permanent(),
                        file: None,
                    };
                    let stopped = Stopped::by(&error);
                    if let Some(failed) = self.blame.failed(answer.unit, failed, stopped, frontier)
                    {
                        self.fail(answer.unit, failed, frontier);
                    }
                    continue;
                }
            };
            if let Some((unit, failed)) = self.blame.done() {
                self.fail(unit, failed, frontier);
            }
            if gone {
                let mut positions = vec![unit.step];
                positions.extend(&unit.with);
                let mut entries: Vec<Entry> = self.steps_of(&unit).map(deleted_entry).collect();
                entries.extend(self.tidies_of(&positions));
                self.journal.append(&entries)?;
                let ids: Vec<StepId> = self.steps_of(&unit).map(|s| s.id.clone()).collect();
                self.summary.deleted.extend(ids);
            }
            if let Some(outcome) = outcome {
                for step in self.steps_of(&unit) {
                    self.listener.on(&Event::StepDone {
                        step: step.id.clone(),
                        outcome,
                        took: answer.took,
                    });
                }
            }
            frontier.settle(answer.unit, gone);
        }
        Ok(match self.blame.stops() {
            true => Flow::Stop,
            false => Flow::GoOn,
        })
    }
}
