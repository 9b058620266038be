//! The HTTP client that everything goes through: one attempt after another,
//! with throttling, retries and observation.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::auth::Tokens;
use super::endpoint::Endpoint;
use super::error::{ArmError, Refusal, excerpt};
use super::observe::{Exchange, Observer};
use super::retry::{Outcome, RetryPolicy, Try, Verdict, decide, retry_after};
use super::throttle::{Bucket, Limits, Throttle};

/// The API version that is asked for unless another one is chosen.
pub const API_VERSION: &str = "2024-05-01";

/// Largest answer that is read, in bytes.
const MOST: usize = 64 * 1024 * 1024;

/// Talks to ARM. Cheap to clone.
#[derive(Clone)]
pub struct Arm {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    endpoint: Endpoint,
    tokens: Arc<dyn Tokens>,
    api_version: String,
    observer: Arc<dyn Observer>,
    throttle: Throttle,
    retries: RetryPolicy,
    patience: Duration,
}

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
                api_version: self.api_version,
                observer: self.observer,
                throttle: Throttle::new(self.limits),
                retries: self.retries,
                patience: self.patience,
            }),
        })
    }
}

/// An answer that was not an error.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn etag(&self) -> Option<String> {
        self.headers.get(ETAG)?.to_str().ok().map(str::to_owned)
    }

    pub(super) fn asked_wait(&self) -> Option<Duration> {
        asked_wait(&self.headers)
    }

    pub(super) fn json(&self, method: &'static str, path: &str) -> Result<Value, ArmError> {
        serde_json::from_slice(&self.body).map_err(|_| ArmError::NotJson {
            method,
            path: path.to_owned(),
            status: self.status.as_u16(),
            excerpt: excerpt(&self.body),
        })
    }
}

/// One request, complete but for the token.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<&'a Value>,
    pub(super) if_match: Option<&'a str>,
    /// Statuses of errors that are an answer here.
    pub(super) accept: &'a [u16],
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    retry_after(value, time::OffsetDateTime::now_utc())
}

