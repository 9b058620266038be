//! How an API gets the revision that is current there. The service calls every
//! first revision of `x` 1, whatever its body says, but takes the name from
//! `PUT x;rev=N` where `x` is absent [service contract, 3.1]. That is shown at
//! service level only: where a workspace refuses it, or makes another revision
//! of it, the wanted one is made from the first one and takes its place.

use serde_json::{Map, Value};

use super::step_error::{RenumberError, StepError};
use crate::address::{ResourcePath, TargetPath, split_revision};
use crate::arm::ArmError;
use crate::catalog::API_RELEASE;
use crate::plan::compare::Difference;
use crate::plan::{Content, Plan, Step};
use crate::target::remote::{Put, Remote, Standing};

/// The member that says which revision something is.
pub(crate) const NUMBER: &str = "apiRevision";

/// What the service calls the first revision of an API by itself.
const FIRST: &str = "1";

/// The release that makes the wanted revision current; it is taken away again,
/// which does not switch back.
const SWITCH: &str = "apim-migrate-switch";

/// The revision that a step wants to be current, where that is not the one that
/// the service makes by itself.
pub(crate) fn wanted(step: &Step) -> Option<&str> {
    let current = step.kind.revisions && split_revision(step.target.below().name()).1.is_none();
    let content = step.content.as_ref().filter(|_| current)?;
    number_of(&content.properties).filter(|number| *number != FIRST)
}

/// Whether another revision of an API is current than the one that a step wants,
/// by what differs there.
pub(crate) fn is_other(step: &Step, found: &[Difference]) -> bool {
    let current = step.kind.revisions && split_revision(step.target.below().name()).1.is_none();
    current && found.iter().any(|d| d.pointer == NUMBER)
}

fn number_of(properties: &Map<String, Value>) -> Option<&str> {
    properties.get(NUMBER)?.as_str()
}

/// Makes the API of a step with the revision `number`, or writes over what
/// stands there and gives it that.
pub(crate) async fn make(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    content: &Content,
    number: &str,
) -> Result<Put, StepError> {
    let api = step.target.below();
    let written = |result: Result<Put, ArmError>| {
        result.map_err(|source| StepError::Write {
            target: step.target.clone(),
            source,
        })
    };
    let renumbered = |source| StepError::Renumber {
        target: step.target.clone(),
        source: Box::new(source),
    };
    let numbered = api.renamed(&format!("{};rev={number}", api.name()));
    let numbered = numbered.map_err(|error| renumbered(error.into()))?;
    let put = match look(remote, step).await? {
        None => {
            let first = TargetPath::new(plan.workspace.clone(), numbered);
            match remote.put(step.kind, &first, content, &[]).await {
                Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => {
                    written(remote.put(step.kind, &step.target, content, &[]).await)?
                }
                put => written(put)?,
            }
        }
        Some(standing) => {
            let mut content = content.clone();
            if number_of(&standing.properties) != Some(number) {
                content.properties.remove(NUMBER);
            }
            written(remote.put(step.kind, &step.target, &content, &[]).await)?
        }
    };
    let is_current = put.properties.get("isCurrent") == Some(&Value::Bool(true));
    if is_current && number_of(&put.properties) == Some(number) {
        return Ok(put);
    }
    let made = look(remote, step).await?;
    let made = match made.as_ref().and_then(|m| number_of(&m.properties)) {
        Some(made) if made != number => made.to_owned(),
        _ => return arrived(step, number, made),
    };
    let change = renumber(plan, remote, step, content, (number, &made)).await;
    change.map_err(renumbered)?;
    arrived(step, number, look(remote, step).await?)
}

async fn look(remote: &Remote, step: &Step) -> Result<Option<Standing>, StepError> {
    let standing = remote.read(step.kind, &step.target).await;
    standing.map_err(|source| StepError::Read {
        target: step.target.to_string(),
        source,
    })
}

/// What stands there, when it is the revision that is wanted.
fn arrived(step: &Step, wanted: &str, standing: Option<Standing>) -> Result<Put, StepError> {
    let standing = standing.unwrap_or(Standing {
        properties: Map::new(),
        etag: None,
    });
    let made = number_of(&standing.properties).unwrap_or("none");
    if made != wanted {
        return Err(StepError::Revision {
            target: step.target.clone(),
            wanted: wanted.to_owned(),
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

/// Makes the revision `wanted` from the one that is current, `made`, and puts it
/// in its place. That one goes unless the plan wants it too.
async fn renumber(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    content: &Content,
    (wanted, made): (&str, &str),
) -> Result<(), RenumberError> {
    let (kind, target) = (step.kind, &step.target);
    let refused = |source| RenumberError::Refused {
        number: wanted.to_owned(),
        source,
    };
    let api = target.below();
    let at = |below: ResourcePath| TargetPath::new(target.workspace().clone(), below);
    let id = |below: &ResourcePath| format!("{}{below}", plan.workspace_id());

    let numbered = api.renamed(&format!("{};rev={wanted}", api.name()))?;
    let mut copy = content.clone();
    for (name, value) in [
        ("isCurrent", Value::Bool(false)),
        ("sourceApiId", Value::from(id(api))),
    ] {
        copy.properties.insert(name.to_owned(), value);
    }
    remote
        .put(kind, &at(numbered.clone()), &copy, &[])
        .await
        .map_err(refused)?;

    let mut properties = Map::new();
    properties.insert("apiId".to_owned(), Value::from(id(&numbered)));
    let body = Content {
        properties,
        document: None,
    };
    let switch = at(api.child(API_RELEASE.collection(), SWITCH)?);
    remote
        .put(&API_RELEASE, &switch, &body, &[])
        .await
        .map_err(refused)?;
    take_out(plan, remote, step, made).await.map_err(refused)
}

/// Takes out what the way round leaves: the revision that the service made by
/// itself, unless the plan wants it, and at last the release, whose deletion does
/// not switch back.
async fn take_out(plan: &Plan, remote: &Remote, step: &Step, made: &str) -> Result<(), ArmError> {
    let api = step.target.below();
    if let Ok(first) = api.renamed(&format!("{};rev={made}", api.name()))
        && !plan.steps.iter().any(|s| *s.target.below() == first)
    {
        remote.delete(step.kind, &first, &[], None).await?;
    }
    if let Ok(switch) = api.child(API_RELEASE.collection(), SWITCH) {
        remote.delete(&API_RELEASE, &switch, &[], None).await?;
    }
    Ok(())
}

/// Finishes what an earlier run may have been cut off at: the wanted revision is
/// current, and the release that made it so is still there.
pub(crate) async fn finish(plan: &Plan, remote: &Remote, step: &Step) -> Result<(), StepError> {
    if wanted(step).is_none() {
        return Ok(());
    }
    let switch = step.target.below().child(API_RELEASE.collection(), SWITCH);
    let Ok(switch) = switch else { return Ok(()) };
    let finished = async {
        match remote.etag(&switch).await? {
            Some(_) => take_out(plan, remote, step, FIRST).await,
            None => Ok(()),
        }
    };
    finished.await.map_err(|source| StepError::Remove {
        path: format!("/workspaces/{}{switch}", plan.workspace),
        source,
    })
}
