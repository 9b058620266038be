//! A run's units as work: what each sends, and what is on record before.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tracing::Instrument;

use super::{Run, Said};
use crate::apply::ApplyError;
use crate::apply::revisions::Newcomer;
use crate::apply::send::{Look, Task};
use crate::engine::dispatch::{Finished, Flow, Work};
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Unread, now};
use crate::engine::ownership::Was;
use crate::engine::ownership::{Hold, Next};
use crate::plan::Action;
use crate::progress::Event;
use crate::target::automatic::Automatic;

impl Run<'_> {
    fn task(&mut self, position: usize) -> Task {
        let step = &self.plan.steps[position];
        if let Some(further) = self.decisions[position].further.clone() {
            let shed = self.is_crowded(position);
            return Task::Further { further, shed };
        }
        match step.action {
            Action::Create => match (self.decisions[position].next, self.was(position)) {
                (Next::Adopt, _) => Task::Shed,
                (_, Was::Ours) => Task::Update {
                    seen: self.decisions[position].etag.clone(),
                    // What was begun may not have shed yet.
                    shed: self.is_unfinished(position)
                        && matches!(self.account.hold(position), Hold::Unsure(_)),
                },
                (_, Was::Theirs | Was::Saved) => {
                    Task::Overwrite(self.decisions[position].etag.clone())
                }
                (_, Was::Nothing) => self.making(position),
            },
            Action::Reuse => Task::Reuse(Automatic::of(self.plan, &self.order, step)),
            Action::Tidy => {
                let automatic = Automatic::of_tidy(self.plan, &self.order, step);
                // What comes with somebody else's product is his, and what is left
                // alone may have been made again by him.
                let ours = automatic.filter(|a| {
                    let left = self.decisions[a.owner].next == Next::Leave;
                    self.account.hold(a.owner).is_ours() && !left
                });
                ours.map_or(Task::LeaveUntidied, Task::Tidy)
            }
        }
    }

    /// What goes once more was refused, and may not be the first to come any more.
    fn making(&mut self, position: usize) -> Task {
        let shed = self.is_crowded(position);
        if let Some(&newcomer) = self.newcomers.get(&position) {
            // What the service puts there by itself is no newcomer.
            let look = match newcomer {
                Newcomer::Service => Look::Never,
                Newcomer::Theirs | Newcomer::Unsure => Look::Always,
            };
            return Task::Write {
                newcomer,
                look,
                shed,
            };
        }
        let newcomer = self.newcomer(position);
        self.newcomers.insert(position, newcomer);
        Task::Write {
            newcomer,
            look: self.look_before(position, newcomer),
            shed,
        }
    }

    /// What stands where a step is about to write.
    fn was(&self, position: usize) -> Was {
        let hold = self.account.hold(position);
        match (
            self.plan.steps[position].action,
            self.decisions[position].next,
        ) {
            (Action::Create, Next::Update) => Was::Ours,
            (Action::Create, Next::Overwrite) if self.decisions[position].saved.is_some() => {
                Was::Saved
            }
            (Action::Create, Next::Overwrite) => hold.under(),
            (Action::Create, Next::Adopt) if hold.is_ours() => Was::Ours,
            (Action::Create, Next::Adopt) => Was::Theirs,
            (Action::Create, _) => Was::Nothing,
            (Action::Reuse | Action::Tidy, _) => Was::Theirs,
        }
    }

    fn intent(&self, position: usize) -> Entry {
        let step = &self.plan.steps[position];
        Entry::StepIntended {
            step: step.id.clone(),
            at: now(),
            target: Some(step.target.to_string()),
            kind: Unread,
            digest: Some(self.account.digest(position).to_owned()),
            was: self.was(position),
            saved: self.decisions[position].saved.clone(),
            upload: self
                .uploads
                .get(&position)
                .map(|mark| mark.as_str().to_owned()),
            over: false,
        }
    }
}

impl Work for Run<'_> {
    type Said = Said;
    type Error = ApplyError;

    fn begin(&mut self, units: &[usize]) -> Result<Vec<BoxFuture<'static, Said>>, ApplyError> {
        let Some(sender) = self.sender.clone() else {
            return Ok(Vec::new());
        };
        let steps = self.plan.steps.len();
        let mut begun: Vec<BoxFuture<'static, Said>> = Vec::with_capacity(units.len());
        let (mut intents, mut sent) = (Vec::new(), Vec::new());
        for &unit in units {
            if unit >= steps {
                intents.push(self.item_intent(unit - steps));
                let (installer, id) = (Arc::clone(&self.installer), self.id(unit));
                let span = tracing::debug_span!("step", step = id.as_str());
                let work = async move { Said::Item(installer.set_up(&id).await) };
                begun.push(Box::pin(work.instrument(span)));
                continue;
            }
            let task = self.task(unit);
            if !matches!(task, Task::LeaveUntidied | Task::Further { .. }) {
                intents.push(self.intent(unit));
            }
            if task.writes() {
                sent.push(unit);
            }
            let sender = Arc::clone(&sender);
            let span = tracing::debug_span!("step", step = self.id(unit).as_str());
            let work = async move { Said::Step(sender.carry_out(unit, task).await) };
            begun.push(Box::pin(work.instrument(span)));
        }
        self.account.keep(&sent)?;
        self.record(&intents)?;
        for &unit in units {
            let step = self.id(unit);
            self.listener.on(&Event::StepStarted { step });
        }
        Ok(begun)
    }

    fn settle(
        &mut self,
        answers: Vec<Finished<Said>>,
        frontier: &mut Frontier,
    ) -> Result<Flow, ApplyError> {
        self.take_in(answers, frontier)
    }
}
