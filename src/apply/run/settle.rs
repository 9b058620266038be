//! What came of units: put on record, told, and summed up.

use std::time::Duration;

use super::{Run, Said};
use crate::apply::ApplyError;
use crate::apply::look::rights::needing;
use crate::apply::revisions::{Came, Newcomer};
use crate::apply::send::Done;
use crate::apply::step_error::StepError;
use crate::apply::summary::{ApplySummary, BlockedStep, SetUp};
use crate::engine::dispatch::{Finished, Flow};
use crate::engine::failure::{causes, in_short};
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Unread, now};
use crate::engine::ownership::Next;
use crate::engine::ownership::Was;
use crate::engine::{FailedStep, Stopped};
use crate::exit::Exit;
use crate::plan::{StepId, folder};
use crate::progress::Outcome;
use crate::progress::{Event, StepOutcome};

impl Run<'_> {
    /// Records answers and lets the frontier know.
    pub(super) fn take_in(
        &mut self,
        answers: Vec<Finished<Said>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, ApplyError> {
        let entries: Vec<Entry> = answers.iter().flat_map(|a| self.entries(a)).collect();
        self.record(&entries)?;
        self.hear(frontier)?;
        let mut stop = false;
        for answer in answers {
            let unit = answer.unit;
            match answer.said {
                Said::Step(Ok(Came::Further(further))) => {
                    self.clear(frontier);
                    self.decisions[unit].further = Some(further);
                    frontier.again(unit);
                }
                Said::Step(Ok(Came::Done(done))) => {
                    self.clear(frontier);
                    frontier.settle(unit, true);
                    self.done(unit, &done, answer.took);
                }
                Said::Item(Ok(outcome)) => {
                    self.clear(frontier);
                    frontier.settle(unit, true);
                    let item = self.id(unit);
                    self.listener.on(&Event::StepDone {
                        step: item.clone(),
                        outcome: StepOutcome::Applied(outcome),
                        took: answer.took,
                    });
                    self.summary.setup.push(SetUp { item, outcome });
                }
                Said::Step(Err(error)) if self.is_in_company(unit, &error, frontier) => {
                    self.clear(frontier);
                    frontier.again(unit);
                }
                Said::Step(Err(error)) => {
                    let failed = self.failed_step(unit, &error);
                    stop |= self.failed(unit, failed, Stopped::by(&error), frontier);
                }
                Said::Item(Err(error)) => {
                    let target = format!("/workspaces/{}", self.plan.workspace);
                    let failed = FailedStep::of(self.id(unit), target, &error, error.help());
                    stop |= self.failed(unit, failed, Stopped::by(&error), frontier);
                }
            }
        }
        Ok(match stop || self.blame.stops() {
            true => Flow::Stop,
            false => Flow::GoOn,
        })
    }

    /// Has one writer in each lane from now on where the service has said that
    /// somebody else writes; the next runs begin with that.
    fn hear(&mut self, frontier: &mut Frontier) -> Result<(), ApplyError> {
        let heard = self.calm.is_some_and(|before| self.arm.busy() > before);
        if heard && !frontier.side_by_side() {
            // Lanes had one writer each: it is about something else.
            self.calm = Some(self.arm.busy());
        } else if heard {
            self.calm = None;
            frontier.narrow();
            self.record(&[Entry::Busy { at: now() }])?;
        }
        Ok(())
    }

    /// Whether a write may have been refused for what was written beside it, in
    /// words that nobody knows. From now on there is one writer; it goes again.
    fn is_in_company(&mut self, unit: usize, error: &StepError, frontier: &mut Frontier) -> bool {
        let told = matches!(error.status(), Some(409 | 412));
        if !told || !frontier.had_company(unit) {
            return false;
        }
        self.calm = None;
        frontier.narrow();
        if error.may_be_done()
            && let Some(newcomer @ Newcomer::Theirs) = self.newcomers.get_mut(&unit)
        {
            *newcomer = Newcomer::Unsure;
        }
        true
    }

    /// Takes note of a failed unit, and tells whether it asks for the run to stop.
    fn failed(
        &mut self,
        unit: usize,
        failed: FailedStep,
        stopped: Option<Stopped>,
        frontier: &mut Frontier,
    ) -> bool {
        if let Some(failed) = self.blame.failed(unit, failed, stopped, frontier) {
            self.fail(unit, failed, frontier);
        }
        self.options.fail_fast
    }

    /// Something was done: a failure that was held back is its unit's own.
    fn clear(&mut self, frontier: &mut Frontier) {
        if let Some((unit, failed)) = self.blame.done() {
            self.fail(unit, failed, frontier);
        }
    }

    fn fail(&mut self, unit: usize, failed: FailedStep, frontier: &mut Frontier) {
        self.listener.on(&Event::StepFailed {
            step: failed.step.clone(),
            reason: in_short(&failed.causes),
        });
        let mut never = frontier.settle(unit, false);
        if let Some(denied) = &failed.denied {
            never.extend(frontier.keep_back(unit, needing(self.plan, &self.items, denied.right())));
        }
        for waiting in never {
            self.listener.on(&Event::StepBlocked {
                step: self.id(waiting),
                by: failed.step.clone(),
            });
        }
        self.summary.failed.push(failed);
    }

    fn failed_step(&self, position: usize, error: &StepError) -> FailedStep {
        let step = &self.plan.steps[position];
        let (id, target) = (step.id.clone(), step.target.to_string());
        FailedStep {
            conflict: matches!(error, StepError::Appeared { .. }),
            permanent: error.permanent(),
            file: error.permanent().then(|| self.file(position)).flatten(),
            ..FailedStep::of(id, target, error, error.help())
        }
    }

    /// The file that holds what a step writes, below the plan folder.
    fn file(&self, position: usize) -> Option<String> {
        let body = folder::bodies(self.plan).into_iter().nth(position)??;
        let content = self.plan.steps[position].content.as_ref()?;
        Some(match content.document {
            Some(_) => folder::document_of(&body),
            None => body,
        })
    }

    /// The id of a unit.
    pub(super) fn id(&self, unit: usize) -> StepId {
        match unit.checked_sub(self.plan.steps.len()) {
            None => self.plan.steps[unit].id.clone(),
            Some(item) => self.items[item].id(),
        }
    }

    fn done(&mut self, position: usize, done: &Done, took: Duration) {
        let step = &self.plan.steps[position].id;
        if done.new_keys {
            self.summary.new_keys.push(step.clone());
        }
        match self.decisions[position].next {
            Next::SendAgain => self.summary.again.push(step.clone()),
            Next::Overwrite => {}
            _ if done.outcome == Outcome::Overwritten => self.summary.overtaken.push(step.clone()),
            _ => {}
        }
        self.count(position, done.outcome, took);
    }

    pub(super) fn count(&mut self, position: usize, outcome: Outcome, took: Duration) {
        let step = self.plan.steps[position].id.clone();
        *self.summary.outcomes.entry(outcome).or_default() += 1;
        match outcome {
            Outcome::Kept => self.summary.untidied.push(step.clone()),
            Outcome::LeftAsIs => self.summary.left_as_is.push(step.clone()),
            _ => {}
        }
        self.listener.on(&Event::StepDone {
            step,
            outcome: StepOutcome::Applied(outcome),
            took,
        });
    }

    /// What a unit came to, for the journal.
    fn entries(&self, answer: &Finished<Said>) -> Vec<Entry> {
        let (reason, etag) = match &answer.said {
            Said::Step(Ok(Came::Further(further))) => {
                let step = &self.plan.steps[answer.unit];
                return vec![Entry::Further {
                    step: step.id.clone(),
                    at: now(),
                    target: Some(step.target.to_string()),
                    further: further.clone(),
                }];
            }
            Said::Step(Ok(Came::Done(done))) => {
                let mut entries = vec![self.done_entry(answer.unit, done)];
                let moved = done.moved.iter();
                entries.extend(moved.filter_map(|(at, etag)| self.moved_entry(*at, etag)));
                return entries;
            }
            Said::Item(Ok(outcome)) => return vec![self.item_done(answer.unit, *outcome)],
            Said::Step(Err(error)) => (causes(error), error.etag()),
            Said::Item(Err(error)) => (causes(error), None),
        };
        let step = self.id(answer.unit);
        let target = match self.plan.steps.get(answer.unit) {
            Some(step) => step.target.to_string(),
            None => step.as_str().to_owned(),
        };
        let (overtaken, refused) = match &answer.said {
            Said::Step(Err(error)) => (
                self.is_overtaken(answer.unit, error),
                self.is_refused(answer.unit, error),
            ),
            _ => (false, false),
        };
        vec![Entry::StepFailed {
            step,
            at: now(),
            target: Some(target),
            reason: in_short(&reason),
            etag,
            overtaken,
            refused,
        }]
    }

    /// Whether nothing was written, since something of somebody's stood there. Where an
    /// answer was lost before, what stands there may be ours all the same.
    fn is_overtaken(&self, position: usize, error: &StepError) -> bool {
        match error {
            StepError::Appeared { .. } => true,
            StepError::Overtaken { .. } => {
                !error.may_be_done() && self.decisions[position].is_first_word()
            }
            _ => false,
        }
    }

    /// Whether nothing was made where nothing stood: what comes there is somebody's,
    /// however much it looks like that.
    fn is_refused(&self, position: usize, error: &StepError) -> bool {
        let newcomer = self.newcomers.get(&position);
        let first = self.decisions[position].further.is_none();
        let is_sure = newcomer.is_some_and(|newcomer| *newcomer != Newcomer::Unsure);
        first && is_sure && !error.may_be_done()
    }

    pub(super) fn done_entry(&self, position: usize, done: &Done) -> Entry {
        let step = &self.plan.steps[position];
        Entry::StepDone {
            step: step.id.clone(),
            at: now(),
            target: Some(step.target.to_string()),
            outcome: done.outcome,
            etag: done.etag.clone(),
            digest: Some(self.account.digest(position).to_owned()),
            new_keys: done.new_keys,
        }
    }

    /// What has another ETag since a step that was done after it, and is still
    /// what it was done as: the plan may want something else of it by now.
    fn moved_entry(&self, position: usize, etag: &str) -> Option<Entry> {
        let step = &self.plan.steps[position];
        let holding = self.account.holding(position)?;
        Some(Entry::StepDone {
            step: step.id.clone(),
            at: now(),
            target: Some(step.target.to_string()),
            outcome: holding.outcome?,
            etag: Some(etag.to_owned()),
            digest: holding.digest.clone(),
            new_keys: holding.new_keys,
        })
    }

    /// What is set up is never this plan's to take back.
    pub(super) fn item_intent(&self, item: usize) -> Entry {
        let item = &self.items[item];
        Entry::StepIntended {
            step: item.id(),
            at: now(),
            target: Some(item.id().as_str().to_owned()),
            kind: Unread,
            digest: Some(item.digest()),
            was: Was::Theirs,
            saved: None,
            upload: None,
            over: false,
        }
    }

    fn item_done(&self, unit: usize, outcome: Outcome) -> Entry {
        let item = &self.items[unit - self.plan.steps.len()];
        Entry::StepDone {
            step: item.id(),
            at: now(),
            target: Some(item.id().as_str().to_owned()),
            outcome,
            etag: None,
            digest: Some(item.digest()),
            new_keys: false,
        }
    }

    pub(super) fn record(&mut self, entries: &[Entry]) -> Result<(), ApplyError> {
        self.journal.append(entries)?;
        for entry in entries {
            self.account.ledger_mut().take(entry.without_details());
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        frontier: &mut Frontier,
        cancelled: bool,
    ) -> Result<ApplySummary, ApplyError> {
        self.summary.trouble = self.blame.end(frontier);
        for unit in 0..self.plan.steps.len() + self.items.len() {
            let step = self.id(unit);
            if let Some(by) = frontier.blocked_by(unit) {
                let by = self.id(by);
                self.summary.blocked.push(BlockedStep { step, by });
            } else if frontier.is_open(unit) {
                self.summary.remaining.push(step);
            }
        }
        let place = |id: &StepId| self.order.position(id);
        self.summary.failed.sort_by_key(|f| place(&f.step));
        self.summary.new_keys.sort_by_key(place);
        self.summary.again.sort_by_key(place);
        self.summary.overtaken.sort_by_key(place);
        let left = self.account.left().into_iter();
        self.summary.left = left.map(|step| step.target).collect();
        self.summary.cancelled = cancelled;
        let end = match self.summary.exit() {
            Exit::Done => "done",
            _ => "stopped",
        };
        self.record(&[Entry::RunEnded {
            at: now(),
            end: end.to_owned(),
            strain: Some(self.arm.strain()),
        }])?;
        Ok(self.summary)
    }
}
