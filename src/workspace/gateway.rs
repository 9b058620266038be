//! What serves a workspace.

use schemars::JsonSchema;
use serde::Serialize;

use super::error::{LOOKERS, WorkspaceError};
use super::has_own_gateway;
use crate::address::WorkspaceName;
use crate::arm::Reader;
use crate::crawl::gateways_of;

/// What serves a workspace's APIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "by", content = "gateways")]
pub enum Serving {
    /// Workspace gateways, by name.
    WorkspaceGateways(Vec<String>),
    /// The service's own gateway, as in v2 tiers.
    ServiceGateway,
    /// Nothing: the APIs answer nowhere.
    Nothing,
    /// The caller may not see it.
    Unknown,
}

impl Serving {
    /// Decides from the gateways of the workspace's link and the tier.
    pub(super) fn decide(gateways: Vec<String>, sku: Option<&str>) -> Self {
        match (gateways.is_empty(), sku) {
            (false, _) => Self::WorkspaceGateways(gateways),
            (true, Some(sku)) if has_own_gateway(sku) => Self::ServiceGateway,
            (true, Some(_)) => Self::Nothing,
            (true, None) => Self::Unknown,
        }
    }
}

/// Reads what serves a workspace. `sku` is the service's tier, when known.
///
/// # Errors
/// When the service can't be reached; a missing right is no error.
pub async fn serving(
    reader: &Reader,
    workspace: &WorkspaceName,
    sku: Option<&str>,
) -> Result<Serving, WorkspaceError> {
    let link = reader
        .get(&format!("/workspaceLinks/{workspace}"), &[])
        .await;
    match link {
        Ok(Some(found)) => Ok(Serving::decide(gateways_of(&found.body), sku)),
        Ok(None) => Ok(Serving::decide(Vec::new(), sku)),
        Err(error) if error.status().is_some_and(|s| s != 401 && s < 500) => Ok(Serving::Unknown),
        Err(error) => Err(WorkspaceError::of(
            "read what serves the workspace",
            LOOKERS,
        )(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_v2_tiers_serve_by_themselves() {
        let none = || Vec::new();
        assert_eq!(Serving::decide(none(), Some("Premium")), Serving::Nothing);
        let v2 = Serving::decide(none(), Some("PremiumV2"));
        assert_eq!(v2, Serving::ServiceGateway);
        assert_eq!(Serving::decide(none(), None), Serving::Unknown);
        let own = Serving::decide(vec!["gw".to_owned()], Some("StandardV2"));
        assert_eq!(own, Serving::WorkspaceGateways(vec!["gw".to_owned()]));
    }
}
