//! Why copies can't be named.

use crate::address::{ResourcePath, SourcePath};

/// Why no names can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Two copies would stand in the same place.
    #[error("`{first}` and `{second}` would both become `{target}`")]
    SameTarget {
        /// One source.
        first: SourcePath,
        /// The other source.
        second: SourcePath,
        /// Where both would stand, below the workspace.
        target: ResourcePath,
    },
    /// A template gives something that can't be a name.
    #[error("the name `{name}` for the copy of `{resource}` is not usable")]
    Unusable {
        /// The resource.
        resource: SourcePath,
        /// The name.
        name: String,
    },
    /// A name that was asked for is somebody else's.
    #[error("the copy of `{resource}` can't be called `{name}`: {whose} has that name")]
    Taken {
        /// The resource.
        resource: SourcePath,
        /// The name, or display name.
        name: String,
        /// Who has it, in plain words.
        whose: String,
        /// What gives it: `name` or `displayName`.
        by: &'static str,
    },
    /// A display name can't be one.
    #[error("the copy of `{resource}` can't have the display name `{name}`: {why}")]
    Display {
        /// The resource.
        resource: SourcePath,
        /// The display name.
        name: String,
        /// Why, in plain words.
        why: String,
        /// Whether it was given by hand, not by a template.
        by_hand: bool,
    },
    /// Two copies would have a display name that only one can have.
    #[error("`{first}` and `{second}` would both have the display name `{name}`")]
    SameDisplay {
        /// One source.
        first: SourcePath,
        /// The other source.
        second: SourcePath,
        /// The display name.
        name: String,
    },
    /// A template names a variable that does not exist.
    #[error("the template `{template}` names the unknown variable `{{{variable}}}`")]
    UnknownVariable {
        /// The template.
        template: String,
        /// The variable.
        variable: String,
        /// Which template: `name`, `displayName` or `path`.
        of: &'static str,
    },
    /// A name that is given by hand is given to nothing.
    #[error("the override of `{resource}` has no effect: {why}")]
    NoEffect {
        /// The resource, as it was written.
        resource: ResourcePath,
        /// Why, in plain words.
        why: String,
        /// What to do about it.
        help: String,
    },
}

impl NameError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            NameError::NoEffect { help, .. } => help.clone(),
            NameError::UnknownVariable { .. } => {
                "variables are `{name}`, `{displayName}` or `{path}` in the template of each, and \
                 `{workspace}`"
                    .to_owned()
            }
            NameError::Taken { .. } => "give it another one".to_owned(),
            NameError::Display { .. } | NameError::SameDisplay { .. } => {
                "use a template that keeps display names apart and plain, such as \
                 `{displayName}-in-{workspace}`, or give another one in naming.overrides"
                    .to_owned()
            }
            NameError::SameTarget { .. } | NameError::Unusable { .. } => {
                "use a template that keeps names apart, such as `{name}-in-{workspace}`".to_owned()
            }
        }
    }

    /// Where a migration file says what is wrong.
    pub fn way(&self) -> Option<Vec<String>> {
        let below = |words: &[&str]| {
            let naming = ["naming"].iter().chain(words);
            Some(naming.map(|word| (*word).to_owned()).collect())
        };
        match self {
            NameError::NoEffect { resource, .. } => below(&["overrides", resource.as_str()]),
            NameError::Taken { resource, by, .. } => below(&["overrides", resource.0.as_str(), by]),
            NameError::Display {
                resource,
                by_hand: true,
                ..
            } => below(&["overrides", resource.0.as_str(), "displayName"]),
            NameError::Display { .. } | NameError::SameDisplay { .. } => below(&["displayName"]),
            NameError::SameTarget { .. } | NameError::Unusable { .. } => below(&["name"]),
            NameError::UnknownVariable { of, .. } => below(&[*of]),
        }
    }
}
