//! What is not known about the real service, or where sources disagree.

/// Whether paths of APIs must differ between the service and its workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathScope {
    /// They must differ where two scopes are served by the same gateway.
    Gateway,
    /// They must differ over the whole service.
    Service,
    /// They must differ within one scope only.
    Scope,
}

/// How a long-running request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Either way, depending on the resource's path.
    Both,
    /// `202` and a `Location` to poll.
    Old,
    /// `201` or `200` with `provisioningState: InProgress`.
    New,
}

/// The unknowns, each with its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// `subscription-key-unique`: two subscriptions can't have the same key.
    pub subscription_key_unique: bool,
    /// `subscription-active`: a subscription that is put without a state is
    /// `active` and not `submitted`.
    pub subscription_active: bool,
    /// `display-name-unique`: display names of named values and tags are
    /// unique over the service and its workspaces, not in each.
    pub display_name_unique: bool,
    /// `api-path`: `gateway`, `service` or `scope`.
    pub api_path: PathScope,
    /// `templates`: an operation's `templateParameters` and `urlTemplate` must
    /// name the same parameters.
    pub templates: bool,
    /// `workspace-key-vault`: a workspace can read Key Vault.
    pub workspace_key_vault: bool,
    /// `workspace-identity`: a workspace's policies can use managed identities.
    pub workspace_identity: bool,
    /// `first-revision`: `apiRevision` of a new API's first PUT is honoured.
    pub first_revision: bool,
    /// `name-clash-conflict`: a taken name is answered with 409, not with 400.
    pub name_clash_conflict: bool,
    /// `bare-xml`: `GET …?format=rawxml` answers with the bare document.
    pub bare_xml: bool,
    /// `liquid`: an unknown `{{name}}` in a liquid template is no error.
    pub liquid: bool,
    /// `comment-values`: an unknown `{{name}}` in a comment is an error.
    pub comment_values: bool,
    /// `revision-takes-over`: a new revision that is put without `isCurrent`
    /// and without `sourceApiId` becomes the current one.
    pub revision_takes_over: bool,
    /// `azuremonitor-shared`: the logger `azuremonitor` may exist in the
    /// service and in every workspace.
    pub azuremonitor_shared: bool,
    /// `async-validation`: errors of a long-running PUT come when it is polled.
    pub async_validation: bool,
    /// `async-shape`: `both`, `old` or `new`.
    pub async_shape: Shape,
    /// `async-create`: creating an API without a definition is long-running.
    pub async_create: bool,
    /// `if-match`: PATCH and DELETE of entities need an `If-Match`.
    pub if_match: bool,
    /// `short-ids`: `/apis/x` in a workspace's body means that workspace.
    pub short_ids: bool,
    /// `operation-ms`: how long a long-running operation takes.
    pub operation_ms: u64,
    /// `linger-ms`: how long an API stays busy after its operation succeeded.
    pub linger_ms: u64,
    /// `write-ms`: the least time for which a write holds its API.
    pub write_ms: u64,
    /// `fresh-lists`: how many lists of a new workspace fail with a 500.
    pub fresh_lists: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            subscription_key_unique: true,
            subscription_active: false,
            display_name_unique: false,
            api_path: PathScope::Gateway,
            templates: true,
            workspace_key_vault: true,
            workspace_identity: true,
            first_revision: true,
            name_clash_conflict: false,
            bare_xml: false,
            liquid: true,
            comment_values: true,
            revision_takes_over: true,
            azuremonitor_shared: false,
            async_validation: true,
            async_shape: Shape::Both,
            async_create: false,
            if_match: true,
            short_ids: false,
            operation_ms: 20,
            linger_ms: 150,
            write_ms: 1,
            fresh_lists: 0,
        }
    }
}

/// Why a switch can't be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    /// There is no such switch.
    #[error("`{0}` is not a switch; there are {known}", known = Switches::NAMES.join(", "))]
    Unknown(String),
    /// The switch doesn't take this value.
    #[error("the switch `{name}` can't be `{value}`")]
    Value {
        /// The switch.
        name: String,
        /// What it was to be set to.
        value: String,
    },
    /// The text is not `name=value`.
    #[error("`{0}` is not of the form name=value")]
    Form(String),
}

impl Switches {
    /// The names that [`Switches::set`] takes, sorted.
    pub const NAMES: &'static [&'static str] = &[
        "api-path",
        "async-create",
        "async-shape",
        "async-validation",
        "azuremonitor-shared",
        "bare-xml",
        "comment-values",
        "display-name-unique",
        "first-revision",
        "fresh-lists",
        "if-match",
        "linger-ms",
        "liquid",
        "name-clash-conflict",
        "operation-ms",
        "revision-takes-over",
        "short-ids",
        "subscription-active",
        "subscription-key-unique",
        "templates",
        "workspace-identity",
        "workspace-key-vault",
        "write-ms",
    ];

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
        let wrong = || SwitchError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        match name {
            "api-path" => {
                self.api_path = match value {
                    "gateway" => PathScope::Gateway,
                    "service" => PathScope::Service,
                    "scope" => PathScope::Scope,
                    _ => return Err(wrong()),
                };
            }
            "async-shape" => {
                self.async_shape = match value {
                    "both" => Shape::Both,
                    "old" => Shape::Old,
                    "new" => Shape::New,
                    _ => return Err(wrong()),
                };
            }
            "operation-ms" => self.operation_ms = value.parse().map_err(|_| wrong())?,
            "linger-ms" => self.linger_ms = value.parse().map_err(|_| wrong())?,
            "write-ms" => self.write_ms = value.parse().map_err(|_| wrong())?,
            "fresh-lists" => self.fresh_lists = value.parse().map_err(|_| wrong())?,
            _ => {
                let on = match value {
                    "true" | "on" | "yes" | "1" => Some(true),
                    "false" | "off" | "no" | "0" => Some(false),
                    _ => None,
                };
                let flag = self
                    .flag(name)
                    .ok_or_else(|| SwitchError::Unknown(name.to_owned()))?;
                *flag = on.ok_or_else(wrong)?;
            }
        }
        Ok(())
    }

    fn flag(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "async-create" => &mut self.async_create,
            "async-validation" => &mut self.async_validation,
            "azuremonitor-shared" => &mut self.azuremonitor_shared,
            "bare-xml" => &mut self.bare_xml,
            "comment-values" => &mut self.comment_values,
            "display-name-unique" => &mut self.display_name_unique,
            "first-revision" => &mut self.first_revision,
            "if-match" => &mut self.if_match,
            "liquid" => &mut self.liquid,
            "name-clash-conflict" => &mut self.name_clash_conflict,
            "revision-takes-over" => &mut self.revision_takes_over,
            "short-ids" => &mut self.short_ids,
            "subscription-active" => &mut self.subscription_active,
            "subscription-key-unique" => &mut self.subscription_key_unique,
            "templates" => &mut self.templates,
            "workspace-identity" => &mut self.workspace_identity,
            "workspace-key-vault" => &mut self.workspace_key_vault,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set_and_others_are_refused() {
        for name in Switches::NAMES {
            let value = match *name {
                "api-path" => "scope",
                "async-shape" => "old",
                name if name.ends_with("-ms") || name == "fresh-lists" => "7",
                _ => "true",
            };
            let mut switches = Switches::default();
            switches.set(&format!("{name}={value}")).unwrap();
            assert!(switches.set(&format!("{name}=sideways")).is_err(), "{name}");
        }
        let error = Switches::default().set("nonsense=1").unwrap_err();
        assert!(error.to_string().contains("api-path, async-create"));
        assert!(Switches::default().set("liquid").is_err());
    }
}
