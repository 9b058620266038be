//! How a client is put together: the one place where it can fail.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::Mutex;

use super::answers::Answers;
use super::connection::{Arm, Inner};
use super::observe::Observer;
use super::strain::Counting;
use crate::arm::auth::Tokens;
use crate::arm::endpoint::Endpoint;
use crate::arm::error::ArmError;
use crate::arm::limits::PATIENCE;
use crate::arm::retry::RetryPolicy;
use crate::arm::throttle::{Limits, Throttle};

/// The API version that is asked for unless another one is chosen.
pub const API_VERSION: &str = "2024-05-01";

/// Puts a client together.
pub struct ArmBuilder {
    endpoint: Endpoint,
    http: Option<reqwest::Client>,
    tokens: Arc<dyn Tokens>,
    api_version: String,
    observer: Arc<dyn Observer>,
    limits: Limits,
    retries: RetryPolicy,
    patience: Duration,
}

/// Builds the HTTP client for an endpoint: no redirects, since a bearer token
/// follows none; on this machine without a proxy and without certificates.
///
/// # Errors
/// When no TLS client can be built, for want of CA certificates.
pub fn http_client(endpoint: &Endpoint) -> Result<reqwest::Client, ArmError> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(15))
        .timeout(Duration::from_secs(120))
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ));
    if endpoint.is_loopback() {
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder.build().map_err(ArmError::Setup)
}

impl ArmBuilder {
    /// Takes a client that was made before, with [`http_client`].
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Asks for another API version.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Tells somebody about every exchange.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Models other rate limits than ARM's.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Is more or less patient.
    pub fn retries(mut self, retries: RetryPolicy) -> Self {
        self.retries = retries;
        self
    }

    /// How long a long-running operation may take.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// When no TLS client can be built, for want of CA certificates.
    pub fn build(self) -> Result<Arm, ArmError> {
        let http = match self.http {
            Some(http) => http,
            None => http_client(&self.endpoint)?,
        };
        Ok(Arm {
            inner: Arc::new(Inner {
                http,
                endpoint: self.endpoint,
                tokens: self.tokens,
                renewal: Mutex::new(()),
                api_version: self.api_version,
                observer: Counting::before(self.observer),
                throttle: Throttle::new(self.limits),
                answers: Answers::default(),
                retries: self.retries,
                patience: self.patience,
                busy: AtomicUsize::new(0),
            }),
        })
    }
}

impl Arm {
    /// Begins to put a client together.
    pub fn builder(endpoint: Endpoint, tokens: Arc<dyn Tokens>) -> ArmBuilder {
        ArmBuilder {
            endpoint,
            http: None,
            tokens,
            api_version: API_VERSION.to_owned(),
            observer: Arc::new(()),
            limits: Limits::arm(),
            retries: RetryPolicy::default(),
            patience: PATIENCE,
        }
    }
}
