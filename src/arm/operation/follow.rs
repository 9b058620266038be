//! Long-running requests, followed to their end.
//!
//! The end is told at one of three places, the best one first: a status
//! document, a Location, the resource itself. Where one can't be read, or says
//! nothing, the next one is asked. In all of them, what is wrong with the
//! request may only be said at the end.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::document::{Located, Said, document, is_poll, located, pause, resource};
use super::signs::Signs;
use crate::arm::client::{Answer, Arm, Request};
use crate::arm::error::{ArmError, Refusal};
use crate::arm::limits::word;
use crate::secret::Redaction;

/// How often a 404 is put up with: while it is provisioned, a resource can be
/// missing for some seconds; an operation's own address can be forgotten.
const MISSING: u32 = 10;

/// The pauses before a resource is there to be read.
const READ_BACK: [Duration; 5] = [
    Duration::from_millis(150),
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_millis(1200),
    Duration::from_millis(2400),
];

/// Where the end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A document whose `status` is the truth.
    Document,
    /// An address that answers 202 until it is done.
    Location,
    /// The resource, until it says that it is ready, or is gone.
    Resource,
}

/// How a long-running request ended.
pub(in crate::arm) enum Ended {
    /// With this answer, which holds the resource.
    With(Answer),
    /// Well; the resource has to be read.
    Well,
}

/// What comes after a look.
enum Next {
    Again,
    Elsewhere,
    Ended(Ended),
}

/// What was written or deleted.
#[derive(Clone, Copy)]
pub(in crate::arm) struct Sent<'a> {
    /// PUT or DELETE.
    pub(in crate::arm) method: &'static str,
    /// The resource's path.
    pub(in crate::arm) path: &'a str,
    /// The resource's URL.
    pub(in crate::arm) resource: &'a Url,
    /// What is not to be shown of the answers.
    pub(in crate::arm) secrets: &'a Redaction,
}

/// The request whose end is awaited.
struct Pending<'a> {
    sent: Sent<'a>,
    began: Instant,
    document: Option<Url>,
    location: Option<Url>,
    place: Place,
    missing: u32,
    /// Whether the operation's own addresses may not be read.
    forbidden: bool,
}

impl Pending<'_> {
    fn url(&self) -> &Url {
        let own = match self.place {
            Place::Document => self.document.as_ref(),
            Place::Location => self.location.as_ref(),
            Place::Resource => None,
        };
        own.unwrap_or(self.sent.resource)
    }

    /// Goes on to the next place.
    fn elsewhere(&mut self) {
        self.missing = 0;
        self.place = match (self.place, &self.location) {
            (Place::Document, Some(_)) => Place::Location,
            _ => Place::Resource,
        };
    }

    fn failed(&self, answer: &Answer, state: &str, error: Option<&Value>) -> ArmError {
        let sent = self.sent;
        let mut refusal = Refusal {
            method: sent.method,
            path: sent.path.to_owned(),
            status: 400,
            took: self.began.elapsed(),
            ..Refusal::default()
        };
        refusal.identify(&answer.headers);
        match error {
            Some(error) => refusal.fill(error, Some(sent.secrets)),
            None => refusal.message = format!("the operation ended as `{}`", word(state)),
        }
        ArmError::Failed(Box::new(refusal))
    }

    /// What an answer at the present place means.
    fn read(&mut self, answer: Answer) -> Result<Next, ArmError> {
        let deletes = self.sent.method == "DELETE";
        if answer.status == StatusCode::NOT_FOUND {
            if deletes {
                return Ok(Next::Ended(Ended::Well));
            }
            return self.missed(&answer);
        }
        match self.place {
            Place::Document => match document(&answer.body) {
                Said::Running => Ok(Next::Again),
                Said::Done => Ok(Next::Ended(Ended::Well)),
                Said::Failed(state, error) => Err(self.failed(&answer, &state, error.as_ref())),
                Said::Nothing if answer.status == StatusCode::ACCEPTED => Ok(Next::Again),
                Said::Nothing => Ok(Next::Elsewhere),
            },
            Place::Location => {
                let status = answer.status.as_u16();
                let has_etag = answer.etag().is_some();
                match located(status, self.url(), has_etag, &answer.body) {
                    Located::Running => Ok(Next::Again),
                    Located::Unclear => Ok(Next::Elsewhere),
                    Located::Failed(state) => Err(self.failed(&answer, &state, None)),
                    Located::End if deletes || answer.body.is_empty() => {
                        Ok(Next::Ended(Ended::Well))
                    }
                    Located::End => Ok(Next::Ended(Ended::With(answer))),
                }
            }
            Place::Resource => match resource(&answer.body) {
                Said::Failed(state, _) => Err(self.failed(&answer, &state, None)),
                // While it is being deleted it is still there.
                Said::Running => Ok(Next::Again),
                _ if deletes => Ok(Next::Again),
                _ => Ok(Next::Ended(Ended::With(answer))),
            },
        }
    }

    fn missed(&mut self, answer: &Answer) -> Result<Next, ArmError> {
        self.missing += 1;
        // What may not be looked at can take its time until it is there.
        let patient = self.forbidden && self.place == Place::Resource;
        if patient || self.missing <= MISSING {
            return Ok(Next::Again);
        }
        if self.place != Place::Resource {
            return Ok(Next::Elsewhere);
        }
        let Sent {
            method,
            path,
            secrets,
            ..
        } = self.sent;
        let mut refusal = Refusal::read_without(method, path, 404, &answer.body, Some(secrets));
        refusal.identify(&answer.headers);
        Err(ArmError::Failed(Box::new(refusal)))
    }
}

