//! One step, as requests.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::keys::refused_for_keys;
use super::moved::{self, Etags};
use super::revisions::renumber::Renumber;
use super::revisions::surplus::{self, Origin};
use super::revisions::{self, inherit};
use super::step_error::StepError;
use super::upload;
use crate::address::ResourcePath;
use crate::arm::ArmError;
use crate::catalog::Access;
use crate::engine::Outcome;
use crate::engine::journal::{Further, Part};
use crate::plan::{Content, Plan, Step};
use crate::secret::Secret;
use crate::target::automatic::Automatic;
use crate::target::lists::Lists;
use crate::target::remote::{Gone, Put, Remote};
use crate::target::revision;
use crate::target::survey::{There, look_at, twin};

/// What is to be done about a step.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Write it where nothing stands.
    Write {
        /// Whether what stands there can only be somebody else's, when nothing
        /// stood there at the look: the service fills what this run makes.
        exposed: bool,
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

/// What a request of a step came to.
#[derive(Debug)]
pub(crate) enum Came {
    /// The step is done.
    Done(Done),
    /// It takes another one.
    Further(Further),
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

    /// Carries one step out, or the next request of it.
    pub(crate) async fn carry_out(&self, position: usize, task: Task) -> Result<Came, StepError> {
        let step = &self.plan.steps[position];
        let (came, shed) = match task {
            Task::Write { exposed, shed } => {
                // What takes more than one request is looked at in any case.
                let stale = Instant::now() > self.fresh || revision::wanted(step).is_some();
                if exposed
                    && stale
                    && let Some(done) = self.look_again(position).await?
                {
                    return Ok(Came::Done(done));
                }
                (self.write(position, exposed).await?, shed)
            }
            Task::Update { seen, shed } => {
                // What this run did to it itself is no reason to refuse.
                let seen = self.etags.of(position).or(seen);
                let done = self.write_over(position, seen, Outcome::Updated).await?;
                (Came::Done(done), shed)
            }
            Task::Overwrite(seen) => {
                if seen.is_none() && !step.kind.is_link() {
                    return Err(StepError::Unguarded {
                        target: step.target.clone(),
                    });
                }
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

    /// Sends another request of a step.
    async fn further(&self, position: usize, further: &Further) -> Result<Came, StepError> {
        let step = &self.plan.steps[position];
        if further.part == Part::Bare {
            let seen = self.etags.of(position);
            let written = self.write_over(position, seen.clone(), Outcome::Created);
            let done = match written.await {
                // Then it keeps what it took over, and `verify` says so.
                Err(StepError::Write { source, .. }) if source.status() == Some(400) => Done {
                    etag: seen,
                    ..Done::without_etag(Outcome::Created)
                },
                done => done?,
            };
            return Ok(Came::Done(done));
        }
        let nothing = Content::default();
        let content = step.content.as_ref().unwrap_or(&nothing);
        let renumber = self.renumber(step, content, revision::wanted(step).unwrap_or_default());
        Ok(self.came(position, renumber.go_on(further).await?, false))
    }

    fn renumber<'s>(
        &'s self,
        step: &'s Step,
        content: &'s Content,
        number: &'s str,
    ) -> Renumber<'s> {
        Renumber {
            plan: &self.plan,
            remote: &self.remote,
            step,
            content,
            number,
        }
    }

    /// What a request for the number of an API came to.
    fn came(&self, position: usize, came: revisions::Came, exposed: bool) -> Came {
        match came {
            revisions::Came::Further(further) => Came::Further(further),
            revisions::Came::Done(put) => Came::Done(self.made(position, put, exposed)),
        }
    }

    /// A step that made something, or wrote over what somebody made in between.
    fn made(&self, position: usize, put: Put, exposed: bool) -> Done {
        self.etags.note(position, put.etag.as_deref());
        let overtaken = exposed && put.replaced;
        Done {
            etag: put.etag,
            ..Done::without_etag(match overtaken {
                true => Outcome::Overwritten,
                false => Outcome::Created,
            })
        }
    }

    /// Looks once more at what was absent when the run began, and returns what
    /// the step has come to when something equal stands there now.
    async fn look_again(&self, position: usize) -> Result<Option<Done>, StepError> {
        let step = &self.plan.steps[position];
        let there = look_at(&self.plan, &self.remote, step, &step.target).await;
        let there = there.map_err(|source| StepError::Read {
            target: step.target.to_string(),
            source,
        })?;
        match there {
            There::Nothing | There::Listed => Ok(None),
            There::Same(etag) => Ok(Some(Done {
                etag,
                ..Done::without_etag(Outcome::Reused)
            })),
            There::Different(differences, _) => Err(StepError::Appeared {
                target: step.target.clone(),
                fields: differences.into_iter().map(|d| d.pointer).collect(),
            }),
        }
    }

    /// Writes where nothing stands; `exposed` is whether what stands there all the
    /// same can only be somebody's.
    async fn write(&self, position: usize, exposed: bool) -> Result<Came, StepError> {
        let step = &self.plan.steps[position];
        let nothing = Content::default();
        let content = match &step.content {
            Some(content) => content,
            // The name in its URL is all there is to a membership.
            None if step.kind.access == Access::Membership => &nothing,
            None => {
                return Err(StepError::NoContent {
                    target: step.target.clone(),
                });
            }
        };
        if let Some(number) = revision::wanted(step) {
            let came = self.renumber(step, content, number).begin(exposed).await?;
            return Ok(self.came(position, came, exposed));
        }
        if revision::is_copy(content) {
            let made = inherit::make(&self.plan, &self.remote, step, content).await;
            let (put, inherits) = made.map_err(|source| StepError::Write {
                target: step.target.clone(),
                source,
            })?;
            let done = self.made(position, put, exposed);
            let part = Part::Bare;
            return Ok(match inherits && done.outcome == Outcome::Created {
                true => Came::Further(Further::of(part)),
                false => Came::Done(done),
            });
        }
        let secrets = self.secrets(step).await?;
        let moved = self.before(position, false).await;
        let (put, new_keys) = match self.put(step, content, secrets, None).await {
            (Ok(put), new_keys) => (put, new_keys),
            (Err(source), _) => return self.after_refusal(step, source).await.map(Came::Done),
        };
        Ok(Came::Done(Done {
            new_keys,
            moved: self.after(moved).await,
            ..self.made(position, put, exposed)
        }))
    }

    /// Writes over what stands there, as long as it is what was seen. What the
    /// plan takes away is left out, and that a revision was made from another
    /// one would make it anew.
    async fn write_over(
        &self,
        position: usize,
        seen: Option<String>,
        outcome: Outcome,
    ) -> Result<Done, StepError> {
        let step = &self.plan.steps[position];
        let content = inherit::without_origin(step.content.as_ref());
        let secrets = self.secrets(step).await?;
        let moved = self.before(position, true).await;
        let (put, new_keys) = self.put(step, &content, secrets, seen.as_deref()).await;
        let etag = match put {
            Ok(put) => put.etag,
            Err(source) if source.status() == Some(412) => self.arrived(step, source).await?,
            Err(source) => {
                return Err(StepError::Write {
                    target: step.target.clone(),
                    source,
                });
            }
        };
        // What is somebody's is not followed.
        let ours = outcome != Outcome::Overwritten;
        self.etags.note(position, etag.as_deref().filter(|_| ours));
        Ok(Done {
            etag,
            new_keys,
            moved: self.after(moved).await,
            ..Done::without_etag(outcome)
        })
    }

    /// The ETag of what stands there after a write was refused since that has
    /// another one: an attempt whose answer was lost may have done it.
    async fn arrived(&self, step: &Step, source: ArmError) -> Result<Option<String>, StepError> {
        if source.refusal().is_some_and(|refusal| refusal.attempts > 1) {
            let there = look_at(&self.plan, &self.remote, step, &step.target).await;
            if let Ok(There::Same(etag)) = there {
                return Ok(etag);
            }
        }
        Err(StepError::Overtaken {
            target: step.target.clone(),
            source,
        })
    }

    async fn before(&self, position: usize, update: bool) -> Vec<usize> {
        let (plan, remote) = (&self.plan, &self.remote);
        moved::before(plan, remote, &self.etags, position, update).await
    }

    async fn after(&self, moved: Vec<usize>) -> Vec<(usize, String)> {
        moved::after(&self.plan, &self.remote, &self.etags, moved).await
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

    /// Writes, and once more without secrets when the service refuses these and
    /// can make its own; tells whether it was so.
    async fn put(
        &self,
        step: &Step,
        content: &Content,
        secrets: Vec<(&'static str, Secret)>,
        if_match: Option<&str>,
    ) -> (Result<Put, ArmError>, bool) {
        let (kind, target) = (step.kind, &step.target);
        let put = self
            .remote
            .replace(kind, target, content, &secrets, if_match)
            .await;
        match put {
            Err(error) if !secrets.is_empty() && refused_for_keys(kind, &error) => {
                drop(secrets);
                (
                    self.remote
                        .replace(kind, target, content, &[], if_match)
                        .await,
                    true,
                )
            }
            put => (put, false),
        }
    }

    /// A link that exists already is refused with a 409; then it is there, which
    /// is all that was wanted. It is somebody else's, unless an attempt whose
    /// answer was lost may have made it.
    async fn after_refusal(&self, step: &Step, source: ArmError) -> Result<Done, StepError> {
        if step.kind.is_link() && source.status() == Some(409) {
            let parent = step.target.below().parent();
            let items = self
                .remote
                .list(parent.as_ref(), step.kind.collection())
                .await;
            if let Some(item) = items
                .ok()
                .as_deref()
                .and_then(|items| twin(&self.plan, step.kind, step, items))
            {
                let sent = source.refusal().is_some_and(|r| r.attempts > 1);
                let named = item.name.eq_ignore_ascii_case(step.target.below().name());
                return Ok(Done::without_etag(match sent && named {
                    true => Outcome::Adopted,
                    false => Outcome::Reused,
                }));
            }
        }
        Err(StepError::Write {
            target: step.target.clone(),
            source,
        })
    }

    async fn secrets(&self, step: &Step) -> Result<Vec<(&'static str, Secret)>, StepError> {
        if let (Some(upload), Some(into)) = (&step.upload, step.kind.upload) {
            let read = upload::read(upload, &self.dir, &upload::environment);
            let read = read.map_err(|source| StepError::Upload {
                target: step.target.clone(),
                source,
            })?;
            let password = read.password.map(|password| (into.password, password));
            return Ok([(into.content, read.content)]
                .into_iter()
                .chain(password)
                .collect());
        }
        let (Some(action), Some(path)) = (&step.secret, &step.source) else {
            return Ok(Vec::new());
        };
        let read = self.remote.secrets(path, action).await;
        let mut read = read.map_err(|source| StepError::Secret {
            path: path.clone(),
            source,
        })?;
        let members = step.kind.secret.map_or(&[][..], |s| s.members);
        let mut secrets = Vec::with_capacity(members.len());
        for member in members {
            let Some(secret) = read.remove(*member) else {
                return Err(StepError::NoSecret {
                    path: path.clone(),
                    member: (*member).to_owned(),
                });
            };
            secrets.push((*member, secret));
        }
        Ok(secrets)
    }

    async fn reuse(
        &self,
        position: usize,
        automatic: Option<Automatic>,
    ) -> Result<Came, StepError> {
        let step = &self.plan.steps[position];
        let unread = |source| StepError::Read {
            target: step.target.to_string(),
            source,
        };
        let there = if let Some(automatic) = automatic {
            let found = self.found(&automatic).await;
            (!found.map_err(unread)?.is_empty()).then_some(None)
        } else if step.kind.is_link() {
            let parent = step.target.below().parent();
            let items = self
                .remote
                .list(parent.as_ref(), step.kind.collection())
                .await
                .map_err(unread)?;
            twin(&self.plan, step.kind, step, &items).map(|_| None)
        } else {
            let there = look_at(&self.plan, &self.remote, step, &step.target).await;
            match there.map_err(unread)? {
                There::Nothing => None,
                There::Same(etag) => Some(etag),
                There::Different(..) | There::Listed => Some(None),
            }
        };
        match there {
            Some(etag) => Ok(Came::Done(Done {
                etag,
                ..Done::without_etag(Outcome::Reused)
            })),
            None => self.write(position, false).await,
        }
    }

    /// What the service has made on its own.
    async fn found(&self, automatic: &Automatic) -> Result<Vec<ResourcePath>, ArmError> {
        match &self.made {
            Some(lists) => automatic.find(&self.plan, lists).await,
            None => {
                let lists = Lists::new(Arc::clone(&self.remote));
                automatic.find(&self.plan, &lists).await
            }
        }
    }

    async fn tidy(&self, automatic: Automatic) -> Result<Done, StepError> {
        let owner = &self.plan.steps[automatic.owner];
        let found = self.found(&automatic).await;
        let found = found.map_err(|source| StepError::Read {
            target: owner.target.to_string(),
            source,
        })?;
        match found.as_slice() {
            [] => Ok(Done::without_etag(Outcome::NothingToTidy)),
            [path] => {
                let kind = automatic.kind();
                let gone = self.remote.delete(kind, path, &[], None).await;
                let gone = gone.map_err(|source| StepError::Remove {
                    path: format!("/workspaces/{}{path}", self.plan.workspace),
                    source,
                })?;
                Ok(Done::without_etag(match gone {
                    Gone::Deleted | Gone::WasAbsent => Outcome::Tidied,
                    Gone::Unguarded => Outcome::Kept,
                }))
            }
            // The service makes one; the others came from somebody, and which
            // is which can't be told.
            _ => Ok(Done::without_etag(Outcome::Kept)),
        }
    }
}
