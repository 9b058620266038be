//! Where access tokens come from.
//!
//! Credentials come from `azure_identity`; the order in which they are tried,
//! the cache in front of them and the fixed token are ours. Some credentials
//! start a process for each token, so the cache matters.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::source::{AuthMode, Env, Source, bare, order};
use super::tokens::{AuthError, Tokens};
use crate::arm::endpoint::{Cloud, Endpoint};
use crate::secret::{Secret, plain};

/// Time before a token's end at which a new one is asked for.
const EARLY: Duration = Duration::from_secs(300);

/// Makes credentials when they are first asked for, remembers the one that
/// worked, and keeps its token until shortly before it ends.
struct Credentials {
    sources: Vec<Source>,
    scope: String,
    make: Box<Make>,
    env: Box<Env>,
    state: Mutex<State>,
    /// The source that worked, for who asks while a token is asked for.
    worked: OnceLock<Source>,
}

/// Makes the credential of a source.
type Make = dyn Fn(Source) -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync;

/// Why a source gave no token.
enum Refused {
    /// It is not there: another one may be.
    Absent(String),
    /// It is there, and what it says is final: another one would be somebody
    /// else.
    Said(String),
}

#[derive(Default)]
struct State {
    /// The source that worked, with the credential made of it.
    chosen: Option<(Source, Option<Arc<dyn TokenCredential>>)>,
    token: Option<Held>,
}

/// A token, and until when it is used.
#[derive(Clone)]
struct Held {
    token: Secret,
    renew_at: OffsetDateTime,
    ends: OffsetDateTime,
}

impl Held {
    /// A token is renewed some minutes before its end. One that has less than
    /// that from the start serves for half its time, not for one request.
    fn new(token: Secret, ends: OffsetDateTime, now: OffsetDateTime) -> Self {
        let renew_at = (ends - EARLY).max(now + (ends - now) / 2);
        Self {
            token,
            renew_at,
            ends,
        }
    }
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
    let env = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
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
        make: Box::new(move |source| source.credential(options(), &env)),
        env: Box::new(env),
        state: Mutex::new(State::default()),
        worked: OnceLock::new(),
    })
}

impl Credentials {
    async fn ask(
        &self,
        credential: &Arc<dyn TokenCredential>,
        patience: Duration,
    ) -> Result<Held, String> {
        let scopes = [self.scope.as_str()];
        match tokio::time::timeout(patience, credential.get_token(&scopes, None)).await {
            Ok(Ok(token)) => Ok(Held::new(
                Secret::new(token.token.secret()),
                token.expires_on,
                OffsetDateTime::now_utc(),
            )),
            Ok(Err(error)) => Err(plain(&error.to_string())),
            Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
        }
    }

    /// Asks one source, with the credential that was made of it before, if any.
    async fn try_source(
        &self,
        source: Source,
        made: Option<Arc<dyn TokenCredential>>,
        alone: bool,
    ) -> Result<(Arc<dyn TokenCredential>, Held), Refused> {
        let why = |said: String| match source.is_absent(&said, &self.env) {
            true => Refused::Absent(bare(&said)),
            false => Refused::Said(bare(&said)),
        };
        if let (false, Some(lacking)) = (alone, source.lacks(&self.env)) {
            return Err(Refused::Absent(lacking));
        }
        if let Some(unset) = source.unset(&self.env) {
            return Err(Refused::Said(unset));
        }
        let credential = match made {
            Some(credential) => credential,
            None => (self.make)(source).map_err(|error| why(plain(&error.to_string())))?,
        };
        let held = self.ask(&credential, source.patience(alone)).await;
        Ok((credential, held.map_err(why)?))
    }

    /// Gets a new token from the source that worked, or else finds one.
    async fn renew(&self, state: &mut State) -> Result<Secret, AuthError> {
        let (sources, made) = match state.chosen.clone() {
            Some((source, made)) => (vec![source], made),
            None => (self.sources.clone(), None),
        };
        let alone = sources.len() == 1;
        let mut said = Vec::new();
        for source in sources {
            let credential = source.name();
            match self.try_source(source, made.clone(), alone).await {
                Ok((made, held)) => {
                    let token = held.token.clone();
                    state.chosen = Some((source, Some(made)));
                    state.token = Some(held);
                    if self.worked.set(source).is_ok() {
                        tracing::info!(credential, "signed in");
                    }
                    return Ok(token);
                }
                Err(Refused::Absent(why)) if !alone => said.push(format!("{credential}: {why}")),
                Err(Refused::Absent(why) | Refused::Said(why)) => {
                    return Err(AuthError::Refused { credential, why });
                }
            }
        }
        Err(AuthError::NoneWorked(said))
    }
}

#[async_trait]
impl Tokens for Credentials {
    async fn token(&self) -> Result<Secret, AuthError> {
        // Held while asking, on purpose: the first asker does the work and the
        // others wait for its result.
        let mut state = self.state.lock().await;
        let now = OffsetDateTime::now_utc();
        let old = state.token.clone();
        if let Some(held) = &old
            && now < held.renew_at
        {
            return Ok(held.token.clone());
        }
        match (self.renew(&mut state).await, old) {
            // What can't be renewed is good until its end.
            (Err(_), Some(held)) if now < held.ends => Ok(held.token),
            (renewed, _) => renewed,
        }
    }

