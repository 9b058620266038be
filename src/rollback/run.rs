//! A run that takes back.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::erase::{Eraser, Target, Undone};
use super::held::{Held, Inspected};
use super::look::{Seen, held, kept, look, to_undo};
use super::undo::{Undo, Unit, undo};
use super::{KeptStep, PutBack, RollbackOptions, RollbackSummary, Scope};
use crate::arm::Arm;
use crate::engine::blame::Blame;
use crate::engine::dispatch::{Answer, Flow, Work, dispatch};
use crate::engine::failure::in_short;
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Bodies, Entry, Journal, now};
use crate::engine::lock::Lock;
use crate::engine::{FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::{Action, Plan, Step, StepId};
use crate::progress::{Event, Listener, StepOutcome, looking};
use crate::rights::Right;
use crate::target::account::Account;
use crate::target::left::whole;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::{Remote, Standing};
use crate::target::{RunError, about};

/// Deletes, in reverse order, what the journal says this plan created, and puts
/// back what somebody else had where it wrote over that, as asked.
///
/// What differs from how this plan left it is kept, with all that it needs, all
/// that stands below it and what links to it. What a [`preview`](super::preview)
/// has `seen` is not looked at again while it holds.
///
/// # Errors
/// When another run holds the lock, or journal or target can't be read.
pub async fn rollback(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: RollbackOptions,
    seen: Option<Seen>,
    cancel: CancellationToken,
    listener: Arc<dyn Listener>,
) -> Result<RollbackSummary, RunError> {
    let _lock = Lock::take(dir)?;
    let (journal, ledger) = Journal::open(&about(plan), dir)?;
    let own = plan.steps.len();
    let bodies = Bodies::read(dir)?;
    let plan = &whole(plan, &ledger, &bodies.sent);
    let order = Order::of(plan)?;
    let account = Account::new(plan, ledger, bodies);
    let remote = Arc::new(Remote::new(plan, arm));
    let lists = Lists::new(Arc::clone(&remote));
    let mut summary = RollbackSummary {
        plan: plan.name.clone(),
        ..RollbackSummary::default()
    };
    let undone = to_undo(&account, own, options.scope);
    let seen = seen.filter(|seen| seen.holds(options.scope, account.ledger()));
    let looked = async {
        match seen {
            Some(seen) => Ok((seen.found, seen.unknown)),
            None => look(&account, &order, &lists, own, options.scope).await,
        }
    };
    let (found, unknown) = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            summary.cancelled = true;
            summary.remaining = undone.iter().map(|&i| plan.steps[i].id.clone()).collect();
            return Ok(summary);
        }
        found = looking("the workspace", &listener, looked) => found?,
    };
    let undo = undo(plan, order.nodes(), &held(plan, &found));
    let what = match options.scope {
        Scope::All => "rollback",
        Scope::Left => "prune",
    };
    listener.on(&Event::RunStarted {
        what,
        steps: undone.len(),
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
        moved: HashSet::new(),
        blame: Blame::default(),
    };
    let by = arm.caller().await;
    run.begin_with((what, by), &undone, options.scope, unknown)?;
    run.carry_out(options, &cancel).await?;
    Ok(run.summary)
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
    /// Units whose resource was found to have another ETag, and is the same.
    moved: HashSet<usize>,
    /// Whose the failures are.
    blame: Blame,
}

