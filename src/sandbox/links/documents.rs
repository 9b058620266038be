//! Policies and fragments: what they name must be there, in the same scope.

use serde_json::Value;
use tokio::time::Instant;

use crate::sandbox::http::reply::Refusal;
use crate::sandbox::rules::policy::{self, PolicyRef, RefKind};
use crate::sandbox::store::path::{Path, scope_text};
use crate::sandbox::store::{Entry, Properties, Service};

/// Turns a document's body into what is stored: the raw text, normalised.
pub(crate) fn stored(path: &Path, properties: &mut Properties) -> Result<(), Refusal> {
    let format = properties
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or("xml")
        .to_ascii_lowercase();
    let Some(text) = properties.get("value").and_then(Value::as_str) else {
        return Err(Refusal::field("value", "The value is required."));
    };
    let fragment = path.pattern() == "policyFragments";
    let raw = match format.as_str() {
        "rawxml" => text.to_owned(),
        "xml" => {
            let problem = match path.pattern().as_str() {
                "apis/resolvers/policies" => policy::resolver_xml_problem(text),
                _ => policy::well_formed_problem(text, fragment),
            };
            if let Some(why) = problem {
                return Err(malformed(path, &why));
            }
            policy::from_xml(text)
        }
        _ => {
            return Err(Refusal::field(
                "value",
                "The sandbox does not fetch linked documents.",
            ));
        }
    };
    let problem = if path.pattern() == "apis/resolvers/policies" {
        policy::resolver_problem(&raw)
    } else {
        policy::problem(&raw, fragment)
    };
    if let Some(why) = problem {
        return Err(malformed(path, &why));
    }
    properties.insert("value".to_owned(), Value::String(policy::normalise(&raw)));
    properties.insert("format".to_owned(), Value::String("rawxml".to_owned()));
    Ok(())
}

fn malformed(path: &Path, why: &str) -> Refusal {
    if path.pattern() == "policyFragments" {
        Refusal::field(
            "value",
            format!("The policy fragment is not a valid XML: {why}"),
        )
    } else {
        Refusal::field("value", why)
    }
}

/// Refuses a document that names something absent from its scope.
pub(crate) fn check(
    service: &Service,
    path: &Path,
    text: &str,
    now: Instant,
) -> Result<(), Refusal> {
    let workspace = path.workspace();
    let mut wrong = Vec::new();
    for reference in policy::references(text) {
        if reference.in_comment
            && !(reference.kind == RefKind::NamedValue && service.switches.comment_values)
        {
            continue;
        }
        if !known(service, workspace, &reference, now) {
            wrong.push((
                reference.element.clone(),
                format!(
                    "Error in element '{}' on line {}, column {}: {}",
                    reference.element,
                    reference.line,
                    reference.column,
                    complaint(&reference)
                ),
            ));
        }
    }
    let refused = service.switches.refused_policy.as_str();
    if !refused.is_empty() && text.contains(refused) {
        wrong.push((
            "policies".to_owned(),
            format!("Error in element 'policies' on line 1, column 1: '{refused}' is not allowed"),
        ));
    }
    if workspace.is_some() {
        for (element, line, column) in policy::not_in_workspace(text) {
            wrong.push((
                element.clone(),
                format!(
                    "Error in element '{element}' on line {line}, column {column}: Policy is not allowed in a workspace"
                ),
            ));
        }
        if !service.switches.workspace_identity && text.contains("<authentication-managed-identity")
        {
            wrong.push((
                "authentication-managed-identity".to_owned(),
                "Policy is not allowed in a workspace".to_owned(),
            ));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::fields(wrong))
    }
}

fn complaint(reference: &PolicyRef) -> String {
    let id = &reference.id;
    match reference.kind {
        RefKind::NamedValue => format!("Cannot find a property '{id}'"),
        RefKind::Fragment => format!("Policy fragment with id '{id}' could not be found."),
        RefKind::Backend => format!("Backend with id '{id}' could not be found."),
        RefKind::Certificate => format!("Certificate with id '{id}' could not be found."),
        RefKind::Logger => format!("Logger with id '{id}' could not be found."),
        RefKind::Schema => format!("Schema with id '{id}' could not be found."),
        RefKind::AuthProvider => {
            format!("Authorization provider with id '{id}' could not be found.")
        }
    }
}

fn known(service: &Service, workspace: Option<&str>, reference: &PolicyRef, now: Instant) -> bool {
    let there = |collection: &'static str| {
        let path = Path::top(workspace, collection, &reference.id);
        service.ready(&path, now).is_some()
    };
    match reference.kind {
        RefKind::NamedValue => {
            // Only where there is one of that name are they its.
            reference.in_interpolated
                || reference.in_liquid && service.switches.liquid
                || reference.in_cdata && !service.switches.cdata_values
                || named_value(service, workspace, &reference.id, now).is_some()
        }
        RefKind::Fragment => there("policyFragments"),
        RefKind::Backend => there("backends"),
        RefKind::Certificate => there("certificates"),
        RefKind::Logger => there("loggers"),
        RefKind::Schema => there("schemas"),
        RefKind::AuthProvider => there("authorizationProviders"),
    }
}

/// The named value of a scope with this display name.
pub(crate) fn named_value<'a>(
    service: &'a Service,
    workspace: Option<&str>,
    display_name: &str,
    now: Instant,
) -> Option<&'a Entry> {
    service
        .list(&format!("{}/namedValues", scope_text(workspace)))
        .filter(|entry| entry.is_there(now))
        .find(|entry| {
            entry
                .text("displayName")
                .is_some_and(|name| name.eq_ignore_ascii_case(display_name))
        })
}

/// The display names between double braces in any text.
pub(crate) fn braces(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find("}}") else { break };
        let name = rest[..end].trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if !name.is_empty() && name.chars().all(fits) {
            found.push(name.to_owned());
        }
        rest = &rest[end..];
    }
    found
}

/// Every string inside a value.
pub(crate) fn strings(value: &Value, act: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => act(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, act)),
        Value::Object(members) => members.values().for_each(|member| strings(member, act)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_double_braces() {
        assert_eq!(braces("a{{ x-1 }}b{{y.z}}{{no way}}"), ["x-1", "y.z"]);
    }
}
