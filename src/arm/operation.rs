//! Long-running requests, followed to their end.
//!
//! The service has two shapes: a `202` whose Location is polled, and a `200` or
//! `201` whose body still says it is in progress. In both, what is wrong with
//! the request may only be said at the end.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::client::{Answer, Arm, Request};
use super::error::{ArmError, Refusal};

/// What to poll.
enum Poll {
    /// A document whose `status` is the truth.
    Status(Url),
    /// A URL that answers 202 until it is done.
    Location(Url),
    /// The resource itself, until its provisioning state is final.
    Resource,
}

/// How a long-running request ended.
pub(super) enum Ended {
    /// With this answer, which holds the resource.
    With(Answer),
    /// Well; the resource has to be read.
    Well,
}

/// Whether a body says that the resource is not ready yet.
fn in_progress(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let state = value["properties"]["provisioningState"]
        .as_str()
        .unwrap_or_default();
    !state.is_empty()
        && !["Succeeded", "Failed", "Canceled", "Cancelled"]
            .iter()
            .any(|s| s.eq_ignore_ascii_case(state))
}

fn failed(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let state = value["properties"]["provisioningState"]
        .as_str()
        .unwrap_or_default();
    ["Failed", "Canceled", "Cancelled"]
        .iter()
        .any(|s| s.eq_ignore_ascii_case(state))
}

impl Arm {
    fn poll_of(&self, answer: &Answer, path: &str) -> Result<Option<Poll>, ArmError> {
        let accepted = answer.status == StatusCode::ACCEPTED;
        let running = in_progress(&answer.body);
        if !accepted && !running {
            return Ok(None);
        }
        for name in ["azure-asyncoperation", "operation-location"] {
            if let Some(link) = answer.header(name) {
                return Ok(Some(Poll::Status(self.own_link(link, path)?)));
            }
        }
        if let Some(link) = answer.header("location") {
            return Ok(Some(Poll::Location(self.own_link(link, path)?)));
        }
        Ok(Some(Poll::Resource))
    }

    /// Follows a request to its end.
    ///
    /// `path` is that of the resource, `resource` its URL.
    pub(super) async fn follow(
        &self,
        method: &'static str,
        path: &str,
        resource: &Url,
        answer: Answer,
    ) -> Result<Ended, ArmError> {
        let Some(mut poll) = self.poll_of(&answer, path)? else {
            return Ok(Ended::With(answer));
        };
        let began = Instant::now();
        let mut pause = Duration::from_millis(150);
        let mut asked = answer.asked_wait();
        let mut missing = 0;
        loop {
            if began.elapsed() > self.patience() {
                return Err(ArmError::Unfinished {
                    method,
                    path: path.to_owned(),
                    took: began.elapsed(),
                });
            }
            tokio::time::sleep(asked.unwrap_or(pause)).await;
            pause = (pause * 3 / 2).min(Duration::from_secs(5));
            let url = match &poll {
                Poll::Status(url) | Poll::Location(url) => url.clone(),
                Poll::Resource => resource.clone(),
            };
            let request = Request {
                method: Method::GET,
                url,
                body: None,
                if_match: None,
                accept: &[404],
            };
            let answer = match self.send(&request).await {
                Ok(answer) => answer,
                // A refusal at the poll is the refusal of the request.
                Err(ArmError::Refused(mut refusal)) if (400..500).contains(&refusal.status) => {
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
                // While it is provisioned, a resource can be missing for some
                // seconds; an operation's own address can be forgotten.
                missing += 1;
                if missing > 10 {
                    match poll {
                        Poll::Resource => {
                            let refusal = Refusal::read(method, path, 404, &answer.body);
                            return Err(ArmError::Failed(Box::new(refusal)));
                        }
                        _ => poll = Poll::Resource,
                    }
                    missing = 0;
                }
                continue;
            }
            match &poll {
                Poll::Status(_) => {
                    let document = answer.json("GET", path)?;
                    let status = document["status"].as_str().unwrap_or_default();
                    match status.to_ascii_lowercase().as_str() {
                        "succeeded" => return Ok(Ended::Well),
                        "failed" | "canceled" | "cancelled" => {
                            let mut refusal = Refusal {
                                method,
                                path: path.to_owned(),
                                status: 400,
                                correlation_id: answer
                                    .header("x-ms-correlation-request-id")
                                    .map(crate::secret::plain),
                                took: began.elapsed(),
                                ..Refusal::default()
                            };
                            refusal.fill(&document["error"]);
                            return Err(ArmError::Failed(Box::new(refusal)));
                        }
                        _ => {}
                    }
                }
                Poll::Location(_) => {
                    if answer.status == StatusCode::ACCEPTED || in_progress(&answer.body) {
                        if let Some(link) = answer.header("location") {
                            poll = Poll::Location(self.own_link(link, path)?);
                        }
                        continue;
                    }
                    return Ok(match answer.body.is_empty() {
                        true => Ended::Well,
                        false => Ended::With(answer),
                    });
                }
                Poll::Resource => {
                    if failed(&answer.body) {
                        let refusal = Refusal::read(method, path, 400, &answer.body);
                        return Err(ArmError::Failed(Box::new(refusal)));
                    }
                    if !in_progress(&answer.body) {
                        return Ok(Ended::With(answer));
                    }
                }
            }
        }
    }
}
