//! What can go wrong between the tool and ARM, with ARM's own words.

use std::time::Duration;

use serde_json::Value;

use super::auth::AuthError;
use super::client::Answer;
use super::endpoint::EndpointError;
use super::limits::{DETAILS, MESSAGE, WORD, cut};
use crate::secret::plain;

/// One entry of an error's `details`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// ARM's code.
    pub code: String,
    /// What it is about: a field, an element.
    pub target: String,
    /// The service's words.
    pub message: String,
}

/// A refusal: everything the service said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The request's method.
    pub method: &'static str,
    /// The request's path, without the query.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// ARM's code, empty when there was none.
    pub code: String,
    /// The service's words.
    pub message: String,
    /// The true causes, for a `ValidationError`.
    pub details: Vec<Detail>,
    /// `x-ms-correlation-request-id`.
    pub correlation_id: Option<String>,
    /// `x-ms-request-id`.
    pub request_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// How long that took in all.
    pub took: Duration,
}

/// Why a request did not work.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// The endpoint is unusable.
    #[error("the ARM endpoint is unusable")]
    Endpoint(#[from] EndpointError),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be set up")]
    Setup(#[source] reqwest::Error),
    /// No token.
    #[error("no access token")]
    Auth(#[from] AuthError),
    /// The service did not answer.
    #[error("{method} {path} got no answer after {attempts} tries in {} s", .took.as_secs())]
    NoAnswer {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// How often it was tried.
        attempts: u32,
        /// How long that took.
        took: Duration,
        /// What the last try ran into.
        source: reqwest::Error,
    },
    /// The service said no.
    #[error("{} {} answered {}{}", .0.method, .0.path, .0.status, spaced(&.0.code))]
    Refused(Box<Refusal>),
    /// A long-running operation ended badly.
    #[error("{} {} was accepted and failed later{}", .0.method, .0.path, spaced(&.0.code))]
    Failed(Box<Refusal>),
    /// A long-running operation did not end.
    #[error("{method} {path} was accepted and is still not done after {} s", .took.as_secs())]
    Unfinished {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// How long it was waited for.
        took: Duration,
    },
    /// The answer is not JSON.
    #[error("{method} {path} answered {status} with something that is not JSON: {what}")]
    NotJson {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Why it can't be read, and its beginning.
        what: String,
    },
    /// A list is not one.
    #[error("GET {path} answered with something that is not a list: {what}")]
    NotAList {
        /// The request's path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The service points to another host, which must not get the token.
    #[error("{path} answered with a link to another host, `{host}`")]
    ForeignLink {
        /// The request's path.
        path: String,
        /// The host.
        host: String,
    },
    /// The service asked everybody to wait for longer than a request may take.
    #[error("ARM asks to send no more {bucket} for {} s, longer than the {} s that a request waits", .wait.as_secs(), .limit.as_secs())]
    Closed {
        /// What it limits: reads, writes, deletes.
        bucket: &'static str,
        /// How long there shall be none.
        wait: Duration,
        /// How long a request waits at most.
        limit: Duration,
    },
    /// All answers together are more than any service has.
    #[error("the service gave more than {limit} {what}")]
    TooMuch {
        /// What was counted.
        what: &'static str,
        /// What is taken at most.
        limit: u64,
    },
    /// The answer is larger than anything the service has.
    #[error("{method} {path} answered with more than {limit} bytes")]
    TooLarge {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// What is taken at most.
        limit: usize,
    },
}

fn spaced(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!(" {code}"),
    }
}

impl ArmError {
    /// The service's refusal, when it said no.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ArmError::Refused(refusal) | ArmError::Failed(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// ARM's code, when there is one.
    pub fn code(&self) -> Option<&str> {
        self.refusal()
            .map(|r| r.code.as_str())
            .filter(|c| !c.is_empty())
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            ArmError::NotJson { status, .. } => Some(*status),
            _ => self.refusal().map(|r| r.status),
        }
    }

    /// Whether there is nothing of that name.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            ArmError::Auth(error) => return error.help(),
            ArmError::NoAnswer { .. } => {
                "check the network, the endpoint, and that the service is up"
            }
            ArmError::ForeignLink { .. } => {
                "the token is sent to the endpoint's own host only; check what stands between"
            }
            ArmError::NotJson { .. } => {
                "something between here and ARM answers in its place, such as a proxy"
            }
            ArmError::Closed { .. } => "wait that long, then run the command again",
            ArmError::NotAList { .. } | ArmError::TooLarge { .. } | ArmError::TooMuch { .. } => {
                "no service answers like that; check what stands between, and the endpoint"
            }
            ArmError::Setup(_) => "install a bundle of CA certificates",
            ArmError::Unfinished { .. } => {
                "look at the resource in the portal, then run the command again"
            }
            _ => return self.refusal().and_then(Refusal::help),
        };
        Some(text.to_owned())
    }
}

