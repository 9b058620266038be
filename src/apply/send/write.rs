//! What writes a step, and what it came to.

use super::{Done, Newcomer, Sender};
use crate::apply::revisions::renumber::Renumber;
use crate::apply::revisions::{Came, inherit};
use crate::apply::send::keys::refused_for_keys;
use crate::apply::send::moved;
use crate::apply::step_error::StepError;
use crate::apply::upload;
use crate::arm::ArmError;
use crate::catalog::Access;
use crate::engine::journal::{Further, Part};
use crate::plan::{Content, Step};
use crate::progress::Outcome;
use crate::secret::Secret;
use crate::target::remote::{Guard, Put};
use crate::target::revision;
use crate::target::survey::{There, look_at, twin};

impl Sender {
    /// Sends another request of a step.
    pub(super) async fn further(
        &self,
        position: usize,
        further: &Further,
    ) -> Result<Came<Done>, StepError> {
        let step = &self.plan.steps[position];
        let nothing = Content::default();
        let content = step.content.as_ref().unwrap_or(&nothing);
        let renumber = self.renumber(step, content, revision::wanted(step).unwrap_or_default());
        let made = further.made.as_str();
        let came = match further.part {
            Part::Bare => return self.bare(position).await.map(Came::Done),
            Part::Numbered => renumber.make_wanted(made).await,
            Part::Switch => renumber.switch_over(made).await,
            Part::TakeOut => renumber.take_out(made).await,
            Part::Withdraw => renumber.withdraw().await,
        };
        Ok(self.came(position, came?, Newcomer::Service))
    }

    /// Writes a revision without what it took over. Where that is refused it keeps
    /// that, and `verify` says so.
    async fn bare(&self, position: usize) -> Result<Done, StepError> {
        let seen = self.etags.of(position);
        let written = self.write_over(position, seen.clone(), Outcome::Created);
        match written.await {
            Err(StepError::Write { source, .. }) if source.status() == Some(400) => Ok(Done {
                etag: seen,
                ..Done::without_etag(Outcome::Created)
            }),
            done => done,
        }
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
    fn came(&self, position: usize, came: Came<Put>, newcomer: Newcomer) -> Came<Done> {
        match came {
            Came::Further(further) => Came::Further(further),
            Came::Done(put) => Came::Done(self.made(position, put, newcomer)),
        }
    }

    /// A step that made something, or wrote over what somebody made in between.
    fn made(&self, position: usize, put: Put, newcomer: Newcomer) -> Done {
        self.etags.note(position, put.etag.as_deref());
        let overtaken = newcomer == Newcomer::Theirs && put.replaced;
        Done {
            etag: put.etag,
            ..Done::without_etag(match overtaken {
                true => Outcome::Overwritten,
                false => Outcome::Created,
            })
        }
    }

    /// Writes where nothing stands.
    pub(super) async fn write(
        &self,
        position: usize,
        newcomer: Newcomer,
    ) -> Result<Came<Done>, StepError> {
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
            let came = self.renumber(step, content, number).begin(newcomer).await?;
            return Ok(self.came(position, came, newcomer));
        }
        if revision::is_copy(content) {
            let made = inherit::make(&self.plan, &self.remote, step, content, newcomer).await;
            let (put, inherits) = made.map_err(|source| StepError::Write {
                target: step.target.clone(),
                source,
            })?;
            let done = self.made(position, put, newcomer);
            let part = Part::Bare;
            return Ok(match inherits && done.outcome == Outcome::Created {
                true => Came::Further(Further::of(part)),
                false => Came::Done(done),
            });
        }
        let secrets = self.secrets(step).await?;
        let moved = self.before(position, false).await;
        let guard = newcomer.guard(&step.target);
        let (put, new_keys) = match self.put(step, content, secrets, guard).await {
            (Ok(put), new_keys) => (put, new_keys),
            (Err(source), _) => return self.after_refusal(step, source).await.map(Came::Done),
        };
        Ok(Came::Done(Done {
            new_keys,
            moved: self.after(moved).await,
            ..self.made(position, put, newcomer)
        }))
    }

    /// Writes over what stands there, as long as it is what was seen. What the
    /// plan takes away is left out, and that a revision was made from another
    /// one would make it anew.
    pub(super) async fn write_over(
        &self,
        position: usize,
        seen: Option<String>,
        outcome: Outcome,
    ) -> Result<Done, StepError> {
        let step = &self.plan.steps[position];
        let content = inherit::without_origin(step.content.as_ref());
        let secrets = self.secrets(step).await?;
        let moved = self.before(position, true).await;
        let guard = seen.as_deref().map_or(Guard::Free, Guard::Etag);
        let (put, new_keys) = self.put(step, &content, secrets, guard).await;
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
        // What was uploaded, and secrets, are not shown: whose stand there can't be
        // told.
        let shown = step.upload.is_none() && step.secret.is_none();
        if shown && source.may_be_done() {
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

    /// Writes, and once more without secrets when the service refuses these and
    /// can make its own; tells whether it was so.
    async fn put(
        &self,
        step: &Step,
        content: &Content,
        secrets: Vec<(&'static str, Secret)>,
        guard: Guard<'_>,
    ) -> (Result<Put, ArmError>, bool) {
        let (kind, target, remote) = (step.kind, &step.target, &self.remote);
        match remote.put(kind, target, content, &secrets, guard).await {
            Err(error) if !secrets.is_empty() && refused_for_keys(kind, &error) => {
                drop(secrets);
                let put = remote.put_instead(&error, kind, target, content, guard);
                (put.await, true)
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
                let sent = source.may_be_done();
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
}
