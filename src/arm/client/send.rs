//! The HTTP client that everything goes through: one attempt after another,
//! with throttling, retries and observation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::answers::Answers;
use super::message::{Answer, Request, Setback, method_name};
use super::observe::{Exchange, Observer};
use super::strain::{Counting, Strain};
use crate::arm::auth::Tokens;
use crate::arm::endpoint::Endpoint;
use crate::arm::error::ArmError;
use crate::arm::limits::ANSWER_BYTES;
use crate::arm::retry::{Outcome, RetryPolicy, Tally, Try, Verdict, decide, says_busy};
use crate::arm::throttle::{Bucket, Limits, Throttle};
use crate::secret::Secret;

/// How often somebody hears that a request still waits for its turn.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

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
    pub(in crate::arm) observer: Counting,
    pub(in crate::arm) throttle: Throttle,
    pub(in crate::arm) answers: Answers,
    pub(in crate::arm) retries: RetryPolicy,
    pub(in crate::arm) patience: Duration,
    pub(in crate::arm) busy: AtomicUsize,
}

impl Arm {
    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// ARM's limits as far as they are known by now; none where nothing speaks
    /// of them.
    pub fn limits(&self) -> Option<Limits> {
        self.inner.throttle.limits()
    }

    /// How long an answer takes, on the whole; nothing before there was one.
    pub fn latency(&self) -> Option<Duration> {
        self.inner.answers.mean()
    }

    /// What was tried again so far, and what waited.
    pub fn strain(&self) -> Strain {
        self.inner.observer.counted()
    }

    /// How often the service has said so far that somebody else writes.
    pub fn busy(&self) -> usize {
        self.inner.busy.load(Ordering::Relaxed)
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
            host: crate::arm::limits::word(&host),
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
        let mut held = Duration::ZERO;
        loop {
            attempt += 1;
            self.wait_for_turn(bucket, &mut held).await?;
            if attempt > 1
                && let Some(still) = request.still
                && !still().await?
            {
                return Err(ArmError::Changed {
                    method,
                    path,
                    may_be_done: tally.may_be_done(),
                });
            }
            let token = inner.tokens.token().await?;
            inner.observer.on(&Exchange::Request {
                method,
                path: path.clone(),
                attempt,
            });
            let sent = Instant::now();
            let outcome = self.attempt(request, token.expose()).await;
            if let Ok(answer) = &outcome {
                inner.throttle.learn(bucket, &answer.headers);
                inner.answers.note(sent.elapsed());
                inner.observer.on(&Exchange::Answer {
                    method,
                    path: path.clone(),
                    attempt,
                    status: answer.status.as_u16(),
                    correlation_id: answer.correlation_id(),
                    took: sent.elapsed(),
                });
            }
            let trouble = match outcome {
                Ok(mut answer) => match answer.trouble(method, &path, request) {
                    None => {
                        answer.repeated = tally.may_be_done();
                        return Ok(answer);
                    }
                    Some(Setback::Refused(mut refusal, asked)) => {
                        refusal.attempts = attempt;
                        refusal.took = began.elapsed();
                        Setback::Refused(refusal, asked)
                    }
                    Some(trouble) => trouble,
                },
                Err(Broken::Wire(error)) => Setback::Wire(error),
                Err(Broken::TooLarge) => {
                    return Err(ArmError::TooLarge {
                        method,
                        path,
                        limit: ANSWER_BYTES,
                    });
                }
            };
            let (outcome, asked) = match &trouble {
                Setback::Refused(refusal, asked) => (Outcome::Refused(refusal), *asked),
                Setback::Wire(error) if error.is_builder() => (Outcome::NotSent, None),
                Setback::Wire(_) => (Outcome::Broken, None),
                Setback::Garbled(_) => (Outcome::Garbled, None),
            };
            let conditional = request.if_match.is_some_and(|etag| etag != "*");
            if let Outcome::Refused(refusal) = &outcome
                && says_busy(method, refusal, conditional)
            {
                inner.busy.fetch_add(1, Ordering::Relaxed);
            }
            let verdict = decide(
                &inner.retries,
                &mut tally,
                &Try {
                    method,
                    spent: began.elapsed().saturating_sub(held),
                    held,
                    outcome,
                    asked,
                    conditional,
                    jitter: f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0,
                },
            );
            match verdict {
                Verdict::Turn(wait) => {
                    inner.observer.on(&Exchange::Retry {
                        method,
                        path: path.clone(),
                        attempt,
                        reason: "throttled".to_owned(),
                        wait,
                    });
                    inner.throttle.refuse(bucket, wait);
                }
                Verdict::Again(wait, reason) => {
                    tracing::debug!(method, path, attempt, ?wait, reason, "trying again");
                    inner.observer.on(&Exchange::Retry {
                        method,
                        path: path.clone(),
                        attempt,
                        reason: reason.to_owned(),
                        wait,
                    });
                    tokio::time::sleep(wait).await;
                }
                Verdict::FreshToken => self.renew(&token).await?,
                Verdict::GiveUp => {
                    if let Setback::Refused(refusal, Some(wait)) = &trouble
                        && refusal.status == 429
                    {
                        // Nobody else need ask.
                        inner.throttle.refuse(bucket, *wait);
                    }
                    return Err(match trouble {
                        Setback::Refused(mut refusal, _) => {
                            refusal.may_be_done = tally.may_be_done();
                            ArmError::Refused(refusal)
                        }
                        Setback::Garbled(error) => error,
                        Setback::Wire(source) => ArmError::NoAnswer {
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

    /// Waits for a token of the bucket; `held` is how long the request has been
    /// held up by limits. Where the service has asked everybody to wait for
    /// longer than a request is held up at most, there is no use in waiting.
    async fn wait_for_turn(&self, bucket: Bucket, held: &mut Duration) -> Result<(), ArmError> {
        let inner = &self.inner;
        let mut wait = inner.throttle.take(bucket);
        while !wait.is_zero() {
            let closed = inner.throttle.closed_for(bucket);
            if closed + *held > inner.retries.throttled {
                return Err(ArmError::Closed {
                    bucket: bucket.name(),
                    wait: closed,
                    limit: inner.retries.throttled,
                });
            }
            if wait > Duration::from_millis(200) {
                inner.observer.on(&Exchange::Throttled {
                    bucket: bucket.name(),
                    wait,
                });
            }
            let nap = wait.min(SIGN_OF_LIFE);
            tokio::time::sleep(nap).await;
            *held += nap;
            // The bucket may have been closed meanwhile.
            wait = (wait - nap).max(inner.throttle.closed_for(bucket));
        }
        Ok(())
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

enum Broken {
    Wire(reqwest::Error),
    TooLarge,
}
