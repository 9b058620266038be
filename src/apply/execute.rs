//! The loop that carries a plan out. It owns all state of the run; what it
//! starts shares nothing and answers when it is done.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::decide::{Decision, decide, digest};
use super::drift::Drift;
use super::moved::Etags;
use super::send::{Done, Sender, Task};
use super::setup::set_up;
use super::step_error::StepError;
use super::summary::ApplySummary;
use super::surplus::{Origin, origins};
use super::{ApplyError, ApplyOptions, rights, upload};
use crate::arm::Arm;
use crate::engine::frontier::Frontier;
use crate::engine::journal::{Entry, Journal, Outcome, Past, Record, now};
use crate::engine::lock::Lock;
use crate::engine::resume::{Before, Next};
use crate::plan::{Action, Plan};
use crate::progress::{Event, Listener};
use crate::target::automatic::Automatic;
use crate::target::order::Order;
use crate::target::remote::Remote;

/// Carries out what is not yet done of a plan.
///
/// Writes nothing before it has looked up the targets of all steps that are
/// not done, and that the caller may do what these take; goes on past failed
/// steps with what does not hang on them.
///
/// # Errors
/// When another run holds the lock, a right is missing, the journal can't be
/// used, the target can't be read, or it holds conflicting things and these are
/// not to be skipped or overwritten.
pub async fn apply(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: ApplyOptions,
    cancel: CancellationToken,
    listener: Arc<dyn Listener>,
) -> Result<ApplySummary, ApplyError> {
    let order = Order::of(plan)?;
    let _lock = Lock::take(dir)?;
    let (mut journal, mut past) = Journal::open(plan, dir)?;
    let digests: Vec<String> = plan.steps.iter().map(digest).collect();
    let before: Vec<Before> = (plan.steps.iter().zip(&digests))
        .map(|(step, digest)| past.before(&step.id, digest))
        .collect();
    // Setting up writes already, before it is known what stands in the target.
    if !plan.setup.is_empty() {
        upload::check(plan, dir, &|i| before[i] != Before::Done)?;
    }
    rights::check(plan, arm, &before, &past, options).await?;
    set_up(plan, arm, &mut journal, &past, listener.as_ref()).await?;
    let remote = Arc::new(Remote::new(plan, arm));
    past.make_room(plan.steps.len());
    let mut run = Run {
        plan,
        dir,
        order,
        options,
        listener,
        journal,
        past,
        digests,
        before,
        decisions: Vec::new(),
        origins: Arc::new(origins(plan)),
        summary: ApplySummary {
            plan: plan.name.clone(),
            steps: plan.steps.len(),
            ..ApplySummary::default()
        },
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {
            run.listener.on(&Event::Stopping);
            return Ok(run.stopped_early());
        }
        decided = decide(plan, &run.past, &run.before, &remote, options.on_conflict) => {
            run.decisions = decided?;
        }
    }
    run.reopen();
    run.summary.done_before = run.before.iter().filter(|b| **b == Before::Done).count();
    upload::check(plan, dir, &|i| run.is_sent(i))?;
    run.carry_out(remote, cancel).await
}

/// A run: all its state.
pub(super) struct Run<'p> {
    pub(super) plan: &'p Plan,
    /// The plan's folder.
    pub(super) dir: &'p Path,
    pub(super) order: Order<'p>,
    pub(super) options: ApplyOptions,
    pub(super) listener: Arc<dyn Listener>,
    pub(super) journal: Journal,
    pub(super) past: Past,
    pub(super) digests: Vec<String>,
    pub(super) before: Vec<Before>,
    /// What happens to each step that creates something.
    pub(super) decisions: Vec<Decision>,
    pub(super) origins: Arc<HashMap<usize, Origin>>,
    pub(super) summary: ApplySummary,
}

/// A task that has come to an end.
pub(super) struct Answer {
    pub(super) position: usize,
    pub(super) result: Result<Done, StepError>,
    pub(super) took: Duration,
}

