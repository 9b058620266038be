//! What is not known about the real service, where sources disagree, and what
//! differs from one version of it to another.

mod setting;

use std::fmt::Write as _;

use setting::Setting;
pub use setting::{
    AsyncBody, AsyncShape, AsyncUpdate, FirstPut, ListEnd, NameCase, NameClash, OneWriter,
    PathScope, PolicyList, PollDocument, PollUrl, RevisionNull, SameTemplate,
};

/// Declares the switches: what each decides, its name, where it is kept, its
/// type, its default.
macro_rules! switches {
    ($($(#[doc = $what:literal])+ $name:literal $field:ident: $kind:ty = $default:expr;)+) => {
        /// The unknowns, each with its default.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Switches {
            $($(#[doc = $what])+ pub $field: $kind,)+
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Switches {
            /// The names that [`Switches::set`] takes, sorted.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            fn put(&mut self, name: &str, value: &str) -> Result<(), SwitchError> {
                let wrong = |words: String| SwitchError::Value {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    words: words.replace('`', ""),
                };
                match name {
                    $($name => {
                        self.$field = <$kind as Setting>::read(value)
                            .ok_or_else(|| wrong(<$kind as Setting>::words()))?;
                    })+
                    _ => return Err(SwitchError::Unknown(name.to_owned())),
                }
                Ok(())
            }

            /// The table of switches, for the documentation.
            pub fn table() -> String {
                let defaults = Self::default();
                let mut out = String::from("| switch | default | settings | what it decides |\n|---|---|---|---|\n");
                $({
                    let what: &[&str] = &[$($what),+];
                    let default = match Setting::word(&defaults.$field) {
                        word if word.is_empty() => "none".to_owned(),
                        word => format!("`{word}`"),
                    };
                    let _ = writeln!(
                        out,
                        "| `{}` | {default} | {} | {} |",
                        $name,
                        <$kind as Setting>::words(),
                        what.concat().trim().trim_end_matches('.'),
                    );
                })+
                out
            }
        }
    };
}

switches! {
    /// Whether the path of an API must differ from those of other scopes.
    "api-path" api_path: PathScope = PathScope::Gateway;
    /// What a `201` shows of a resource that is still being made.
    "async-body" async_body: AsyncBody = AsyncBody::Stub;
    /// Whether making an API without a definition is long-running, as samples have it.
    "async-create" async_create: bool = false;
    /// Whether the PUT of a schema of the whole service is long-running, as types have it and 2021 had not.
    "async-schema" async_schema: bool = true;
    /// How a long-running request is answered.
    "async-shape" async_shape: AsyncShape = AsyncShape::Version;
    /// How a long-running PUT of something that is there is answered.
    "async-update" async_update: AsyncUpdate = AsyncUpdate::Poll;
    /// Whether errors of a long-running PUT come when it is polled.
    "async-validation" async_validation: bool = true;
    /// Whether the logger `azuremonitor` may exist in the service and in every workspace.
    "azuremonitor-shared" azuremonitor_shared: bool = true;
    /// Whether `GET …?format=rawxml` answers with the bare document.
    "bare-xml" bare_xml: bool = false;
    /// Whether an unknown `{{name}}` in CDATA is an error.
    "cdata-values" cdata_values: bool = false;
    /// Whether an unknown `{{name}}` in a comment is an error.
    "comment-values" comment_values: bool = true;
    /// Whether the first DELETE of each resource fails with a 500.
    "delete-fails" delete_fails: bool = false;
    /// Whether display names of named values and tags are unique over the service and its workspaces.
    "display-name-unique" display_name_unique: bool = false;
    /// Whether GET shows `endpointAddress` of an Event Hub logger with an identity.
    "endpoint-address" endpoint_address: bool = true;
    /// What a PUT of `x;rev=N` does in a workspace that has no `x`.
    "first-put" first_put: FirstPut = FirstPut::Current;
    /// Whether `apiRevision` in the body of a new API is honoured.
    "first-revision" first_revision: bool = false;
    /// How many lists of a new workspace fail with a 500.
    "fresh-lists" fresh_lists: u64 = 0;
    /// Whether a workspace takes writes only once a gateway serves it.
    "gateway-needed" gateway_needed: bool = false;
    /// Whether DELETE needs an `If-Match`, as types have it.
    "if-match" if_match: bool = false;
    /// How long an API stays busy after its operation succeeded, in milliseconds.
    "linger-ms" linger_ms: u64 = 150;
    /// Whether an unknown `{{name}}` in a Liquid template is no error.
    "liquid" liquid: bool = true;
    /// How a list says that nothing follows.
    "list-end" list_end: ListEnd = ListEnd::Recorded;
    /// The oldest api-version that the service takes.
    "min-api-version" min_api_version: String = String::new();
    /// In which case names are shown, and whether it matters.
    "name-case" name_case: NameCase = NameCase::Stored;
    /// What a name is answered with that another scope of the service has.
    "name-clash" name_clash: NameClash = NameClash::Refused;
    /// Whether an API takes one write at a time: `own` takes writes below it side by side, and none beside one of its own.
    "one-writer" one_writer: OneWriter = OneWriter::Own;
    /// Whether a product that needs no subscription gets an automatic one all the same.
    "open-product-subscription" open_product_subscription: bool = false;
    /// How long a long-running operation takes, in milliseconds.
    "operation-ms" operation_ms: u64 = 20;
    /// What the list of all policies is like.
    "policy-list" policy_list: PolicyList = PolicyList::Whole;
    /// What the status document of a long-running request looks like.
    "poll-document" poll_document: PollDocument = PollDocument::Bare;
    /// Where the status document of a long-running request is.
    "poll-url" poll_url: PollUrl = PollUrl::Version;
    /// A text; a policy that holds it is refused, as by a rule of later years.
    "refused-policy" refused_policy: String = String::new();
    /// What null does in the PUT of a revision that is made from another.
    "revision-null" revision_null: RevisionNull = RevisionNull::Clears;
    /// Whether a revision that is put without `isCurrent` and without `sourceApiId` becomes the current one.
    "revision-takes-over" revision_takes_over: bool = false;
    /// When the URL templates of two operations of an API are the same.
    "same-template" same_template: SameTemplate = SameTemplate::Case;
    /// Whether `/apis/x` in the body of a workspace's resource means that workspace.
    "short-ids" short_ids: bool = false;
    /// Whether addresses to poll are signed, and to be asked for as they were given out.
    "signed-polls" signed_polls: bool = false;
    /// Whether an API or a revision can be made from an API of another scope.
    "source-across" source_across: bool = false;
    /// Whether a subscription that is put without a state is `active` and not `submitted`.
    "subscription-active" subscription_active: bool = true;
    /// Whether two subscriptions can't have the same key.
    "subscription-key-unique" subscription_key_unique: bool = true;
    /// Whether lists of operations leave out what is in requests and responses.
    "thin-lists" thin_lists: bool = false;
    /// Whether a workspace's subscription may open all its APIs.
    "workspace-all-apis" workspace_all_apis: bool = true;
    /// Whether policies and backends of a workspace can use managed identities.
    "workspace-identity" workspace_identity: bool = true;
    /// Whether a workspace can read Key Vault.
    "workspace-key-vault" workspace_key_vault: bool = true;
    /// The least time for which a write holds its API, in milliseconds.
    "write-ms" write_ms: u64 = 1;
}

/// Why a switch can't be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// There is no such switch.
    #[error("`{0}` is not a switch; there are {known}", known = Switches::NAMES.join(", "))]
    Unknown(String),
    /// The switch doesn't take this value.
    #[error("the switch `{name}` can't be `{value}`; it takes {words}")]
    Value {
        /// The switch.
        name: String,
        /// What it was to be set to.
        value: String,
        /// What it can be set to.
        words: String,
    },
    /// The text is not `name=value`.
    #[error("`{0}` is not of the form name=value")]
    Form(String),
}

impl Switches {
    /// Sets one switch from `name=value`.
    ///
    /// # Errors
    /// When the text has another form, names no switch, or the value is not
    /// one that the switch takes.
    pub fn set(&mut self, text: &str) -> Result<(), SwitchError> {
        let (name, value) = text
            .split_once('=')
            .map(|(name, value)| (name.trim(), value.trim()))
            .ok_or_else(|| SwitchError::Form(text.to_owned()))?;
        self.put(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_table_can_be_set_and_others_are_refused() {
        let table = Switches::table();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), Switches::NAMES.len());
        for (name, row) in Switches::NAMES.iter().zip(rows) {
            let settings = row.split(" | ").nth(2).unwrap();
            let free = settings == "any text";
            let settings = match settings {
                "any text" | "a number" => "7",
                settings => settings,
            };
            for setting in settings.split(", ") {
                let mut switches = Switches::default();
                let text = format!("{name}={}", setting.trim_matches('`'));
                switches.set(&text).unwrap();
            }
            let sideways = Switches::default().set(&format!("{name}=sideways"));
            assert_eq!(sideways.is_ok(), free, "{name}");
        }
        assert!(Switches::NAMES.is_sorted());
        let error = Switches::default().set("nonsense=1").unwrap_err();
        assert!(error.to_string().contains("api-path, async-body"));
        let error = Switches::default().set("api-path=x").unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("it takes gateway, service, scope")
        );
        assert!(Switches::default().set("liquid").is_err());
    }
}
