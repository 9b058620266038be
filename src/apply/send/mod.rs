//! One step, as requests.

pub(super) mod keys;
pub(super) mod moved;
mod serve;
mod write;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::moved::Etags;
use crate::apply::revisions::surplus::{self, Origin};
use crate::apply::revisions::{Came, Newcomer};
use crate::apply::step_error::StepError;
use crate::engine::journal::Further;
use crate::plan::{Plan, Step};
use crate::progress::Outcome;
use crate::target::automatic::Automatic;
use crate::target::lists::Lists;
use crate::target::remote::Remote;
use crate::target::revision;
use crate::target::secret::{is_for_another, other_secret};
use crate::target::survey::{There, look_at};

/// Whether something is looked at again right before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// No.
    Never,
    /// When the look before the first write is too old.
    WhenStale,
    /// Yes.
    Always,
}

/// What is to be done about a step.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Write it where nothing stands.
    Write {
        /// Whose it is that stands there now.
        newcomer: Newcomer,
        /// Whether it is looked at once more before.
        look: Look,
        /// Whether it may begin with what the plan does not give it.
        shed: bool,
    },
    /// Write it over what this plan made.
    Update {
        /// The ETag that it was seen with.
        seen: Option<String>,
        /// Whether it may begin with what the plan does not give it.
        shed: bool,
    },
    /// Send another request of it.
    Further {
        /// Which.
        further: Further,
        /// Whether it may begin with what the plan does not give it.
        shed: bool,
    },
    /// Write it over what is somebody's, which has this ETag.
    Overwrite(Option<String>),
    /// It is written: take away what the plan does not give it.
    Shed,
    /// Use what is there, or write it when nothing is.
    Reuse(Option<Automatic>),
    /// Remove what the service made on its own.
    Tidy(Automatic),
    /// Leave it: nothing shows that this plan made what it belongs to.
    LeaveUntidied,
}

impl Task {
    /// Whether it may send what the plan wants.
    pub(crate) fn writes(&self) -> bool {
        matches!(
            self,
            Task::Write { .. } | Task::Update { .. } | Task::Overwrite(_) | Task::Reuse(_)
        )
    }
}

/// A step that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// The ETag of what stands there.
    pub(crate) etag: Option<String>,
    /// Whether the service made new keys since it refused the source's.
    pub(crate) new_keys: bool,
    /// The step whose outcome has another ETag by that, and which.
    pub(crate) moved: Vec<(usize, String)>,
}

impl Done {
    pub(super) fn without_etag(outcome: Outcome) -> Self {
        Self {
            outcome,
            etag: None,
            new_keys: false,
            moved: Vec::new(),
        }
    }
}

/// Carries steps out; shared by all that are under way.
pub(crate) struct Sender {
    plan: Arc<Plan>,
    /// The plan's folder, which files to upload are relative to.
    dir: PathBuf,
    remote: Arc<Remote>,
    origins: Arc<HashMap<usize, Origin>>,
    etags: Etags,
    /// Lists that are read after all that shows in them was made, where the plan
    /// has such an order.
    made: Option<Lists>,
    /// Until when what was seen to be absent counts as absent.
    fresh: Instant,
}

impl Sender {
    /// Makes a sender.
    pub(crate) fn new(
        plan: Arc<Plan>,
        dir: PathBuf,
        remote: Arc<Remote>,
        origins: Arc<HashMap<usize, Origin>>,
        etags: Etags,
        (look_again, lists_once): (Duration, bool),
    ) -> Self {
        Self {
            plan,
            dir,
            remote: Arc::clone(&remote),
            origins,
            etags,
            made: lists_once.then(|| Lists::new(remote)),
            fresh: Instant::now() + look_again,
        }
    }

    /// Refuses to write over what shows no ETag to hold the write to; links have
    /// none.
    fn guarded(step: &Step, seen: Option<&String>) -> Result<(), StepError> {
        match seen.is_some() || step.kind.is_link() {
            true => Ok(()),
            false => Err(StepError::Unguarded {
                target: step.target.clone(),
            }),
        }
    }

