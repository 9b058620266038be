//! Long-running requests, followed to their end.
//!
//! The service has two shapes: a `202` whose Location is polled, and a `200` or
//! `201` that is not the end either, since a status document or the resource's
//! own provisioning state says so. In both, what is wrong with the request may
//! only be said at the end.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::arm::client::{Answer, Arm, Request};
use crate::arm::error::{ArmError, Refusal, word};
use crate::arm::limits::POLL_PAUSE;
use crate::secret::Redaction;

/// How often a 404 is put up with: while it is provisioned, a resource can be
/// missing for some seconds; an operation's own address can be forgotten.
const MISSING: u32 = 10;

/// First and longest pause between polls where the service names none.
const PAUSES: (Duration, Duration) = (Duration::from_millis(150), Duration::from_secs(5));

/// What to poll.
#[derive(Clone)]
enum Poll {
    /// A document whose `status` is the truth.
    Status(Url),
    /// A URL that answers 202 until it is done.
    Location(Url),
    /// The resource itself, until its provisioning state is final.
    Resource,
}

/// How a long-running request ended.
pub(in crate::arm) enum Ended {
    /// With this answer, which holds the resource.
    With(Answer),
    /// Well; the resource has to be read.
    Well,
}

/// What a resource says about itself.
#[derive(Debug, PartialEq, Eq)]
enum Provisioning {
    /// It is there; most resources say nothing.
    Done,
    Running,
    /// Ended badly, in a state of this name.
    Failed(String),
}

fn provisioning(body: &[u8]) -> Provisioning {
    let value = crate::arm::json::parse(body).unwrap_or_default();
    let state = value["properties"]["provisioningState"].as_str();
    match state.unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "succeeded" | "created" => Provisioning::Done,
        "failed" | "canceled" | "cancelled" => {
            Provisioning::Failed(word(state.unwrap_or_default()))
        }
        _ => Provisioning::Running,
    }
}

/// The request whose end is awaited.
struct Pending<'a> {
    method: &'static str,
    path: &'a str,
    secrets: &'a Redaction,
    began: Instant,
}

impl Pending<'_> {
    fn failed(&self, answer: &Answer, error: &Value, status: u16) -> ArmError {
        let mut refusal = Refusal {
            method: self.method,
            path: self.path.to_owned(),
            status,
            took: self.began.elapsed(),
            ..Refusal::default()
        };
        refusal.identify(&answer.headers);
        refusal.fill(error, Some(self.secrets));
        ArmError::Failed(Box::new(refusal))
    }

    /// Whether the resource is ready; its own bad end is an error.
    fn ready(&self, answer: &Answer) -> Result<bool, ArmError> {
        match provisioning(&answer.body) {
            Provisioning::Done => Ok(true),
            Provisioning::Running => Ok(false),
            Provisioning::Failed(state) => {
                let words = format!("the provisioning state is {state}");
                Err(self.failed(answer, &Value::from(words), answer.status.as_u16()))
            }
        }
    }
}

impl Arm {
    fn poll_of(&self, answer: &Answer, pending: &Pending<'_>) -> Result<Option<Poll>, ArmError> {
        for name in ["azure-asyncoperation", "operation-location"] {
            if let Some(link) = answer.header(name) {
                return Ok(Some(Poll::Status(self.own_link(link, pending.path)?)));
            }
        }
        if answer.status != StatusCode::ACCEPTED && pending.ready(answer)? {
            // A Location here is where the resource is, not what to wait for.
            return Ok(None);
        }
        if let Some(link) = answer.header("location") {
            return Ok(Some(Poll::Location(self.own_link(link, pending.path)?)));
        }
        Ok(Some(Poll::Resource))
    }

