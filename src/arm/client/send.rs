//! One request, sent until it works or there is no more use in trying: one
//! attempt after another, with throttling, retries and observation.

use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use tokio::time::Instant;
use uuid::Uuid;

use super::connection::Arm;
use super::message::{Answer, Request, Setback, method_name};
use super::observe::{Exchange, Observer};
use crate::arm::error::ArmError;
use crate::arm::limits::ANSWER_BYTES;
use crate::arm::retry::{Outcome, Tally, Try, Verdict, decide, says_busy};
use crate::arm::throttle::Bucket;
use crate::secret::Secret;

/// How often somebody hears that a request still waits for its turn.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

impl Arm {
    /// Sends a request until it works, or there is no more use in trying.
    pub(in crate::arm) async fn send(&self, request: &Request<'_>) -> Result<Answer, ArmError> {
        let inner = &self.inner;
        let mut tries = Tries::of(self, request);
        loop {
            let token = tries.turn().await?;
            let setback = match tries.next(&token).await? {
                Ok(answer) => return Ok(answer),
                Err(setback) => setback,
            };
            match tries.verdict(&setback) {
                Verdict::Turn(wait) => {
                    tries.again("throttled", wait);
                    inner.throttle.refuse(tries.bucket, wait);
                }
                Verdict::Again(wait, reason) => {
                    let (path, attempt) = (&tries.path, tries.attempt);
                    tracing::debug!(
                        method = tries.method,
                        path,
                        attempt,
                        ?wait,
                        reason,
                        "trying again"
                    );
                    tries.again(reason, wait);
                    tokio::time::sleep(wait).await;
                }
                Verdict::FreshToken => self.renew(&token).await?,
                Verdict::GiveUp => return Err(tries.given_up(setback)),
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

/// One request, and what came of it so far.
struct Tries<'r, 'q> {
    arm: &'r Arm,
    request: &'r Request<'q>,
    method: &'static str,
    path: String,
    bucket: Bucket,
    began: Instant,
    attempt: u32,
    tally: Tally,
    /// How long limits have held it up.
    held: Duration,
}

impl<'r, 'q> Tries<'r, 'q> {
    fn of(arm: &'r Arm, request: &'r Request<'q>) -> Self {
        let method = method_name(&request.method);
        Self {
            arm,
            request,
            method,
            path: request.url.path().replace("%3B", ";"),
            bucket: Bucket::of(method),
            began: Instant::now(),
            attempt: 0,
            tally: Tally::default(),
            held: Duration::ZERO,
        }
    }

    /// Waits until the next try may be made; returns the token for it.
    async fn turn(&mut self) -> Result<Secret, ArmError> {
        self.attempt += 1;
        self.arm.wait_for_turn(self.bucket, &mut self.held).await?;
        if self.attempt > 1
            && let Some(still) = self.request.still
            && !still().await?
        {
            return Err(ArmError::Changed {
                method: self.method,
                path: self.path.clone(),
                may_be_done: self.tally.may_be_done(),
            });
        }
        Ok(self.arm.inner.tokens.token().await?)
    }

    /// Makes a try.
    ///
    /// # Errors
    /// What no further try would help against.
    async fn next(&self, token: &Secret) -> Result<Result<Answer, Setback>, ArmError> {
        let inner = &self.arm.inner;
        let (method, attempt) = (self.method, self.attempt);
        inner.observer.on(&Exchange::Request {
            method,
            path: self.path.clone(),
            attempt,
        });
        let sent = Instant::now();
        let mut answer = match self.arm.attempt(self.request, token.expose()).await {
            Ok(answer) => answer,
            Err(Broken::Wire(error)) => return Ok(Err(Setback::Wire(error))),
            Err(Broken::TooLarge) => {
                return Err(ArmError::TooLarge {
                    method,
                    path: self.path.clone(),
                    limit: ANSWER_BYTES,
                });
            }
        };
        inner.throttle.learn(self.bucket, &answer.headers);
        inner.answers.note(sent.elapsed());
        inner.observer.on(&Exchange::Answer {
            method,
            path: self.path.clone(),
            attempt,
            status: answer.status.as_u16(),
            correlation_id: answer.correlation_id(),
            took: sent.elapsed(),
        });
        Ok(match answer.trouble(method, &self.path, self.request) {
            Some(setback) => Err(setback),
            None => {
                answer.repeated = self.tally.may_be_done();
                Ok(answer)
            }
        })
    }

    /// What follows from a try that brought no answer.
    fn verdict(&mut self, setback: &Setback) -> Verdict {
        let inner = &self.arm.inner;
        let (outcome, asked) = match setback {
            Setback::Refused(refusal, asked) => (Outcome::Refused(refusal), *asked),
            Setback::Wire(error) if error.is_builder() => (Outcome::NotSent, None),
            Setback::Wire(_) => (Outcome::Broken, None),
            Setback::Garbled(_) => (Outcome::Garbled, None),
        };
        let conditional = self.request.if_match.is_some_and(|etag| etag != "*");
        if let Outcome::Refused(refusal) = &outcome
            && says_busy(self.method, refusal, conditional)
        {
            inner.busy.fetch_add(1, Ordering::Relaxed);
        }
        decide(
            &inner.retries,
            &mut self.tally,
            &Try {
                method: self.method,
                spent: self.began.elapsed().saturating_sub(self.held),
                held: self.held,
                outcome,
                asked,
                conditional,
                jitter: f64::from(Uuid::new_v4().as_bytes()[0]) / 255.0,
            },
        )
    }

    /// Tells that there will be another try.
    fn again(&self, reason: &str, wait: Duration) {
        self.arm.inner.observer.on(&Exchange::Retry {
            method: self.method,
            path: self.path.clone(),
            attempt: self.attempt,
            reason: reason.to_owned(),
            wait,
        });
    }

    /// The error that is left.
    fn given_up(self, setback: Setback) -> ArmError {
        match setback {
            Setback::Refused(mut refusal, asked) => {
                if let (429, Some(wait)) = (refusal.status, asked) {
                    // Nobody else need ask.
                    self.arm.inner.throttle.refuse(self.bucket, wait);
                }
                refusal.attempts = self.attempt;
                refusal.took = self.began.elapsed();
                refusal.may_be_done = self.tally.may_be_done();
                ArmError::Refused(refusal)
            }
            Setback::Garbled(error) => error,
            Setback::Wire(source) => ArmError::NoAnswer {
                method: self.method,
                path: self.path,
                attempts: self.attempt,
                took: self.began.elapsed(),
                // Addresses to poll can be signed.
                source: source.without_url(),
            },
        }
    }
}

enum Broken {
    Wire(reqwest::Error),
    TooLarge,
}