impl Refusal {
    /// Reads an error answer.
    pub(crate) fn read(method: &'static str, path: &str, status: u16, body: &[u8]) -> Self {
        let mut refusal = Self {
            method,
            path: path.to_owned(),
            status,
            ..Self::default()
        };
        match super::json::parse(body) {
            Ok(value) => refusal.fill(value.get("error").unwrap_or(&value)),
            Err(_) => refusal.message = excerpt(body),
        }
        refusal
    }

    /// Takes the ids by which the service knows the exchange.
    pub(super) fn identify(&mut self, answer: &Answer) {
        self.correlation_id = answer.header("x-ms-correlation-request-id").map(word);
        self.request_id = answer.header("x-ms-request-id").map(word);
    }

    /// Takes code, message and details from an error object.
    pub(super) fn fill(&mut self, error: &Value) {
        let text = |v: &Value, member: &str, most| {
            let text = v.get(member).and_then(Value::as_str);
            text.map(|text| short(text, most)).unwrap_or_default()
        };
        self.code = text(error, "code", WORD);
        self.message = match error {
            Value::String(message) => short(message, MESSAGE),
            _ => text(error, "message", MESSAGE),
        };
        let details = error.get("details").and_then(Value::as_array);
        self.details = details
            .into_iter()
            .flatten()
            .take(DETAILS)
            .map(|d| Detail {
                code: text(d, "code", WORD),
                target: text(d, "target", WORD),
                message: text(d, "message", MESSAGE),
            })
            .collect();
    }

    /// Whether message or details hold a text, without regard to case.
    pub fn says(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let holds = |s: &str| s.to_ascii_lowercase().contains(&text);
        holds(&self.code)
            || holds(&self.message)
            || self
                .details
                .iter()
                .any(|d| holds(&d.message) || holds(&d.code))
    }

    fn help(&self) -> Option<String> {
        let text = match (self.status, self.code.as_str()) {
            (401, _) => {
                "sign in again, or set APIM_MIGRATE_TOKEN to a fresh token of the right tenant"
            }
            (403, "LinkedAuthorizationFailed") => {
                "a body names a resource of another service that you may not read"
            }
            (403, _) => {
                "ask for a role that allows it; a fresh role assignment needs some minutes to take effect"
            }
            (404, "SubscriptionNotFound" | "ResourceGroupNotFound") => {
                "check the subscription and the resource group"
            }
            (404, _) => "check the names of the service and the workspace",
            (429, _) => "wait a while, then run the command again",
            (300..400, _) => {
                "redirects are not followed, since the token is for the endpoint alone; check the endpoint"
            }
            (413, _) => "ARM takes no body over 4 MiB",
            (400, "MethodNotAllowedInPricingTier") => "the service's tier does not have this",
            (500.., _) => "the service has trouble; run the command again in a while",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// A text of the service's, defused and cut. It is cut first, so that a long
/// one costs nothing.
fn short(text: &str, most: usize) -> String {
    let end = text
        .char_indices()
        .nth(most + 1)
        .map_or(text.len(), |(at, _)| at);
    cut(plain(&text[..end]), most)
}

/// A code, a state, an id: one word of the service's.
pub(super) fn word(text: &str) -> String {
    short(text, WORD)
}

/// The beginning of a body, fit for a message.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(400)]);
    let text = plain(text.trim());
    let mut cut: String = text.chars().take(200).collect();
    if cut.is_empty() {
        cut = "nothing".to_owned();
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_the_services_words_are_kept() {
        let body = br#"{"error":{"code":"ValidationError","message":"One or more fields contain incorrect values:",
            "details":[{"code":"ValidationError","target":"path","message":"taken\u001b[31m"}]}}"#;
        let refusal = Refusal::read("PUT", "/x", 400, body);
        assert_eq!(refusal.code, "ValidationError");
        assert_eq!(refusal.details[0].target, "path");
        assert!(refusal.says("TAKEN") && !refusal.details[0].message.contains('\u{1b}'));
    }

    #[test]
    fn what_is_not_json_leaves_status_and_an_excerpt() {
        let refusal = Refusal::read("GET", "/x", 502, b"<html>bad gateway</html>");
        assert_eq!(
            (refusal.status, refusal.message.as_str()),
            (502, "<html>bad gateway</html>")
        );
        assert_eq!(Refusal::read("GET", "/x", 502, b"").message, "nothing");
        let bare = Refusal::read("GET", "/x", 500, br#"{"error":"no\u001b"}"#);
        assert_eq!(bare.message, "no\u{fffd}");
    }
}
