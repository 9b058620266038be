//! The ways to sign in, and the credential behind each.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::ClientOptions;
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
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

/// One of the credentials that can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::arm) enum Source {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    DeveloperTools,
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
            Source::DeveloperTools => "developer tools",
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

    /// Makes the credential. Those that talk HTTP do so with the given options.
    pub(in crate::arm) fn credential(
        self,
        client_options: ClientOptions,
    ) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let env = |name: &str| std::env::var(name).unwrap_or_default();
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
            Source::DeveloperTools => DeveloperToolsCredential::new(None)?,
            Source::Cli => AzureCliCredential::new(None)?,
            Source::Azd => AzureDeveloperCliCredential::new(None)?,
        })
    }
}

/// The order in which credentials are tried.
pub(in crate::arm) fn order(mode: AuthMode) -> Vec<Source> {
    match mode {
        AuthMode::Auto => vec![
            Source::Environment,
            Source::WorkloadIdentity,
            Source::ManagedIdentity,
            Source::DeveloperTools,
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
    fn auto_asks_developer_tools_last_and_gives_the_identity_two_seconds() {
        let sources = order(AuthMode::Auto);
        assert_eq!(sources.first(), Some(&Source::Environment));
        assert_eq!(sources.last(), Some(&Source::DeveloperTools));
        let patience = |alone| Source::ManagedIdentity.patience(alone);
        assert_eq!(patience(false), Duration::from_secs(2));
        assert!(patience(true) > Duration::from_secs(72));
    }
}
