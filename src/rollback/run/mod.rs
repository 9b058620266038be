//! A run that takes back.

mod erase;
mod put_back;
mod settle;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::erase::{Eraser, ToUndo, Undone};
use super::look::held::{Held, Inspected};
use super::look::undo::{Undo, Unit, undo};
use super::look::{Seen, held, kept, look, to_undo};
use super::{KeptStep, RollbackOptions, RollbackSummary, Scope};
use crate::arm::Arm;
use crate::engine::blame::Blame;
use crate::engine::dispatch::{Finished, Flow, Work, dispatch};
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Bodies, Entry, Journal, now};
use crate::engine::lock::Lock;
use crate::plan::{Action, Plan, Step};
use crate::progress::{Event, Listener, StepOutcome, looking};
use crate::target::account::Account;
use crate::target::left::whole;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::Remote;
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
        arm: arm.clone(),
        moved: HashSet::new(),
        looked: HashSet::new(),
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
    arm: Arm,
    /// Units whose resource was found to have another ETag, and is the same.
    moved: HashSet<usize>,
    /// Units whose resource was looked at again right before.
    looked: HashSet<usize>,
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
}

impl Work for Run<'_> {
    type Said = Undone;
    type Error = RunError;

    fn begin(&mut self, units: &[usize]) -> Result<Vec<BoxFuture<'static, Undone>>, RunError> {
        let mut begun: Vec<BoxFuture<'static, Undone>> = Vec::with_capacity(units.len());
        let mut intents = Vec::new();
        for &unit in units {
            let again = self.moved.contains(&unit);
            let looked = again || self.looked.contains(&unit);
            let unit = &self.undo.units[unit];
            let step = &self.plan.steps[unit.step];
            let inspected = &self.found[&unit.step];
            let target = ToUndo {
                position: unit.step,
                path: inspected.path.clone(),
                standing: inspected.standing.clone(),
                again,
            };
            if !looked {
                let step = step.id.clone();
                self.listener.on(&Event::StepStarted { step });
            }
            let eraser = Arc::clone(&self.eraser);
            let span = tracing::debug_span!("step", step = step.id.as_str());
            if unit.puts_back {
                intents.push(Entry::PutBackIntended {
                    step: step.id.clone(),
                    at: now(),
                    target: Some(step.target.to_string()),
                });
                let before = self.account.before(unit.step);
                let work = async move { eraser.put_back(target, before).await };
                begun.push(Box::pin(work.instrument(span)));
                continue;
            }
            // Links have no ETag, and what nothing hung on is as it was seen.
            let hung = !unit.after.is_empty() && target.standing.is_some();
            if hung && !looked {
                begun.push(Box::pin(async move { eraser.look_again(target).await }));
                continue;
            }
            intents.extend(self.delete_intents(unit));
            let work = async move { eraser.erase(target).await };
            begun.push(Box::pin(work.instrument(span)));
        }
        self.journal.append(&intents)?;
        Ok(begun)
    }

    fn settle(
        &mut self,
        answers: Vec<Finished<Undone>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, RunError> {
        self.take_in(answers, frontier)
    }
}
