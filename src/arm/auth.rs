//! Where access tokens come from.
//!
//! Credentials come from `azure_identity`; the order in which they are tried,
//! the cache in front of them and the fixed token are ours. Some credentials
//! start a process for each token, so the cache matters.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::endpoint::{Cloud, Endpoint};
use crate::secret::{Secret, plain};

/// Time before a token's end at which a new one is asked for.
const EARLY: Duration = Duration::from_secs(300);

/// Off Azure the managed identity takes over a minute to give up by itself.
const MANAGED_IDENTITY_PATIENCE: Duration = Duration::from_secs(2);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A credential said no.
    #[error("the credential `{credential}` gave no token: {why}")]
    Refused {
        /// Which.
        credential: &'static str,
        /// Its words.
        why: String,
    },
    /// None of several gave one.
    #[error("none of the credentials gave a token: {}", .0.join("; "))]
    NoneWorked(Vec<String>),
    /// A way to sign in that does not exist.
    #[error("there is no way to sign in called `{0}`")]
    UnknownMode(String),
}

impl AuthError {
    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            AuthError::UnknownMode(_) => {
                "use auto, cli, azd, env, managed-identity or workload-identity"
            }
            _ => "sign in with `az login`, or put a bearer token into APIM_MIGRATE_TOKEN",
        };
        Some(text.to_owned())
    }
}

/// Gives access tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that is good for some minutes at least.
    async fn token(&self) -> Result<Secret, AuthError>;

    /// Forgets the token, since the service did not take it.
    async fn invalidate(&self);
}

/// One token, given from outside.
#[derive(Debug)]
pub struct FixedToken(Secret);

impl FixedToken {
    /// Wraps a token.
    pub fn new(token: Secret) -> Self {
        Self(token)
    }
}

#[async_trait]
impl Tokens for FixedToken {
    async fn token(&self) -> Result<Secret, AuthError> {
        Ok(self.0.clone())
    }

    async fn invalidate(&self) {}
}

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
enum Source {
    Environment,
    WorkloadIdentity,
    ManagedIdentity,
    DeveloperTools,
    Cli,
    Azd,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Source::Environment => "env",
            Source::WorkloadIdentity => "workload-identity",
            Source::ManagedIdentity => "managed-identity",
            Source::DeveloperTools => "developer tools",
            Source::Cli => "cli",
            Source::Azd => "azd",
        }
    }

    fn patience(self, alone: bool) -> Duration {
        match self {
            Source::ManagedIdentity if !alone => MANAGED_IDENTITY_PATIENCE,
            _ => Duration::from_secs(90),
        }
    }
}

fn order(mode: AuthMode) -> Vec<Source> {
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

/// Makes credentials when they are first asked for, remembers the one that
/// worked, and keeps its token until shortly before it ends.
pub struct Credentials {
    sources: Vec<Source>,
    scope: String,
    options: Box<dyn Fn() -> ClientOptions + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chosen: Option<(&'static str, Arc<dyn TokenCredential>)>,
    token: Option<(Secret, OffsetDateTime)>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("sources", &self.sources)
            .finish_non_exhaustive()
    }
}

/// Makes the source of tokens for a way to sign in.
///
/// `http` becomes the transport of credentials that talk HTTP: their own
/// default client can't be built where there is no bundle of certificates.
pub fn tokens(
    mode: AuthMode,
    cloud: Cloud,
    endpoint: &Endpoint,
    http: &reqwest::Client,
) -> Arc<dyn Tokens> {
    let http = http.clone();
    let options = move || ClientOptions {
        transport: Some(Transport::new(Arc::new(http.clone()))),
        cloud: Some(Arc::new(match cloud {
            Cloud::Public => CloudConfiguration::AzurePublic,
            Cloud::UsGov => CloudConfiguration::AzureGovernment,
            Cloud::China => CloudConfiguration::AzureChina,
        })),
        ..ClientOptions::default()
    };
    Arc::new(Credentials {
        sources: order(mode),
        scope: endpoint.token_scope(),
        options: Box::new(options),
        state: Mutex::new(State::default()),
    })
}

impl Credentials {
    fn make(&self, source: Source) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let client_options = (self.options)();
        let env = |name: &str| std::env::var(name).unwrap_or_default();
        Ok(match source {
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
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    client_options,
                    ..ManagedIdentityCredentialOptions::default()
                }))?
            }
            Source::DeveloperTools => DeveloperToolsCredential::new(None)?,
            Source::Cli => AzureCliCredential::new(None)?,
            Source::Azd => AzureDeveloperCliCredential::new(None)?,
        })
    }

    async fn ask(
        &self,
        credential: &Arc<dyn TokenCredential>,
        patience: Duration,
    ) -> Result<(Secret, OffsetDateTime), String> {
        let scopes = [self.scope.as_str()];
        match tokio::time::timeout(patience, credential.get_token(&scopes, None)).await {
            Ok(Ok(token)) => Ok((Secret::new(token.token.secret()), token.expires_on)),
            Ok(Err(error)) => Err(plain(&error.to_string())),
            Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
        }
    }
}

