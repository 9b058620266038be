//! Where a service numbers every first revision 1, whatever number was asked
//! for: the wanted revision is made from the first one and takes its place.
//!
//! That the number of a first revision is honoured is shown by no source, so
//! the other way is provided for.

use serde_json::{Map, Value};

use crate::address::{AddressError, ResourcePath, TargetPath};
use crate::arm::ArmError;
use crate::catalog::{self, Kind};
use crate::plan::{Content, Plan};
use crate::target::remote::Remote;

/// The release that makes the wanted revision current; it is taken away again,
/// which does not switch back.
const SWITCH: &str = "apim-migrate-switch";

/// Why an API could not be given its number.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenumberError {
    /// The service refused a request.
    #[error("could not make its revision {number} the current one")]
    Refused {
        number: String,
        #[source]
        source: ArmError,
    },
    /// Its name can't be part of a path.
    #[error("its name can't be part of a path")]
    Name(#[from] AddressError),
}

/// Gives the API at `target`, which was just made as revision `made`, the number
/// `wanted`. Returns its ETag and number afterwards.
pub(crate) async fn renumber(
    plan: &Plan,
    remote: &Remote,
    target: &TargetPath,
    kind: &Kind,
    content: &Content,
    (wanted, made): (&str, &str),
) -> Result<(Option<String>, Option<String>), RenumberError> {
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

    if let Some(release) = catalog::kind("apiRelease") {
        let switch = api.child(release.collection(), SWITCH)?;
        let mut properties = Map::new();
        properties.insert("apiId".to_owned(), Value::from(id(&numbered)));
        let body = Content {
            properties,
            document: None,
        };
        let put = remote
            .put(release, &at(switch.clone()), &body, &[])
            .await
            .map_err(refused)?;
        // Deleting a release does not switch back.
        remote
            .delete(release, &switch, &[], put.etag.as_deref())
            .await
            .map_err(refused)?;
    }
    let first = api.renamed(&format!("{};rev={made}", api.name()))?;
    let planned = plan.steps.iter().any(|s| *s.target.below() == first);
    if !planned {
        remote
            .delete(kind, &first, &[], None)
            .await
            .map_err(refused)?;
    }
    let standing = remote.read(kind, target).await.map_err(refused)?;
    let number = standing.as_ref().and_then(|s| {
        let number = s.properties.get("apiRevision")?.as_str()?;
        Some(number.to_owned())
    });
    Ok((standing.and_then(|s| s.etag), number))
}
