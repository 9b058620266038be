//! What the service shows that nobody wrote.
//!
//! Nothing of it is stored, so that a PUT of the same body changes nothing.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::how::{How, Show, moment};
use crate::sandbox::links::memberships::ends;
use crate::sandbox::links::references::resolve;
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Entry, Properties, Service};

/// Since when APIs have several authorization servers.
const SEVERAL_SERVERS: &str = "2022-08-01";
/// Since when answers have members that no published type has.
const UNPUBLISHED: &str = "2023-05-01-preview";
/// Since when the list of a product's groups is shown, empty, in its GET.
const NO_GROUPS: &str = "2024-05-01";

/// Adds to a resource what the service fills in.
pub(crate) fn fill(service: &Service, entry: &Entry, show: &Show<'_>, members: &mut Properties) {
    let mut set = |name: &str, value: Value| {
        members.entry(name).or_insert(value);
    };
    match entry.path.pattern().as_str() {
        "apis" => api(service, show, members),
        "apis/operations" => operation(show, members),
        "apis/diagnostics" | "diagnostics" => {
            set("logClientIp", json!(true));
            set("httpCorrelationProtocol", json!("Legacy"));
            set("alwaysLog", Value::Null);
            if show.is_since("2020-12-01") {
                let masked = json!({"queryParams": [{"value": "*", "mode": "Hide"}]});
                let request = json!({"headers": null, "body": null, "dataMasking": masked});
                let side = json!({"request": request, "response": null});
                set("frontend", side.clone());
                set("backend", side);
            } else {
                set("enableHttpCorrelationHeaders", json!(true));
            }
            if show.is_since(UNPUBLISHED) {
                for name in ["largeLanguageModel", "mcp", "a2a", "tags"] {
                    set(name, Value::Null);
                }
            }
        }
        "apis/issues" => set("state", json!("proposed")),
        "apis/resolvers" => set("publicId", json!(entry.path.name())),
        "apis/tagDescriptions" => {
            let tag = Path::top(entry.path.workspace(), "tags", entry.path.name());
            if let Some(tag) = service.get(&tag) {
                set("displayName", json!(tag.text("displayName")));
            }
            set("tagId", json!(format!("{}{}", service.id, tag.text())));
        }
        "authorizationProviders" => authorization_provider(service, members),
        "authorizationProviders/authorizations" => {
            set("status", json!("Error"));
            let message = "This connection is not authenticated.";
            set(
                "error",
                json!({"code": "Unauthenticated", "message": message}),
            );
        }
        "authorizationServers" => set("supportState", json!(false)),
        "loggers" => set("isBuffered", json!(true)),
        "notifications/recipientEmails" => set("email", json!(entry.path.name())),
        "products" => {
            set("state", json!("notPublished"));
            set("subscriptionRequired", json!(true));
            if members.get("subscriptionRequired") != Some(&json!(false)) {
                members.entry("approvalRequired").or_insert(json!(false));
            }
            if let Some(groups) = groups(service, entry, show) {
                members.insert("groups".to_owned(), groups);
            }
        }
        "subscriptions" => {
            if !show.is_since("2022-08-01") && members.get("allowTracing") == Some(&json!(false)) {
                members.remove("allowTracing");
            }
            if let Some(told) = entry.text("expirationDate").and_then(notified) {
                members.insert("notificationDate".to_owned(), json!(told));
            }
        }
        "users" => {
            set("state", json!("active"));
            set("registrationDate", json!(moment(entry.created, show)));
            set("identities", identities(entry));
            if show.how == How::Made {
                let developers = Path::top(None, "groups", "developers");
                let group = service
                    .get(&developers)
                    .map(|group| group_in(service, group));
                set("groups", json!(Vec::from_iter(group)));
            }
        }
        _ => {}
    }
}

/// When people are told that a subscription ends.
fn notified(expires: &str) -> Option<String> {
    let expires = OffsetDateTime::parse(expires, &Rfc3339).ok()?;
    let told = expires.checked_sub(time::Duration::days(12))?;
    told.format(&Rfc3339).ok()
}

/// Who a user is, as far as is known: by e-mail and password.
pub(crate) fn identities(user: &Entry) -> Value {
    let kind = if user.path.name() == "1" {
        "Azure"
    } else {
        "Basic"
    };
    json!([{"provider": kind, "id": user.text("email")}])
}

