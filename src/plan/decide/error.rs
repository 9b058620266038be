//! Why no plan can be made, and which words there are.

use std::collections::BTreeSet;

use crate::address::ResourcePath;
use crate::catalog::{Access, Home, Kind, kinds};
use crate::exit::Exit;
use crate::nearest::nearest;
use crate::plan::codes;
use crate::plan::finding::few;
use crate::plan::names::NameError;
use crate::shell::quoted;
/// Why no plan can be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The workspace is not there.
    #[error("the workspace `{workspace}` does not exist in `{service}`")]
    NoWorkspace {
        /// Its id.
        workspace: String,
        /// The service's name.
        service: String,
    },
    /// Copies can't be named.
    #[error(transparent)]
    Names(#[from] NameError),
    /// A finding's code was to be allowed that does not exist.
    #[error("there is no finding with the code `{code}`")]
    UnknownCode {
        /// What was given.
        code: String,
        /// One that is like it.
        nearest: Option<&'static str>,
    },
    /// A code was to be allowed that no blocker of the plan has.
    #[error("nothing is allowed by `{code}`: no blocker of this plan has that code")]
    NothingAllowed {
        /// What was given.
        code: String,
        /// The codes that the plan's blockers have.
        blockers: Vec<String>,
    },
    /// A branch was to be left out that does not exist.
    #[error("there is no branch `{0}` to leave out")]
    UnknownBranch(String),
    /// What was to be left out would not come along.
    #[error(
        "nothing is left out by `{0}`: nothing of that would come along, or all of it is needed"
    )]
    NothingLeftOut(String),
    /// Only the entry in a list was seen of what is to be copied.
    #[error("`{0}` was only listed: what belongs to it was not read")]
    OnlyListed(ResourcePath),
    /// The service has nothing of what was to be copied of it.
    #[error("`{service}` has nothing of `{word}` to copy")]
    NothingInScope {
        /// What was given.
        word: String,
        /// The service's name.
        service: String,
    },
    /// Something of the service was to be copied that can't be.
    #[error("there is no `{0}` of the service to copy")]
    UnknownScope(String),
    /// A copy would act beside the original.
    #[error(
        "the {0} would act twice: within one service it runs in front of the workspace already"
    )]
    ActsTwice(&'static str),
    /// Something is to be uploaded for a resource that does not exist.
    #[error("a PFX is given for `{path}`, which `{service}` does not have")]
    UnknownUpload {
        /// The resource.
        path: ResourcePath,
        /// The service's name.
        service: String,
        /// Those that can be uploaded, and are there.
        known: Vec<String>,
    },
}

impl PlanError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            PlanError::NoWorkspace { workspace, .. } => format!(
                "`apim-migrate list workspaces` shows what there is; `apim-migrate workspace \
                 create {} --display-name NAME` makes it",
                quoted(workspace)
            ),
            PlanError::Names(error) => error.help(),
            PlanError::UnknownCode {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            PlanError::UnknownCode { .. } => {
                let known: Vec<&str> = codes::blockers().collect();
                format!("blockers are: {}", known.join(", "))
            }
            PlanError::NothingAllowed { code, blockers } => {
                codes::nothing_allowed(code, blockers.iter().map(String::as_str))
            }
            PlanError::UnknownBranch(word) => one_of(word, "branches", &branches()),
            PlanError::NothingLeftOut(_) => {
                "take it out of `without`, or of `--without`".to_owned()
            }
            PlanError::OnlyListed(_) => {
                "make the snapshot again with these APIs selected, or with --all".to_owned()
            }
            PlanError::UnknownScope(word) => one_of(word, "there", &scope_words()),
            PlanError::NothingInScope { .. } => "take it out".to_owned(),
            PlanError::ActsTwice(_) => {
                "take it out of `serviceScope`, or of `--with-service-scope`".to_owned()
            }
            PlanError::UnknownUpload { path, known, .. } => match known.as_slice() {
                [] => "take it out of the migration file: the service has none".to_owned(),
                known => {
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    one_of(path.name(), "there", &known)
                }
            },
        }
    }

    /// Where a migration file says what is wrong.
    pub fn way(&self) -> Option<Vec<String>> {
        let way = |words: [&str; 2]| Some(words.map(str::to_owned).into());
        match self {
            PlanError::Names(error) => error.way(),
            PlanError::UnknownCode { code, .. } | PlanError::NothingAllowed { code, .. } => {
                way(["allow", code])
            }
            PlanError::UnknownBranch(word) | PlanError::NothingLeftOut(word) => {
                way(["without", word])
            }
            PlanError::UnknownScope(word) | PlanError::NothingInScope { word, .. } => {
                way(["serviceScope", word])
            }
            PlanError::UnknownUpload { path, .. } => way(["certificates", path.name()]),
            PlanError::NoWorkspace { .. } | PlanError::OnlyListed(_) | PlanError::ActsTwice(_) => {
                None
            }
        }
    }

    /// The exit code: all of these are bad input.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Most words that are all told.
const ALL_TOLD: usize = 30;

/// The words that there are, the nearest one first; a few of many.
fn one_of(word: &str, what: &str, known: &[&str]) -> String {
    let told = match known.len() <= ALL_TOLD {
        true => known.join(", "),
        false => few(known.iter().map(|word| (*word).to_owned())),
    };
    match nearest(word, known.iter().copied()) {
        Some(like) => format!("did you mean `{like}`? {what} are: {told}"),
        None => format!("{what} are: {told}"),
    }
}

/// The words that `--without` takes: of what comes along though nothing needs
/// it.
pub fn branches() -> Vec<&'static str> {
    let mut words: BTreeSet<&str> = BTreeSet::new();
    let owners = || kinds().iter().filter(|k| k.can_be_copied());
    for referrer in owners().flat_map(|k| k.referrers) {
        words.insert(referrer.branch);
    }
    let below = owners().flat_map(|k| k.children).copied();
    for kind in below.filter(|k| k.can_be_copied()) {
        match kind.access {
            Access::Link => words.extend(ends(kind).map(Kind::collection)),
            _ => words.extend([kind.collection()]),
        }
    }
    words.remove("apis");
    words.into_iter().collect()
}

/// The kinds that a link names.
fn ends(link: &Kind) -> impl Iterator<Item = &'static Kind> {
    link.references.iter().flat_map(|r| r.to).copied()
}

/// The words that `--with-service-scope` takes.
pub fn scope_words() -> Vec<&'static str> {
    let words = kinds().iter().filter_map(|k| match k.home {
        Home::ByChoice(choice) => Some(choice.word),
        _ => None,
    });
    let words: BTreeSet<&str> = words.collect();
    words.into_iter().collect()
}
