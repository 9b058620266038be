//! What an answer says of an operation: pure decisions.
//!
//! Source: the service's recorded traffic, and what its clients ran into.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::arm::limits::POLL_PAUSE;

/// The pause before the first poll, when most is done at once, and the shortest and
/// the longest between two.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(350),
    Duration::from_secs(5),
];

/// What an answer says about how far things are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// Not a word.
    Nothing,
    Running,
    Done,
    /// Ended badly: the state's name, and the error where there is one.
    Failed(String, Option<Value>),
}

/// A member by its name, in whatever case: a stub says `ProvisioningState`.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = value.as_object()?.iter();
    members.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

fn said(state: Option<&Value>, error: Option<&Value>) -> Said {
    let state = state.and_then(Value::as_str).unwrap_or_default();
    match state.to_ascii_lowercase().as_str() {
        "" => Said::Nothing,
        "succeeded" | "created" => Said::Done,
        "failed" | "canceled" | "cancelled" => {
            let error = error.filter(|error| !error.is_null());
            Said::Failed(state.to_owned(), error.cloned())
        }
        _ => Said::Running,
    }
}

/// What a resource says of itself. Most say nothing, and are there.
pub(super) fn resource(body: &[u8]) -> Said {
    let value = crate::arm::json::parse(body).unwrap_or_default();
    let properties = member(&value, "properties");
    said(
        properties.and_then(|p| member(p, "provisioningState")),
        None,
    )
}

/// What a status document says: `status` is the truth, at the top or under
/// `properties`. Where there is none, it may be the resource.
pub(super) fn document(body: &[u8]) -> Said {
    let value = crate::arm::json::parse(body).unwrap_or_default();
    let properties = member(&value, "properties");
    for part in [Some(&value), properties].into_iter().flatten() {
        let status = member(part, "status");
        if status.is_some_and(Value::is_string) {
            let inner = properties.and_then(|p| member(p, "error"));
            return said(status, member(part, "error").or(inner));
        }
    }
    resource(body)
}

/// The status that the end of an operation has, by the address to poll.
pub(in crate::arm) fn code_to_come(link: &str) -> Option<u16> {
    let pairs = link.rsplit(['?', '&']);
    let mut codes = pairs.filter_map(|pair| pair.split_once('='));
    let code = codes.find(|(name, _)| name.eq_ignore_ascii_case("asyncCode"));
    code.and_then(|(_, code)| code.parse().ok())
}

/// Whether a Location is one to poll, and not where the resource is.
pub(super) fn is_poll(location: &str) -> bool {
    let names = location.split(['?', '&']).skip(1);
    let mut names = names.filter_map(|pair| pair.split_once('='));
    names.any(|(name, _)| name.eq_ignore_ascii_case("asyncId"))
}

/// What an answer at a Location means for who waits there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Located {
    Running,
    /// It is the end, and what came is the resource, unless it is empty.
    End,
    /// Neither the end nor a promise of one: the resource itself has to be
    /// looked at.
    Unclear,
    Failed(String),
}

/// Reads an answer at a Location. A 201 is the end only where the address, an
/// ETag or the resource says so: to others it means that it still runs.
pub(super) fn located(status: u16, at: &Url, has_etag: bool, body: &[u8]) -> Located {
    match (status, resource(body)) {
        (202, _) | (_, Said::Running) => Located::Running,
        (_, Said::Failed(state, _)) => Located::Failed(state),
        (_, Said::Done) => Located::End,
        (201, Said::Nothing) if code_to_come(at.as_str()) != Some(201) && !has_etag => {
            Located::Unclear
        }
        (_, Said::Nothing) => Located::End,
    }
}