/// A group as it stands within what belongs to it: its name there is its
/// display name.
fn group_in(service: &Service, group: &Entry) -> Value {
    json!({
        "id": format!("{}{}", service.id, group.path.text()),
        "name": group.text("displayName"),
        "description": group.text("description"),
        "builtIn": group.text("type") == Some("system"),
        "type": group.text("type").unwrap_or("custom"),
        "externalId": group.text("externalId"),
    })
}

/// The groups of a product: told when it is made, and none ever after.
fn groups(service: &Service, product: &Entry, show: &Show<'_>) -> Option<Value> {
    match show.how {
        How::Made => Some(
            ends(service, &product.path, "groupLinks", "groupId")
                .iter()
                .filter_map(|path| service.get(path))
                .map(|group| group_in(service, group))
                .collect(),
        ),
        How::Put => Some(json!([])),
        How::Get => show.is_since(NO_GROUPS).then(|| json!([])),
        How::List => None,
    }
}

fn api(service: &Service, show: &Show<'_>, members: &mut Properties) {
    members.remove("isOnline");
    if members.get("type") == Some(&json!("http")) {
        members.remove("type");
    }
    if let Some(Value::Array(protocols)) = members.get_mut("protocols") {
        protocols.sort_by_key(|protocol| protocol != "http");
    }
    if !show.is_since("2019-12-01") {
        members.remove("subscriptionRequired");
    }
    if show.how == How::List && !show.is_since("2021-08-01") {
        members.insert("authenticationSettings".to_owned(), Value::Null);
        members.insert("subscriptionKeyParameterNames".to_owned(), Value::Null);
    } else {
        let settings = members
            .entry("authenticationSettings")
            .or_insert_with(|| json!({}));
        if let Value::Object(settings) = settings {
            both_forms(show, settings);
        }
    }
    if show.writes()
        && let Some(id) = members.get("apiVersionSetId").and_then(Value::as_str)
        && let Ok(path) = resolve(service, None, id)
        && let Some(set) = service.get(&path)
    {
        let text = |member: &str| json!(set.text(member));
        let about = json!({
            "id": id,
            "name": text("displayName"),
            "description": text("description"),
            "versioningScheme": text("versioningScheme"),
            "versionQueryName": text("versionQueryName"),
            "versionHeaderName": text("versionHeaderName"),
        });
        members.insert("apiVersionSet".to_owned(), about);
    }
    if !show.is_since(UNPUBLISHED) {
        return;
    }
    members.insert("isAgent".to_owned(), json!(false));
    for name in [
        "a2aProperties",
        "agent",
        "backendId",
        "jsonRpcProperties",
        "mcpProperties",
    ] {
        members.entry(name).or_insert(Value::Null);
    }
    let text = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let effective = match (text("path"), text("apiVersion")) {
        _ if !show.writes() || !show.is_since(NO_GROUPS) => Value::Null,
        (_, "") => Value::Null,
        (path, version) => json!(format!("{path}/{version}")),
    };
    members.insert("effectivePath".to_owned(), effective);
    if let Some(Value::Object(names)) = members.get_mut("subscriptionKeyParameterNames") {
        names.insert("bearer".to_owned(), Value::Null);
    }
}

/// What names authorization servers is shown in both of its forms, though no
/// body may have both.
fn both_forms(show: &Show<'_>, settings: &mut Map<String, Value>) {
    for (one, many) in [
        ("oAuth2", "oAuth2AuthenticationSettings"),
        ("openid", "openidAuthenticationSettings"),
    ] {
        let single = settings.get(one).filter(|value| !value.is_null()).cloned();
        let list = settings.get(many).and_then(Value::as_array).cloned();
        let list = list.unwrap_or_default();
        let first = single.clone().or_else(|| list.first().cloned());
        settings.insert(one.to_owned(), first.unwrap_or_default());
        if !show.is_since(SEVERAL_SERVERS) {
            settings.remove(many);
        } else if list.is_empty() {
            settings.insert(many.to_owned(), json!(Vec::from_iter(single)));
        }
    }
    if show.is_since(UNPUBLISHED) {
        settings
            .entry("returnProtectedResourceMetadata")
            .or_insert(json!(false));
    }
}

