//! Why a run did not come to an end of its own.

use crate::address::TargetPath;
use crate::arm::ArmError;
use crate::exit::Exit;
use crate::plan::StepId;
use crate::plan::compare::Difference;

use super::journal::JournalError;
use super::lock::LockError;
use super::rights::MissingRights;
use super::setup::SetupError;
use super::survey::ReadFailed;
use super::upload::NotAtHand;

/// Something that stands in the target, is not this plan's, and differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The step that would write there.
    pub step: StepId,
    /// Where.
    pub target: TargetPath,
    /// In what it differs.
    pub differences: Vec<Difference>,
    /// Whether an earlier run of this plan had begun to write it.
    pub begun: bool,
}

/// Why a run could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The lock was not to be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal can't be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The target holds things that are not this plan's and differ from it.
    #[error("{}", conflicts_line(.0))]
    Conflicts(Vec<Conflict>),
    /// What is to be uploaded is not at hand.
    #[error("{}", uploads_line(.0))]
    Uploads(Vec<NotAtHand>),
    /// The caller lacks rights.
    #[error("{}", .0.line())]
    Rights(Box<MissingRights>),
    /// The workspace, or somebody's access to it, could not be set up.
    #[error("could not set up `{step}`")]
    Setup {
        /// What.
        step: StepId,
        /// Why.
        source: Box<SetupError>,
    },
    /// Something could not be read, before anything was written.
    #[error("could not read `{target}`")]
    Read {
        /// What.
        target: String,
        /// Why.
        source: ArmError,
    },
    /// Steps wait for each other, or for a step that is not in the plan.
    #[error("`{step}` waits for `{after}`, which {}", if *.absent { "is not in the plan" } else { "waits for it in turn" })]
    Order {
        /// The step.
        step: StepId,
        /// What it waits for.
        after: StepId,
        /// Whether that is no step of the plan.
        absent: bool,
    },
}

impl From<ReadFailed> for ApplyError {
    fn from(failed: ReadFailed) -> Self {
        ApplyError::Read {
            target: failed.target,
            source: failed.source,
        }
    }
}

fn conflicts_line(conflicts: &[Conflict]) -> String {
    let places: Vec<String> = conflicts
        .iter()
        .map(|c| {
            let fields: Vec<&str> = c.differences.iter().map(|d| d.pointer.as_str()).collect();
            format!("`{}` differs in {}", c.target, fields.join(", "))
        })
        .collect();
    format!(
        "the target holds {} that {} not this plan's: {}",
        match conflicts.len() {
            1 => "something".to_owned(),
            n => format!("{n} things"),
        },
        if conflicts.len() == 1 { "is" } else { "are" },
        places.join("; ")
    )
}

fn uploads_line(missing: &[NotAtHand]) -> String {
    let each: Vec<String> = (missing.iter())
        .map(|m| {
            format!(
                "`{}`: {}",
                m.step,
                super::summary::causes(&m.why).join(": ")
            )
        })
        .collect();
    format!("what is to be uploaded is not at hand: {}", each.join("; "))
}

impl ApplyError {
    /// What the user can do next: one sentence, in the imperative.
    pub fn help(&self) -> Option<String> {
        match self {
            ApplyError::Lock(LockError::Held { .. }) => {
                Some("wait until the other run has ended, or stop it".to_owned())
            }
            ApplyError::Lock(LockError::Io { .. }) => {
                Some("check that the plan folder is there and can be written".to_owned())
            }
            ApplyError::Journal(error) => error.help(),
            ApplyError::Conflicts(_) => Some(
                "remove or rename what is there, plan again with other names, or choose \
                 `--on-conflict skip` or `--on-conflict overwrite`"
                    .to_owned(),
            ),
            ApplyError::Uploads(missing) => {
                let mut help: Vec<String> = missing.iter().map(|m| m.why.help()).collect();
                help.dedup();
                Some(help.join("; "))
            }
            ApplyError::Rights(_) => Some(
                "`apim-migrate doctor PLAN` tells when a fresh assignment, which takes some \
                 minutes, has come into effect; `--ignore-rights` begins without asking"
                    .to_owned(),
            ),
            ApplyError::Read { source, .. } => source.help(),
            ApplyError::Setup { source, .. } => source.help(),
            ApplyError::Order { .. } => {
                Some("put the `after` lists right, or plan again".to_owned())
            }
        }
    }

    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self {
            ApplyError::Lock(LockError::Held { .. })
            | ApplyError::Journal(JournalError::OtherTarget { .. })
            | ApplyError::Conflicts(_)
            | ApplyError::Order { .. } => Exit::Refused,
            ApplyError::Uploads(_) => Exit::Usage,
            ApplyError::Setup { .. } | ApplyError::Journal(JournalError::Stopped { .. }) => {
                Exit::Resumable
            }
            ApplyError::Lock(LockError::Io { .. })
            | ApplyError::Journal(_)
            | ApplyError::Rights(_)
            | ApplyError::Read { .. } => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_all_named_and_refused() {
        let conflict = |target: &str| Conflict {
            step: StepId::new("s"),
            target: target.parse().unwrap(),
            differences: vec![Difference {
                pointer: "displayName".to_owned(),
                expected: "a".to_owned(),
                found: "b".to_owned(),
            }],
            begun: false,
        };
        let error = ApplyError::Conflicts(vec![
            conflict("/workspaces/w/tags/a"),
            conflict("/workspaces/w/tags/b"),
        ]);
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(
            error.to_string(),
            "the target holds 2 things that are not this plan's: `/workspaces/w/tags/a` differs \
             in displayName; `/workspaces/w/tags/b` differs in displayName"
        );
    }
}
