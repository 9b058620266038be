//! Applying a plan: what is to be done about each unit, and what it came to.

pub(super) mod setup;

mod newcomer;
mod settle;
mod work;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use self::setup::{Installer, SetupError};
use super::look::decide::{Decision, decide};
use super::look::drift::drift;
use super::look::foretell::{load, measured};
use super::look::rights;
use super::revisions::surplus::{Origin, origins};
use super::revisions::{Came, Newcomer};
use super::send::moved::Etags;
use super::send::{Done, Sender};
use super::step_error::StepError;
use super::summary::ApplySummary;
use super::{ApplyError, ApplyOptions, upload};
use crate::arm::{Arm, Forecast};
use crate::engine::blame::Blame;
use crate::engine::dispatch::dispatch;
use crate::engine::frontier::{Frontier, Node};
use crate::engine::journal::{Bodies, Entry, Journal, now};
use crate::engine::lock::Lock;
use crate::engine::ownership::Next;
use crate::plan::basis::Drift;
use crate::plan::setup::Item;
use crate::plan::{Action, Plan};
use crate::progress::Outcome;
use crate::progress::{Event, Listener, looking};
use crate::secret::Mark;
use crate::target::about;
use crate::target::account::Account;
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
/// not to be skipped or overwritten; when what is copied has changed at the
/// source.
pub async fn apply(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: ApplyOptions,
    cancel: CancellationToken,
    listener: Arc<dyn Listener>,
) -> Result<ApplySummary, ApplyError> {
    let began = Instant::now();
    let order = Order::of(plan)?;
    let _lock = Lock::take(dir)?;
    let (journal, ledger) = Journal::open(&about(plan), dir)?;
    let mut account = Account::new(plan, ledger, Bodies::read(dir)?);
    account.renew(upload::renewed(&account, dir));
    rights::check(plan, arm, &account, options).await?;
    let remote = Arc::new(Remote::new(plan, arm));
    let items = account.open_items();
    let mut run = Run {
        plan,
        order,
        options,
        listener,
        journal,
        account,
        items,
        decisions: Vec::new(),
        uploads: HashMap::new(),
        origins: Arc::new(origins(plan)),
        summary: ApplySummary {
            plan: plan.name.clone(),
            steps: plan.steps.len(),
            ..ApplySummary::default()
        },
        sender: None,
        by: arm.caller().await,
        newcomers: HashMap::new(),
        installer: Arc::new(Installer::new(plan, arm)),
        blame: Blame::default(),
        arm: arm.clone(),
        calm: None,
    };
    let looked = tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        looked = run.look(arm, &remote) => Some(looked),
    };
    match looked {
        Some(looked) => looked?,
        None => return Ok(run.stopped_early()),
    }
    run.uploads = upload::check(plan, dir, &|i| run.is_sent(i))?;
    run.save_replaced()?;
    run.summary.forecast = run.foretold(arm);
    let mut summary = run.carry_out(dir, remote, &cancel).await?;
    summary.took = began.elapsed();
    Ok(summary)
}

/// A run: all its state. Its units are the plan's steps, and behind them what
/// is set up.
pub(super) struct Run<'p> {
    pub(super) plan: &'p Plan,
    pub(super) order: Order<'p>,
    pub(super) options: ApplyOptions,
    pub(super) listener: Arc<dyn Listener>,
    pub(super) journal: Journal,
    pub(super) account: Account<'p>,
    /// What is set up.
    pub(super) items: Vec<Item<'p>>,
    /// What happens to each step.
    pub(super) decisions: Vec<Decision>,
    /// The marks of what is uploaded.
    pub(super) uploads: HashMap<usize, Mark>,
    origins: Arc<HashMap<usize, Origin>>,
    pub(super) summary: ApplySummary,
    pub(super) sender: Option<Arc<Sender>>,
    /// Who is at it, where the token tells that.
    by: Option<String>,
    /// Whose it is that stands where something was begun to be made, by the journal
    /// before that.
    pub(super) newcomers: HashMap<usize, Newcomer>,
    installer: Arc<Installer>,
    /// Whose the failures are.
    pub(super) blame: Blame,
    arm: Arm,
    /// How often the service had said that somebody else writes when the first write
    /// left; none when it has said so since, or in an earlier run.
    calm: Option<usize>,
}

