//! One deletion, as requests.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::address::{ResourcePath, TargetPath, split_revision};
use crate::arm::{ArmError, Still, same_etag};
use crate::catalog::{self, pointer};
use crate::engine::failure::causes;
use crate::plan::compare::{MINTED, differences};
use crate::plan::{Content, Plan, Step};
use crate::target::remote::{Gone, Remote, Standing};
use crate::target::survey::{There, look_at, place};

/// What is to be deleted.
#[derive(Debug)]
pub(crate) struct ToUndo {
    /// The step that made it.
    pub(crate) position: usize,
    /// Where it really stands below the workspace.
    pub(crate) path: ResourcePath,
    /// What was found there, unless it is a link or a membership.
    pub(crate) standing: Option<Standing>,
    /// Whether it was found to have moved already.
    pub(crate) again: bool,
}

/// The service did not delete it, or not put it back.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} `{path}`")]
pub(crate) struct RemoveFailed {
    /// What was tried, in words.
    pub(super) doing: &'static str,
    /// With what.
    pub(super) path: String,
    /// Why.
    pub(crate) source: ArmError,
}

/// What came of taking something back.
#[derive(Debug)]
pub(crate) enum Undone {
    /// It was deleted.
    Deleted {
        /// Display names of what went with it in other places.
        minted: Vec<String>,
    },
    /// What somebody else had stands there again.
    PutBack,
    /// It was not there any more.
    WasAbsent,
    /// It has another ETag and is the same still: another request may take it back.
    Moved(Standing),
    /// It is the same still, and was looked at so that it can be taken back; with
    /// what it shows now, where it has another ETag.
    Looked(Option<Standing>),
    /// It was kept, and why.
    Kept(String),
    /// The service did not do it.
    Failed(RemoveFailed),
}

impl Undone {
    pub(super) fn changed_meanwhile() -> Self {
        Self::Kept("it was changed while the rollback was under way".to_owned())
    }

    pub(super) fn unguarded() -> Self {
        Self::Kept(
            "the service shows no ETag of it, so that it can't be told whether somebody changed it"
                .to_owned(),
        )
    }
}

/// Why the service does not delete something, in its own words: others use it.
fn refused(error: &ArmError) -> String {
    let words = causes(error);
    format!("the service does not delete it: {}", words.join(": "))
}

/// Takes back what a plan wrote; shared by all that is under way.
pub(crate) struct Eraser {
    pub(super) plan: Arc<Plan>,
    pub(super) remote: Arc<Remote>,
}

impl Eraser {
    /// Makes an eraser.
    pub(crate) fn new(plan: Arc<Plan>, remote: Arc<Remote>) -> Self {
        Self { plan, remote }
    }

    /// Deletes one resource.
    pub(crate) async fn erase(&self, target: ToUndo) -> Undone {
        let step = &self.plan.steps[target.position];
        match self.try_erase(step, &target).await {
            Ok(erased) => erased,
            Err(source) => Undone::Failed(RemoveFailed {
                doing: "remove",
                path: step.target.to_string(),
                source,
            }),
        }
    }

    /// Looks once more at what is to be deleted: what hung on it is deleted by now,
    /// and may have moved its ETag. What is then put on record before its DELETE is
    /// what tells it from what somebody makes again.
    pub(crate) async fn look_again(&self, target: ToUndo) -> Undone {
        let step = &self.plan.steps[target.position];
        let seen = target.standing.as_ref().and_then(|s| s.etag.as_deref());
        let looked = async {
            Ok(match (self.remote.etag(&target.path).await?, seen) {
                (None, _) => Undone::WasAbsent,
                (Some(Some(now)), Some(seen)) if same_etag(&now, seen) => Undone::Looked(None),
                _ => match self.moved(step, &target).await? {
                    Undone::Moved(standing) => Undone::Looked(Some(standing)),
                    other => other,
                },
            })
        };
        looked.await.unwrap_or_else(|source| {
            Undone::Failed(RemoveFailed {
                doing: "look at",
                path: step.target.to_string(),
                source,
            })
        })
    }