pub(super) fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "HEAD" => "HEAD",
        "PUT" => "PUT",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "GET",
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
            patience: Duration::from_secs(900),
        }
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    pub(super) fn patience(&self) -> Duration {
        self.inner.patience
    }

    /// The URL of a path below the endpoint, with the API version.
    pub(super) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        self.url_at(&self.inner.api_version, path, query)
    }

    /// The same with another provider's API version.
    pub(super) fn url_at(&self, version: &str, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.inner.endpoint.url().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .clear()
                .extend(path.split('/').filter(|s| !s.is_empty()));
        }
        // Strict servers want the `;` of a revision encoded; no server minds.
        let encoded = url.path().replace(';', "%3B");
        url.set_path(&encoded);
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("api-version", version);
        url
    }

    /// Takes a link that the service gave, if it leads to the endpoint itself.
    pub(super) fn own_link(&self, link: &str, path: &str) -> Result<Url, ArmError> {
        let url = self.inner.endpoint.url().join(link);
        match url {
            Ok(url) if self.inner.endpoint.owns(&url) => Ok(url),
            Ok(url) => Err(ArmError::ForeignLink {
                path: path.to_owned(),
                host: crate::secret::plain(url.host_str().unwrap_or("none")),
            }),
            Err(_) => Err(ArmError::ForeignLink {
                path: path.to_owned(),
                host: crate::secret::plain(link).chars().take(100).collect(),
            }),
        }
    }

    /// Sends a request until it works, or there is no more use in trying.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, ArmError> {
        let inner = &self.inner;
        let method = method_name(&request.method);
        let bucket = Bucket::of(method);
        let path = request.url.path().replace("%3B", ";");
        let began = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.wait_for_turn(bucket).await;
            let token = inner.tokens.token().await?;
            inner.observer.on(&Exchange::Request {
                method,
                path: path.clone(),
                attempt,
            });
            let sent = Instant::now();
            let outcome = self.attempt(request, token.expose()).await;
            let (broken, refusal, asked) = match outcome {
                Ok(answer) => {
                    self.learn(bucket, &answer.headers);
                    inner.observer.on(&Exchange::Answer {
                        method,
                        path: path.clone(),
                        status: answer.status.as_u16(),
                        took: sent.elapsed(),
                    });
                    let status = answer.status.as_u16();
                    if answer.status.is_success() || request.accept.contains(&status) {
                        return Ok(answer);
                    }
                    let mut refusal = Refusal::read(method, &path, status, &answer.body);
                    refusal.correlation_id = answer
                        .header("x-ms-correlation-request-id")
                        .map(crate::secret::plain);
                    refusal.request_id = answer.header("x-ms-request-id").map(crate::secret::plain);
                    refusal.attempts = attempt;
                    refusal.took = began.elapsed();
                    (None, Some(refusal), answer.asked_wait())
                }
                Err(Broken::Wire(error)) => (Some(error), None, None),
                Err(Broken::TooLarge) => {
                    return Err(ArmError::TooLarge {
                        method,
                        path,
                        limit: MOST,
                    });
                }
            };
            if refusal.as_ref().is_some_and(|r| r.status == 429) {
                inner
                    .throttle
                    .close(bucket, asked.unwrap_or(Duration::from_secs(1)));
            }
            let outcome = match &refusal {
                Some(refusal) => Outcome::Refused(refusal),
                None => Outcome::Broken,
            };
            let verdict = decide(
                &inner.retries,
                &Try {
                    method,
                    attempt,
                    spent: began.elapsed(),
                    outcome,
                    asked,
                    conditional: request.if_match.is_some_and(|etag| etag != "*"),
                    jitter: f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0,
                },
            );
            match verdict {
                Verdict::Again(wait, reason) => {
                    tracing::debug!(method, path, attempt, ?wait, reason, "trying again");
                    inner.observer.on(&Exchange::Retry {
                        reason: reason.to_owned(),
                        wait,
                    });
                    tokio::time::sleep(wait).await;
                }
                Verdict::FreshToken => inner.tokens.invalidate().await,
                Verdict::GiveUp => {
                    return Err(match (refusal, broken) {
                        (Some(refusal), _) => ArmError::Refused(Box::new(refusal)),
                        (None, Some(source)) => ArmError::NoAnswer {
                            method,
                            path,
                            attempts: attempt,
                            took: began.elapsed(),
                            source,
                        },
                        (None, None) => ArmError::Refused(Box::default()),
                    });
                }
            }
        }
    }

    async fn wait_for_turn(&self, bucket: Bucket) {
        let inner = &self.inner;
        let mut wait = inner.throttle.take(bucket);
        while !wait.is_zero() {
            if wait > Duration::from_millis(200) {
                inner.observer.on(&Exchange::Throttled {
                    bucket: bucket.name(),
                    wait,
                });
            }
            tokio::time::sleep(wait).await;
            // The bucket may have been closed meanwhile.
            wait = inner.throttle.closed_for(bucket);
        }
    }

    /// Corrects the model by what the answer says is left. Only the tightest of
    /// several limits may be there.
    fn learn(&self, bucket: Bucket, headers: &HeaderMap) {
        const PREFIX: &str = "x-ms-ratelimit-remaining-";
        let mut heard = false;
        for (name, value) in headers {
            let Some(limit) = name.as_str().strip_prefix(PREFIX) else {
                continue;
            };
            heard = true;
            let remaining = value.to_str().ok().and_then(|v| v.parse::<f64>().ok());
            if let (true, Some(remaining)) = (limit.ends_with(bucket.name()), remaining) {
                self.inner.throttle.correct(bucket, remaining);
            }
        }
        if !heard {
            self.inner.throttle.heard_nothing();
        }
    }

    async fn attempt(&self, request: &Request<'_>, token: &str) -> Result<Answer, Broken> {
        let mut builder = self
            .inner
            .http
            .request(request.method.clone(), request.url.clone())
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header("x-ms-client-request-id", Uuid::new_v4().to_string())
            .header("accept", "application/json");
        if let Some(etag) = request.if_match {
            builder = builder.header(IF_MATCH, etag);
        }
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").json(body);
        } else if matches!(request.method, Method::PUT | Method::POST) {
            builder = builder.header("content-length", "0");
        }
        let mut response = builder.send().await.map_err(Broken::Wire)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Broken::Wire)? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Err(Broken::TooLarge);
            }
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

enum Broken {
    Wire(reqwest::Error),
    TooLarge,
}
