//! The HTTP client that everything goes through: one attempt after another,
//! with throttling, retries and observation.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue, IF_MATCH, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::observe::{Exchange, Observer};
use crate::arm::auth::Tokens;
use crate::arm::endpoint::Endpoint;
use crate::arm::error::{ArmError, Refusal, excerpt};
use crate::arm::limits::{self, ANSWER_BYTES};
use crate::arm::retry::{
    Outcome, RetryPolicy, Tally, Try, Verdict, decide, http_date, retry_after,
};
use crate::arm::throttle::{Bucket, Throttle};
use crate::secret::{Redaction, Secret};

/// Talks to ARM. Cheap to clone.
#[derive(Clone)]
pub struct Arm {
    pub(in crate::arm) inner: Arc<Inner>,
}

pub(in crate::arm) struct Inner {
    pub(in crate::arm) http: reqwest::Client,
    pub(in crate::arm) endpoint: Endpoint,
    pub(in crate::arm) tokens: Arc<dyn Tokens>,
    pub(in crate::arm) renewal: Mutex<()>,
    pub(in crate::arm) api_version: String,
    pub(in crate::arm) observer: Arc<dyn Observer>,
    pub(in crate::arm) throttle: Throttle,
    pub(in crate::arm) retries: RetryPolicy,
    pub(in crate::arm) patience: Duration,
}

/// An answer that was not an error.
#[derive(Debug)]
pub(in crate::arm) struct Answer {
    pub(in crate::arm) status: StatusCode,
    pub(in crate::arm) headers: HeaderMap,
    pub(in crate::arm) body: Vec<u8>,
    /// An earlier attempt may have been carried out: its answer was lost, or
    /// told of trouble after the fact.
    pub(in crate::arm) repeated: bool,
}

impl Answer {
    pub(in crate::arm) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(in crate::arm) fn etag(&self) -> Option<String> {
        let etag = self.headers.get(ETAG)?.to_str().ok()?;
        (etag.len() <= limits::ETAG).then(|| etag.to_owned())
    }

    pub(in crate::arm) fn asked_wait(&self) -> Option<Duration> {
        asked_wait(&self.headers)
    }

    pub(in crate::arm) fn json(&self, method: &'static str, path: &str) -> Result<Value, ArmError> {
        // Secrets are answers to POST, and answers to PUT can repeat them.
        let shown = method == "GET";
        crate::arm::json::parse(&self.body).map_err(|why| self.not_json(method, path, &why, shown))
    }

    fn not_json(&self, method: &'static str, path: &str, why: &str, shown: bool) -> ArmError {
        let beginning = match shown {
            true => excerpt(&self.body),
            false => "not shown".to_owned(),
        };
        ArmError::NotJson {
            method,
            path: path.to_owned(),
            status: self.status.as_u16(),
            what: format!("{why}: {beginning}"),
        }
    }

    /// What is the matter with it, unless it is an answer.
    fn trouble(&self, method: &'static str, path: &str, request: &Request<'_>) -> Option<Trouble> {
        let (accept, secrets) = (request.accept, request.secrets);
        let status = self.status.as_u16();
        if self.status.is_success() {
            let why = self.unreadable()?;
            let shown = secrets.is_none();
            return Some(Trouble::Garbled(self.not_json(method, path, &why, shown)));
        }
        if accept.contains(&status) {
            return None;
        }
        let mut refusal = Refusal::read_without(method, path, status, &self.body, secrets);
        refusal.identify(&self.headers);
        Some(Trouble::Refused(Box::new(refusal), self.asked_wait()))
    }

    /// Why the body is in none of the forms that the service uses. What stands
    /// between may answer in its place, with a page of its own.
    fn unreadable(&self) -> Option<String> {
        let kind = self.header("content-type").unwrap_or_default();
        if self.body.is_empty() || kind.contains("xml") {
            return None;
        }
        crate::arm::json::malformed(&self.body)
    }
}

/// One request, complete but for the token.
pub(in crate::arm) struct Request<'a> {
    pub(in crate::arm) method: Method,
    pub(in crate::arm) url: Url,
    pub(in crate::arm) body: Option<&'a Value>,
    pub(in crate::arm) if_match: Option<&'a str>,
    /// Statuses of errors that are an answer here.
    pub(in crate::arm) accept: &'a [u16],
    /// What no answer may be quoted with; there for each request that writes,
    /// asks for secrets, or asks what came of one that wrote.
    pub(in crate::arm) secrets: Option<&'a Redaction>,
}

impl<'a> Request<'a> {
    /// A GET.
    pub(in crate::arm) fn get(url: Url, accept: &'a [u16]) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
            if_match: None,
            accept,
            secrets: None,
        }
    }
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    // By the service's own clock where it tells it: ours may be wrong.
    let now = text(DATE).and_then(http_date);
    retry_after(
        text(RETRY_AFTER)?,
        now.unwrap_or_else(time::OffsetDateTime::now_utc),
    )
}

