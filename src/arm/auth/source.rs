//! The ways to sign in, and the credential behind each.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::ClientOptions;
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::tokens::AuthError;

/// Off Azure the managed identity takes over a minute to give up by itself.
const MANAGED_IDENTITY_PATIENCE: Duration = Duration::from_secs(2);

/// How to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Environment, workload identity, managed identity, then developer tools.
    #[default]
    Auto,
    /// `az`.
    Cli,
    /// `azd`.
    Azd,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
    Env,
    /// The identity of the Azure resource this runs on.
    ManagedIdentity,
    /// The identity of the Kubernetes service account this runs as.
    WorkloadIdentity,
}

impl AuthMode {
    /// The word that chooses it.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthMode::Auto => "auto",
            AuthMode::Cli => "cli",
            AuthMode::Azd => "azd",
            AuthMode::Env => "env",
            AuthMode::ManagedIdentity => "managed-identity",
            AuthMode::WorkloadIdentity => "workload-identity",
        }
    }
}

impl FromStr for AuthMode {
    type Err = AuthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => AuthMode::Auto,
            "cli" => AuthMode::Cli,
            "azd" => AuthMode::Azd,
            "env" => AuthMode::Env,
            "managed-identity" => AuthMode::ManagedIdentity,
            "workload-identity" => AuthMode::WorkloadIdentity,
            other => return Err(AuthError::UnknownMode(other.to_owned())),
        })
    }
}

/// Looks a variable up; an empty one counts as none.
pub(super) type Env = dyn Fn(&str) -> Option<String> + Send + Sync;

/// One of the credentials that can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::arm) enum Source {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    Cli,
    Azd,
}

impl Source {
    /// Its name in messages.
    pub(in crate::arm) fn name(self) -> &'static str {
        match self {
            Source::Environment => "env",
            Source::WorkloadIdentity => "workload-identity",
            Source::ManagedIdentity => "managed-identity",
            Source::Cli => "cli",
            Source::Azd => "azd",
        }
    }

    /// How long it may take; less where others come after it.
    pub(in crate::arm) fn patience(self, alone: bool) -> Duration {
        match self {
            Source::ManagedIdentity if !alone => MANAGED_IDENTITY_PATIENCE,
            _ => Duration::from_secs(90),
        }
    }

    /// What it can't do without, once it is meant to be used.
    pub(super) fn unset(self, env: &Env) -> Option<String> {
        let needed: &[&str] = match self {
            Source::Environment => &["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
            Source::WorkloadIdentity => &[
                "AZURE_TENANT_ID",
                "AZURE_CLIENT_ID",
                "AZURE_FEDERATED_TOKEN_FILE",
            ],
            Source::ManagedIdentity | Source::Cli | Source::Azd => &[],
        };
        let unset: Vec<&str> = (needed.iter().copied())
            .filter(|name| env(name).is_none())
            .collect();
        match unset.as_slice() {
            [] => None,
            [name] => Some(format!("{name} is not set")),
            names => Some(format!("{} are not set", names.join(", "))),
        }
    }

    /// What is missing for it to be there at all, by the environment; none when
    /// only trying can tell.
    pub(super) fn lacks(self, env: &Env) -> Option<String> {
        let first_unset = |names: &[&str]| {
            let unset = names.iter().find(|name| env(name).is_none());
            unset.map(|name| format!("{name} is not set"))
        };
        match self {
            // Who gave a secret meant it to be used: what is amiss then is told
            // when it is tried.
            Source::Environment => first_unset(&["AZURE_CLIENT_SECRET"]),
            Source::WorkloadIdentity => first_unset(&["AZURE_FEDERATED_TOKEN_FILE"]),
            Source::ManagedIdentity | Source::Cli | Source::Azd => None,
        }
    }

    /// Whether what a credential said means that there is none, rather than
    /// that it was refused.
    pub(super) fn is_absent(self, said: &str, env: &Env) -> bool {
        let absent = said.contains("not found on PATH") || said.contains("wasn't found on PATH");
        // Who was signed in and is refused is told to sign in as well, after a
        // code of the directory's.
        let signed_out = |ask: &str| said.contains(ask) && !said.contains("AADSTS");
        match self {
            Source::Environment | Source::WorkloadIdentity => false,
            Source::Cli => absent || signed_out("az login"),
            Source::Azd => absent || signed_out("azd auth login"),
            Source::ManagedIdentity => {
                let hosted = env("IDENTITY_ENDPOINT").is_some();
                // What answers in JSON is the identity service itself; others
                // can be at the same address, or a proxy in between.
                let answered = said.contains("The request failed: {");
                let unassigned = said.contains("has not been assigned");
                let unknown = said.contains("isn't supported");
                let named = unassigned && env("AZURE_CLIENT_ID").is_some();
                unknown || !(hosted || answered || named)
            }
        }
    }

    /// Makes the credential. Those that talk HTTP do so with the given options.
    pub(in crate::arm) fn credential(
        self,
        client_options: ClientOptions,
        env: &Env,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let env = |name: &str| env(name).unwrap_or_default();
        Ok(match self {
            Source::Environment => ClientSecretCredential::new(
                &env("AZURE_TENANT_ID"),
                env("AZURE_CLIENT_ID"),
                env("AZURE_CLIENT_SECRET").into(),
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            Source::WorkloadIdentity => {
                let credential_options = ClientAssertionCredentialOptions { client_options };
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options,
                    ..WorkloadIdentityCredentialOptions::default()
                }))?
            }
            Source::ManagedIdentity => {
                // Where several identities are assigned, this says which.
                let client_id = Some(env("AZURE_CLIENT_ID")).filter(|id| !id.is_empty());
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    client_options,
                    user_assigned_id: client_id.map(UserAssignedId::ClientId),
                }))?
            }
            Source::Cli => AzureCliCredential::new(None)?,
            Source::Azd => AzureDeveloperCliCredential::new(None)?,
        })
    }
}