#[async_trait]
impl Tokens for Credentials {
    async fn token(&self) -> Result<Secret, AuthError> {
        // Held while asking, on purpose: the first asker does the work and the
        // others wait for its result.
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.token
            && *until - OffsetDateTime::now_utc() > EARLY
        {
            return Ok(token.clone());
        }
        let alone = self.sources.len() == 1;
        if let Some((name, credential)) = state.chosen.clone() {
            let fresh = self.ask(&credential, Duration::from_secs(90)).await;
            let fresh = fresh.map_err(|why| AuthError::Refused {
                credential: name,
                why,
            })?;
            state.token = Some(fresh.clone());
            return Ok(fresh.0);
        }
        let mut said = Vec::new();
        for source in &self.sources {
            let name = source.name();
            let asked = match self.make(*source) {
                Ok(credential) => self
                    .ask(&credential, source.patience(alone))
                    .await
                    .map(|token| (credential, token)),
                Err(error) => Err(plain(&error.to_string())),
            };
            match asked {
                Ok((credential, token)) => {
                    state.chosen = Some((name, credential));
                    state.token = Some(token.clone());
                    return Ok(token.0);
                }
                Err(why) if alone => {
                    return Err(AuthError::Refused {
                        credential: name,
                        why,
                    });
                }
                Err(why) => said.push(format!("{name}: {why}")),
            }
        }
        Err(AuthError::NoneWorked(said))
    }

    async fn invalidate(&self) {
        self.state.lock().await.token = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::credentials::{AccessToken, TokenRequestOptions};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug)]
    struct Counting(AtomicUsize, time::Duration);

    #[async_trait]
    impl TokenCredential for Counting {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            tokio::task::yield_now().await;
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let until = OffsetDateTime::now_utc() + self.1;
            Ok(AccessToken::new(format!("token-{count}"), until))
        }
    }

    fn with(credential: Arc<Counting>) -> Credentials {
        Credentials {
            sources: Vec::new(),
            scope: String::new(),
            options: Box::new(ClientOptions::default),
            state: Mutex::new(State {
                chosen: Some(("test", credential)),
                token: None,
            }),
        }
    }

    #[tokio::test]
    async fn many_askers_cause_one_token() {
        let counting = Arc::new(Counting(AtomicUsize::new(0), time::Duration::hours(1)));
        let credentials = Arc::new(with(counting.clone()));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let credentials = Arc::clone(&credentials);
                tokio::spawn(async move { credentials.token().await.unwrap().expose().to_owned() })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), "token-0");
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        credentials.invalidate().await;
        assert_eq!(credentials.token().await.unwrap().expose(), "token-1");
    }

    #[tokio::test]
    async fn a_token_near_its_end_is_renewed() {
        let counting = Arc::new(Counting(AtomicUsize::new(0), time::Duration::minutes(4)));
        let credentials = with(counting);
        assert_eq!(credentials.token().await.unwrap().expose(), "token-0");
        assert_eq!(credentials.token().await.unwrap().expose(), "token-1");
    }

    #[test]
    fn modes_are_known_by_their_names() {
        assert_eq!(
            "managed-identity".parse::<AuthMode>().unwrap(),
            AuthMode::ManagedIdentity
        );
        assert!("browser".parse::<AuthMode>().is_err());
    }
}
