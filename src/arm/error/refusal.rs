//! What the service says when it says no.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::arm::limits::{DETAILS, MESSAGE, WORD, beginning, cut, word};
use crate::secret::{Redaction, plain};

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
    /// Whether one of these attempts may have been carried out all the same.
    pub may_be_done: bool,
}

impl Refusal {
    /// Reads an error answer to a read.
    pub(crate) fn read(method: &'static str, path: &str, status: u16, body: &[u8]) -> Self {
        Self::read_without(method, path, status, body, None)
    }

    /// Reads an error answer. With the secrets of a request that wrote or asked
    /// for some, these are hidden, and nothing is quoted of what is not JSON.
    pub(in crate::arm) fn read_without(
        method: &'static str,
        path: &str,
        status: u16,
        body: &[u8],
        secrets: Option<&Redaction>,
    ) -> Self {
        let mut refusal = Self {
            method,
            path: path.to_owned(),
            status,
            ..Self::default()
        };
        match (crate::arm::json::parse(body), secrets) {
            (Ok(value), secrets) => {
                let inner = member(&value, "error").filter(|inner| !inner.is_null());
                refusal.fill(inner.unwrap_or(&value), secrets);
                if refusal.message.is_empty() && inner.is_some() {
                    refusal.message = Words(secrets).of(&value, "error_description", MESSAGE);
                }
            }
            (Err(_), None) => refusal.message = excerpt(body),
            (Err(_), Some(_)) if body.is_empty() => refusal.message = excerpt(body),
            (Err(_), Some(_)) => {
                let length = body.len();
                refusal.message = format!("{length} bytes that are not JSON, not shown");
            }
        }
        refusal
    }

    /// Takes the ids by which the service knows the exchange.
    pub(in crate::arm) fn identify(&mut self, headers: &HeaderMap) {
        let id = |name: &str| headers.get(name)?.to_str().ok().map(word);
        self.correlation_id = id("x-ms-correlation-request-id");
        self.request_id = id("x-ms-request-id");
    }

    /// Takes code, message and details from an error object. Its members go by
    /// names in different cases, and a message can hold the whole error once
    /// more, as JSON.
    pub(in crate::arm) fn fill(&mut self, error: &Value, secrets: Option<&Redaction>) {
        let words = Words(secrets);
        if let Some(inner) = told_in_message(error) {
            self.fill(member(&inner, "error").unwrap_or(&inner), secrets);
            if !self.message.is_empty() {
                return;
            }
        }
        self.code = words.of(error, "code", WORD);
        self.message = match error {
            Value::String(message) => words.short(message, MESSAGE),
            _ => (["message", "detail", "title"].iter())
                .map(|name| words.of(error, name, MESSAGE))
                .find(|message| !message.is_empty())
                .unwrap_or_default(),
        };
        if let (true, Some(inner)) = (self.message.is_empty(), member(error, "innererror")) {
            self.message = words.of(inner, "message", MESSAGE);
        }
        let details = member(error, "details").and_then(Value::as_array);
        self.details = details
            .into_iter()
            .flatten()
            .take(DETAILS)
            .map(|d| words.detail(d))
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

    /// Whether the service or ARM says that it does not know a version of its
    /// API, or not any more.
    pub(in crate::arm) fn is_of_version(&self) -> bool {
        let codes = ["InvalidApiVersionParameter", "NoRegisteredProviderFound"];
        self.status == 400
            && (codes.contains(&self.code.as_str())
                || self.says(
                    "API version query parameter is not specified or was specified incorrectly",
                ))
    }

    /// The newest version that the service says it takes: previews last.
    fn version_taken(&self) -> Option<&str> {
        let (_, list) = self
            .message
            .split_once("upported versions:")
            .or_else(|| self.message.split_once("upported api-versions are"))?;
        let words = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let versions = words.filter(|word| word.starts_with("20") && word.len() >= 10);
        versions.max_by_key(|version| (version.len() == 10, *version))
    }

    pub(super) fn help(&self) -> Option<String> {
        if self.is_of_version() {
            let taken = self.version_taken().unwrap_or("DATE");
            return Some(format!(
                "choose a version that the service takes: `--api-version {taken}` for what is written, `--read-version {taken}` for what is read; `apim-migrate doctor` tells which it takes"
            ));
        }
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

/// A member by its name, in whatever case.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    let same = |(key, value): (&String, &'v Value)| key.eq_ignore_ascii_case(name).then_some(value);
    members.get(name).or_else(|| members.iter().find_map(same))
}

/// The error that an error's message holds as JSON.
fn told_in_message(error: &Value) -> Option<Value> {
    let message = member(error, "message")?.as_str()?.trim_start();
    let inner = message
        .starts_with('{')
        .then(|| crate::arm::json::parse(message.as_bytes()));
    let inner = inner?.ok()?;
    // Whatever else is JSON is a message like any other.
    let tells = member(&inner, "error").unwrap_or(&inner);
    member(tells, "message").filter(|m| m.as_str().is_some_and(|m| !m.starts_with('{')))?;
    Some(inner)
}

/// Takes the service's words over, without secrets.
struct Words<'a>(Option<&'a Redaction>);

impl Words<'_> {
    fn short(&self, text: &str, most: usize) -> String {
        let text = beginning(text, most);
        match self.0 {
            // Before anything is replaced, or a secret would be no more itself.
            Some(secrets) => cut(plain(&secrets.hide(text)), most),
            None => cut(plain(text), most),
        }
    }

