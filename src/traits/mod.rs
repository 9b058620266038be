//! What nobody outside knows of the service, as far as one was asked: each
//! trait, what it can be, what a plan takes it for while it is unknown, and
//! what it changes.
//!
//! Nothing here names a resource, so that what was found out can be passed on.

mod answer;
mod file;

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::Kind;
use answer::Answer;
pub use answer::{
    Braces, ByKind, Count, FirstAnswer, FirstRevision, LongRunning, PollDocument, PollUrl, Scope,
    Writers,
};
pub use file::{Found, TraitsError};

/// One trait, for files and tables.
pub(crate) struct Row {
    /// Its name in files.
    pub(crate) name: &'static str,
    /// What it tells.
    pub(crate) what: String,
    /// Its answer, as YAML.
    pub(crate) yaml: String,
    /// Whether it says something.
    pub(crate) known: bool,
    /// Whether it changes plans.
    pub(crate) plans: bool,
}

/// Declares the traits: what each tells, its name, where it is kept, its type,
/// what a plan takes for it while it is unknown, and what another answer
/// changes; nothing where plans don't ask.
macro_rules! traits {
    ($($(#[doc = $what:literal])+ $name:literal $field:ident: $kind:ty,
        $careful:literal, $changes:literal;)+) => {
        /// What is known of a service beyond what is documented.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Traits {
            $($(#[doc = $what])+ #[serde(rename = $name)] pub $field: $kind,)+
        }

        impl Traits {
            /// All traits, in the order of the file.
            pub(crate) fn rows(&self) -> Vec<Row> {
                vec![$(Row {
                    name: $name,
                    what: [$($what),+].concat().trim().to_owned(),
                    yaml: self.$field.yaml(),
                    known: self.$field.is_known(),
                    plans: !$changes.is_empty(),
                }),+]
            }

            /// The table of traits, for the documentation.
            pub fn table() -> String {
                let mut out = String::from(
                    "| trait | what it tells | answers | while it is unknown | what another answer changes |\n\
                     |---|---|---|---|---|\n",
                );
                $({
                    let what = [$($what),+].concat();
                    let changes = match $changes {
                        "" => "nothing in a plan",
                        changes => changes,
                    };
                    let _ = writeln!(
                        out,
                        "| `{}` | {} | {} | {} | {changes} |",
                        $name,
                        what.trim().trim_end_matches('.'),
                        <$kind as Answer>::words(),
                        $careful,
                    );
                })+
                out
            }
        }
    };
}

traits! {
    /// Whether a resource of a workspace can have the name of one at service level.
    "namesOfService" names_of_service: ByKind,
    "taken",
    "`free`, with `namesOfWorkspaces` free within one service: copies keep their names";
    /// Whether a resource of a workspace can have the name of one in another workspace.
    "namesOfWorkspaces" names_of_workspaces: ByKind,
    "taken",
    "`free`, with `namesOfService` free within one service: copies keep their names";
    /// Whether a resource of a workspace can have the display name of one at service level.
    "displayNamesOfService" display_names_of_service: ByKind,
    "taken",
    "`free`, with `displayNamesOfWorkspaces` free: copies within one service keep their display names";
    /// Whether a resource of a workspace can have the display name of one in another workspace.
    "displayNamesOfWorkspaces" display_names_of_workspaces: ByKind,
    "taken",
    "`free`, with `displayNamesOfService` free: copies within one service keep their display names";
    /// Whether an API of a workspace without a gateway of its own can have the path of one at service level.
    "apiPathsOfService" api_paths_of_service: Scope,
    "taken",
    "`free`, with `apiPathsOfWorkspaces` free: copies within one service keep their paths";
    /// Whether an API of a workspace without a gateway of its own can have the path of one in another such workspace.
    "apiPathsOfWorkspaces" api_paths_of_workspaces: Scope,
    "taken",
    "`free`, with `apiPathsOfService` free: copies within one service keep their paths";
    /// Whether subscriptions of two workspaces can have the same key.
    "subscriptionKeys" subscription_keys: Scope,
    "taken",
    "`free`: `--keys auto` carries keys within one service as well";
    /// What becomes of a policy with an unknown `{{name}}` in a comment.
    "valuesInComments" values_in_comments: Braces,
    "checked, and nothing in a comment blocks",
    "`ignored`: named values that only comments name stay behind; `checked`: a comment that names an absent one is a blocker";
    /// What becomes of a policy with an unknown `{{name}}` in CDATA.
    "valuesInCdata" values_in_cdata: Braces,
    "in doubt: said (`braces-in-doubt`), and nothing in CDATA blocks",
    "`checked`: CDATA that names an absent one is a blocker";
    /// What becomes of a policy with an unknown `{{name}}` in a Liquid template.
    "valuesInLiquid" values_in_liquid: Braces, "ignored",
    "`checked`: a template that names an absent one is a blocker";
    /// What `PUT apis/x;rev=4` makes in a workspace that has no `x`.
    "firstRevision" first_revision: FirstRevision,
    "`asked`, and `apply` makes good for `one` and `refused`", "";
    /// How the PUT of a new named value is answered.
    "longRunning" long_running: LongRunning, "`apply` takes any", "";
    /// What the first answer to it shows.
    "firstAnswer" first_answer: FirstAnswer, "`apply` takes any", "";
    /// Where its end is told.
    "pollUrl" poll_url: PollUrl, "`apply` takes any", "";
    /// What the document that tells it looks like.
    "pollDocument" poll_document: PollDocument, "`apply` takes any", "";
    /// How long an API refuses writes after its import is told to have succeeded, in milliseconds.
    "apiBusyMs" api_busy_ms: Count, "`apply` asks again for minutes", "";
    /// How many writers an API takes at once.
    "apiWriters" api_writers: Writers, "`apply` sends one at a time and finds out whether it takes more", "";
}

impl Traits {
    /// Whether copies within one service can keep their names.
    pub fn keeps_names(&self, kind: &Kind) -> bool {
        self.names_of_service.is_free(kind) && self.names_of_workspaces.is_free(kind)
    }

    /// Whether copies within one service can keep their display names.
    pub fn keeps_display_names(&self, kind: &Kind) -> bool {
        self.display_names_of_service.is_free(kind)
            && self.display_names_of_workspaces.is_free(kind)
    }

    /// Whether APIs copied within one service can keep their paths.
    pub fn keeps_paths(&self) -> bool {
        self.api_paths_of_service == Scope::Free && self.api_paths_of_workspaces == Scope::Free
    }
}
