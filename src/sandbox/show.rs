//! A resource as the service shows it.

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::memberships::ends;
use super::path::Path;
use super::rules::kinds::{Verb, kind_of};
use super::rules::policy;
use super::store::{Entry, Properties, Service};
use crate::address::{PROVIDER, split_revision};

/// In what kind of answer a resource is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    Get,
    List,
    /// The answer to a PUT or PATCH: keys are in clear.
    Put,
}

/// Members that are shown as null when they are unset.
fn nulls(pattern: &str) -> &'static [&'static str] {
    match pattern {
        "apis" => &["description", "serviceUrl"],
        "apis/operations" => &["description", "policies", "request"],
        "apiVersionSets" => &["description", "versionHeaderName", "versionQueryName"],
        "backends" => &[
            "circuitBreaker",
            "credentials",
            "description",
            "pool",
            "properties",
            "proxy",
            "resourceId",
            "title",
            "tls",
        ],
        "groups" => &["description", "externalId"],
        "loggers" => &["description", "resourceId"],
        "namedValues" => &["keyVault", "tags"],
        "policyFragments" => &["description"],
        "products" => &["description", "terms"],
        "subscriptions" => &[
            "endDate",
            "expirationDate",
            "notificationDate",
            "ownerId",
            "startDate",
            "stateComment",
        ],
        "users" => &["note"],
        "workspaces" => &["description"],
        _ => &[],
    }
}

/// Members that never come back, whatever the answer.
fn secrets(pattern: &str) -> &'static [&'static str] {
    match pattern {
        "certificates" => &["data", "password"],
        "authorizationServers" | "openidConnectProviders" => &["clientSecret"],
        "users" => &["password"],
        "subscriptions" => &["primaryKey", "secondaryKey"],
        _ => &[],
    }
}

/// The type that ARM prints for a resource.
pub(super) fn type_of(path: &Path) -> String {
    let scope = if path.workspace.is_some() {
        "/workspaces"
    } else {
        ""
    };
    format!("{PROVIDER}/service{scope}/{}", path.pattern())
}

/// The whole JSON of a resource, shown at another path when one is given.
pub(super) fn shown(
    service: &Service,
    entry: &Entry,
    at: Option<&Path>,
    how: Show,
    raw: bool,
    now: Instant,
) -> Value {
    let path = at.unwrap_or(&entry.path);
    json!({
        "id": format!("{}{}", service.id, path.text()),
        "type": type_of(path),
        "name": path.name(),
        "properties": properties(service, entry, how, raw, now),
    })
}

fn properties(service: &Service, entry: &Entry, how: Show, raw: bool, now: Instant) -> Properties {
    let pattern = entry.path.pattern();
    let mut members = entry.properties.clone();
    if !(how == Show::Put && pattern == "subscriptions") {
        for secret in secrets(&pattern) {
            members.remove(*secret);
        }
    }
    for unset in nulls(&pattern) {
        members.entry(*unset).or_insert(Value::Null);
    }
    let kind = kind_of(&pattern);
    if let Some(kind) = kind {
        if how == Show::List {
            for hidden in kind.list_hides {
                members.remove(*hidden);
            }
        }
        if kind.long_running(Verb::Put) && kind.pattern != "apis" {
            let state = if entry.is_ready(now) {
                "Succeeded"
            } else {
                "InProgress"
            };
            members.insert("provisioningState".to_owned(), json!(state));
        }
    }
    match pattern.as_str() {
        "apis" => show_api(&mut members),
        "notifications" => show_recipients(service, &mut members, &entry.path),
        "apis/releases" => {
            if how != Show::List {
                show_release(service, &mut members, &entry.path);
            }
            members.insert(
                "createdDateTime".to_owned(),
                json!(time(entry.created, how)),
            );
            members.insert(
                "updatedDateTime".to_owned(),
                json!(time(entry.updated, how)),
            );
        }
        "loggers" if !service.switches.endpoint_address => {
            if let Some(Value::Object(credentials)) = members.get_mut("credentials")
                && credentials.contains_key("identityClientId")
            {
                credentials.remove("endpointAddress");
            }
        }
        "namedValues" => {
            let in_vault = members.get("keyVault").is_some_and(Value::is_object);
            if in_vault || members.get("secret") == Some(&Value::Bool(true)) {
                members.remove("value");
            }
        }
        "subscriptions" => {
            members.insert("createdDate".to_owned(), json!(time(entry.created, how)));
        }
        // The answer to a PUT lists the groups, which no body may have.
        "products" if how == Show::Put => {
            let groups: Vec<Value> = ends(service, &entry.path, "groupLinks", "groupId")
                .iter()
                .filter_map(|path| service.get(path))
                .map(|group| {
                    json!({
                        "id": format!("{}{}", service.id, group.path.text()),
                        "displayName": group.text("displayName"),
                        "builtIn": group.text("type") == Some("system"),
                        "type": group.text("type").unwrap_or("custom"),
                    })
                })
                .collect();
            members.insert("groups".to_owned(), Value::Array(groups));
        }
        "groups" => {
            members.entry("builtIn").or_insert(json!(false));
            members.entry("type").or_insert(json!("custom"));
        }
        "policyFragments" => show_document(&mut members, raw),
        pattern if pattern == "policies" || pattern.ends_with("/policies") => {
            show_document(&mut members, raw);
        }
        _ => {}
    }
    members
}

