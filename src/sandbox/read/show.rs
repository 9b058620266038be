//! A resource as the service shows it.

use serde_json::{Value, json};

use super::filled;
use super::how::{How, Show, moment};
use crate::address::{PROVIDER, split_revision};
use crate::sandbox::http::reply::Reply;
use crate::sandbox::rules::kinds::{Verb, Verbs, kind_of};
use crate::sandbox::rules::policy;
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Entry, Properties, Service};
use crate::sandbox::switches::NameCase;

/// Members that are shown as null when they are unset.
fn nulls(pattern: &str) -> &'static [&'static str] {
    match pattern {
        "apis" => &["description", "serviceUrl"],
        "apis/operations" => &["description", "policies"],
        "apiVersionSets" => &["description", "versionHeaderName", "versionQueryName"],
        "backends" => &["title"],
        "groups" => &["description", "externalId"],
        "loggers" => &["description", "maxMessageSizeInBytes", "resourceId"],
        "namedValues" => &["keyVault", "tags"],
        "policyFragments" => &["description"],
        "products" => &[
            "approvalRequired",
            "description",
            "subscriptionsLimit",
            "terms",
        ],
        "subscriptions" => &[
            "displayName",
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

/// Members that don't come back in this kind of answer.
fn secrets(pattern: &str, show: &Show<'_>) -> &'static [&'static str] {
    match pattern {
        "certificates" => &["data", "password"],
        "authorizationServers" | "openidConnectProviders"
            if show.writes() || !show.is_since("2019-12-01") =>
        {
            &[]
        }
        "authorizationServers" => &[
            "clientSecret",
            "resourceOwnerUsername",
            "resourceOwnerPassword",
        ],
        "openidConnectProviders" => &["clientSecret"],
        "users" => &["password", "confirmation"],
        // The keys were shown to everybody who could read, once.
        "subscriptions" if show.writes() || !show.is_since("2019-12-01") => &[],
        "subscriptions" => &["primaryKey", "secondaryKey"],
        "apis/resolvers" => &["displayName"],
        _ => &[],
    }
}

/// The type that ARM prints for a resource.
pub(crate) fn type_of(path: &Path) -> String {
    let scope = if path.workspace.is_some() {
        "/workspaces"
    } else {
        ""
    };
    format!("{PROVIDER}/service{scope}/{}", path.pattern())
}

/// The whole JSON of a resource, shown at another path when one is given.
pub(crate) fn shown(service: &Service, entry: &Entry, at: Option<&Path>, show: &Show<'_>) -> Value {
    let path = at.unwrap_or(&entry.path);
    let mut members = properties(service, entry, show);
    filled::as_seen_from(entry, path, show, &mut members);
    let mut shown = json!({
        "id": format!("{}{}", service.id, path.text()),
        "type": type_of(path),
        "name": path.name(),
    });
    // What `json!` is given it copies, however deep that is.
    shown["properties"] = Value::Object(members);
    match path.pattern().as_str() {
        "policyFragments" => {
            let text = path
                .text()
                .replace("/policyFragments/", "/policyfragments/");
            shown["id"] = json!(format!("{}{text}", service.id));
        }
        pattern if pattern.starts_with("authorizationProviders") => {
            shown["location"] = json!(service.location);
        }
        _ => {}
    }
    respell(service, &mut shown);
    shown
}

/// Shows names in another case than they were made in, and so ids: the
/// resource's own one, and those that it refers to.
fn respell(service: &Service, shown: &mut Value) {
    let spelled: fn(&str) -> String = match service.switches.name_case {
        NameCase::Stored | NameCase::Sensitive => return,
        NameCase::Lower => |text| text.to_lowercase(),
        NameCase::Upper => |text| text.to_uppercase().replace(";REV=", ";rev="),
    };
    if let Some(name) = shown["name"].as_str().map(spelled) {
        shown["name"] = json!(name);
    }
    respell_ids(&service.id.to_string().to_lowercase(), spelled, shown);
}

fn respell_ids(service: &str, spelled: fn(&str) -> String, value: &mut Value) {
    match value {
        Value::String(text) if text.to_lowercase().starts_with(service) => *text = spelled(text),
        Value::Array(items) => (items.iter_mut()).for_each(|v| respell_ids(service, spelled, v)),
        Value::Object(members) => {
            (members.values_mut()).for_each(|v| respell_ids(service, spelled, v));
        }
        _ => {}
    }
}

fn properties(service: &Service, entry: &Entry, show: &Show<'_>) -> Properties {
    let pattern = entry.path.pattern();
    let mut members = entry.properties.clone();
    filled::fill(service, entry, show, &mut members);
    for secret in secrets(&pattern, show) {
        members.remove(*secret);
    }
    for unset in nulls(&pattern) {
        members.entry(*unset).or_insert(Value::Null);
    }
    let kind = kind_of(&pattern);
    if let Some(kind) = kind {
        if show.how == How::List {
            if service.switches.thin_lists && kind.pattern == "apis/operations" {
                members.remove("request");
                members.remove("responses");
            }
            let all = kind.pattern == "apis/schemas" && !show.is_since("2022-08-01");
            for hidden in kind.list_hides.iter().filter(|_| !all) {
                members.remove(*hidden);
            }
        }
        let told = kind.pattern != "apis" && show.is_since("2023-05-01-preview");
        if kind.long_running(Verb::Put) && told {
            let state = if entry.is_ready(show.now) {
                "Succeeded"
            } else {
                "InProgress"
            };
            members.insert("provisioningState".to_owned(), json!(state));
        }
    }
    match pattern.as_str() {
        "notifications" => show_recipients(service, &mut members, &entry.path),
        "apis/releases" => {
            if show.how != How::List {
                show_release(service, &mut members, &entry.path);
            }
            members.insert(
                "createdDateTime".to_owned(),
                json!(moment(entry.created, show)),
            );
            members.insert(
                "updatedDateTime".to_owned(),
                json!(moment(entry.updated, show)),
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
            members.insert("createdDate".to_owned(), json!(moment(entry.created, show)));
        }
        "groups" => {
            members.entry("builtIn").or_insert(json!(false));
            members.entry("type").or_insert(json!("custom"));
        }
        "policyFragments" => {
            show_document(&mut members, show.raw);
            if !show.raw {
                members.remove("format");
            }
        }
        pattern if pattern == "policies" || pattern.ends_with("/policies") => {
            show_document(&mut members, show.raw);
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

/// An answer with the ETag of what it shows, where that has one.
pub(crate) fn tagged(reply: Reply, entry: &Entry) -> Reply {
    let kind = kind_of(&entry.path.pattern());
    match kind.map(|kind| kind.verbs) {
        Some(Verbs::EntityNoHead | Verbs::Fixed) => reply,
        _ => reply.with("etag", etag(entry.etag)),
    }
}

/// An ETag as it stands in the header: eight bytes in base64, quoted.
pub(crate) fn etag(number: u64) -> String {
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
pub(crate) fn etag_number(text: &str) -> Option<u64> {
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
}