    /// What something is that has another ETag than it was seen with. What was
    /// uploaded shows nothing by which it could be told from another upload.
    async fn moved(&self, step: &Step, target: &ToUndo) -> Result<Undone, ArmError> {
        let Some(standing) = self.remote.read(step.kind, &step.target).await? else {
            return Ok(Undone::WasAbsent);
        };
        let found = &standing.properties;
        let seen = target.standing.as_ref().map(|seen| &seen.properties);
        let as_planned = |content: &Content| {
            differences(step.kind, content, found, place(&self.plan)).is_empty()
        };
        let same = seen == Some(found) || step.content.as_ref().is_some_and(as_planned);
        Ok(match same && !step.kind.takes_upload(found) {
            true => Undone::Moved(standing),
            false => Undone::changed_meanwhile(),
        })
    }

    async fn try_erase(&self, step: &Step, target: &ToUndo) -> Result<Undone, ArmError> {
        let etag = target.standing.as_ref().and_then(|s| s.etag.as_deref());
        let whole = split_revision(target.path.name()).1.is_none();
        let query = match whole {
            true => step.kind.delete_query,
            false => &[],
        };
        // A link has no ETag: it is what it leads to.
        let at = TargetPath::new(self.plan.workspace.clone(), target.path.clone());
        let is_same = || -> BoxFuture<'_, Result<bool, ArmError>> {
            Box::pin(async {
                let there = look_at(&self.plan, &self.remote, step, &at).await?;
                Ok(!matches!(there, There::Different(..)))
            })
        };
        let still = step.kind.is_link().then_some(&is_same as Still<'_>);
        let deleted = (self.remote).delete(step.kind, &target.path, query, etag, still);
        let gone = match deleted.await {
            Err(ArmError::Changed { .. }) => return Ok(Undone::changed_meanwhile()),
            // An attempt whose answer was lost may have deleted it: then it was made
            // again, however much it looks like that.
            Err(error) if error.status() == Some(412) && error.may_be_done() => {
                return Ok(Undone::changed_meanwhile());
            }
            Err(error) if error.status() == Some(412) && !target.again => {
                return self.moved(step, target).await;
            }
            Err(ArmError::Refused(refusal)) if refusal.status == 400 => {
                return Ok(Undone::Kept(refused(&ArmError::Refused(refusal))));
            }
            other => other?,
        };
        Ok(match gone {
            Gone::Deleted => Undone::Deleted {
                minted: self.remove_minted(step, target).await?,
            },
            Gone::WasAbsent => Undone::WasAbsent,
            Gone::Unguarded => Undone::unguarded(),
        })
    }

    /// Removes the named values that the service made for plain credentials.
    /// One that is in use elsewhere is left: the service refuses to delete it.
    async fn remove_minted(&self, step: &Step, target: &ToUndo) -> Result<Vec<String>, ArmError> {
        let Some(standing) = &target.standing else {
            return Ok(Vec::new());
        };
        let planned = step.content.as_ref().map(|c| c.body().to_string());
        let mut names = Vec::new();
        let properties = Value::Object(standing.properties.clone());
        for embed in step.kind.embeds {
            pointer::each(&properties, embed, &mut |value| {
                let text = value.as_str().filter(|t| t.starts_with(MINTED));
                let name = text.and_then(|t| t.strip_prefix("{{")?.strip_suffix("}}"));
                let by_plan = |name: &str| planned.as_ref().is_some_and(|p| p.contains(name));
                names.extend(name.filter(|n| !by_plan(n)).map(str::to_owned));
            });
        }
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let kind = &catalog::NAMED_VALUE;
        let mut removed = Vec::new();
        for item in self.remote.list(None, kind.collection()).await? {
            let display = item.properties.get("displayName").and_then(Value::as_str);
            let Some(display) = display.filter(|d| names.iter().any(|n| n == d)) else {
                continue;
            };
            let Ok(path) = ResourcePath::top(kind.collection(), &item.name) else {
                continue;
            };
            match self.remote.delete(kind, &path, &[], None, None).await {
                Ok(Gone::Unguarded) => {}
                Ok(_) => removed.push(display.to_owned()),
                Err(error) if error.status() == Some(400) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }
}
