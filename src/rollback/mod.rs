//! Taking back what a plan made: exactly that, and only what nobody changed
//! since.

mod crowd;
mod erase;
mod held;
mod inspect;
mod undo;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::erase::{Erased, Eraser, Target};
use self::held::{Held, Inspected};
use self::inspect::inspect;
use self::undo::{Undo, undo};
use crate::address::TargetPath;
use crate::arm::Arm;
use crate::engine::failure::causes;
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Journal, Past, now};
use crate::engine::lock::Lock;
use crate::engine::{DEFAULT_CONCURRENCY, FailedStep};
use crate::exit::Exit;
use crate::plan::{Action, Plan, StepId};
use crate::progress::{Event, Listener, StepOutcome};
use crate::target::RunError;
use crate::target::order::Order;
use crate::target::remote::Remote;

/// Something this plan made that was not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptStep {
    /// The step that made it.
    pub step: StepId,
    /// Where it stands.
    pub target: TargetPath,
    /// Why it was kept.
    pub why: String,
}

/// What came of a rollback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RollbackSummary {
    /// The plan's name.
    pub plan: String,
    /// Steps whose outcome was deleted, by a request of its own or with what
    /// it stood below, in the order of the plan.
    pub deleted: Vec<StepId>,
    /// Steps whose outcome was gone already.
    pub absent: Vec<StepId>,
    /// What this plan made and was kept, in the order of the plan.
    pub kept: Vec<KeptStep>,
    /// Deletions that failed.
    pub failed: Vec<FailedStep>,
    /// Deletions that were not tried, because the run was stopped or something
    /// that has to go before is still there.
    pub remaining: Vec<StepId>,
    /// Named values that the service had made for loggers and that went with
    /// them.
    pub minted: Vec<String>,
    /// Whether the run was stopped from outside.
    pub cancelled: bool,
}

impl RollbackSummary {
    /// The exit code: resumable when a deletion failed or was not tried. What
    /// is kept because somebody changed it is as it should be.
    pub fn exit(&self) -> Exit {
        if self.failed.is_empty() && self.remaining.is_empty() {
            Exit::Done
        } else {
            Exit::Resumable
        }
    }
}

/// Deletes, in reverse order, what the journal says this plan created.
///
/// What has another ETag than this plan left it with and differs from the plan
/// is kept, with all that it needs.
///
/// # Errors
/// When another run holds the lock, or journal or target can't be read.
pub async fn rollback(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    cancel: CancellationToken,
    listener: Arc<dyn Listener>,
) -> Result<RollbackSummary, RunError> {
    let order = Order::of(plan)?;
    let _lock = Lock::take(dir)?;
    let (mut journal, past) = Journal::open(plan, dir)?;
    let remote = Arc::new(Remote::new(plan, arm));
    let mut summary = RollbackSummary {
        plan: plan.name.clone(),
        ..RollbackSummary::default()
    };
    let ours: Vec<usize> = (0..plan.steps.len())
        .filter(|&i| is_ours(plan, &past, i))
        .collect();
    let found = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            listener.on(&Event::Stopping);
            summary.cancelled = true;
            summary.remaining = ours.iter().map(|&i| plan.steps[i].id.clone()).collect();
            return Ok(summary);
        }
        found = inspect(plan, &past, &remote, &ours) => found?,
    };
    let held: Vec<Held> = (0..plan.steps.len())
        .map(|i| found.get(&i).map_or(Held::NotOurs, |f| f.held.clone()))
        .collect();
    let undo = undo(plan, order.nodes(), &held);
    listener.on(&Event::RunStarted {
        what: "rollback",
        steps: ours.len(),
        done: 0,
    });
    let mut begin = vec![Entry::RunStarted {
        at: now(),
        what: "rollback".to_owned(),
    }];
    for &position in &ours {
        if held[position] == Held::Gone {
            begin.push(deleted_entry(plan, position));
            summary.absent.push(plan.steps[position].id.clone());
        }
    }
    begin.extend(forgotten(plan, &past));
    journal.append(&begin)?;
    for &(position, sake) in &undo.kept {
        let step = &plan.steps[position];
        summary.kept.push(KeptStep {
            step: step.id.clone(),
            target: step.target.clone(),
            why: match (sake == position, &held[sake]) {
                (true, Held::Shared(what)) => {
                    format!("deleting it would take along {what}")
                }
                (true, _) => "it was changed since this plan wrote it".to_owned(),
                (false, _) => format!("`{}` needs it and is kept", plan.steps[sake].id),
            },
        });
        listener.on(&Event::StepDone {
            step: step.id.clone(),
            outcome: StepOutcome::Kept,
            took: Duration::ZERO,
        });
    }
    let tidied = tidied_owners(plan, &past, &order);
    let mut run = Run {
        plan,
        journal,
        listener,
        summary,
        undo,
        found,
        order: &order,
        tidied,
    };
    run.carry_out(remote, cancel).await?;
    Ok(run.summary)
}

