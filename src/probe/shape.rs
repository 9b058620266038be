//! What the answers to a long-running request look like: pure.

use serde_json::Value;

use crate::arm::{Polled, Watched};
use crate::traits::{FirstAnswer, LongRunning, PollDocument, PollUrl};

/// Whether it took long.
pub(super) fn long_running(watched: &Watched) -> LongRunning {
    match watched.polled {
        Polled::Document(_) => LongRunning::Document,
        Polled::Location => LongRunning::Location,
        Polled::Nowhere => LongRunning::AtOnce,
    }
}

/// What the first answer shows.
pub(super) fn first_answer(watched: &Watched) -> FirstAnswer {
    let Some(properties) = watched.first["properties"].as_object() else {
        return FirstAnswer::Empty;
    };
    let says_more = |name: &String| !name.eq_ignore_ascii_case("provisioningState");
    match properties.keys().any(says_more) {
        true => FirstAnswer::Whole,
        false => FirstAnswer::Stub,
    }
}

/// Where the end is told. `resource` is the path of what was written.
pub(super) fn poll_url(watched: &Watched, resource: &str) -> PollUrl {
    let Polled::Document(path) = &watched.polled else {
        return PollUrl::Unknown;
    };
    let refused = watched.document.as_ref().map(|(status, _)| *status);
    let path = path.to_ascii_lowercase();
    match () {
        () if refused == Some(403) => PollUrl::Forbidden,
        () if path == resource.to_ascii_lowercase() => PollUrl::Resource,
        () if path.contains("/tenant/operationresults/") => PollUrl::Tenant,
        () => PollUrl::Other,
    }
}

/// What the document that tells it looks like, by one of something that went
/// well and, better, one of something that failed.
pub(super) fn poll_document(well: &Watched, failed: Option<&Watched>) -> PollDocument {
    let readable = |w: &Watched| match &w.document {
        Some((200 | 202, body)) => Some(form(body)),
        _ => None,
    };
    match (failed.and_then(readable), readable(well)) {
        (Some(known), _) | (None, Some(known)) => known,
        (None, None) => PollDocument::Unknown,
    }
}

fn form(document: &Value) -> PollDocument {
    let Some(status) = document["status"].as_str() else {
        return match document["properties"]["status"].is_string() {
            true => PollDocument::Nested,
            false => PollDocument::Empty,
        };
    };
    let members = document.as_object().map(|members| members.keys());
    let more = |name: &String| name != "status" && name != "error";
    if members.is_some_and(|mut names| names.any(more)) {
        return PollDocument::Whole;
    }
    let failed = status.eq_ignore_ascii_case("failed");
    match failed && document["error"].is_null() {
        true => PollDocument::Mute,
        false => PollDocument::Bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::time::Instant;

    fn watched(first: Value, polled: Polled, document: Option<(u16, Value)>) -> Watched {
        Watched {
            first,
            polled,
            document,
            ended: Instant::now(),
            outcome: Ok(()),
        }
    }

    #[test]
    fn each_form_of_document_has_its_word() {
        for (document, expected) in [
            (json!({"status": "Succeeded"}), PollDocument::Bare),
            (
                json!({"status": "Failed", "error": {"code": "x"}}),
                PollDocument::Bare,
            ),
            (json!({"status": "Failed"}), PollDocument::Mute),
            (
                json!({"id": "x", "properties": {"status": "Failed"}}),
                PollDocument::Nested,
            ),
            (json!({"value": []}), PollDocument::Empty),
            (
                json!({"status": "Succeeded", "id": "x"}),
                PollDocument::Whole,
            ),
        ] {
            assert_eq!(form(&document), expected, "{document}");
        }
    }

    #[test]
    fn a_failure_says_more_than_a_success_and_what_is_refused_says_nothing() {
        let at = || Polled::Document("/x".to_owned());
        let well = watched(
            Value::Null,
            at(),
            Some((200, json!({"status": "Succeeded"}))),
        );
        let failed = watched(Value::Null, at(), Some((200, json!({"status": "Failed"}))));
        assert_eq!(poll_document(&well, Some(&failed)), PollDocument::Mute);
        assert_eq!(poll_document(&well, None), PollDocument::Bare);
        let forbidden = watched(Value::Null, at(), Some((403, Value::Null)));
        assert_eq!(poll_document(&forbidden, None), PollDocument::Unknown);
        assert_eq!(poll_url(&forbidden, "/x"), PollUrl::Forbidden);
    }

    #[test]
    fn places_and_first_answers_have_their_words() {
        let at = |path: &str| {
            let polled = Polled::Document(path.to_owned());
            poll_url(&watched(Value::Null, polled, None), "/S/namedValues/n")
        };
        assert_eq!(at("/s/namedvalues/N"), PollUrl::Resource);
        assert_eq!(at("/s/tenant/operationResults/1"), PollUrl::Tenant);
        assert_eq!(at("/elsewhere"), PollUrl::Other);
        let first = |body| first_answer(&watched(body, Polled::Location, None));
        assert_eq!(first(Value::Null), FirstAnswer::Empty);
        let stub = json!({"properties": {"ProvisioningState": "InProgress"}});
        assert_eq!(first(stub), FirstAnswer::Stub);
        assert_eq!(
            first(json!({"properties": {"displayName": "x"}})),
            FirstAnswer::Whole
        );
    }
}