    /// Carries one step out, or the next request of it.
    pub(crate) async fn carry_out(
        &self,
        position: usize,
        task: Task,
    ) -> Result<Came<Done>, StepError> {
        let step = &self.plan.steps[position];
        let (came, shed) = match task {
            Task::Write {
                newcomer,
                look,
                shed,
            } => (self.make(position, newcomer, look).await?, shed),
            Task::Update { seen, shed } => {
                // What this run did to it itself is no reason to refuse.
                let seen = self.etags.of(position).or(seen);
                Self::guarded(step, seen.as_ref())?;
                let done = self.write_over(position, seen, Outcome::Updated).await?;
                (Came::Done(done), shed)
            }
            Task::Overwrite(seen) => {
                Self::guarded(step, seen.as_ref())?;
                let done = self.write_over(position, seen, Outcome::Overwritten);
                (Came::Done(done.await?), false)
            }
            Task::Further { further, shed } => (self.further(position, &further).await?, shed),
            Task::Shed => (Came::Done(Done::without_etag(Outcome::Adopted)), true),
            Task::Reuse(automatic) => (self.reuse(position, automatic).await?, false),
            Task::Tidy(automatic) => (Came::Done(self.tidy(automatic).await?), false),
            Task::LeaveUntidied => (Came::Done(Done::without_etag(Outcome::Kept)), false),
        };
        // What somebody else made in between keeps what it has.
        if let Came::Done(done) = &came
            && shed
            && done.outcome != Outcome::Overwritten
        {
            self.shed(position).await?;
        }
        Ok(came)
    }

    /// Writes where nothing stood, unless something has come meanwhile.
    async fn make(
        &self,
        position: usize,
        newcomer: Newcomer,
        look: Look,
    ) -> Result<Came<Done>, StepError> {
        let looks = match look {
            Look::Never => false,
            Look::WhenStale => Instant::now() > self.fresh,
            Look::Always => true,
        };
        if looks && let Some(came) = self.come(position, newcomer).await? {
            return Ok(came);
        }
        let refused = match self.write(position, newcomer).await {
            Err(error) if error.is_changed() => error,
            came => return came,
        };
        let newcomer = match refused.may_be_done() {
            true => Newcomer::Unsure,
            false => newcomer,
        };
        self.come(position, newcomer).await?.ok_or(refused)
    }

    /// What a step has come to where something stands by now that was absent when
    /// the run began; nothing where it still is.
    async fn come(
        &self,
        position: usize,
        newcomer: Newcomer,
    ) -> Result<Option<Came<Done>>, StepError> {
        let step = &self.plan.steps[position];
        let there = look_at(&self.plan, &self.remote, step, &step.target).await;
        let there = there.map_err(|source| StepError::Read {
            target: step.target.to_string(),
            source,
        })?;
        let may_be_ours = newcomer == Newcomer::Unsure;
        let done = |etag, outcome| {
            Some(Came::Done(Done {
                etag,
                ..Done::without_etag(outcome)
            }))
        };
        match there {
            There::Nothing | There::Listed => Ok(None),
            There::Same(_) if may_be_ours && is_for_another(&self.remote, step).await => {
                let fields = other_secret(step).into_iter().map(|d| d.pointer);
                Err(StepError::Appeared {
                    target: step.target.clone(),
                    fields: fields.collect(),
                })
            }
            There::Same(etag) if may_be_ours => {
                self.etags.note(position, etag.as_deref());
                Ok(done(etag, Outcome::Adopted))
            }
            There::Same(etag) => Ok(done(etag, Outcome::Reused)),
            There::Different(differences, standing) => {
                let half = standing.filter(|_| may_be_ours).and_then(|standing| {
                    revision::half_made(&self.plan, step, &differences, &standing)
                });
                if let Some((further, etag)) = half {
                    self.etags.note(position, etag.as_deref());
                    return Ok(Some(Came::Further(further)));
                }
                let target = step.target.clone();
                let fields = differences.into_iter().map(|d| d.pointer).collect();
                Err(match may_be_ours {
                    true => StepError::Unclear { target, fields },
                    false => StepError::Appeared { target, fields },
                })
            }
        }
    }

    async fn shed(&self, position: usize) -> Result<(), StepError> {
        match self.origins.get(&position) {
            Some(origin) => {
                let step = &self.plan.steps[position];
                surplus::shed(&self.plan, &self.remote, step, origin).await
            }
            None => Ok(()),
        }
    }
}
