//! APIs and their revisions: what may change, what is copied, which is current.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::definition;
use crate::address::split_revision;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::links::references::{Unresolved, foreign, resolve};
use crate::sandbox::store::path::{Path, same_scope};
use crate::sandbox::store::{Draft, Properties, Service};
use crate::sandbox::switches::FirstPut;

/// What a revision shares with the current one.
const FIXED: &[&str] = &[
    "displayName",
    "path",
    "description",
    "type",
    "protocols",
    "subscriptionRequired",
    "apiVersion",
    "apiVersionDescription",
    "apiVersionSetId",
    "termsOfServiceUrl",
    "contact",
    "license",
];

/// What a PUT that says nothing about it leaves as it is.
const KEPT: &[&str] = &["apiRevision", "displayName", "isCurrent", "path", "type"];

/// What belongs to one revision and not to the API as a whole.
const BY_REVISION: &[&str] = &[
    "operations",
    "schemas",
    "policies",
    "diagnostics",
    "resolvers",
];

/// Whether revisions of an API can have this member each in its own way.
pub(crate) fn may_differ(member: &str) -> bool {
    !FIXED.contains(&member) && !KEPT.contains(&member)
}

/// What the service fills in where a body says nothing.
pub(crate) fn defaults(properties: &mut Properties) {
    properties
        .entry("protocols")
        .or_insert_with(|| json!(["https"]));
    properties
        .entry("subscriptionRequired")
        .or_insert(json!(true));
    let names = properties
        .entry("subscriptionKeyParameterNames")
        .or_insert_with(|| json!({}));
    if let Value::Object(names) = names {
        names
            .entry("header")
            .or_insert(json!("Ocp-Apim-Subscription-Key"));
        names.entry("query").or_insert(json!("subscription-key"));
    }
    if let Some(Value::String(path)) = properties.get_mut("path") {
        *path = path.trim_start_matches('/').to_owned();
    }
}

/// Works out what an API's PUT or PATCH stores. `path` is canonical.
pub(crate) fn draft(
    service: &Service,
    path: &Path,
    body: &Properties,
    patch: bool,
    now: Instant,
) -> Result<Draft, Refusal> {
    let (root_name, number) = split_revision(path.name());
    let root = Path::top(path.workspace(), "apis", root_name);
    let mut given = body.clone();
    let copy = source(service, path, given.remove("sourceApiId"), now)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(value) = text("value").or(text("contentValue")) {
        let format = text("format").or(text("contentFormat"));
        for (member, value) in definition::about(format, value) {
            given.entry(member).or_insert(value);
        }
    }
    for gone in [
        "contentFormat",
        "contentValue",
        "format",
        "value",
        "wsdlSelector",
        "apiVersionSet",
        "translateRequiredQueryParameters",
        "isOnline",
        "provisioningState",
    ] {
        given.remove(gone);
    }
    if let Some(kind) = given.remove("apiType") {
        given.entry("type").or_insert(kind);
    }
    if let Some(Value::String(path)) = given.get_mut("path") {
        *path = path.trim_start_matches('/').to_owned();
    }
    let asked = given.remove("isCurrent").and_then(|value| value.as_bool());
    let named = given
        .get("apiRevision")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(old) = service.get(path) {
        let is_current = old.properties.get("isCurrent") == Some(&Value::Bool(true));
        if named.is_some() && named.as_deref() != old.text("apiRevision") {
            return Err(Refusal::field(
                "apiRevision",
                "Can't change property ApiRevision of an existing revision",
            ));
        }
        if !is_current {
            unchanged(service, path, &given, &root)?;
        }
        let mut properties = old.properties.clone();
        if !patch {
            properties.retain(|member, _| {
                KEPT.contains(&member.as_str()) || !is_current && FIXED.contains(&member.as_str())
            });
        }
        properties.extend(given);
        defaults(&mut properties);
        return Ok(Draft {
            properties,
            copy: None,
            current: !is_current && asked == Some(true),
            at: None,
        });
    }
    let first_put = match (number, path.workspace()) {
        _ if service.ready(&root, now).is_some() => None,
        (None, _) | (_, None) => Some(FirstPut::Current),
        (Some(_), Some(_)) => Some(service.switches.first_put),
    };
    let Some(number) = number.filter(|_| first_put.is_none()) else {
        if first_put == Some(FirstPut::Refused) {
            return Err(Refusal::not_found("Api not found."));
        }
        let mut properties = copied(service, copy.as_ref());
        properties.extend(given);
        let first = match (number, named) {
            (Some(number), _) if first_put == Some(FirstPut::Current) => number.to_owned(),
            (None, Some(named)) if service.switches.first_revision => named,
            _ => "1".to_owned(),
        };
        properties.insert("apiRevision".to_owned(), json!(first));
        properties.insert("isCurrent".to_owned(), json!(true));
        defaults(&mut properties);
        return Ok(Draft {
            properties,
            copy,
            current: false,
            at: Some(root),
        });
    };
    if named.as_deref().is_some_and(|named| named != number) {
        return Err(Refusal::field(
            "apiRevision",
            format!("ApiRevision must be '{number}' as in the identifier"),
        ));
    }
    let Some(current) = service.get(&root) else {
        return Err(Refusal::not_found("Api not found."));
    };
    unchanged(service, path, &given, &root)?;
    let mut properties = copied(service, copy.as_ref());
    properties.extend(given);
    for member in FIXED {
        match current.properties.get(*member) {
            Some(value) => properties.insert((*member).to_owned(), value.clone()),
            None => properties.remove(*member),
        };
    }
    properties.insert("apiRevision".to_owned(), json!(number));
    properties.remove("isCurrent");
    defaults(&mut properties);
    let takes_over = service.switches.revision_takes_over && copy.is_none();
    Ok(Draft {
        properties,
        current: asked.unwrap_or(takes_over),
        copy,
        at: None,
    })
}

