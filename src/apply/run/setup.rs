//! Setting up the workspace before anything is copied into it.
//!
//! Each item looks at what is there first, so that a repeat changes nothing.

use std::time::Duration;

use crate::arm::{Arm, Reader, RoleReader, RoleWriter, WorkspaceMaker};
use crate::plan::setup::{Access, Item, NewWorkspace};
use crate::plan::{Plan, StepId};
use crate::progress::Outcome;
use crate::workspace::{
    Create, Created, Grant, Pair, PrincipalType, RoleError, ServiceRole, Wanted, WorkspaceError,
    WorkspaceRole, create, find, grant,
};

/// How long a principal that was made just now is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A role is none.
    #[error("a role can't be used")]
    Role(#[from] RoleError),
    /// A principal's type is none.
    #[error("`{0}` is no type of principal")]
    Type(String),
    /// The service refused.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl SetupError {
    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        match self {
            SetupError::Workspace(error) => error.help(),
            SetupError::Role(_) => Some("name one of the roles it lists".to_owned()),
            SetupError::Type(_) => Some("write User, Group or ServicePrincipal".to_owned()),
        }
    }
}

/// The pair of roles that an entry means.
///
/// # Errors
/// When a role or the principal's type is none.
pub fn roles_of(access: &Access) -> Result<(PrincipalType, Pair), SetupError> {
    let role: WorkspaceRole = access.role.parse()?;
    let service: Option<ServiceRole> = match access.service_role.as_deref() {
        None => role.beside(),
        Some(none) if none.eq_ignore_ascii_case("none") => None,
        Some(role) => Some(role.parse()?),
    };
    let of = access.principal_type.parse();
    let of = of.map_err(|_| SetupError::Type(access.principal_type.clone()))?;
    let pair = Pair {
        workspace: role,
        service,
    };
    Ok((of, pair))
}

/// Sets up the items of a plan.
pub(super) struct Installer {
    plan: Plan,
    arm: Arm,
}

impl Installer {
    /// Makes one for a plan.
    pub(super) fn new(plan: &Plan, arm: &Arm) -> Self {
        Self {
            plan: plan.clone(),
            arm: arm.clone(),
        }
    }

    /// Sets one item up, unless it is as it should be.
    pub(super) async fn set_up(&self, id: &StepId) -> Result<Outcome, SetupError> {
        let item = self.plan.setup.items().find(|item| item.id() == *id);
        let changed = match item {
            Some(Item::Workspace(wanted)) => make(&self.plan, &self.arm, wanted).await?,
            Some(Item::Access(access)) => give(&self.plan, &self.arm, access).await?,
            None => false,
        };
        Ok(match changed {
            true => Outcome::Created,
            false => Outcome::Adopted,
        })
    }
}

async fn make(plan: &Plan, arm: &Arm, wanted: &NewWorkspace) -> Result<bool, SetupError> {
    let reader = Reader::new(arm.clone(), plan.target.clone());
    let (sku, found) = find(&reader, &plan.workspace).await?;
    let maker = WorkspaceMaker::new(arm.clone(), plan.target.clone(), plan.workspace.clone());
    let create_this = Create {
        workspace: plan.workspace.clone(),
        wanted: Wanted {
            display_name: wanted.display_name.clone(),
            description: wanted.description.clone(),
        },
        found,
        sku,
    };
    Ok(create(&maker, &create_this).await? != Created::Unchanged)
}

async fn give(plan: &Plan, arm: &Arm, access: &Access) -> Result<bool, SetupError> {
    let (principal_type, pair) = roles_of(access)?;
    let wanted = Grant {
        service: plan.target.clone(),
        workspace: plan.workspace.clone(),
        principal: access.principal,
        principal_type,
        pair,
        patience: PATIENCE,
    };
    let reader = RoleReader::new(arm.clone());
    let writer = RoleWriter::new(arm.clone(), plan.target.clone());
    let granted = grant(&reader, &writer, &wanted).await?;
    Ok(granted.iter().any(|g| g.created))
}
