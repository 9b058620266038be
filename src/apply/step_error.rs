//! Why one step failed, and what can be done about it.

use super::upload::UploadError;
use crate::address::{AddressError, SourcePath, TargetPath};
use crate::arm::ArmError;

/// Why an API could not be given its revision.
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

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// The service did not take it.
    #[error("could not write `{target}`")]
    Write {
        target: TargetPath,
        source: ArmError,
    },
    /// Somebody changed what is to be written over between the look and the write.
    #[error("somebody changed `{target}` while the run was under way")]
    Overtaken {
        target: TargetPath,
        source: ArmError,
    },
    /// What is to be written over can't be held to what was seen.
    #[error("the service shows no ETag of `{target}`, so that it is not written over")]
    Unguarded { target: TargetPath },
    /// What stands in the target could not be read.
    #[error("could not read `{target}`")]
    Read { target: String, source: ArmError },
    /// What the service made on its own could not be removed.
    #[error("could not remove `{path}`")]
    Remove { path: String, source: ArmError },
    /// The source's secret could not be read.
    #[error("could not read the secret of `{path}`")]
    Secret { path: SourcePath, source: ArmError },
    /// The source gave no secret.
    #[error("`{path}` gave no `{member}` when asked for its secret")]
    NoSecret { path: SourcePath, member: String },
    /// What is to be uploaded is not at hand any more.
    #[error("could not upload `{target}`")]
    Upload {
        target: TargetPath,
        source: UploadError,
    },
    /// The service gave a revision another number.
    #[error("`{target}` was to be revision {wanted}, the service made it revision {made}")]
    Revision {
        target: TargetPath,
        wanted: String,
        made: String,
        etag: Option<String>,
    },
    /// The service numbers first revisions itself, and the wanted one could not
    /// be put in its place.
    #[error("`{target}` got another revision number than wanted")]
    Renumber {
        target: TargetPath,
        source: Box<RenumberError>,
    },
    /// Somebody else put something there meanwhile.
    #[error(
        "somebody put something else at `{target}` while the run was under way: it differs in {}",
        fields.join(", ")
    )]
    Appeared {
        target: TargetPath,
        fields: Vec<String>,
    },
    /// What stands there may be what an attempt of this plan made, or somebody's.
    #[error(
        "an attempt to write `{target}` may have been carried out, and what stands there now \
         differs in {}",
        fields.join(", ")
    )]
    Unclear {
        target: TargetPath,
        fields: Vec<String>,
    },
    /// The plan says nothing about what to write.
    #[error("nothing stands at `{target}`, and the plan has no body to put there")]
    NoContent { target: TargetPath },
}

impl StepError {
    /// What the user can do next.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            StepError::Secret { path, source } if source.status() == Some(403) => Some(format!(
                "grant the right to read secrets of `{path}` at the source, a Reader may not, \
                 and run `apply` again"
            )),
            StepError::Secret { path, .. } | StepError::NoSecret { path, .. } => Some(format!(
                "check that `{path}` is still there and holds a secret, or plan again"
            )),
            StepError::Upload { source, .. } => Some(source.help()),
            StepError::Revision { target, .. } | StepError::Renumber { target, .. } => {
                Some(format!(
                    "this service numbers first revisions itself: delete `{target}` with its \
                     revisions, make the wanted revision current by hand, and apply again"
                ))
            }
            StepError::Appeared { .. } => Some(
                "remove or rename what is there, plan again with another name, or apply with \
                 `--on-conflict skip` or `--on-conflict overwrite`"
                    .to_owned(),
            ),
            StepError::Unguarded { .. } => Some(
                "remove or rename what is there, or apply with `--on-conflict skip`".to_owned(),
            ),
            StepError::Overtaken { .. } | StepError::Unclear { .. } => {
                Some("apply again to see what differs".to_owned())
            }
            StepError::NoContent { .. } => {
                Some("plan again: what was there then is gone now".to_owned())
            }
            StepError::Write { source, .. }
            | StepError::Read { source, .. }
            | StepError::Remove { source, .. } => source.help(),
        }
    }

    /// Whether the step will fail again as it stands, however often it is tried.
    pub(crate) fn permanent(&self) -> bool {
        match self {
            StepError::Write { source, .. } | StepError::Remove { source, .. } => {
                source.permanent()
            }
            StepError::NoContent { .. } | StepError::Unguarded { .. } => true,
            _ => false,
        }
    }

    /// Whether a write was not sent once more, since something had come meanwhile.
    pub(crate) fn is_changed(&self) -> bool {
        matches!(
            self,
            StepError::Write {
                source: ArmError::Changed { .. },
                ..
            }
        )
    }

    /// Whether something that was sent may have been carried out all the same.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            StepError::Write { source, .. } | StepError::Overtaken { source, .. } => {
                source.may_be_done()
            }
            StepError::Secret { .. }
            | StepError::NoSecret { .. }
            | StepError::Upload { .. }
            | StepError::Unguarded { .. }
            | StepError::Appeared { .. }
            | StepError::NoContent { .. } => false,
            _ => true,
        }
    }

    /// The status that a write was refused with.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            StepError::Write { source, .. } | StepError::Overtaken { source, .. } => {
                source.status()
            }
            _ => None,
        }
    }

    /// The ETag of what was made all the same.
    pub(crate) fn etag(&self) -> Option<String> {
        match self {
            StepError::Revision { etag, .. } => etag.clone(),
            _ => None,
        }
    }
}