    fn source(&self) -> Option<&'static str> {
        self.worked.get().map(|source| source.name())
    }

    async fn invalidate(&self) {
        let mut state = self.state.lock().await;
        state.token = None;
        // The credential goes as well: it may keep the same token itself.
        if let Some((_, made)) = &mut state.chosen {
            *made = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::credentials::{AccessToken, TokenRequestOptions};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Gives so many tokens of a length, and then none.
    #[derive(Debug)]
    struct Counting {
        asked: AtomicUsize,
        tokens: usize,
        length: time::Duration,
    }

    #[async_trait]
    impl TokenCredential for Counting {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            tokio::task::yield_now().await;
            let count = self.asked.fetch_add(1, Ordering::SeqCst);
            if count >= self.tokens {
                let kind = azure_core::error::ErrorKind::Credential;
                return Err(azure_core::Error::with_message(kind, "no more"));
            }
            let until = OffsetDateTime::now_utc() + self.length;
            Ok(AccessToken::new(format!("token-{count}"), until))
        }
    }

    fn counting(tokens: usize, length: time::Duration) -> Arc<Counting> {
        Arc::new(Counting {
            asked: AtomicUsize::new(0),
            tokens,
            length,
        })
    }

    fn with(credential: Arc<Counting>) -> Credentials {
        Credentials {
            sources: Vec::new(),
            scope: String::new(),
            make: Box::new(|_| unreachable!("it is made")),
            env: Box::new(|_| None),
            worked: OnceLock::new(),
            state: Mutex::new(State {
                chosen: Some((Source::Cli, Some(credential))),
                token: None,
            }),
        }
    }

    #[tokio::test]
    async fn many_askers_cause_one_token() {
        let counting = counting(9, time::Duration::hours(1));
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
        assert_eq!(counting.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_invalid_token_goes_with_the_credential_that_may_keep_it() {
        let credentials = with(counting(9, time::Duration::hours(1)));
        credentials.token().await.unwrap();
        credentials.invalidate().await;
        let state = credentials.state.lock().await;
        assert!(state.token.is_none());
        assert!(matches!(state.chosen, Some((Source::Cli, None))));
    }

    async fn age(credentials: &Credentials) {
        let mut state = credentials.state.lock().await;
        state.token.as_mut().unwrap().renew_at = OffsetDateTime::now_utc();
    }

    #[tokio::test]
    async fn a_token_near_its_end_is_renewed_and_serves_on_when_it_can_not_be() {
        let credentials = with(counting(2, time::Duration::minutes(4)));
        assert_eq!(credentials.token().await.unwrap().expose(), "token-0");
        // Short-lived from the start, and yet not asked for anew each time.
        assert_eq!(credentials.token().await.unwrap().expose(), "token-0");
        age(&credentials).await;
        assert_eq!(credentials.token().await.unwrap().expose(), "token-1");
        age(&credentials).await;
        assert_eq!(credentials.token().await.unwrap().expose(), "token-1");
    }

    #[tokio::test]
    async fn a_token_that_has_ended_is_not_handed_out() {
        let credentials = with(counting(1, time::Duration::seconds(-1)));
        credentials.token().await.unwrap();
        let error = credentials.token().await.unwrap_err();
        assert!(matches!(error, AuthError::Refused { .. }), "{error}");
    }

    #[test]
    fn a_token_is_renewed_minutes_before_its_end() {
        let now = time::macros::datetime!(2026-11-24 10:00:00 UTC);
        let in_minutes = |minutes| now + time::Duration::minutes(minutes);
        let renew_at = |ends| Held::new(Secret::new("t"), ends, now).renew_at;
        assert_eq!(renew_at(in_minutes(60)), in_minutes(55));
        assert_eq!(renew_at(in_minutes(4)), in_minutes(2));
    }

    /// A credential that says no in these words.
    #[derive(Debug)]
    struct Refusing(&'static str);

    #[async_trait]
    impl TokenCredential for Refusing {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let kind = azure_core::error::ErrorKind::Credential;
            Err(azure_core::Error::with_message(kind, self.0))
        }
    }

    /// Signs in as `auto` does, where each source but the last two says these
    /// words, and `az` works.
    fn auto(environment: Option<&'static str>, identity: &'static str) -> Credentials {
        Credentials {
            sources: order(AuthMode::Auto),
            scope: String::new(),
            make: Box::new(move |source| {
                Ok(match source {
                    Source::Environment => Arc::new(Refusing(environment.unwrap_or_default())),
                    Source::WorkloadIdentity | Source::Azd => Arc::new(Refusing("not asked")),
                    Source::ManagedIdentity => Arc::new(Refusing(identity)),
                    Source::Cli => counting(9, time::Duration::hours(1)),
                })
            }),
            env: Box::new(move |name| match (name, environment) {
                ("AZURE_CLIENT_SECRET", Some(_)) => Some("s".to_owned()),
                _ => None,
            }),
            state: Mutex::new(State::default()),
            worked: OnceLock::new(),
        }
    }

    #[tokio::test]
    async fn another_identity_serves_where_the_first_is_not_there_and_is_named() {
        let credentials = auto(None, "no route to host");
        assert_eq!(credentials.source(), None);
        assert_eq!(credentials.token().await.unwrap().expose(), "token-0");
        assert_eq!(credentials.source(), Some("cli"));
    }

    #[tokio::test]
    async fn no_other_identity_serves_where_the_first_is_refused() {
        for (environment, identity, refused) in [
            (Some("AADSTS7000215: invalid secret"), "", "env"),
            (None, "The request failed: {}", "managed-identity"),
        ] {
            let credentials = auto(environment, identity);
            let error = credentials.token().await.unwrap_err();
            assert!(
                matches!(error, AuthError::Refused { credential, .. } if credential == refused),
                "{error}"
            );
            assert!(error.help().unwrap().contains("--auth"), "{error}");
            assert_eq!(credentials.source(), None);
        }
    }
}