pub(in crate::arm) fn method_name(method: &Method) -> &'static str {
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
    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    pub(in crate::arm) fn patience(&self) -> Duration {
        self.inner.patience
    }

    /// The URL of a path below the endpoint, with the API version.
    pub(in crate::arm) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        self.url_at(&self.inner.api_version, path, query)
    }

    /// The same with another provider's API version.
    pub(in crate::arm) fn url_at(&self, version: &str, path: &str, query: &[(&str, &str)]) -> Url {
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
    pub(in crate::arm) fn own_link(&self, link: &str, path: &str) -> Result<Url, ArmError> {
        let url = self.inner.endpoint.own_link(link);
        url.map_err(|host| ArmError::ForeignLink {
            path: path.to_owned(),
            host: crate::arm::error::word(&host),
        })
    }

    /// Sends a request until it works, or there is no more use in trying.
    pub(in crate::arm) async fn send(&self, request: &Request<'_>) -> Result<Answer, ArmError> {
        let inner = &self.inner;
        let method = method_name(&request.method);
        let bucket = Bucket::of(method);
        let path = request.url.path().replace("%3B", ";");
        let began = Instant::now();
        let mut attempt = 0;
        let mut tally = Tally::default();
        loop {
            attempt += 1;
            self.wait_for_turn(bucket, began).await?;
            let token = inner.tokens.token().await?;
            inner.observer.on(&Exchange::Request {
                method,
                path: path.clone(),
                attempt,
            });
            let sent = Instant::now();
            let outcome = self.attempt(request, token.expose()).await;
            if let Ok(answer) = &outcome {
                self.learn(bucket, &answer.headers);
                inner.observer.on(&Exchange::Answer {
                    method,
                    path: path.clone(),
                    status: answer.status.as_u16(),
                    took: sent.elapsed(),
                });
            }
            let trouble = match outcome {
                Ok(mut answer) => match answer.trouble(method, &path, request) {
                    None => {
                        answer.repeated = tally.may_be_done();
                        return Ok(answer);
                    }
                    Some(Trouble::Refused(mut refusal, asked)) => {
                        refusal.attempts = attempt;
                        refusal.took = began.elapsed();
                        Trouble::Refused(refusal, asked)
                    }
                    Some(trouble) => trouble,
                },
                Err(Broken::Wire(error)) => Trouble::Wire(error),
                Err(Broken::TooLarge) => {
                    return Err(ArmError::TooLarge {
                        method,
                        path,
                        limit: ANSWER_BYTES,
                    });
                }
            };
            let (outcome, asked) = match &trouble {
                Trouble::Refused(refusal, asked) => (Outcome::Refused(refusal), *asked),
                Trouble::Wire(error) if error.is_builder() => (Outcome::NotSent, None),
                Trouble::Wire(_) => (Outcome::Broken, None),
                Trouble::Garbled(_) => (Outcome::Garbled, None),
            };
            if matches!(&outcome, Outcome::Refused(refusal) if refusal.status == 429) {
                inner
                    .throttle
                    .close(bucket, asked.unwrap_or(Duration::from_secs(1)));
            }
            let verdict = decide(
                &inner.retries,
                &mut tally,
                &Try {
                    method,
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
                Verdict::FreshToken => self.renew(&token).await?,
                Verdict::GiveUp => {
                    return Err(match trouble {
                        Trouble::Refused(refusal, _) => ArmError::Refused(refusal),
                        Trouble::Garbled(error) => error,
                        Trouble::Wire(source) => ArmError::NoAnswer {
                            method,
                            path,
                            attempts: attempt,
                            took: began.elapsed(),
                            // Addresses to poll can be signed.
                            source: source.without_url(),
                        },
                    });
                }
            }
        }
    }

    /// Drops a token that was not taken, unless another request has done so:
    /// many can be under way when one token ends.
    async fn renew(&self, used: &Secret) -> Result<(), ArmError> {
        // Held while asking, on purpose: the next one shall see the new token.
        let _turn = self.inner.renewal.lock().await;
        let tokens = &self.inner.tokens;
        if tokens.token().await?.expose() == used.expose() {
            tokens.invalidate().await;
        }
        Ok(())
    }

    /// Waits for a token of the bucket. Where the service has asked everybody
    /// to wait for longer than a request may take, there is no use in waiting.
    async fn wait_for_turn(&self, bucket: Bucket, began: Instant) -> Result<(), ArmError> {
        let inner = &self.inner;
        let mut wait = inner.throttle.take(bucket);
        while !wait.is_zero() {
            let closed = inner.throttle.closed_for(bucket);
            if closed + began.elapsed() > inner.retries.total {
                return Err(ArmError::Closed {
                    bucket: bucket.name(),
                    wait: closed,
                    limit: inner.retries.total,
                });
            }
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
        Ok(())
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
            .bearer_auth(token)
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
            if body.len() > ANSWER_BYTES {
                return Err(Broken::TooLarge);
            }
        }
        Ok(Answer {
            status,
            headers,
            body,
            repeated: false,
        })
    }
}

/// Why a try brought no answer.
enum Trouble {
    /// The service said no, and when to ask again.
    Refused(Box<Refusal>, Option<Duration>),
    /// No whole answer came.
    Wire(reqwest::Error),
    /// What came is not the service's.
    Garbled(ArmError),
}

enum Broken {
    Wire(reqwest::Error),
    TooLarge,
}