fn copied(service: &Service, from: Option<&Path>) -> Properties {
    let mut properties = from
        .and_then(|from| service.get(from))
        .map(|entry| entry.properties.clone())
        .unwrap_or_default();
    properties.remove("isCurrent");
    properties.remove("apiRevisionDescription");
    properties
}

fn source(
    service: &Service,
    path: &Path,
    id: Option<Value>,
    now: Instant,
) -> Result<Option<Path>, Refusal> {
    let Some(id) = id else { return Ok(None) };
    let text = id.as_str().unwrap_or_default();
    match resolve(service, path.workspace(), text) {
        Err(Unresolved::Foreign) => Err(foreign(text)),
        Ok(api)
            if api.pattern() == "apis"
                && (service.switches.source_across
                    || same_scope(api.workspace(), path.workspace()))
                && service.ready(&api, now).is_some() =>
        {
            Ok(Some(service.canonical(&api)))
        }
        _ => Err(Refusal::field("sourceApiId", "Source Api not found.")),
    }
}

/// Refuses a change that a revision which is not current can't have.
fn unchanged(
    service: &Service,
    path: &Path,
    given: &Properties,
    root: &Path,
) -> Result<(), Refusal> {
    let Some(current) = service.get(root) else {
        return Ok(());
    };
    for member in FIXED {
        let Some(value) = given.get(*member) else {
            continue;
        };
        let theirs = current.properties.get(*member).unwrap_or(&Value::Null);
        let empty = |value: &Value| {
            value.is_null() || *value == json!("") || *value == json!("http") && *member == "type"
        };
        let same = match (value.as_str(), theirs.as_str()) {
            (Some(mine), Some(theirs)) if member.ends_with("Id") => {
                let resolved = |text: &str| resolve(service, path.workspace(), text).ok();
                resolved(mine).map(|p| p.key()) == resolved(theirs).map(|p| p.key())
            }
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => value == theirs || empty(value) && empty(theirs),
        };
        if !same {
            let mut name = (*member).to_owned();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            return Err(Refusal::field(
                member,
                format!("Can't change property {name} for non-current revision"),
            ));
        }
    }
    Ok(())
}

/// Copies operations, schemas, policies and diagnostics of one API below
/// another.
pub(crate) fn copy_children(service: &mut Service, from: &Path, to: &Path) {
    let from = service.canonical(from);
    let copies: Vec<(Path, Properties)> = service
        .tree(&from)
        .into_iter()
        .filter(|entry| {
            let below = entry.path.pairs.get(1);
            below.is_some_and(|(collection, _)| BY_REVISION.contains(collection))
        })
        .map(|entry| (below(&entry.path, to), entry.properties.clone()))
        .collect();
    for (path, properties) in copies {
        service.put(&path, properties);
    }
}

fn below(path: &Path, api: &Path) -> Path {
    let mut path = path.clone();
    if let (Some(first), Some(api)) = (path.pairs.first_mut(), api.pairs.first()) {
        first.clone_from(api);
    }
    path
}

/// Gives the other revisions of an API what they share with the current one.
pub(crate) fn share(service: &mut Service, root: &Path) {
    let Some(current) = service
        .get(root)
        .filter(|_| split_revision(root.name()).1.is_none())
    else {
        return;
    };
    let shared: Properties = (current.properties.iter())
        .filter(|(member, _)| FIXED.contains(&member.as_str()))
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    let others = service.other_revisions(root).into_iter();
    let others: Vec<(Path, Properties)> = others
        .map(|other| (other.path.clone(), other.properties.clone()))
        .collect();
    for (path, mut properties) in others {
        properties.retain(|member, _| !FIXED.contains(&member.as_str()));
        properties.extend(shared.clone());
        service.put(&path, properties);
    }
}

/// Makes a revision the current one: from now on it is what `x` means, and
/// the former one is `x;rev=M`.
pub(crate) fn make_current(service: &mut Service, revision: &Path) {
    let revision = service.canonical(revision);
    let (root_name, Some(_)) = split_revision(revision.name()) else {
        return;
    };
    let root = Path::top(revision.workspace(), "apis", root_name);
    let Some(former) = service.get(&root) else {
        return;
    };
    let spelled = former.path.name().to_owned();
    let number = former.text("apiRevision").unwrap_or("1").to_owned();
    let root = Path::top(revision.workspace(), "apis", &spelled);
    let former = Path::top(
        revision.workspace(),
        "apis",
        &format!("{spelled};rev={number}"),
    );
    let moved = |service: &Service, from: &Path, to: &Path| -> Vec<(Path, Path)> {
        service
            .tree(from)
            .into_iter()
            .filter(|entry| {
                entry
                    .path
                    .pairs
                    .get(1)
                    .is_none_or(|(collection, _)| BY_REVISION.contains(collection))
            })
            .map(|entry| (entry.path.clone(), below(&entry.path, to)))
            .collect()
    };
    let mut moves = moved(service, &root, &former);
    moves.extend(moved(service, &revision, &root));
    service.relocate(moves);
    if let Some(entry) = service.get_mut(&former) {
        entry.properties.remove("isCurrent");
    }
    if let Some(entry) = service.get_mut(&root) {
        entry.properties.insert("isCurrent".to_owned(), json!(true));
    }
}