impl Run<'_> {
    /// Puts on record what is gone already, and forgets what made nothing, so
    /// that the next `apply` looks it up again.
    fn begin_with(
        &mut self,
        (what, by): (&str, Option<String>),
        undone: &[usize],
        scope: Scope,
        unknown: Vec<KeptStep>,
    ) -> Result<(), RunError> {
        let mut begin = vec![Entry::RunStarted {
            at: now(),
            what: what.to_owned(),
            by,
        }];
        let mut gone = Vec::new();
        for &position in undone {
            if self.found.get(&position).map(|f| &f.held) == Some(&Held::Gone) {
                begin.push(Entry::deleted(&self.plan.steps[position]));
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
                let found = self.found.get(i).map(|f| &f.held);
                // What was tidied is remembered as long as its owner stands.
                self.account.holding(*i).is_some()
                    && matches!(found, None | Some(Held::NotOurs))
                    && step.action != Action::Tidy
            });
            begin.extend(nothing.map(|(_, step)| Entry::deleted(step)));
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
        if let Some(denied) = &failed.denied {
            let same = |unit: &Unit| {
                let kind = self.plan.steps[unit.step].kind;
                let verb = if unit.puts_back { "write" } else { "delete" };
                Right::of_workspace(kind.pattern, verb) == *denied.right()
            };
            let units = self.undo.units.iter().enumerate();
            let same = units.filter(|(_, unit)| same(unit)).map(|(at, _)| at);
            frontier.keep_back(unit, same.collect());
        }
        self.summary.failed.push(failed);
    }

    /// What goes with something is as unsure as that itself when the run is cut off.
    fn delete_intents(&self, unit: &Unit) -> Vec<Entry> {
        let goes = std::iter::once(&unit.step).chain(&unit.with);
        let intent = |position: &usize| {
            let step = &self.plan.steps[*position];
            let standing = self.found.get(position).and_then(|f| f.standing.as_ref());
            Entry::DeleteIntended {
                step: step.id.clone(),
                at: now(),
                target: Some(step.target.to_string()),
                etag: standing.and_then(|standing| standing.etag.clone()),
            }
        };
        goes.map(intent).collect()
    }

    /// Has something that moved taken back by another request, which is on record
    /// even if the run stops before that.
    fn moved(
        &mut self,
        unit: usize,
        standing: Standing,
        frontier: &mut Frontier,
    ) -> Result<(), RunError> {
        let of = self.undo.units[unit].clone();
        if let Some(found) = self.found.get_mut(&of.step) {
            found.standing = Some(standing);
        }
        if !of.puts_back {
            self.journal.append(&self.delete_intents(&of))?;
        }
        self.moved.insert(unit);
        frontier.again(unit);
        Ok(())
    }

    /// Tidy steps whose owner is gone have to be done again after the next
    /// creation.
    fn tidies_of(&self, gone: &[usize]) -> Vec<Entry> {
        let tidies = self.plan.steps.iter().filter(|s| s.action == Action::Tidy);
        let of_gone = tidies.filter(|s| {
            let mut owners = s.after.iter().filter_map(|id| self.order.position(id));
            owners.any(|owner| gone.contains(&owner))
        });
        of_gone.map(Entry::deleted).collect()
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
        let put_back = &mut self.summary.put_back;
        put_back.sort_by_key(|p| order.position(&p.step));
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
    type Said = Undone;
    type Error = RunError;

    fn begin(&mut self, units: &[usize]) -> Result<Vec<BoxFuture<'static, Undone>>, RunError> {
        let mut begun: Vec<BoxFuture<'static, Undone>> = Vec::with_capacity(units.len());
        let mut intents = Vec::new();
        for &unit in units {
            let again = self.moved.contains(&unit);
            let unit = &self.undo.units[unit];
            let step = &self.plan.steps[unit.step];
            let inspected = &self.found[&unit.step];
            let target = Target {
                position: unit.step,
                path: inspected.path.clone(),
                standing: inspected.standing.clone(),
                again,
            };
            self.listener.on(&Event::StepStarted {
                step: step.id.clone(),
            });
            let eraser = Arc::clone(&self.eraser);
            if unit.puts_back {
                intents.push(Entry::PutBackIntended {
                    step: step.id.clone(),
                    at: now(),
                    target: Some(step.target.to_string()),
                });
                let before = self.account.before(unit.step);
                begun.push(Box::pin(
                    async move { eraser.put_back(target, before).await },
                ));
                continue;
            }
            intents.extend(self.delete_intents(unit));
            begun.push(Box::pin(async move { eraser.erase(target).await }));
        }
        self.journal.append(&intents)?;
        Ok(begun)
    }

    fn settle(
        &mut self,
        answers: Vec<Answer<Undone>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, RunError> {
        for answer in answers {
            let unit = self.undo.units[answer.unit].clone();
            let step = &self.plan.steps[unit.step];
            let puts_back = matches!(answer.said, Undone::PutBack);
            let gone = matches!(answer.said, Undone::Deleted { .. } | Undone::WasAbsent);
            let outcome = match answer.said {
                Undone::Deleted { minted } => {
                    self.summary.minted.extend(minted);
                    Some(StepOutcome::Deleted)
                }
                Undone::PutBack => {
                    let back = PutBack::of(self.account, unit.step);
                    self.summary.put_back.push(back);
                    Some(StepOutcome::PutBack)
                }
                Undone::WasAbsent => Some(StepOutcome::Deleted),
                Undone::Moved(standing) => {
                    self.moved(answer.unit, standing, frontier)?;
                    continue;
                }
                Undone::Kept(why) => {
                    self.keep(&unit, &why);
                    Some(StepOutcome::Kept)
                }
                Undone::Failed(error) => {
                    let (id, target) = (step.id.clone(), step.target.to_string());
                    let failed = FailedStep {
                        permanent: error.source.permanent(),
                        ..FailedStep::of(id, target, &error, error.source.help())
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
            if puts_back {
                let entries = self.steps_of(&unit).map(|step| Entry::PutBack {
                    step: step.id.clone(),
                    at: now(),
                    target: Some(step.target.to_string()),
                });
                let entries: Vec<Entry> = entries.collect();
                self.journal.append(&entries)?;
            }
            if gone {
                let mut positions = vec![unit.step];
                positions.extend(&unit.with);
                let mut entries: Vec<Entry> = self.steps_of(&unit).map(Entry::deleted).collect();
                entries.extend(self.tidies_of(&positions));
                self.journal.append(&entries)?;
                let ids: Vec<StepId> = self.steps_of(&unit).map(|s| s.id.clone()).collect();
                match unit.puts_back {
                    true => self.summary.absent.extend(ids),
                    false => self.summary.deleted.extend(ids),
                }
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
            frontier.settle(answer.unit, gone || puts_back);
        }
        Ok(match self.blame.stops() {
            true => Flow::Stop,
            false => Flow::GoOn,
        })
    }
}
