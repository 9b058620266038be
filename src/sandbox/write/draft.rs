//! From a body to what is stored.

use serde_json::{Map, Value};

use super::{checks, effects, revisions, workspace};
use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::rules::body;
use crate::sandbox::rules::kinds::{KindRule, Verb, Verbs};
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Draft, Properties, Service};
use crate::sandbox::switches::RevisionNull;

/// Works out what a PUT or PATCH stores, or why it stores nothing.
pub(crate) fn prepare(
    service: &mut Service,
    kind: &KindRule,
    path: &Path,
    call: &Call,
    verb: Verb,
    given: &Properties,
    old: Option<&Properties>,
) -> Result<Draft, Refusal> {
    let is_api = kind.pattern == "apis";
    let whole =
        verb == Verb::Put && !(is_api && (old.is_some() || given.contains_key("sourceApiId")));
    let nulls: Vec<&String> = (given.iter())
        .filter(|(_, value)| value.is_null())
        .map(|(member, _)| member)
        .collect();
    let mut given = given.clone();
    // A release keeps its API when the body says nothing of it.
    if let (true, Some(api)) = (
        kind.pattern == "apis/releases",
        old.and_then(|old| old.get("apiId")),
    ) {
        given.entry("apiId").or_insert_with(|| api.clone());
    }
    if kind.verbs == Verbs::Policy && !service.strict && !given.contains_key("value") {
        return Ok(nonsense());
    }
    let given = &fitting(service, kind, path, call, whole, &given)?;
    if old.is_none() {
        workspace::name_is_free(service, kind, path)?;
        workspace::has_room(service, kind, path)?;
        workspace::end_has_room(service, path, given, call.now)?;
    }
    if is_api {
        let mut draft = revisions::draft(service, path, given, verb == Verb::Patch, call.now)?;
        draft.properties.retain(|member, value| {
            let cleared = draft.copy.is_some()
                && service.switches.revision_null == RevisionNull::Clears
                && revisions::may_differ(member)
                && nulls.contains(&member);
            !value.is_null() && !cleared
        });
        checks::complete(service, path, &mut draft.properties, old, call.now)?;
        return Ok(draft);
    }
    let mut properties = match (verb, old) {
        (Verb::Patch, Some(old)) => {
            let mut merged = old.clone();
            merge(&mut merged, given);
            merged
        }
        _ => given.clone(),
    };
    for member in ["provisioningState", "createdDateTime", "updatedDateTime"] {
        properties.remove(member);
    }
    properties.retain(|_, value| !value.is_null());
    checks::complete(service, path, &mut properties, old, call.now)?;
    if kind.pattern == "loggers" {
        effects::mint_credentials(service, path, &mut properties);
    }
    Ok(Draft {
        properties,
        copy: None,
        current: false,
        at: None,
    })
}

/// What is stored of a policy that is put without its text: the service takes
/// it all the same.
fn nonsense() -> Draft {
    let mut properties = Properties::new();
    for (member, value) in [("format", "rawxml"), ("value", "<format>xml</format>")] {
        properties.insert(member.to_owned(), Value::from(value));
    }
    Draft {
        properties,
        copy: None,
        current: false,
        at: None,
    }
}

/// A body whose members all fit the kind. Unknown, read-only and null members
/// are refused, or left out when the sandbox is not strict.
fn fitting(
    service: &Service,
    kind: &KindRule,
    path: &Path,
    call: &Call,
    whole: bool,
    given: &Properties,
) -> Result<Properties, Refusal> {
    let mut given = given.clone();
    if !service.strict {
        given.retain(|_, value| !value.is_null());
    }
    let long_ids = path.workspace.is_some() && !service.switches.short_ids;
    let mut wrong = body::check(kind.pattern, long_ids, whole, &given);
    // A PATCH may set when a subscription ends.
    wrong.retain(|error| error.target != "expirationDate" || call.method != "PATCH");
    // Both rules came later.
    let later = ["document", "useFromLocation"];
    let old = !call.is_since("2020-06-01-preview");
    wrong.retain(|error| !old || !later.contains(&error.target.as_str()));
    if !service.strict {
        wrong.retain(|error| {
            let surplus = error.message.starts_with("Invalid field")
                || error.message.ends_with("is read-only")
                || error.message == "Value must not be null";
            if surplus {
                given.remove(&error.target);
            }
            !surplus
        });
    }
    for error in &mut wrong {
        if kind.pattern == "subscriptions" && error.target == "displayName" {
            "name".clone_into(&mut error.target);
            "name (display name) should not be empty".clone_into(&mut error.message);
        }
    }
    if wrong.is_empty() {
        return Ok(given);
    }
    let details = wrong.into_iter().map(|e| (e.target, e.message)).collect();
    Err(Refusal::fields(details))
}

/// Lays a PATCH over what is stored: objects are merged, null removes.
fn merge(into: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match (into.get_mut(name), value) {
            (_, Value::Null) => {
                into.remove(name);
            }
            (Some(Value::Object(mine)), Value::Object(theirs)) => merge(mine, theirs),
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}
