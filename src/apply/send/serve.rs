//! What the service makes on its own: it serves, or is taken away.

use std::sync::Arc;

use super::{Done, Newcomer, Sender};
use crate::address::ResourcePath;
use crate::apply::revisions::Came;
use crate::apply::step_error::StepError;
use crate::arm::ArmError;
use crate::progress::Outcome;
use crate::target::automatic::Automatic;
use crate::target::lists::Lists;
use crate::target::remote::Gone;
use crate::target::survey::{There, look_at, twin};

impl Sender {
    pub(super) async fn reuse(
        &self,
        position: usize,
        automatic: Option<Automatic>,
    ) -> Result<Came<Done>, StepError> {
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
            None => self.write(position, Newcomer::Service).await,
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

    pub(super) async fn tidy(&self, automatic: Automatic) -> Result<Done, StepError> {
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
                let gone = self.remote.delete(kind, path, &[], None, None).await;
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
