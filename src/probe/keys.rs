//! Can two subscriptions have the same key?

use serde_json::json;
use uuid::Uuid;

use super::ProbeError;
use super::asking::{Asking, Tried, body, least};
use crate::address::ResourcePath;
use crate::arm::{Body, WorkspaceWriter};
use crate::catalog::{Kind, SUBSCRIPTION};
use crate::secret::Secret;
use crate::traits::Scope;

const TRAIT: &str = "subscriptionKeys";

/// Asks with one subscription in each workspace, to an API that is there.
pub(super) async fn ask(asking: &mut Asking<'_>) -> Result<(), ProbeError> {
    let subscription = &SUBSCRIPTION;
    let (Some(api), Some(other)) = (asking.api.clone(), asking.other.clone()) else {
        asking.note(TRAIT, "it takes an API, and two workspaces");
        return Ok(());
    };
    let (here, there) = (asking.one.writer(), other.writer());
    let key = Secret::new(Uuid::new_v4().simple().to_string());
    let another = Secret::new(Uuid::new_v4().simple().to_string());
    let first = subscribe(asking, &here, subscription, &api, &key).await?;
    let Some(its_api) = second_api(asking, &there, &api).await? else {
        asking.note(TRAIT, "the second workspace takes no API");
        return Ok(());
    };
    let control = subscribe(asking, &there, subscription, &its_api, &another).await?;
    if let Some(why) = [first, control].into_iter().find_map(Tried::why) {
        asking.note(TRAIT, format!("a subscription: {why}"));
        return Ok(());
    }
    asking.probed.traits.subscription_keys =
        match subscribe(asking, &there, subscription, &its_api, &key).await? {
            Tried::Accepted => Scope::Free,
            Tried::Refused(_) => Scope::Taken,
            Tried::Absent(why) | Tried::Unclear(why) => {
                asking.note(TRAIT, why);
                Scope::Unknown
            }
        };
    Ok(())
}

async fn second_api(
    asking: &mut Asking<'_>,
    writer: &WorkspaceWriter,
    like: &ResourcePath,
) -> Result<Option<ResourcePath>, ProbeError> {
    let name = asking.fresh();
    let (Some(api), Ok(at)) = (crate::catalog::kind_of(like), like.renamed(&name)) else {
        return Ok(None);
    };
    let tried = asking
        .tries(writer, &at, &body(least(api, &name, &name)))
        .await?;
    Ok((tried == Tried::Accepted).then_some(at))
}

async fn subscribe(
    asking: &mut Asking<'_>,
    writer: &WorkspaceWriter,
    kind: &Kind,
    api: &ResourcePath,
    key: &Secret,
) -> Result<Tried, ProbeError> {
    let name = asking.fresh();
    let Ok(at) = ResourcePath::top(kind.collection(), &name) else {
        return Ok(Tried::Unclear("its name can't be used".to_owned()));
    };
    let body = Body::new(json!({"properties": {
        "displayName": name,
        "scope": writer.id_of(api),
        "state": "active",
    }}))
    .with_secret("primaryKey", key);
    asking.tries(writer, &at, &body).await
}
