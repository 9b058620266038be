//! The plan as a folder: `plan.yaml` for people, and the bodies below
//! `resources/`, meant to be reviewed like code.

mod batches;
mod file_name;
mod form;
mod read;
mod remembered;
mod scalar;
mod text;
mod write;

use std::io;
use std::path::PathBuf;

use super::model::StepId;
use crate::address::AddressError;
use crate::exit::Exit;
use crate::misread::Misread;

pub use batches::{Batches, batches};
pub use file_name::bodies;
pub(crate) use file_name::document_of;
pub(crate) use form::PlanForm;
pub(crate) use read::own_file;
pub use read::{read, read_sources, read_written, root};
pub use remembered::{forget, remember, remembered};
pub use write::{note, settle, write, write_edited};

/// The file that people read.
pub const PLAN_FILE: &str = "plan.yaml";
/// The file with the digests of what `plan` wrote.
pub const WRITTEN: &str = ".written.json";
/// The folder with the source's text of each document that a copy holds
/// otherwise, named as its copy's is below [`RESOURCES`].
pub const SOURCES: &str = ".source";
/// The file that says what stood at the source.
pub const BASIS: &str = ".basis.json";
/// The folder that the bodies are in.
pub const RESOURCES: &str = "resources";
/// The file that appears with `apply`.
pub const JOURNAL: &str = "journal.jsonl";
/// The version of the format.
pub const VERSION: u32 = 1;

/// Largest `plan.yaml` that is read, in bytes.
pub(crate) const MOST_PLAN: u64 = 256 << 20;
/// Largest body or document that is read, in bytes.
pub(crate) const MOST_BODY: u64 = 16 << 20;
/// Most steps of a plan.
pub(crate) const MOST_STEPS: usize = 200_000;

/// Why a plan folder can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder can't be read or written.
    #[error("could not use `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no plan there.
    #[error("`{}` is no plan: there is no `{PLAN_FILE}` in it", .0.display())]
    Absent(PathBuf),
    /// The folder holds something else, which writing would destroy.
    #[error("`{}` is there and belongs to no plan", .0.display())]
    NotAPlan(PathBuf),
    /// The plan in the folder was applied, if only in part.
    #[error("`{}` holds the journal of a plan that was applied", .0.display())]
    Applied(PathBuf),
    /// A file is larger than any plan's.
    #[error("`{}` is larger than {most} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        most: u64,
    },
    /// There are more steps than any plan has.
    #[error("the plan has {0} steps, more than {MOST_STEPS}")]
    TooManySteps(usize),
    /// `plan.yaml` is not of the right shape.
    #[error("`{}`{} is not as a plan should be", path.display(), source.at())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Misread,
    },
    /// A code is allowed that allows nothing.
    #[error("`{}`{} allows `{code}`, which no blocker of the plan has", path.display(), at(*line, *column))]
    Allow {
        /// The file.
        path: PathBuf,
        /// One-based, zero when not known.
        line: usize,
        /// One-based, zero when not known.
        column: usize,
        /// The code.
        code: String,
        /// What to do about it.
        help: String,
    },
    /// The plan is of a later version of the format.
    #[error("`{}` is of version {found} of the format; this program knows {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The plan's version.
        found: u32,
    },
    /// A field holds no address.
    #[error("`{field}` of `{}` can't be used", path.display())]
    Address {
        /// The file.
        path: PathBuf,
        /// The field: `source.service`.
        field: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// A step's kind is none.
    #[error("step `{step}` is of the kind `{kind}`, which does not exist")]
    Kind {
        /// The step.
        step: StepId,
        /// What it says.
        kind: String,
        /// The kind that was probably meant.
        near: Option<&'static str>,
    },
    /// A body's path leads out of the folder, or is none.
    #[error("the body `{body}` of step `{step}` is not a file below `{RESOURCES}/`")]
    Outside {
        /// The step.
        step: StepId,
        /// What it says.
        body: String,
    },
    /// The digests of what was written are not of the right shape.
    #[error("`{}`{} is not what `plan` writes", path.display(), source.at())]
    Written {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Misread,
    },
    /// What stood at the source is not of the right shape.
    #[error("`{}`{} is not what `plan` writes", path.display(), source.at())]
    Basis {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Misread,
    },
    /// A body or document is not there.
    #[error("`{file}` of step `{step}` is not there")]
    Missing {
        /// The step.
        step: StepId,
        /// The file, relative to the folder.
        file: String,
    },
    /// A body is no JSON of the right shape.
    #[error("`{file}`{} of step `{step}` is not as a body should be", source.at())]
    Body {
        /// The step.
        step: StepId,
        /// The file, relative to the folder.
        file: String,
        /// What is wrong with it.
        source: Misread,
    },
    /// A document is not UTF-8.
    #[error("`{file}` of step `{step}` is not UTF-8 at byte {at}")]
    NotText {
        /// The step.
        step: StepId,
        /// The file, relative to the folder.
        file: String,
        /// Where.
        at: usize,
    },
    /// A body repeats what stands in the document's own file, or a document
    /// is given where its kind has none, or the other way round.
    #[error("the document of step `{step}` must stand in its `.xml` and nowhere else")]
    Document {
        /// The step.
        step: StepId,
    },
    /// A body holds a secret.
    #[error("a secret in clear: `{file}` of step `{step}` holds `{member}`")]
    Secret {
        /// The step.
        step: StepId,
        /// The file, relative to the folder.
        file: String,
        /// The property.
        member: &'static str,
    },
}