/// A notification shows who is told: addresses, and ids of users.
fn show_recipients(service: &Service, members: &mut Properties, path: &Path) {
    let names = |collection| {
        let entries = service.children(path, collection).into_iter();
        entries.map(|entry| entry.path.name().to_owned())
    };
    let emails: Vec<String> = names("recipientEmails").collect();
    let users: Vec<String> = names("recipientUsers")
        .map(|name| format!("{}/users/{name}", service.id))
        .collect();
    members.insert(
        "recipients".to_owned(),
        json!({"emails": emails, "users": users}),
    );
}

fn show_api(members: &mut Properties) {
    members.entry("isOnline").or_insert(json!(true));
    let settings = members
        .entry("authenticationSettings")
        .or_insert_with(|| json!({}));
    if let Value::Object(settings) = settings {
        for member in ["oAuth2", "openid"] {
            settings.entry(member).or_insert(Value::Null);
        }
    }
}

/// A release of the current revision names the API without a revision.
fn show_release(service: &Service, members: &mut Properties, path: &Path) {
    let Some(id) = members.get("apiId").and_then(Value::as_str) else {
        return;
    };
    let (root, Some(number)) = split_revision(id) else {
        return;
    };
    let current = path
        .api_root()
        .and_then(|root| service.get(&root))
        .and_then(|api| api.text("apiRevision"));
    if current == Some(number) {
        let root = root.to_owned();
        members.insert("apiId".to_owned(), json!(root));
    }
}

fn show_document(members: &mut Properties, raw: bool) {
    if raw {
        members.insert("format".to_owned(), json!("rawxml"));
        return;
    }
    members.insert("format".to_owned(), json!("xml"));
    if let Some(Value::String(text)) = members.get_mut("value") {
        *text = policy::to_xml(text);
    }
}

/// Times have seven decimals in an answer to a PUT, and three later on.
fn time(at: OffsetDateTime, how: Show) -> String {
    let second = at
        .replace_nanosecond(0)
        .ok()
        .and_then(|at| {
            at.format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default();
    let second = second.trim_end_matches('Z');
    if how == Show::Put {
        format!("{second}.{:07}Z", at.nanosecond() / 100)
    } else {
        format!("{second}.{:03}Z", at.millisecond())
    }
}

/// An ETag as it stands in the header: eight bytes in base64, quoted.
pub(super) fn etag(number: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("\"");
    // 64 bits and two more that are zero make eleven digits.
    for place in (0..11u32).rev() {
        let digit = if place == 0 {
            (number << 2) & 63
        } else {
            (number >> (6 * place - 2)) & 63
        };
        let digit = usize::try_from(digit).unwrap_or_default();
        text.push(char::from(DIGITS[digit]));
    }
    text.push_str("=\"");
    text
}

/// Reads an ETag as the service writes it: eight bytes in base64, in quotes.
pub(super) fn etag_number(text: &str) -> Option<u64> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.strip_prefix('"')?.strip_suffix("=\"")?;
    if digits.len() != 11 {
        return None;
    }
    let mut number: u128 = 0;
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|d| *d == digit)?;
        number = (number << 6) | u128::try_from(value).ok()?;
    }
    // Eleven digits are 66 bits, of which the last two say nothing.
    u64::try_from(number >> 2).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_read_as_it_is_written() {
        for number in [0, 1, 0x00e6_a1d5, u64::MAX] {
            assert_eq!(etag_number(&etag(number)), Some(number));
        }
        for odd in ["", "x", "\"AAAA\"", "\"AAAAAAAA!!!=\""] {
            assert_eq!(etag_number(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_etag_is_eight_bytes_in_base64() {
        assert_eq!(etag(0), "\"AAAAAAAAAAA=\"");
        assert_eq!(etag(0x00e6_a1d5), "\"AAAAAADmodU=\"");
        assert_eq!(etag(u64::MAX), "\"//////////8=\"");
    }

    #[test]
    fn times_have_three_or_seven_decimals() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_789).unwrap();
        assert_eq!(time(at, Show::Get), "2023-11-14T22:13:20.123Z");
        assert_eq!(time(at, Show::Put), "2023-11-14T22:13:20.1234567Z");
    }
}