impl Arm {
    /// What there is to wait for: a link to poll, whatever the status is, or a
    /// resource that says it is not ready. None when the answer is the end.
    fn pending<'a>(
        &self,
        sent: Sent<'a>,
        answer: &Answer,
    ) -> Result<Option<Pending<'a>>, ArmError> {
        let link = |name: &str| answer.header(name);
        let own = |link: &str| self.own_link(link, sent.path);
        let document = link("azure-asyncoperation").or_else(|| link("operation-location"));
        let accepted = answer.status == StatusCode::ACCEPTED;
        let said = resource(&answer.body);
        let runs = accepted || said == Said::Running;
        // A Location else is where the resource is.
        let location = link("location").filter(|l| runs || document.is_some() || is_poll(l));
        let location = match (&document, location) {
            // What can't be followed is in the way only if there is no other.
            (Some(_), Some(link)) => own(link).ok(),
            (None, Some(link)) => Some(own(link)?),
            (_, None) => None,
        };
        let document = document.map(own).transpose()?;
        let pending = Pending {
            sent,
            began: Instant::now(),
            place: match (&document, &location) {
                (Some(_), _) => Place::Document,
                (None, Some(_)) => Place::Location,
                (None, None) => Place::Resource,
            },
            document,
            location,
            missing: 0,
            forbidden: false,
        };
        match said {
            Said::Failed(state, _) => Err(pending.failed(answer, &state, None)),
            _ if runs || pending.place != Place::Resource => Ok(Some(pending)),
            _ => Ok(None),
        }
    }

    /// Follows a request to its end.
    pub(in crate::arm) async fn follow(
        &self,
        sent: Sent<'_>,
        answer: Answer,
    ) -> Result<Ended, ArmError> {
        let Some(mut pending) = self.pending(sent, &answer)? else {
            return Ok(Ended::With(answer));
        };
        let Sent { method, path, .. } = sent;
        let mut asked = answer.asked_wait();
        let mut signs = Signs::new(&self.inner.observer, method, path);
        for polls in 0.. {
            let waited = pending.began.elapsed();
            let left = self.patience().saturating_sub(waited);
            if left.is_zero() {
                return Err(ArmError::Unfinished {
                    method,
                    path: path.to_owned(),
                    took: waited,
                    forbidden: pending.forbidden,
                });
            }
            signs.give(waited);
            tokio::time::sleep(pause(polls, asked).min(left)).await;
            let answer = match self.look(&mut pending).await? {
                Some(answer) => answer,
                None => continue,
            };
            asked = answer.asked_wait();
            if let (Place::Location, Some(link)) = (pending.place, answer.header("location"))
                && answer.status == StatusCode::ACCEPTED
            {
                pending.location = Some(self.own_link(link, path)?);
            }
            match pending.read(answer) {
                Ok(Next::Again) => {}
                Ok(Next::Elsewhere) => pending.elsewhere(),
                Ok(Next::Ended(ended)) => return Ok(ended),
                Err(error) => return Err(self.explained(&pending, error).await),
            }
        }
        // Patience ends before the numbers do.
        Ok(Ended::Well)
    }

    /// Asks at the present place. None when it may not be read, so that another
    /// one is to be asked.
    async fn look(&self, pending: &mut Pending<'_>) -> Result<Option<Answer>, ArmError> {
        let request = Request {
            secrets: Some(pending.sent.secrets),
            ..Request::get(pending.url().clone(), &[404])
        };
        match self.send(&request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ArmError::Refused(mut refusal)) if pending.place != Place::Resource => {
                match refusal.status {
                    // What is wrong with the request is said here. Any other
                    // refusal is one of the poll, and leaves the end open.
                    400 | 409 | 412 | 413 | 422 => {
                        refusal.method = pending.sent.method;
                        pending.sent.path.clone_into(&mut refusal.path);
                        Err(ArmError::Failed(refusal))
                    }
                    403 => {
                        tracing::debug!(path = pending.sent.path, "polling is forbidden");
                        pending.forbidden = true;
                        pending.elsewhere();
                        Ok(None)
                    }
                    _ => Err(ArmError::Refused(refusal)),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// A failure of which the status document says no more than that may be
    /// explained at the Location.
    async fn explained(&self, pending: &Pending<'_>, error: ArmError) -> ArmError {
        let bare = error.code().is_none() && pending.place == Place::Document;
        let Some(location) = pending.location.as_ref().filter(|_| bare) else {
            return error;
        };
        let request = Request {
            secrets: Some(pending.sent.secrets),
            ..Request::get(location.clone(), &[404])
        };
        match self.send(&request).await {
            Err(ArmError::Refused(mut refusal)) if refusal.status == 400 => {
                refusal.method = pending.sent.method;
                pending.sent.path.clone_into(&mut refusal.path);
                ArmError::Failed(refusal)
            }
            _ => error,
        }
    }

    /// Reads what a request left behind. `None` when it can't be seen yet,
    /// although its operation went well: that has been seen to take a moment.
    pub(in crate::arm) async fn read_back(
        &self,
        sent: Sent<'_>,
    ) -> Result<Option<Answer>, ArmError> {
        for pause in READ_BACK {
            let request = Request {
                secrets: Some(sent.secrets),
                ..Request::get(sent.resource.clone(), &[404])
            };
            let answer = self.send(&request).await?;
            if answer.status != StatusCode::NOT_FOUND {
                return Ok(Some(answer));
            }
            tokio::time::sleep(pause).await;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_after(place: Place, forbidden: bool, times: u32) -> Result<Next, ArmError> {
        let url = Url::parse("https://h/x").unwrap();
        let mut pending = Pending {
            sent: Sent {
                method: "PUT",
                path: "/x",
                resource: &url,
                secrets: &Redaction::default(),
            },
            began: Instant::now(),
            document: None,
            location: None,
            place,
            missing: times,
            forbidden,
        };
        pending.read(Answer {
            status: StatusCode::NOT_FOUND,
            headers: reqwest::header::HeaderMap::new(),
            body: Vec::new(),
            repeated: false,
        })
    }

    #[test]
    fn what_is_missing_is_given_up_elsewhere_or_waited_for() {
        for place in [Place::Document, Place::Location, Place::Resource] {
            let next = missing_after(place, false, MISSING - 1);
            assert!(matches!(next, Ok(Next::Again)), "{place:?}");
        }
        for place in [Place::Document, Place::Location] {
            let next = missing_after(place, true, MISSING);
            assert!(matches!(next, Ok(Next::Elsewhere)), "{place:?}");
        }
        let next = missing_after(Place::Resource, false, MISSING);
        assert!(matches!(next, Err(ArmError::Failed(r)) if r.status == 404));
        // Who may not ask the operation can only wait for the resource.
        let next = missing_after(Place::Resource, true, 99 * MISSING);
        assert!(matches!(next, Ok(Next::Again)));
    }
}