/// What a unit comes to.
pub(super) enum Said {
    /// A step.
    Step(Result<Came<Done>, StepError>),
    /// What is set up.
    Item(Result<Outcome, SetupError>),
}

impl Run<'_> {
    /// Looks at the workspace and at the source, and decides what happens.
    async fn look(&mut self, arm: &Arm, remote: &Remote) -> Result<(), ApplyError> {
        let on_conflict = self.options.on_conflict;
        let decided = decide(self.plan, &self.order, &self.account, remote, on_conflict);
        let decided = looking("the workspace", &self.listener, decided).await?;
        let (decisions, conflicts) = decided;
        if !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(conflicts));
        }
        self.decisions = decisions;
        self.let_go()?;
        let drifted = looking("the source", &self.listener, self.drift(arm)).await?;
        match drifted.is_empty() {
            true => Ok(()),
            false => Err(ApplyError::Drift(drifted)),
        }
    }

    /// Foretells the run, if anything is to be sent, by what the look at the
    /// workspace showed of ARM.
    fn foretold(&self, arm: &Arm) -> Option<Forecast> {
        let width = self.options.concurrency.get();
        let load = load(&self.account, &self.order, width, |i| !self.is_settled(i));
        let open = load.writes + load.deletes > 0;
        open.then(|| measured(load, arm))
    }

    fn stopped_early(mut self) -> ApplySummary {
        self.summary.cancelled = true;
        let open = (0..self.plan.steps.len()).filter(|&i| !self.account.is_done(i));
        self.summary.remaining = open.map(|i| self.plan.steps[i].id.clone()).collect();
        self.summary
    }

    /// Puts on record that what a rollback was about to delete before it was cut off
    /// is gone, where somebody made it again: that is his. What is left alone may
    /// be this plan's own, changed by him.
    fn let_go(&mut self) -> Result<(), ApplyError> {
        let steps = self.plan.steps.iter().zip(&self.decisions).enumerate();
        let again = steps.filter(|(at, (_, decision))| {
            let again = self.account.is_made_again(*at, decision.etag.as_deref());
            again && decision.next != Next::Leave
        });
        let gone = again.map(|(_, (step, _))| Entry::deleted(step));
        self.record(&gone.collect::<Vec<_>>())
    }

    /// Saves what somebody else has and is to be written over, so that a rollback
    /// can put it back.
    fn save_replaced(&mut self) -> Result<(), ApplyError> {
        let steps = self.decisions.iter_mut().enumerate();
        let replaced: Vec<_> = steps
            .filter_map(|(at, decision)| Some((at, decision.replaces.take()?)))
            .collect();
        let saved = self.account.save(&replaced)?;
        for ((at, _), digest) in replaced.into_iter().zip(saved) {
            self.decisions[at].saved = Some(digest);
        }
        Ok(())
    }

    /// What has changed at the sources of steps that are to be sent.
    async fn drift(&self, arm: &Arm) -> Result<Vec<Drift>, ApplyError> {
        if self.options.ignore_drift {
            return Ok(Vec::new());
        }
        drift(self.plan, arm, |at| !self.is_settled(at)).await
    }

    /// Records what needs no request: steps whose outcome stands there, and
    /// those that are left as they are.
    fn record_found(&mut self) -> Result<(), ApplyError> {
        let by = self.by.take();
        self.record(&[Entry::RunStarted {
            at: now(),
            what: "apply".to_owned(),
            by,
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
                etag: self.decisions[position].etag.take(),
                ..Done::without_etag(outcome)
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

    pub(super) fn is_settled(&self, position: usize) -> bool {
        match self.decisions[position].next {
            Next::Adopt => !self.is_unfinished(position),
            next => matches!(next, Next::Skip | Next::Leave),
        }
    }

    /// Whether a revision that is made now may begin with what the plan does not
    /// give it: what it is made of is not this plan's, or is not empty any more.
    pub(super) fn is_crowded(&self, position: usize) -> bool {
        let Some(origin) = self.origins.get(&position) else {
            return false;
        };
        let begun = |at: &usize| self.account.holding(*at).is_some();
        let ours = |at| self.is_sent(at) || self.account.hold(at).is_ours();
        !origin.made_by.is_some_and(ours) || origin.below.iter().any(begun)
    }

    /// Whether an earlier run of this plan made it and may have been cut off
    /// before it had shed what it began with, or had its own number.
    pub(super) fn is_unfinished(&self, position: usize) -> bool {
        let hold = self.account.hold(position);
        let further = self.decisions[position].further.is_some();
        hold.is_ours() && (self.is_crowded(position) || further)
    }

    /// The ETags of what is this plan's, as it left that or as it is now.
    fn etags(&self) -> Etags {
        let etags = Etags::default();
        for position in 0..self.plan.steps.len() {
            if self.account.hold(position).is_ours() {
                let left = self.account.holding(position);
                let left = left.and_then(|holding| holding.etag.as_deref());
                let seen = match self.decisions[position].next {
                    Next::Adopt | Next::Update | Next::Overwrite => {
                        self.decisions[position].etag.as_deref()
                    }
                    _ => None,
                };
                etags.note(position, seen.or(left));
            }
        }
        etags
    }

    pub(super) fn is_sent(&self, position: usize) -> bool {
        self.plan.steps[position].action == Action::Create
            && self.decisions[position].next.is_sent()
    }

    async fn carry_out(
        mut self,
        dir: &Path,
        remote: Arc<Remote>,
        cancel: &CancellationToken,
    ) -> Result<ApplySummary, ApplyError> {
        let steps = self.plan.steps.len();
        let settled: Vec<bool> = (0..steps).map(|i| self.is_settled(i)).collect();
        let skipped = self.decisions.iter().filter(|d| d.next == Next::Skip);
        self.summary.done_before = skipped.count();
        self.listener.on(&Event::RunStarted {
            what: "apply",
            steps: steps + self.items.len(),
            done: self.summary.done_before,
        });
        if let Some(forecast) = self.summary.forecast {
            self.listener.on(&Event::Foretold(forecast));
        }
        let etags = self.etags();
        self.record_found()?;
        let mut frontier = Frontier::new(self.nodes(), |unit| settled.get(unit) == Some(&true));
        if !self.account.ledger().busy {
            self.calm = Some(self.arm.busy());
            frontier = frontier.learning();
        }
        let plan = Arc::new(self.plan.clone());
        let origins = Arc::clone(&self.origins);
        let again = (self.options.look_again, self.order.lists_once());
        let sender = Sender::new(plan, dir.to_owned(), remote, origins, etags, again);
        self.sender = Some(Arc::new(sender));
        let concurrency = self.options.concurrency;
        dispatch(&mut self, &mut frontier, concurrency, cancel).await?;
        self.finish(&mut frontier, cancel.is_cancelled())
    }

    /// The plan's steps, and what is set up one after the other before them.
    fn nodes(&self) -> Vec<Node> {
        let steps = self.plan.steps.len();
        let mut nodes = self.order.nodes().to_vec();
        if let Some(last) = self.items.len().checked_sub(1) {
            for node in nodes.iter_mut().filter(|n| n.after.is_empty()) {
                node.after.push(steps + last);
            }
        }
        nodes.extend((0..self.items.len()).map(|i| {
            Node {
                after: i
                    .checked_sub(1)
                    .map(|before| steps + before)
                    .into_iter()
                    .collect(),
                ..Node::default()
            }
        }));
        nodes
    }
}
