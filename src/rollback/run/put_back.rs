//! One PUT of what somebody else had, as a request.

use super::erase::{Eraser, RemoveFailed, ToUndo, Undone};
use crate::arm::ArmError;
use crate::plan::compare::differences;
use crate::plan::{Content, Step};
use crate::rollback::look::put_back::hidden;
use crate::secret::Secret;
use crate::target::remote::Guard;
use crate::target::survey::place;

impl Eraser {
    /// Puts back what somebody else had, as far as that is on record.
    pub(super) async fn put_back(&self, target: ToUndo, before: Option<Content>) -> Undone {
        let step = &self.plan.steps[target.position];
        let Some(before) = before else {
            return Undone::Kept("what was there before can't be read any more".to_owned());
        };
        let done = self.try_put_back(step, &target, &before).await;
        done.unwrap_or_else(|source| {
            Undone::Failed(RemoveFailed {
                doing: "put back",
                path: step.target.to_string(),
                source,
            })
        })
    }

    async fn try_put_back(
        &self,
        step: &Step,
        target: &ToUndo,
        before: &Content,
    ) -> Result<Undone, ArmError> {
        let seen = target.standing.as_ref();
        let Some(etag) = seen.and_then(|seen| seen.etag.as_deref()) else {
            return Ok(Undone::unguarded());
        };
        let secrets = self.secrets_there(step, before).await?;
        let (kind, remote) = (step.kind, &self.remote);
        let put = remote.put(kind, &step.target, before, &secrets, Guard::Etag(etag));
        match put.await {
            Err(error) if error.status() == Some(412) && !target.again => {
                let now = self.remote.read(step.kind, &step.target).await?;
                let Some(now) = now else {
                    return Ok(Undone::WasAbsent);
                };
                // An attempt whose answer was lost may have done it.
                if differences(step.kind, before, &now.properties, place(&self.plan)).is_empty() {
                    return Ok(Undone::PutBack);
                }
                // Deleting what stood below it may have moved its ETag.
                Ok(
                    match seen.is_some_and(|seen| seen.properties == now.properties) {
                        true => Undone::Moved(now),
                        false => Undone::changed_meanwhile(),
                    },
                )
            }
            put => put.map(|_| Undone::PutBack),
        }
    }

    /// The secrets that something has now, where the service takes it with none
    /// but its own: those that it had are not known.
    async fn secrets_there(
        &self,
        step: &Step,
        before: &Content,
    ) -> Result<Vec<(&'static str, Secret)>, ArmError> {
        let members = hidden(step.kind, before);
        let read = (step.kind.secret).filter(|_| !step.kind.makes_its_secrets());
        let Some(read) = read.filter(|_| !members.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut there = (self.remote)
            .target_secrets(&step.target, read.action)
            .await?;
        let member = |name: &&'static str| Some((*name, there.remove(*name)?));
        Ok(members.iter().filter_map(member).collect())
    }
}