fn is_ours(plan: &Plan, past: &Past, position: usize) -> bool {
    let step = &plan.steps[position];
    step.action != Action::Tidy && past.of(&step.id).is_some_and(|r| r.is_ours())
}

/// Steps that made nothing are forgotten, so that the next `apply` looks them
/// up again; but what was tidied is remembered as long as its owner stands.
fn forgotten(plan: &Plan, past: &Past) -> Vec<Entry> {
    let positions = (0..plan.steps.len()).filter(|&i| {
        let step = &plan.steps[i];
        past.of(&step.id).is_some() && !is_ours(plan, past, i) && step.action != Action::Tidy
    });
    positions.map(|i| deleted_entry(plan, i)).collect()
}

/// Owners whose automatic resources were dealt with, so that what looks like
/// one now is somebody's.
fn tidied_owners(plan: &Plan, past: &Past, order: &Order<'_>) -> Vec<usize> {
    let tidies = plan.steps.iter().filter(|s| s.action == Action::Tidy);
    let done = tidies.filter(|s| {
        past.of(&s.id).is_some_and(|r| {
            use crate::engine::journal::Outcome::{NothingToTidy, Tidied};
            matches!(r.outcome, Some(Tidied | NothingToTidy))
        })
    });
    done.filter_map(|s| crate::target::automatic::Automatic::of_tidy(plan, order, s))
        .filter(|automatic| automatic.names_owner())
        .map(|automatic| automatic.owner)
        .collect()
}

