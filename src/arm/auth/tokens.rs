//! What gives access tokens.

use async_trait::async_trait;

use crate::secret::Secret;

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
    /// None of several is there. What each missed, in a line.
    #[error("none of the credentials that are tried is there")]
    NoneWorked(Vec<String>),
    /// A way to sign in that does not exist.
    #[error("there is no way to sign in called `{0}`")]
    UnknownMode(String),
}

impl AuthError {
    /// What each credential missed, where several were tried.
    pub fn tried(&self) -> &[String] {
        match self {
            AuthError::NoneWorked(tried) => tried,
            _ => &[],
        }
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            AuthError::UnknownMode(_) => {
                "use auto, cli, azd, env, managed-identity or workload-identity"
            }
            AuthError::Refused { .. } => {
                "mend that credential, choose another one with `--auth`, or put a bearer token into APIM_MIGRATE_TOKEN"
            }
            AuthError::NoneWorked(_) => {
                "sign in with `az login`, or put a bearer token into APIM_MIGRATE_TOKEN"
            }
        };
        Some(text.to_owned())
    }
}

/// Gives access tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that is good for some minutes at least.
    async fn token(&self) -> Result<Secret, AuthError>;

    /// The credential that the tokens come from, where there are several that
    /// could give them and one has.
    fn source(&self) -> Option<&'static str> {
        None
    }

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