fn operation(show: &Show<'_>, members: &mut Properties) {
    if let Some(Value::String(template)) = members.get_mut("urlTemplate")
        && !template.starts_with('/')
    {
        template.insert(0, '/');
    }
    for list in ["templateParameters", "responses"] {
        members.entry(list).or_insert_with(|| json!([]));
    }
    parameters(members.get_mut("templateParameters"));
    if !show.writes()
        && let Some(Value::Array(items)) = members.get_mut("templateParameters")
    {
        for parameter in items.iter_mut().filter_map(Value::as_object_mut) {
            parameter.insert("required".to_owned(), json!(true));
        }
    }
    let request = members.entry("request").or_insert_with(|| json!({}));
    if let Value::Object(request) = request {
        for list in ["headers", "queryParameters", "representations"] {
            request.entry(list).or_insert_with(|| json!([]));
        }
        parameters(request.get_mut("headers"));
        parameters(request.get_mut("queryParameters"));
        samples(request.get_mut("representations"));
        let empty = request.values().all(|value| *value == json!([]));
        if show.how == How::List && empty {
            members.remove("request");
        }
    }
    if let Some(Value::Array(responses)) = members.get_mut("responses") {
        for response in responses.iter_mut().filter_map(Value::as_object_mut) {
            for list in ["headers", "representations"] {
                response.entry(list).or_insert_with(|| json!([]));
            }
            parameters(response.get_mut("headers"));
            samples(response.get_mut("representations"));
        }
    }
}

/// Parameters have a list of values, and no `required` that is false.
fn parameters(list: Option<&mut Value>) {
    let items = list.and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in items.filter_map(Value::as_object_mut) {
        parameter.entry("values").or_insert_with(|| json!([]));
        if parameter.get("required") == Some(&json!(false)) {
            parameter.remove("required");
        }
    }
}

/// A representation repeats its default example as its sample, and has one made
/// of its schema where it has none.
fn samples(list: Option<&mut Value>) {
    let items = list.and_then(Value::as_array_mut).into_iter().flatten();
    for item in items.filter_map(Value::as_object_mut) {
        let example = item
            .get("examples")
            .map(|all| all["default"]["value"].clone());
        match example.filter(|example| !example.is_null()) {
            Some(Value::String(text)) => {
                item.entry("sample").or_insert(json!(text));
            }
            Some(other) => {
                item.entry("sample").or_insert(json!(other.to_string()));
            }
            None if item.get("schemaId").is_some_and(Value::is_string) => {
                item.insert("generatedSample".to_owned(), json!("{}"));
            }
            None => {}
        }
    }
}

fn authorization_provider(service: &Service, members: &mut Properties) {
    let Some(Value::Object(settings)) = members.get_mut("oauth2") else {
        return;
    };
    let redirect = format!(
        "https://authorization-manager.consent.azure-apim.net/redirect/apim/{}",
        service.id.name()
    );
    settings.entry("redirectUrl").or_insert(json!(redirect));
    let Some(Value::Object(grants)) = settings.get_mut("grantTypes") else {
        return;
    };
    for grant in grants.values_mut().filter_map(Value::as_object_mut) {
        let given = std::mem::take(grant);
        for (mut name, value) in given {
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            if name != "clientSecret" {
                grant.insert(name, value);
            }
        }
    }
}

/// Takes from a resource what is not shown of it at another place than its own.
pub(crate) fn as_seen_from(entry: &Entry, at: &Path, show: &Show<'_>, members: &mut Properties) {
    match at.pattern().as_str() {
        "products/apis" => {
            for name in ["authenticationSettings", "subscriptionKeyParameterNames"] {
                members.insert(name.to_owned(), Value::Null);
            }
            if show.how != How::List {
                members.insert("protocols".to_owned(), Value::Null);
            }
            for name in [
                "apiVersionSet",
                "apiVersionSetId",
                "contact",
                "license",
                "termsOfServiceUrl",
            ] {
                members.remove(name);
            }
            if show.is_since(UNPUBLISHED) {
                members.insert("effectivePath".to_owned(), Value::Null);
                let changed = json!(moment(entry.updated, show));
                members.insert("specificationLastUpdated".to_owned(), changed);
            }
        }
        "groups/users" => {
            for name in ["groups", "identities"] {
                members.insert(name.to_owned(), json!([]));
            }
        }
        _ => {}
    }
}
