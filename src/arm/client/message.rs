//! Requests, and the answers to them.

use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{DATE, ETAG, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::arm::error::{ArmError, Refusal, excerpt};
use crate::arm::limits::{self, word};
use crate::arm::retry::{http_date, retry_after};
use crate::secret::Redaction;

/// What stands in place of an answer that may hold secrets.
const NOT_SHOWN: &str = "not shown";

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

    pub(in crate::arm) fn correlation_id(&self) -> Option<String> {
        Some(word(self.header("x-ms-correlation-request-id")?))
    }

    pub(in crate::arm) fn asked_wait(&self) -> Option<Duration> {
        asked_wait(&self.headers)
    }

    pub(in crate::arm) fn json(&self, method: &'static str, path: &str) -> Result<Value, ArmError> {
        // Secrets are answers to POST, and answers to PUT can repeat them.
        let beginning = match method {
            "GET" => excerpt(&self.body),
            _ => NOT_SHOWN.to_owned(),
        };
        crate::arm::json::parse(&self.body).map_err(|why| ArmError::NotJson {
            method,
            path: path.to_owned(),
            status: self.status.as_u16(),
            what: format!("{why}: {beginning}"),
            foreign: false,
        })
    }

    /// What is the matter with it, unless it is an answer.
    pub(super) fn trouble(
        &self,
        method: &'static str,
        path: &str,
        request: &Request<'_>,
    ) -> Option<Setback> {
        let (accept, secrets) = (request.accept, request.secrets);
        let status = self.status.as_u16();
        if self.status.is_success() {
            let why = self.unreadable()?;
            let beginning = match secrets {
                None => excerpt(&self.body),
                Some(_) => NOT_SHOWN.to_owned(),
            };
            return Some(Setback::Garbled(ArmError::NotJson {
                method,
                path: path.to_owned(),
                status,
                what: format!("{why}: {beginning}"),
                foreign: true,
            }));
        }
        if accept.contains(&status) {
            return None;
        }
        let mut refusal = Refusal::read_without(method, path, status, &self.body, secrets);
        refusal.identify(&self.headers);
        Some(Setback::Refused(Box::new(refusal), self.asked_wait()))
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

/// Asked right before a request is sent once more: whether what it is about is as
/// it was.
pub(crate) type Still<'a> = &'a (dyn Fn() -> BoxFuture<'a, Result<bool, ArmError>> + Send + Sync);

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
    /// What it takes to send it once more; nothing where it does not matter.
    pub(in crate::arm) still: Option<Still<'a>>,
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
            still: None,
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

/// Why a try brought no answer.
pub(super) enum Setback {
    /// The service said no, and when to ask again.
    Refused(Box<Refusal>, Option<Duration>),
    /// No whole answer came.
    Wire(reqwest::Error),
    /// What came is not the service's.
    Garbled(ArmError),
}
