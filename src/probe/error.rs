//! Why nothing was found out.

use crate::address::ProbeName;
use crate::arm::ArmError;
use crate::exit::Exit;
use crate::workspace::{MAKERS, WorkspaceError};

/// Why a service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The caller may not do it.
    #[error("you have no right to {verb} workspaces")]
    Right {
        /// `write` or `delete`.
        verb: &'static str,
    },
    /// The workspace to ask in can't be made.
    #[error("could not make the workspace `{workspace}` to ask in")]
    Make {
        /// The workspace.
        workspace: ProbeName,
        /// Why.
        source: Box<WorkspaceError>,
    },
    /// The service answered none of it.
    #[error("could not ask the service")]
    Ask(#[source] ArmError),
    /// Somebody stopped it.
    #[error("stopped; the workspaces are removed")]
    Stopped,
    /// What was made stays there.
    #[error("could not remove the workspaces {}", list(.workspaces))]
    Stays {
        /// The workspaces.
        workspaces: Vec<ProbeName>,
        /// Why the last one stays.
        source: ArmError,
    },
}

fn list(names: &[ProbeName]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

impl ProbeError {
    /// What is said of a second workspace that the service refuses: some tiers
    /// have room for one.
    pub(super) fn room(self) -> Result<String, Self> {
        match &self {
            ProbeError::Make { source, .. } => match &**source {
                WorkspaceError::Failed { source, .. } if source.refusal().is_some() => {
                    Ok(format!("no second workspace: {source}"))
                }
                _ => Err(self),
            },
            _ => Err(self),
        }
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        match self {
            ProbeError::Right { .. } => Some(format!("it takes {MAKERS}")),
            ProbeError::Make { source, .. } => source.help(),
            ProbeError::Ask(_) => Some("the workspaces are removed: try again".to_owned()),
            ProbeError::Stopped => None,
            ProbeError::Stays { .. } => Some(
                "run `apim-migrate doctor --probe` again, which removes them first, or delete \
                 them in the portal"
                    .to_owned(),
            ),
        }
    }

    /// How the program ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            ProbeError::Make { source, .. } => source.exit(),
            ProbeError::Right { .. } | ProbeError::Ask(_) | ProbeError::Stays { .. } => {
                Exit::Failed
            }
            ProbeError::Stopped => Exit::Resumable,
        }
    }
}
