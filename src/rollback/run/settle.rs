//! What came of taking back: put on record, told, and summed up.

use super::Run;
use super::erase::Undone;
use crate::engine::dispatch::{Finished, Flow};
use crate::engine::failure::in_short;
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, now};
use crate::engine::{FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::StepId;
use crate::progress::{Event, StepOutcome};
use crate::rights::Right;
use crate::rollback::look::undo::Unit;
use crate::rollback::{KeptStep, PutBack};
use crate::target::RunError;
use crate::target::remote::Standing;

impl Run<'_> {
    /// Records answers and lets the frontier know.
    pub(super) fn take_in(
        &mut self,
        answers: Vec<Finished<Undone>>,
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
                    self.clear(frontier);
                    self.moved(answer.unit, standing, frontier)?;
                    continue;
                }
                Undone::Looked(standing) => {
                    self.clear(frontier);
                    if let (Some(now), Some(found)) = (standing, self.found.get_mut(&unit.step)) {
                        found.standing = Some(now);
                    }
                    self.looked.insert(answer.unit);
                    frontier.again(answer.unit);
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
            self.clear(frontier);
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

    /// The service has answered: a failure that was held back is its unit's own.
    fn clear(&mut self, frontier: &mut Frontier) {
        if let Some((unit, failed)) = self.blame.done() {
            self.fail(unit, failed, frontier);
        }
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

    pub(super) fn finish(
        &mut self,
        frontier: &mut Frontier,
        cancelled: bool,
    ) -> Result<(), RunError> {
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
            strain: Some(self.arm.strain()),
        }])?;
        Ok(())
    }
}
