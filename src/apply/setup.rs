//! Setting up the workspace before anything is copied into it.
//!
//! Each item looks at what is there first, so that a repeat changes nothing.

use std::time::{Duration, Instant};

use super::ApplyError;
use crate::arm::{Arm, Reader, RoleReader, RoleWriter, WorkspaceMaker};
use crate::engine::journal::{Entry, Journal, Outcome, Past, State, now};
use crate::plan::Plan;
use crate::plan::setup::{Access, Item, NewWorkspace};
use crate::progress::{Event, Listener};
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

/// What the journal does not show to be set up.
pub(super) fn open<'p>(plan: &'p Plan, past: &Past) -> Vec<Item<'p>> {
    let is_done = |item: &Item<'_>| {
        past.of(&item.id()).is_some_and(|record| {
            record.state == Some(State::Done) && record.digest == Some(item.digest())
        })
    };
    plan.setup.items().filter(|item| !is_done(item)).collect()
}

/// Sets up what the journal does not show to be done.
pub(super) async fn set_up(
    plan: &Plan,
    arm: &Arm,
    journal: &mut Journal,
    past: &Past,
    listener: &dyn Listener,
) -> Result<(), ApplyError> {
    let open = open(plan, past);
    if open.is_empty() {
        return Ok(());
    }
    journal.append(&[Entry::RunStarted {
        at: now(),
        what: "setup".to_owned(),
    }])?;
    for item in open {
        let step = item.id();
        listener.on(&Event::StepStarted { step: step.clone() });
        journal.append(&[Entry::StepIntended {
            step: step.clone(),
            at: now(),
            over: true,
        }])?;
        let began = Instant::now();
        let made = match item {
            Item::Workspace(wanted) => make(plan, arm, wanted).await,
            Item::Access(access) => give(plan, arm, access).await,
        };
        let outcome = match made {
            Ok(true) => Outcome::Created,
            Ok(false) => Outcome::Adopted,
            Err(source) => {
                let reason = crate::secret::plain(&source.to_string());
                listener.on(&Event::StepFailed {
                    step: step.clone(),
                    reason: reason.clone(),
                });
                journal.append(&[Entry::StepFailed {
                    step: step.clone(),
                    at: now(),
                    reason,
                    etag: None,
                }])?;
                return Err(ApplyError::Setup {
                    step,
                    source: Box::new(source),
                });
            }
        };
        journal.append(&[Entry::StepDone {
            step: step.clone(),
            at: now(),
            outcome,
            etag: None,
            digest: Some(item.digest()),
            new_keys: false,
        }])?;
        listener.on(&Event::StepDone {
            step,
            outcome: outcome.into(),
            took: began.elapsed(),
        });
    }
    Ok(journal.append(&[Entry::RunEnded {
        at: now(),
        end: "done".to_owned(),
    }])?)
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
