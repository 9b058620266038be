//! What came of steps: put on record, told, and summed up.

use std::time::Duration;

use super::ApplyError;
use super::execute::{Answer, Run};
use super::send::Done;
use super::step_error::StepError;
use super::summary::{ApplySummary, BlockedStep};
use crate::engine::FailedStep;
use crate::engine::failure::causes;
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Outcome, now};
use crate::engine::resume::Next;
use crate::plan::folder;
use crate::progress::Event;

impl Run<'_> {
    /// Records answers and lets the frontier know. Returns whether one failed.
    pub(super) fn settle(
        &mut self,
        answers: Vec<Answer>,
        frontier: &mut Frontier,
    ) -> Result<bool, ApplyError> {
        let mut entries = Vec::with_capacity(answers.len());
        for answer in &answers {
            entries.push(match &answer.result {
                Ok(done) => self.done_entry(answer.position, done),
                Err(error) => Entry::StepFailed {
                    step: self.plan.steps[answer.position].id.clone(),
                    at: now(),
                    reason: causes(error).join(": "),
                    etag: error.etag(),
                },
            });
            let done = answer.result.as_ref().ok();
            let moved = done.into_iter().flat_map(|done| &done.moved);
            entries.extend(moved.filter_map(|(at, etag)| self.moved_entry(*at, etag)));
        }
        self.record(&entries)?;
        let mut any_failed = false;
        for answer in answers {
            let position = answer.position;
            let blocked = frontier.settle(position, answer.result.is_ok());
            match answer.result {
                Ok(done) => {
                    if done.new_keys {
                        let step = &self.plan.steps[position].id;
                        self.summary.new_keys.push(step.clone());
                    }
                    let meant = self.decisions[position].next == Next::Overwrite;
                    if done.outcome == Outcome::Overwritten && !meant {
                        let step = &self.plan.steps[position].id;
                        self.summary.overtaken.push(step.clone());
                    }
                    self.count(position, done.outcome, answer.took);
                }
                Err(error) => {
                    any_failed = true;
                    self.fail(position, &error, blocked);
                }
            }
        }
        Ok(any_failed)
    }

    fn fail(&mut self, position: usize, error: &StepError, blocked: Vec<usize>) {
        let step = &self.plan.steps[position];
        let causes = causes(error);
        self.listener.on(&Event::StepFailed {
            step: step.id.clone(),
            reason: causes.join(": "),
        });
        for waiting in blocked {
            self.listener.on(&Event::StepBlocked {
                step: self.plan.steps[waiting].id.clone(),
                by: step.id.clone(),
            });
        }
        self.summary.failed.push(FailedStep {
            step: step.id.clone(),
            target: step.target.clone(),
            causes,
            help: error.help(),
            drift: error.is_drift(),
            permanent: error.permanent(),
            file: error.permanent().then(|| self.file(position)).flatten(),
        });
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
            outcome: outcome.into(),
            took,
        });
    }

    pub(super) fn done_entry(&self, position: usize, done: &Done) -> Entry {
        Entry::StepDone {
            step: self.plan.steps[position].id.clone(),
            at: now(),
            outcome: done.outcome,
            etag: done.etag.clone(),
            digest: Some(self.digests[position].clone()),
            new_keys: done.new_keys,
        }
    }

    /// What has another ETag since a step that was done after it, and is still
    /// what it was done as: the plan may want something else of it by now.
    fn moved_entry(&self, position: usize, etag: &str) -> Option<Entry> {
        let step = &self.plan.steps[position].id;
        let record = self.past.of(step)?;
        Some(Entry::StepDone {
            step: step.clone(),
            at: now(),
            outcome: record.outcome?,
            etag: Some(etag.to_owned()),
            digest: record.digest.clone(),
            new_keys: record.new_keys,
        })
    }

    pub(super) fn record(&mut self, entries: &[Entry]) -> Result<(), ApplyError> {
        self.journal.append(entries)?;
        for entry in entries {
            self.past.take(entry.without_details());
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        frontier: &Frontier,
        cancelled: bool,
    ) -> Result<ApplySummary, ApplyError> {
        for (position, step) in self.plan.steps.iter().enumerate() {
            if let Some(by) = frontier.blocked_by(position) {
                self.summary.blocked.push(BlockedStep {
                    step: step.id.clone(),
                    by: self.plan.steps[by].id.clone(),
                });
            } else if frontier.is_open(position) {
                self.summary.remaining.push(step.id.clone());
            }
        }
        let place = |id: &crate::plan::StepId| self.order.position(id);
        self.summary.failed.sort_by_key(|f| place(&f.step));
        self.summary.new_keys.sort_by_key(place);
        self.summary.overtaken.sort_by_key(place);
        self.summary.cancelled = cancelled;
        let end = match self.summary.exit() {
            crate::exit::Exit::Done => "done",
            _ => "stopped",
        };
        self.record(&[Entry::RunEnded {
            at: now(),
            end: end.to_owned(),
        }])?;
        Ok(self.summary)
    }
}