impl Run<'_> {
    fn stopped_early(mut self) -> ApplySummary {
        self.summary.cancelled = true;
        let open = (0..self.plan.steps.len()).filter(|&i| self.before[i] != Before::Done);
        self.summary.remaining = open.map(|i| self.plan.steps[i].id.clone()).collect();
        self.summary
    }

    /// What the service makes with something comes again when that is made
    /// again, and is dealt with again.
    fn reopen(&mut self) {
        for (position, step) in self.plan.steps.iter().enumerate() {
            let mut owners = self.order.nodes()[position].after.iter();
            let made = owners.any(|&owner| {
                self.plan.steps[owner].action == Action::Create
                    && self.decisions[owner].next == Next::Send
            });
            if step.action != Action::Create && made {
                self.before[position] = Before::Never;
            }
        }
    }

    /// Records what needs no request: steps whose outcome stands there, and
    /// those that are left as they are.
    fn record_found(&mut self) -> Result<(), ApplyError> {
        self.record(&[Entry::RunStarted {
            at: now(),
            what: "apply".to_owned(),
        }])?;
        let mut entries = Vec::new();
        let mut found = Vec::new();
        for position in 0..self.plan.steps.len() {
            let outcome = match self.decisions[position].next {
                Next::Adopt if !self.is_unfinished(position) => Outcome::Adopted,
                Next::Leave => Outcome::LeftAsIs,
                _ => continue,
            };
            let done = Done {
                outcome,
                etag: self.decisions[position].etag.take(),
                replaced: false,
                new_keys: false,
                moved: Vec::new(),
            };
            entries.push(self.done_entry(position, &done));
            found.push((position, outcome));
        }
        self.record(&entries)?;
        for (position, outcome) in found {
            self.count(position, outcome, Duration::ZERO);
        }
        Ok(())
    }

    fn is_settled(&self, position: usize) -> bool {
        self.before[position] == Before::Done
            || match self.decisions[position].next {
                Next::Adopt => !self.is_unfinished(position),
                next => next == Next::Leave,
            }
    }

    /// Whether a revision that is made now may begin with what the plan does not
    /// give it: what it is made of is not this plan's, or is not empty any more.
    fn is_crowded(&self, position: usize) -> bool {
        let Some(origin) = self.origins.get(&position) else {
            return false;
        };
        let begun = |at: &usize| self.past.of(&self.plan.steps[*at].id).is_some();
        let ours = origin.made_by.is_some_and(|at| {
            let record = self.past.of(&self.plan.steps[at].id);
            self.is_sent(at) || record.is_some_and(Record::is_ours)
        });
        !ours || origin.below.iter().any(begun)
    }

    /// Whether it is such a revision, and an earlier run of this plan made it.
    fn is_unfinished(&self, position: usize) -> bool {
        let record = self.past.of(&self.plan.steps[position].id);
        record.is_some_and(Record::is_ours) && self.is_crowded(position)
    }

    /// Whether neither the service nor this plan can have put anything where a
    /// step writes: the service fills what this run makes, and what an earlier
    /// run sent without an answer may come late.
    fn is_exposed(&self, position: usize) -> bool {
        if self.before[position] != Before::Never {
            return false;
        }
        let path = self.plan.steps[position].target.below();
        let mut first = self.order.nodes()[position].after.iter();
        !first.any(|&at| self.is_sent(at) && path.is_within(self.plan.steps[at].target.below()))
    }

    /// The ETags that earlier runs left what this plan made with.
    fn etags(&self) -> Etags {
        let etags = Etags::default();
        for (position, step) in self.plan.steps.iter().enumerate() {
            let ours = self.past.of(&step.id).filter(|record| record.is_ours());
            etags.note(position, ours.and_then(|record| record.etag.as_deref()));
        }
        etags
    }

    fn is_sent(&self, position: usize) -> bool {
        self.before[position] != Before::Done
            && matches!(
                self.decisions[position].next,
                Next::Send | Next::Update | Next::Overwrite
            )
    }

    async fn carry_out(
        mut self,
        remote: Arc<Remote>,
        cancel: CancellationToken,
    ) -> Result<ApplySummary, ApplyError> {
        self.listener.on(&Event::RunStarted {
            what: "apply",
            steps: self.plan.steps.len(),
            done: self.summary.done_before,
        });
        self.record_found()?;
        let nodes = self.order.nodes().to_vec();
        let mut frontier = Frontier::new(nodes, |i| self.is_settled(i));
        let plan = Arc::new(self.plan.clone());
        let drift = Arc::new(Drift::new(
            Arc::clone(&plan),
            Arc::clone(&remote),
            self.options.ignore_drift,
        ));
        let mut ahead = JoinSet::new();
        let open = (0..plan.steps.len()).filter(|&i| !self.is_settled(i));
        ahead.spawn(Arc::clone(&drift).run_ahead(open.collect()));
        let sender = Arc::new(Sender::new(
            plan,
            self.dir.to_owned(),
            remote,
            drift,
            Arc::clone(&self.origins),
            self.etags(),
        ));
        let mut in_flight: JoinSet<Answer> = JoinSet::new();
        let mut stopping = false;
        let ended = loop {
            stopping |= self.announce_stop(stopping, &cancel);
            if !stopping {
                let begun = self.begin(&mut frontier, in_flight.len());
                match begun {
                    Ok(tasks) => {
                        for (position, task) in tasks {
                            let sender = Arc::clone(&sender);
                            in_flight.spawn(answer(sender, position, task));
                        }
                    }
                    Err(error) => break Err(error),
                }
            }
            let mut answers = tokio::select! {
                biased;
                () = cancel.cancelled(), if !stopping => continue,
                joined = in_flight.join_next() => match joined {
                    None => break Ok(()),
                    Some(joined) => vec![unwind(joined)],
                },
            };
            // One flush for all that have come in meanwhile.
            while let Some(joined) = in_flight.try_join_next() {
                answers.push(unwind(joined));
            }
            match self.settle(answers, &mut frontier) {
                Ok(failed) => stopping |= failed && self.options.fail_fast,
                Err(error) => break Err(error),
            }
        };
        // What has left is waited for, even when the journal can't be written
        // any more: it is looked up again by the next run.
        while in_flight.join_next().await.is_some() {}
        ended?;
        self.finish(&frontier, cancel.is_cancelled())
    }

    fn announce_stop(&self, stopping: bool, cancel: &CancellationToken) -> bool {
        let stop = cancel.is_cancelled();
        if stop && !stopping {
            self.listener.on(&Event::Stopping);
        }
        stop
    }

    /// Takes as many steps as there is room for, and puts them on record.
    fn begin(
        &mut self,
        frontier: &mut Frontier,
        under_way: usize,
    ) -> Result<Vec<(usize, Task)>, ApplyError> {
        let mut tasks = Vec::new();
        while under_way + tasks.len() < self.options.concurrency.get() {
            let Some(position) = frontier.pop() else {
                break;
            };
            tasks.push((position, self.task(position)));
        }
        let intents: Vec<Entry> = tasks
            .iter()
            .filter(|(_, task)| !matches!(task, Task::LeaveUntidied))
            .map(|(position, task)| Entry::StepIntended {
                step: self.plan.steps[*position].id.clone(),
                at: now(),
                over: !matches!(task, Task::Write { over: false, .. } | Task::Update(_)),
            })
            .collect();
        self.record(&intents)?;
        for (position, _) in &tasks {
            self.listener.on(&Event::StepStarted {
                step: self.plan.steps[*position].id.clone(),
            });
        }
        Ok(tasks)
    }

    fn task(&self, position: usize) -> Task {
        let step = &self.plan.steps[position];
        match step.action {
            Action::Create => match self.decisions[position].next {
                Next::Adopt => Task::Shed,
                Next::Update => Task::Update(self.decisions[position].etag.clone()),
                next => Task::Write {
                    over: next == Next::Overwrite,
                    exposed: self.is_exposed(position),
                    shed: self.is_crowded(position),
                },
            },
            Action::Reuse => Task::Reuse(Automatic::of(self.plan, &self.order, step)),
            Action::Tidy => {
                let automatic = Automatic::of_tidy(self.plan, &self.order, step);
                // What comes with somebody else's product is his.
                let ours = automatic.filter(|automatic| {
                    let owner = &self.plan.steps[automatic.owner];
                    self.past.of(&owner.id).is_some_and(|r| r.is_ours())
                });
                ours.map_or(Task::LeaveUntidied, Task::Tidy)
            }
        }
    }
}

async fn answer(sender: Arc<Sender>, position: usize, task: Task) -> Answer {
    let began = Instant::now();
    let result = sender.carry_out(position, task).await;
    Answer {
        position,
        result,
        took: began.elapsed(),
    }
}

/// A panic in a step is a bug, and is passed on as one.
fn unwind<T>(joined: Result<T, tokio::task::JoinError>) -> T {
    joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