    fn of(&self, value: &Value, name: &str, most: usize) -> String {
        let text = member(value, name).and_then(Value::as_str);
        text.map(|text| self.short(text, most)).unwrap_or_default()
    }

    fn detail(&self, detail: &Value) -> Detail {
        let mut read = Detail {
            code: self.of(detail, "code", WORD),
            target: self.of(detail, "target", MESSAGE),
            message: self.of(detail, "message", MESSAGE),
        };
        // The service has swapped the two: a sentence is no target.
        let is_sentence = |text: &str| text.trim().contains(' ');
        if is_sentence(&read.target) && !is_sentence(&read.message) {
            std::mem::swap(&mut read.target, &mut read.message);
        }
        read.target = cut(read.target, WORD);
        read
    }
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

    #[test]
    fn errors_are_read_in_each_shape_they_come_in() {
        let read = |body: &str| {
            let refusal = Refusal::read("PUT", "/x", 400, body.as_bytes());
            (refusal.code, refusal.message, refusal.details)
        };
        let told = |code: &str, message: &str| (code.to_owned(), message.to_owned(), Vec::new());
        let null =
            r#"{"error":{"code":"ValidationError","message":"limit reached","details":null}}"#;
        for (body, expected) in [
            (null, told("ValidationError", "limit reached")),
            (r#"{"Message":"not supported"}"#, told("", "not supported")),
            (r#"{"Code":"C","Message":"m","error":null}"#, told("C", "m")),
            (r#"{"statusCode":429,"message":"slow"}"#, told("", "slow")),
            (r#"{"title":"t","status":502,"detail":"d"}"#, told("", "d")),
            (r#"{"title":"t","status":502}"#, told("", "t")),
            (
                r#"{"error":{"code":"C","innerError":{"message":"i"}}}"#,
                told("C", "i"),
            ),
            (r#"{"error":"c","error_description":"d"}"#, told("", "c")),
            (
                r#"{"error":{"code":"O","message":"{\"error\":{\"code\":\"C\",\"message\":\"m\"}}"}}"#,
                told("C", "m"),
            ),
            (
                r#"{"error":{"code":"O","message":"{\"a\":1}"}}"#,
                told("O", "{\"a\":1}"),
            ),
            ("[1]", told("", "")),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
        let swapped = r#"{"error":{"details":[
            {"code":"c","target":"One or more are missing.","message":"Logger-Credentials--1"},
            {"target":"path","message":"taken"},
            {"target":"a b","message":"c d"}]}}"#;
        let details = read(swapped).2;
        let both: Vec<_> = (details.iter())
            .map(|d| (&*d.target, &*d.message))
            .collect();
        assert_eq!(
            both,
            [
                ("Logger-Credentials--1", "One or more are missing."),
                ("path", "taken"),
                ("a b", "c d")
            ]
        );
    }

    #[test]
    fn secrets_are_hidden_wherever_a_refusal_quotes_them() {
        let mut secrets = Redaction::default();
        secrets.add(&crate::secret::Secret::new("hunter2\nhunter3"));
        let body = serde_json::json!({"error": {
            "code": "hunter2\nhunter3", "message": "{\"value\":\"hunter2\\nhunter3\"}",
            "details": [{"code": "c", "target": "hunter2\nhunter3", "message": "aHVudGVyMgpodW50ZXIz"}],
        }});
        let read =
            |body: &str| Refusal::read_without("PUT", "/x", 400, body.as_bytes(), Some(&secrets));
        let shown = format!("{:?}", read(&body.to_string()));
        assert!(
            !shown.contains("hunter") && !shown.contains("aHVudG"),
            "{shown}"
        );
        assert_eq!(shown.matches("[secret]").count(), 4, "{shown}");
        let page = read("<html>hunter2</html>").message;
        assert_eq!(page, "20 bytes that are not JSON, not shown");
        assert_eq!(read("").message, "nothing");
    }

    #[test]
    fn a_version_that_is_not_taken_is_told_with_one_that_is() {
        let old = "API version query parameter is not specified or was specified incorrectly.  Supported versions: 2022-08-01,2025-03-01-preview,2024-05-01,2023-09-01-preview  Example query param format: api-version=SupportedVersion";
        for (code, message, taken) in [
            ("BadRequest", old, "--api-version 2024-05-01`"),
            (
                "InvalidApiVersionParameter",
                "The api-version is invalid.",
                "--api-version DATE`",
            ),
            (
                "NoRegisteredProviderFound",
                "The supported api-versions are '2016-07-07, 2017-03-01'.",
                "--read-version 2017-03-01`",
            ),
        ] {
            let refusal = Refusal {
                status: 400,
                code: code.to_owned(),
                message: message.to_owned(),
                ..Refusal::default()
            };
            let help = refusal.help().unwrap();
            assert!(refusal.is_of_version() && help.contains(taken), "{help}");
        }
        let other = Refusal {
            status: 400,
            code: "ValidationError".to_owned(),
            ..Refusal::default()
        };
        assert!(!other.is_of_version());
    }
}