/// The pause before a poll, counted from zero: longer each time, and never
/// shorter than that, whatever the service asks for.
pub(super) fn pause(polls: u32, asked: Option<Duration>) -> Duration {
    let [first, shortest, longest] = PAUSES;
    let own = match polls.checked_sub(1) {
        None => first,
        Some(after) => shortest.saturating_mul(1 << after.min(10)).min(longest),
    };
    asked.unwrap_or(own).clamp(own, POLL_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failed(state: &str) -> Said {
        Said::Failed(state.to_owned(), None)
    }

    #[test]
    fn a_provisioning_state_is_read_in_any_case() {
        for (body, expected) in [
            (
                r#"{"properties":{"provisioningState":"succeeded"}}"#,
                Said::Done,
            ),
            (
                r#"{"properties":{"provisioningState":"Created"}}"#,
                Said::Done,
            ),
            (
                r#"{"properties":{"ProvisioningState":"InProgress"}}"#,
                Said::Running,
            ),
            (
                r#"{"properties":{"provisioningState":"Failed"}}"#,
                failed("Failed"),
            ),
            (
                r#"{"properties":{"provisioningState":"Canceled"}}"#,
                failed("Canceled"),
            ),
            (
                r#"{"properties":{"provisioningState":"Cancelled"}}"#,
                failed("Cancelled"),
            ),
            (
                r#"{"properties":{"provisioningState":null}}"#,
                Said::Nothing,
            ),
            (r#"{"properties":{}}"#, Said::Nothing),
            ("", Said::Nothing),
            ("[1]", Said::Nothing),
            ("<x/>", Said::Nothing),
        ] {
            assert_eq!(resource(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_status_is_read_at_the_top_or_below_properties() {
        let error = json!({"code": "ValidationError"});
        let with = Said::Failed("Failed".to_owned(), Some(error.clone()));
        for (body, expected) in [
            (json!({"status": "Succeeded"}), Said::Done),
            (json!({"Status": "InProgress"}), Said::Running),
            (json!({"properties": {"status": "Started"}}), Said::Running),
            (json!({"properties": {"status": "Succeeded"}}), Said::Done),
            (json!({"status": "Failed", "error": error}), with.clone()),
            (
                json!({"properties": {"status": "Failed", "error": error}}),
                with.clone(),
            ),
            (
                json!({"status": "Failed", "properties": {"error": error}}),
                with,
            ),
            (json!({"status": "Failed", "error": null}), failed("Failed")),
            (json!({"value": []}), Said::Nothing),
            (json!({"status": 7}), Said::Nothing),
            (
                json!({"properties": {"ProvisioningState": "InProgress"}}),
                Said::Running,
            ),
            (json!({"properties": {"displayName": "x"}}), Said::Nothing),
        ] {
            assert_eq!(document(body.to_string().as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_location_is_polled_when_it_names_an_operation() {
        assert!(is_poll("https://h/x?api-version=1&asyncId=1&asyncCode=201"));
        assert!(is_poll("/x?ASYNCID=1"));
        assert!(!is_poll("asyncId=1") && !is_poll("https://h/x?api-version=1"));
        assert_eq!(code_to_come("/x?asyncId=1&asyncCode=204"), Some(204));
        assert_eq!(code_to_come("/x?asynccode=201&a=b"), Some(201));
        assert_eq!(code_to_come("/x?asyncCode=no"), None);
        assert_eq!(code_to_come("/x"), None);
    }

    #[test]
    fn the_end_at_a_location_is_what_its_address_says() {
        let at = |query: &str| Url::parse(&format!("https://h/x{query}")).unwrap();
        let (named, other) = (at("?asyncCode=201"), at("?asyncId=1"));
        let whole = br#"{"properties":{"displayName":"x"}}"#;
        let running = br#"{"properties":{"provisioningState":"InProgress"}}"#;
        let done = br#"{"properties":{"provisioningState":"Succeeded"}}"#;
        let bad = br#"{"properties":{"provisioningState":"Failed"}}"#;
        for (status, at, etag, body, expected) in [
            (202, &named, true, &whole[..], Located::Running),
            (201, &named, false, whole, Located::End),
            (201, &named, false, running, Located::Running),
            (201, &other, false, whole, Located::Unclear),
            (201, &other, true, whole, Located::End),
            (201, &other, false, done, Located::End),
            (200, &other, false, whole, Located::End),
            (200, &other, false, b"", Located::End),
            (200, &other, false, running, Located::Running),
            (200, &other, true, bad, Located::Failed("Failed".to_owned())),
        ] {
            assert_eq!(located(status, at, etag, body), expected, "{status} {at}");
        }
    }

    #[test]
    fn polls_come_further_and_further_apart_whatever_is_asked_for() {
        let millis =
            |polls, asked: Option<u64>| pause(polls, asked.map(Duration::from_millis)).as_millis();
        for asked in [None, Some(0)] {
            let pauses: Vec<_> = (0..7).map(|polls| millis(polls, asked)).collect();
            assert_eq!(pauses, [50, 350, 700, 1400, 2800, 5000, 5000]);
        }
        assert_eq!(millis(u32::MAX, None), 5000);
        assert_eq!((millis(0, Some(7000)), millis(9, Some(7000))), (7000, 7000));
        assert_eq!(millis(0, Some(99_000_000)), POLL_PAUSE.as_millis());
    }
}
