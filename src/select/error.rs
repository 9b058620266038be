//! Why nothing can be selected.

use crate::exit::Exit;

/// The ways to say which APIs are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Their names.
    Name,
    /// Their display names.
    DisplayName,
    /// A tag that they have.
    Tag,
    /// A product that they are in.
    Product,
    /// A version set that they are in.
    VersionSet,
    /// Names that are left out.
    Exclude,
}

impl By {
    /// The flag that takes it.
    pub fn flag(self) -> &'static str {
        match self {
            By::Name => "--api",
            By::DisplayName => "--api-display-name",
            By::Tag => "--tag",
            By::Product => "--product",
            By::VersionSet => "--version-set",
            By::Exclude => "--exclude",
        }
    }

    /// The list below `select` of a migration file that holds it.
    pub fn list(self) -> &'static str {
        match self {
            By::Name => "apis",
            By::DisplayName => "displayNames",
            By::Tag => "tags",
            By::Product => "products",
            By::VersionSet => "versionSets",
            By::Exclude => "exclude",
        }
    }

    /// What is named by it.
    fn noun(self) -> &'static str {
        match self {
            By::Name | By::Exclude => "API",
            By::DisplayName => "API with the display name",
            By::Tag => "tag",
            By::Product => "product",
            By::VersionSet => "version set",
        }
    }

    /// How an API stands to it.
    fn relation(self) -> &'static str {
        match self {
            By::Name | By::DisplayName => "matches",
            By::Tag => "has the tag",
            By::Product => "is in the product",
            By::VersionSet => "is in the version set",
            By::Exclude => "is left out by",
        }
    }

    /// The command that shows what there is.
    fn list_command(self) -> &'static str {
        match self {
            By::Name | By::DisplayName | By::Exclude => "`apim-migrate list apis`",
            By::Tag => "`apim-migrate list tags`",
            By::Product => "`apim-migrate list products`",
            By::VersionSet => "`apim-migrate list version-sets`",
        }
    }
}

/// Why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// What was named is not there.
    #[error("there is no {} `{name}`", .by.noun())]
    Unknown {
        /// How it was named.
        by: By,
        /// The name that was given.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// It has no effect: no API is meant by it.
    #[error("no API {} `{name}`", .by.relation())]
    NoApi {
        /// How they were named.
        by: By,
        /// The name or pattern that was given.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// A revision was named that can't be moved by itself.
    #[error("`{0}` is a revision that is not current")]
    OnlyARevision(String),
    /// Everything is left out again.
    #[error("every API that is selected is excluded")]
    AllExcluded,
    /// The selection is empty.
    #[error("nothing is selected")]
    Nothing,
}

impl SelectError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            SelectError::Unknown { nearest: Some(name), .. }
            | SelectError::NoApi { nearest: Some(name), .. } => format!("did you mean `{name}`?"),
            SelectError::NoApi { by: By::Exclude, .. } => {
                "take it out: it is not among the selected APIs".to_owned()
            }
            SelectError::NoApi { by, .. } if !matches!(by, By::Name | By::DisplayName) => {
                format!("take it out, or give it an API first; {} shows what there is", by.list_command())
            }
            SelectError::Unknown { by, .. } | SelectError::NoApi { by, .. } => {
                format!("{} shows what there is", by.list_command())
            }
            SelectError::OnlyARevision(_) => {
                "a revision can't be moved without its API: name the API, and all its revisions come along".to_owned()
            }
            SelectError::AllExcluded => {
                "select more, or take a pattern out of --exclude".to_owned()
            }
            SelectError::Nothing => "select APIs with --api, --tag, --product, --version-set or --all".to_owned(),
        }
    }

    /// Where a migration file says what has no effect.
    pub fn way(&self) -> Option<Vec<String>> {
        let (by, name) = self.given()?;
        Some(["select", by.list(), name].map(str::to_owned).into())
    }

    /// What was given that has no effect, and how.
    pub fn given(&self) -> Option<(By, &str)> {
        match self {
            SelectError::Unknown { by, name, .. } | SelectError::NoApi { by, name, .. } => {
                Some((*by, name))
            }
            SelectError::OnlyARevision(name) => Some((By::Name, name)),
            SelectError::AllExcluded | SelectError::Nothing => None,
        }
    }

    /// The exit code: it is the user's input.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}