    /// Follows a request to its end.
    ///
    /// `path` is that of the resource, `resource` its URL.
    pub(in crate::arm) async fn follow(
        &self,
        method: &'static str,
        path: &str,
        resource: &Url,
        secrets: &Redaction,
        answer: Answer,
    ) -> Result<Ended, ArmError> {
        let pending = Pending {
            method,
            path,
            secrets,
            began: Instant::now(),
        };
        let Some(mut poll) = self.poll_of(&answer, &pending)? else {
            return Ok(Ended::With(answer));
        };
        let mut pause = PAUSES.0;
        let mut asked = answer.asked_wait();
        let mut missing = 0;
        loop {
            let left = self.patience().saturating_sub(pending.began.elapsed());
            if left.is_zero() {
                return Err(ArmError::Unfinished {
                    method,
                    path: path.to_owned(),
                    took: pending.began.elapsed(),
                });
            }
            let wait = asked.map_or(pause, |asked| asked.min(POLL_PAUSE));
            tokio::time::sleep(wait.min(left)).await;
            pause = (pause * 3 / 2).min(PAUSES.1);
            let url = match &poll {
                Poll::Status(url) | Poll::Location(url) => url,
                Poll::Resource => resource,
            };
            let request = Request {
                secrets: Some(secrets),
                ..Request::get(url.clone(), &[404])
            };
            let answer = match self.send(&request).await {
                Ok(answer) => answer,
                // What is wrong with the request is said here. Any other
                // refusal is one of the poll, and leaves the end open.
                Err(ArmError::Refused(mut refusal))
                    if matches!(refusal.status, 400 | 409 | 412 | 413 | 422) =>
                {
                    refusal.method = method;
                    path.clone_into(&mut refusal.path);
                    return Err(ArmError::Failed(refusal));
                }
                Err(error) => return Err(error),
            };
            asked = answer.asked_wait();
            if answer.status == StatusCode::NOT_FOUND {
                if method == "DELETE" {
                    return Ok(Ended::Well);
                }
                missing += 1;
                if missing > MISSING {
                    if matches!(poll, Poll::Resource) {
                        let refusal =
                            Refusal::read_without(method, path, 404, &answer.body, Some(secrets));
                        return Err(ArmError::Failed(Box::new(refusal)));
                    }
                    poll = Poll::Resource;
                    missing = 0;
                }
                continue;
            }
            match poll {
                Poll::Status(_) => {
                    if let Some(ended) = status_of(&pending, &answer)? {
                        return Ok(ended);
                    }
                }
                Poll::Location(_) => {
                    if answer.status == StatusCode::ACCEPTED {
                        if let Some(link) = answer.header("location") {
                            poll = Poll::Location(self.own_link(link, path)?);
                        }
                    } else if answer.body.is_empty() {
                        return Ok(Ended::Well);
                    } else if pending.ready(&answer)? {
                        return Ok(Ended::With(answer));
                    }
                }
                Poll::Resource => {
                    // While it is being deleted it is still there.
                    if method != "DELETE" && pending.ready(&answer)? {
                        return Ok(Ended::With(answer));
                    }
                }
            }
        }
    }

    /// Reads what a request left behind. `None` when it can't be seen yet,
    /// although its operation went well: that has been seen to take a moment.
    pub(in crate::arm) async fn read_back(
        &self,
        resource: &Url,
    ) -> Result<Option<Answer>, ArmError> {
        let mut pause = PAUSES.0;
        for _ in 0..5 {
            let answer = self.send(&Request::get(resource.clone(), &[404])).await?;
            if answer.status != StatusCode::NOT_FOUND {
                return Ok(Some(answer));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(None)
    }
}

/// Reads a status document: its `status` is the truth, whatever HTTP says.
fn status_of(pending: &Pending<'_>, answer: &Answer) -> Result<Option<Ended>, ArmError> {
    if answer.body.is_empty() {
        let running = answer.status == StatusCode::ACCEPTED;
        return Ok((!running).then_some(Ended::Well));
    }
    let document = answer.json("GET", pending.path)?;
    let status = document["status"].as_str().unwrap_or_default();
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Ok(Some(Ended::Well)),
        "failed" | "canceled" | "cancelled" => {
            let said = match &document["error"] {
                Value::Null => Value::from(format!("the operation's status is {status}")),
                error => error.clone(),
            };
            Err(pending.failed(answer, &said, 400))
        }
        // Not a status document after all, but the resource.
        "" if answer.status == StatusCode::OK => Ok(pending.ready(answer)?.then_some(Ended::Well)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provisioning_state_is_read_without_regard_to_case() {
        let of = |state: &str| {
            provisioning(
                format!(r#"{{"properties":{{"provisioningState":"{state}"}}}}"#).as_bytes(),
            )
        };
        assert_eq!(of("succeeded"), Provisioning::Done);
        assert_eq!(of("inProgress"), Provisioning::Running);
        assert_eq!(
            of("Cancelled"),
            Provisioning::Failed("Cancelled".to_owned())
        );
        assert_eq!(provisioning(b""), Provisioning::Done);
        assert_eq!(provisioning(b"[1]"), Provisioning::Done);
        assert_eq!(provisioning(br#"{"properties":{}}"#), Provisioning::Done);
    }
}