fn at(line: usize, column: usize) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, column) => format!(", line {line}, column {column},"),
    }
}

impl FolderError {
    /// What can be done about it: a sentence, in the imperative.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            FolderError::Io { .. } => {
                "check the path, and that the disk has room: a plan is made of plain files that \
                 have to be readable, and writable for who plans and applies"
                    .to_owned()
            }
            FolderError::Absent(_) => {
                format!("name a folder that `apim-migrate plan` wrote, or its `{PLAN_FILE}`")
            }
            FolderError::NotAPlan(_) => "choose another folder with `-o`".to_owned(),
            FolderError::Applied(_) => {
                "choose another folder with `-o`, or continue that plan with `apply`".to_owned()
            }
            FolderError::Written { .. } => {
                "restore it, or remove it: then no edit can be told, and `plan --force` writes \
                 over all of them"
                    .to_owned()
            }
            FolderError::Basis { .. } => "restore it, or plan again".to_owned(),
            FolderError::TooLarge { .. } | FolderError::TooManySteps(_) => {
                "select fewer APIs and plan them one after the other".to_owned()
            }
            FolderError::Version { .. } => {
                "use the program that wrote it, or plan again".to_owned()
            }
            FolderError::Allow { help, .. } => help.clone(),
            FolderError::Kind {
                near: Some(near), ..
            } => format!("write `{near}` if that is what was meant"),
            FolderError::Yaml { source, .. } | FolderError::Body { source, .. }
                if source.help().is_some() =>
            {
                source.help()?.to_owned()
            }
            FolderError::Yaml { .. }
            | FolderError::Address { .. }
            | FolderError::Kind { .. }
            | FolderError::Outside { .. }
            | FolderError::Body { .. }
            | FolderError::NotText { .. } => "undo the last edit there, or plan again".to_owned(),
            FolderError::Missing { .. } => {
                "bring the file back, or take the step and what needs it out of the plan".to_owned()
            }
            FolderError::Document { .. } => {
                "keep the text in the `.xml`, and neither `value` nor `format` in the `.json`"
                    .to_owned()
            }
            FolderError::Secret { .. } => {
                "take it out of the body, and out of the repository's history: it is read from \
                 the source when the plan is applied"
                    .to_owned()
            }
        })
    }

    /// How the program ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            FolderError::Io { .. } => Exit::Failed,
            FolderError::Absent(_) | FolderError::NotAPlan(_) => Exit::Usage,
            _ => Exit::Refused,
        }
    }
}

#[cfg(test)]
mod tests;