/// What a credential said, without the frame that its library puts around it,
/// and not longer than a line.
pub(super) fn bare(said: &str) -> String {
    const MOST: usize = 300;
    let said = (said.split_once("authentication failed. ")).map_or(said, |(_, words)| words);
    let said = (said.split_once(" To troubleshoot, visit")).map_or(said, |(words, _)| words);
    match said.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &said[..at]),
        None => said.to_owned(),
    }
}

/// The order in which credentials are tried.
pub(in crate::arm) fn order(mode: AuthMode) -> Vec<Source> {
    match mode {
        AuthMode::Auto => vec![
            Source::Environment,
            Source::WorkloadIdentity,
            Source::ManagedIdentity,
            Source::Cli,
            Source::Azd,
        ],
        AuthMode::Cli => vec![Source::Cli],
        AuthMode::Azd => vec![Source::Azd],
        AuthMode::Env => vec![Source::Environment],
        AuthMode::ManagedIdentity => vec![Source::ManagedIdentity],
        AuthMode::WorkloadIdentity => vec![Source::WorkloadIdentity],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_known_by_their_names() {
        assert_eq!(
            "managed-identity".parse::<AuthMode>().unwrap(),
            AuthMode::ManagedIdentity
        );
        assert!("browser".parse::<AuthMode>().is_err());
        for word in ["auto", "cli", "azd", "env", "workload-identity"] {
            assert_eq!(word.parse::<AuthMode>().unwrap().as_str(), word);
        }
    }

    #[test]
    fn what_a_credential_says_is_told_without_its_frame() {
        let framed = "AzureCliCredential authentication failed. az not found on PATH To \
                      troubleshoot, visit https://aka.ms/azsdk";
        assert_eq!(bare(framed), "az not found on PATH");
        assert_eq!(bare("no answer within 2 s"), "no answer within 2 s");
        assert_eq!(bare(&"x".repeat(700)).chars().count(), 301);
    }

    #[test]
    fn auto_asks_developer_tools_last_and_gives_the_identity_two_seconds() {
        let sources = order(AuthMode::Auto);
        assert_eq!(sources.first(), Some(&Source::Environment));
        assert_eq!(sources[3..], [Source::Cli, Source::Azd]);
        let patience = |alone| Source::ManagedIdentity.patience(alone);
        assert_eq!(patience(false), Duration::from_secs(2));
        assert!(patience(true) > Duration::from_secs(72));
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_refused() {
        let none = |_: &str| None;
        let all = |_: &str| Some("x".to_owned());
        let id = |name: &str| (name == "AZURE_CLIENT_ID").then(|| "x".to_owned());
        let refused = "AADSTS700082: the token has expired, run: az login";
        let unassigned = "The requested identity has not been assigned to this resource";
        let answered = r#"The request failed: {"error":"internal"}"#;
        use Source::{Azd, Cli, Environment, ManagedIdentity, WorkloadIdentity};
        for (source, said, env, absent) in [
            (
                Environment,
                "AADSTS7000215: invalid secret",
                &all as &Env,
                false,
            ),
            (WorkloadIdentity, "no such file", &all, false),
            (Cli, "az not found on PATH", &none, true),
            (Cli, "\"/bin/sh\" wasn't found on PATH", &none, true),
            (Cli, "Please run 'az login' to setup account.", &none, true),
            (Cli, refused, &none, false),
            (Cli, "something else", &none, false),
            (Azd, "azd not found on PATH", &none, true),
            (
                Azd,
                "not logged in, run `azd auth login` to login",
                &none,
                true,
            ),
            (Azd, "AADSTS50076: azd auth login", &none, false),
            (Azd, "Please run 'az login'", &none, false),
            (ManagedIdentity, "no answer within 2 s", &none, true),
            (ManagedIdentity, "The request failed: <html>", &none, true),
            (ManagedIdentity, answered, &none, false),
            (ManagedIdentity, unassigned, &none, true),
            (ManagedIdentity, unassigned, &id, false),
            (ManagedIdentity, "no answer within 2 s", &id, true),
            (ManagedIdentity, "no answer within 2 s", &all, false),
            (
                ManagedIdentity,
                "Azure Arc managed identity isn't supported",
                &all,
                true,
            ),
        ] {
            assert_eq!(source.is_absent(said, env), absent, "{source:?} {said}");
        }
        let unset = |source: Source| source.unset(&id);
        assert_eq!(
            unset(Environment).as_deref(),
            Some("AZURE_TENANT_ID, AZURE_CLIENT_SECRET are not set")
        );
        assert_eq!(unset(Cli), None);
        let lacks = |source: Source, env: &Env| source.lacks(env);
        let secret = Some("AZURE_CLIENT_SECRET is not set".to_owned());
        assert_eq!(lacks(Environment, &id), secret);
        let file = Some("AZURE_FEDERATED_TOKEN_FILE is not set".to_owned());
        assert_eq!(lacks(WorkloadIdentity, &id), file);
        for source in [Environment, WorkloadIdentity, ManagedIdentity, Cli, Azd] {
            assert_eq!(lacks(source, &all), None);
        }
    }
}