fn deleted_entry(plan: &Plan, position: usize) -> Entry {
    Entry::Deleted {
        step: plan.steps[position].id.clone(),
        at: now(),
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
    tidied: Vec<usize>,
}

struct Answer {
    unit: usize,
    erased: Erased,
    took: Duration,
}

impl Run<'_> {
    async fn carry_out(
        &mut self,
        remote: Arc<Remote>,
        cancel: CancellationToken,
    ) -> Result<(), RunError> {
        let nodes = self.undo.units.iter().map(|u| u.node(self.plan)).collect();
        let mut frontier = Frontier::new(nodes, |_| false);
        let eraser = Arc::new(Eraser::new(Arc::new(self.plan.clone()), remote));
        let mut in_flight: JoinSet<Answer> = JoinSet::new();
        let mut stopping = false;
        let ended = loop {
            if cancel.is_cancelled() && !stopping {
                stopping = true;
                self.listener.on(&Event::Stopping);
            }
            if !stopping {
                match self.begin(&mut frontier, in_flight.len()) {
                    Ok(targets) => {
                        for (unit, target) in targets {
                            let eraser = Arc::clone(&eraser);
                            in_flight.spawn(async move {
                                let began = Instant::now();
                                let erased = eraser.erase(target).await;
                                let took = began.elapsed();
                                Answer { unit, erased, took }
                            });
                        }
                    }
                    Err(error) => break Err(error),
                }
            }
            tokio::select! {
                biased;
                () = cancel.cancelled(), if !stopping => {}
                joined = in_flight.join_next() => {
                    let Some(joined) = joined else { break Ok(()) };
                    let answer = joined
                        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
                    if let Err(error) = self.settle(answer, &mut frontier) {
                        break Err(error);
                    }
                }
            }
        };
        while in_flight.join_next().await.is_some() {}
        ended?;
        self.finish(&frontier, cancel.is_cancelled())
    }

    fn begin(
        &mut self,
        frontier: &mut Frontier,
        under_way: usize,
    ) -> Result<Vec<(usize, Target)>, RunError> {
        let mut targets = Vec::new();
        let mut intents = Vec::new();
        while under_way + targets.len() < DEFAULT_CONCURRENCY.get() {
            let Some(unit) = frontier.pop() else { break };
            let position = self.undo.units[unit].step;
            let step = self.plan.steps[position].id.clone();
            let inspected = &self.found[&position];
            targets.push((
                unit,
                Target {
                    position,
                    path: inspected.path.clone(),
                    standing: inspected.standing.clone(),
                    tidied: self.tidied.contains(&position),
                },
            ));
            self.listener.on(&Event::StepStarted { step });
            // What goes with it is as unsure as that itself when the run is cut
            // off.
            let with = self.undo.units[unit].with.iter();
            intents.extend(std::iter::once(&position).chain(with).map(|&position| {
                Entry::DeleteIntended {
                    step: self.plan.steps[position].id.clone(),
                    at: now(),
                }
            }));
        }
        self.journal.append(&intents)?;
        Ok(targets)
    }

    fn settle(&mut self, answer: Answer, frontier: &mut Frontier) -> Result<(), RunError> {
        let unit = self.undo.units[answer.unit].clone();
        let step = &self.plan.steps[unit.step];
        let gone = matches!(answer.erased, Erased::Deleted { .. } | Erased::WasAbsent);
        let outcome = match answer.erased {
            Erased::Deleted { minted } => {
                self.summary.minted.extend(minted);
                Some(StepOutcome::Deleted)
            }
            Erased::WasAbsent => Some(StepOutcome::Deleted),
            Erased::Kept(why) => {
                self.summary.kept.push(KeptStep {
                    step: step.id.clone(),
                    target: step.target.clone(),
                    why,
                });
                Some(StepOutcome::Kept)
            }
            Erased::Failed(error) => {
                let causes = causes(&error);
                self.listener.on(&Event::StepFailed {
                    step: step.id.clone(),
                    reason: causes.join(": "),
                });
                self.summary.failed.push(FailedStep {
                    step: step.id.clone(),
                    target: step.target.clone(),
                    causes,
                    help: error.source.help(),
                    drift: false,
                    permanent: error.source.permanent(),
                    file: None,
                });
                None
            }
        };
        if gone {
            let mut positions = vec![unit.step];
            positions.extend(&unit.with);
            let mut entries: Vec<Entry> = positions
                .iter()
                .map(|&p| deleted_entry(self.plan, p))
                .collect();
            entries.extend(self.tidies_of(&positions));
            self.journal.append(&entries)?;
            let ids = positions.iter().map(|&p| self.plan.steps[p].id.clone());
            self.summary.deleted.extend(ids);
        }
        if let Some(outcome) = outcome {
            for position in std::iter::once(unit.step).chain(unit.with.iter().copied()) {
                self.listener.on(&Event::StepDone {
                    step: self.plan.steps[position].id.clone(),
                    outcome,
                    took: answer.took,
                });
            }
        }
        frontier.settle(answer.unit, gone);
        Ok(())
    }

    /// Tidy steps whose owner is gone have to be done again after the next
    /// creation.
    fn tidies_of(&self, gone: &[usize]) -> Vec<Entry> {
        let steps = self.plan.steps.iter().enumerate();
        let tidies = steps.filter(|(_, s)| s.action == Action::Tidy);
        let of_gone = tidies.filter(|(_, s)| {
            let mut owners = s.after.iter().filter_map(|id| self.order.position(id));
            owners.any(|owner| gone.contains(&owner))
        });
        of_gone
            .map(|(position, _)| deleted_entry(self.plan, position))
            .collect()
    }

    fn finish(&mut self, frontier: &Frontier, cancelled: bool) -> Result<(), RunError> {
        let failed: Vec<StepId> = self.summary.failed.iter().map(|f| f.step.clone()).collect();
        for (index, unit) in self.undo.units.iter().enumerate() {
            let ids = std::iter::once(unit.step)
                .chain(unit.with.iter().copied())
                .map(|p| &self.plan.steps[p]);
            let blocked = frontier
                .blocked_by(index)
                .map(|by| self.undo.units[by].step);
            for step in ids {
                match blocked {
                    Some(by) if !failed.contains(&self.plan.steps[by].id) => {
                        self.summary.kept.push(KeptStep {
                            step: step.id.clone(),
                            target: step.target.clone(),
                            why: format!("`{}` needs it and is kept", self.plan.steps[by].id),
                        });
                    }
                    Some(_) => self.summary.remaining.push(step.id.clone()),
                    None if frontier.is_open(index) => {
                        self.summary.remaining.push(step.id.clone());
                    }
                    None => {}
                }
            }
        }
        let order = self.order;
        self.summary.kept.sort_by_key(|k| order.position(&k.step));
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
