//! How an API gets the revision that is current there. The service calls every
//! first revision of `x` 1, whatever its body says, but takes the name from
//! `PUT x;rev=N` where `x` is absent [service contract, 3.1]. That is shown at
//! service level only: where a workspace refuses it, or makes another revision
//! of it, the wanted one is made from the first one and takes its place.

use serde_json::{Map, Value};

use super::surplus::gone;
use super::{Came, Newcomer};
use crate::address::{ResourcePath, TargetPath};
use crate::apply::step_error::{RenumberError, StepError};
use crate::arm::ArmError;
use crate::catalog::{API_RELEASE, Kind};
use crate::engine::journal::{Further, Part};
use crate::plan::{Content, Plan, Step};
use crate::target::remote::{Guard, Put, Remote, Standing};
use crate::target::revision::{NUMBER, SOURCE, SWITCH, number_of};

fn then(part: Part, made: &str) -> Came<Put> {
    let made = made.to_owned();
    Came::Further(Further { part, made })
}

/// The API of a step that is to have a revision of this number.
pub(crate) struct Renumber<'s> {
    pub(crate) plan: &'s Plan,
    pub(crate) remote: &'s Remote,
    pub(crate) step: &'s Step,
    pub(crate) content: &'s Content,
    pub(crate) number: &'s str,
}

impl Renumber<'_> {
    /// Makes it, where nothing stands.
    pub(crate) async fn begin(&self, newcomer: Newcomer) -> Result<Came<Put>, StepError> {
        let (remote, step) = (self.remote, self.step);
        let first = self.at(self.revision(self.number)?);
        let guard = newcomer.guard(&step.target);
        let put = match remote
            .put(step.kind, &first, self.content, &[], guard)
            .await
        {
            Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => {
                (remote.put_instead(&error, step.kind, &step.target, self.content, guard)).await
            }
            put => put,
        };
        let exposed = newcomer == Newcomer::Theirs;
        let put = put.map_err(|source| StepError::Write {
            target: step.target.clone(),
            source,
        })?;
        let is_current = put.properties.get("isCurrent") == Some(&Value::Bool(true));
        let as_wanted = number_of(&put.properties) == Some(self.number);
        // What came in between is somebody's, and is told.
        if is_current && as_wanted || exposed && put.replaced {
            return Ok(Came::Done(put));
        }
        let standing = self.look().await?;
        match standing.as_ref().and_then(|s| number_of(&s.properties)) {
            Some(made) if made != self.number && exposed && as_wanted => {
                Ok(then(Part::Withdraw, made))
            }
            Some(made) if made != self.number => Ok(then(Part::Numbered, made)),
            _ => self.arrived(standing).map(Came::Done),
        }
    }

    /// Makes the wanted revision of the first one, which the service made by itself.
    pub(crate) async fn make_wanted(&self, made: &str) -> Result<Came<Put>, StepError> {
        let (kind, copy) = (self.step.kind, self.copy());
        self.put(kind, self.revision(self.number)?, &copy).await?;
        Ok(then(Part::Switch, made))
    }

    /// Makes it the current one.
    pub(crate) async fn switch_over(&self, made: &str) -> Result<Came<Put>, StepError> {
        let mut properties = Map::new();
        let id = self.id(&self.revision(self.number)?);
        properties.insert("apiId".to_owned(), Value::from(id));
        let body = Content {
            properties,
            document: None,
        };
        self.put(&API_RELEASE, self.switch()?, &body).await?;
        Ok(then(Part::TakeOut, made))
    }

    /// Takes out what the way round leaves: the revision that the service made by
    /// itself, unless the plan wants it, and at last the release, whose deletion does
    /// not switch back.
    pub(crate) async fn take_out(&self, made: &str) -> Result<Came<Put>, StepError> {
        let first = self.revision(made)?;
        if !self.plan.steps.iter().any(|s| *s.target.below() == first) {
            self.gone(self.step.kind, &first).await?;
        }
        self.gone(&API_RELEASE, &self.switch()?).await?;
        self.arrived(self.look().await?).map(Came::Done)
    }

    /// Takes the wanted revision back, since somebody's API came in between.
    pub(crate) async fn withdraw(&self) -> Result<Came<Put>, StepError> {
        let revision = self.revision(self.number)?;
        self.gone(self.step.kind, &revision).await?;
        Err(StepError::Appeared {
            target: self.step.target.clone(),
            fields: vec![NUMBER.to_owned()],
        })
    }

    async fn look(&self) -> Result<Option<Standing>, StepError> {
        let standing = self.remote.read(self.step.kind, &self.step.target).await;
        standing.map_err(|source| StepError::Read {
            target: self.step.target.to_string(),
            source,
        })
    }

    /// What stands there, when it is the revision that is wanted.
    fn arrived(&self, standing: Option<Standing>) -> Result<Put, StepError> {
        let standing = standing.unwrap_or(Standing {
            properties: Map::new(),
            etag: None,
        });
        let made = number_of(&standing.properties).unwrap_or("none");
        if made != self.number {
            return Err(StepError::Revision {
                target: self.step.target.clone(),
                wanted: self.number.to_owned(),
                made: crate::secret::plain(made),
                etag: standing.etag,
            });
        }
        Ok(Put {
            replaced: false,
            etag: standing.etag,
            properties: standing.properties,
        })
    }

    /// The wanted revision, made from the one that is current.
    fn copy(&self) -> Content {
        let mut copy = self.content.clone();
        let source = Value::from(self.id(self.step.target.below()));
        copy.properties
            .insert("isCurrent".to_owned(), Value::Bool(false));
        copy.properties.insert(SOURCE.to_owned(), source);
        copy
    }

    async fn put(&self, kind: &Kind, at: ResourcePath, content: &Content) -> Result<(), StepError> {
        let at = self.at(at);
        let put = self.remote.put(kind, &at, content, &[], Guard::Free).await;
        put.map(drop).map_err(|source| self.refused(source))
    }

    async fn gone(&self, kind: &Kind, path: &ResourcePath) -> Result<(), StepError> {
        gone(self.plan, self.remote, kind, path).await
    }

    fn revision(&self, number: &str) -> Result<ResourcePath, StepError> {
        let api = self.step.target.below();
        let path = api.renamed(&format!("{};rev={number}", api.name()));
        path.map_err(|error| self.failed(error.into()))
    }

    fn switch(&self) -> Result<ResourcePath, StepError> {
        let api = self.step.target.below();
        let path = api.child(API_RELEASE.collection(), SWITCH);
        path.map_err(|error| self.failed(error.into()))
    }

    fn at(&self, below: ResourcePath) -> TargetPath {
        TargetPath::new(self.plan.workspace.clone(), below)
    }

    fn id(&self, below: &ResourcePath) -> String {
        format!("{}{below}", self.plan.workspace_id())
    }

    fn refused(&self, source: ArmError) -> StepError {
        self.failed(RenumberError::Refused {
            number: self.number.to_owned(),
            source,
        })
    }

    fn failed(&self, source: RenumberError) -> StepError {
        StepError::Renumber {
            target: self.step.target.clone(),
            source: Box::new(source),
        }
    }
}
