//! Why a workspace can't be set up.

use crate::address::WorkspaceName;
use crate::arm::ArmError;
use crate::exit::Exit;
use crate::shell::quoted;

/// Why a workspace can't be made, shown or shared.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The tier has no workspaces.
    #[error("a service of tier {sku} has no workspaces")]
    Tier {
        /// The service's tier.
        sku: String,
        /// What the service answered, when it was asked.
        #[source]
        source: Option<ArmError>,
    },
    /// The caller may not do it.
    #[error("you have no right to {what}")]
    Denied {
        /// What was tried.
        what: String,
        /// Roles that have the right.
        needs: &'static str,
        /// What the service answered.
        source: ArmError,
    },
    /// Something else has the name.
    #[error("the name `{0}` is taken")]
    Taken(WorkspaceName, #[source] ArmError),
    /// There is no such workspace.
    #[error("there is no workspace `{0}`")]
    Absent(WorkspaceName),
    /// There is no such service.
    #[error("there is no service `{0}`")]
    NoService(String),
    /// The directory does not know the principal.
    #[error("the directory has no {kind} with the object id {principal}")]
    NoPrincipal {
        /// The principal's object id.
        principal: String,
        /// Its type, in small letters.
        kind: &'static str,
        /// What ARM answered.
        source: ArmError,
    },
    /// The principal is of another type.
    #[error("{principal} is no {kind}")]
    OtherType {
        /// The principal's object id.
        principal: String,
        /// The type that was claimed, in small letters.
        kind: &'static str,
        /// What ARM answered.
        source: ArmError,
    },
    /// Something else went wrong.
    #[error("could not {what}")]
    Failed {
        /// What was tried.
        what: String,
        /// Why.
        source: ArmError,
    },
}

/// Roles that may make workspaces.
pub(crate) const MAKERS: &str = "`API Management Service Contributor` on the service";
/// Roles that may look at a workspace.
pub(super) const LOOKERS: &str =
    "`API Management Service Reader Role` on the service, or a role of the workspace";
/// Roles that may assign roles.
pub(super) const ASSIGNERS: &str = "`Role Based Access Control Administrator`, `User Access Administrator` or `Owner` on the service";

impl WorkspaceError {
    /// Sorts what the service answered.
    pub(super) fn of(
        what: impl Into<String>,
        needs: &'static str,
    ) -> impl FnOnce(ArmError) -> Self {
        let what = what.into();
        move |source| match source.status() {
            Some(403) => Self::Denied {
                what,
                needs,
                source,
            },
            _ => Self::Failed { what, source },
        }
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Tier { .. } => "workspaces need the tier Premium, or a v2 tier".to_owned(),
            Self::Denied { needs, .. } => format!("it takes {needs}"),
            Self::Taken(..) => "choose another id or display name".to_owned(),
            Self::Absent(workspace) => {
                format!("make it with `apim-migrate workspace create {} --display-name NAME`", quoted(workspace.as_str()))
            }
            Self::NoService(_) => "check the subscription, the resource group and the name".to_owned(),
            Self::NoPrincipal { .. } => {
                "give the object id, which is not the application id; one made just now needs some minutes"
                    .to_owned()
            }
            Self::OtherType { .. } => {
                "say what it is with `--principal-type User|Group|ServicePrincipal`".to_owned()
            }
            Self::Failed { .. } => return None,
        })
    }

    /// How the program ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Taken(..) => Exit::Refused,
            _ => Exit::Failed,
        }
    }
}
