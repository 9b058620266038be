//! What the service says when it says no.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::arm::limits::{DETAILS, MESSAGE, WORD, cut};
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

impl Refusal {
    /// Reads an error answer.
    pub(crate) fn read(method: &'static str, path: &str, status: u16, body: &[u8]) -> Self {
        let mut refusal = Self {
            method,
            path: path.to_owned(),
            status,
            ..Self::default()
        };
        match crate::arm::json::parse(body) {
            Ok(value) => refusal.fill(value.get("error").unwrap_or(&value)),
            Err(_) => refusal.message = excerpt(body),
        }
        refusal
    }

    /// Takes the ids by which the service knows the exchange.
    pub(in crate::arm) fn identify(&mut self, headers: &HeaderMap) {
        let id = |name: &str| headers.get(name)?.to_str().ok().map(word);
        self.correlation_id = id("x-ms-correlation-request-id");
        self.request_id = id("x-ms-request-id");
    }

    /// Takes code, message and details from an error object.
    pub(in crate::arm) fn fill(&mut self, error: &Value) {
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

    pub(super) fn help(&self) -> Option<String> {
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
pub(in crate::arm) fn word(text: &str) -> String {
    short(text, WORD)
}

/// The beginning of a body, fit for a message.
pub(in crate::arm) fn excerpt(body: &[u8]) -> String {
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
