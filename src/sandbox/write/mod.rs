//! PUT, PATCH and DELETE.

pub(crate) mod actions;
mod api_operations;
mod checks;
mod definition;
pub(crate) mod delete;
mod draft;
mod effects;
pub(crate) mod operations;
pub(crate) mod revisions;
mod subscriptions;
pub(crate) mod workspace;

use std::time::Duration;

use serde_json::{Value, json};

use self::draft::prepare;
use self::operations::Shape;
use super::http::call::Call;
use super::http::reply::{Refusal, Reply};
use super::http::routes::rule;
use super::links::memberships;
use super::links::references::noun;
use super::read::how::{How, Show};
use super::read::show::{etag, shown, tagged, type_of};
use super::read::{absent, find, parents};
use super::rules::body;
use super::rules::kinds::{IfMatch, KindRule, Verb, Verbs};
use super::store::path::Path;
use super::store::{Draft, Properties, Ready, Service};
use super::switches::{AsyncBody, AsyncUpdate};
use super::trouble::faults::Fate;
use super::trouble::lanes::{NAMED_VALUES, lane, shares, taken};

pub(super) fn precondition(
    kind: &KindRule,
    verb: Verb,
    current: Option<u64>,
    call: &Call,
    service: &Service,
) -> Result<(), Refusal> {
    let need = kind.if_match(verb);
    if need == IfMatch::Ignored {
        return Ok(());
    }
    match (call.if_match.as_deref(), current) {
        (None, _) if need == IfMatch::Required && service.switches.if_match => Err(Refusal::new(
            400,
            "ValidationError",
            "The request must contain an If-Match header.",
        )),
        (None | Some("*"), _) => Ok(()),
        (Some(given), Some(now)) if given.trim_start_matches("W/") == etag(now) => Ok(()),
        (Some(_), None) if verb == Verb::Delete => Ok(()),
        (Some(_), _) => Err(Refusal::stale()),
    }
}

fn named(kind: &KindRule, path: &Path) -> Result<(), Refusal> {
    if kind.verbs == Verbs::Policy && path.name() != "policy" && path.workspace.is_some() {
        return Err(Refusal::new(400, "BadRequest", ""));
    }
    let reserved = ["default", "default-workspace"];
    if kind.pattern == "workspaces" && reserved.iter().any(|r| r.eq_ignore_ascii_case(path.name()))
    {
        let message = format!("The identifier '{}' is reserved", path.name());
        return Err(Refusal::field("name", message));
    }
    match body::name_problem(kind.pattern, path.name()) {
        Some(why) => Err(Refusal::field("name", why)),
        None => Ok(()),
    }
}

/// Refuses while what a path is below is not there, or still being made.
fn parents_for_write(service: &Service, path: &Path, call: &Call) -> Result<(), Refusal> {
    let Err(refusal) = parents(service, path, call.now) else {
        return Ok(());
    };
    let parent = path.parent();
    let operation = parent.filter(|parent| parent.pattern() == "apis/operations");
    match operation {
        Some(operation)
            if path.collection() == "policies"
                && parents(service, &operation, call.now).is_ok() =>
        {
            Err(Refusal::invalid(
                "Entity with specified identifier not found",
            ))
        }
        _ => Err(refusal),
    }
}

/// PUT or PATCH of one resource.
pub(super) fn write(
    service: &mut Service,
    path: &Path,
    call: &Call,
    verb: Verb,
) -> Result<Reply, Refusal> {
    let pattern = path.pattern();
    if pattern == "workspaces" || path.workspace.is_some() {
        workspace::supported(service)?;
    }
    let kind = rule(&pattern, path.workspace.is_some(), Some(verb))?;
    named(kind, path)?;
    parents_for_write(service, path, call)?;
    workspace::is_served(service, path)?;
    let path = &service.canonical(path);
    let lane = lane(service, path, verb == Verb::Put);
    if service.is_busy(&lane, call.now) {
        return Err(taken(&lane));
    }
    match kind.verbs {
        Verbs::Membership | Verbs::MembershipWithOk | Verbs::MembershipWithGet => {
            return join(service, path, call);
        }
        Verbs::Fixed => {
            let entry = find(service, path, call.now).ok_or_else(|| absent(path))?;
            let body = shown(service, entry, None, &Show::new(How::Put, call));
            return Ok(Reply::json(200, body));
        }
        _ => {}
    }
    if service
        .get(path)
        .is_some_and(|entry| !entry.is_ready(call.now))
    {
        return Err(Refusal::conflict(format!(
            "Operation on the {} is in progress",
            noun(path.collection())
        )));
    }
    let old = service
        .get(path)
        .map(|entry| (entry.etag, entry.properties.clone()));
    if verb == Verb::Patch && old.is_none() {
        return Err(absent(path));
    }
    precondition(
        kind,
        verb,
        old.as_ref().map(|(etag, _)| *etag),
        call,
        service,
    )?;
    let given = call.properties()?;
    let old = old.map(|(_, properties)| properties);
    let long = is_long(service, kind, verb, call, &given, old.is_some());
    let outcome = match service.fate {
        Some(Fate::Failed) if long => {
            service.fate = None;
            Err(Refusal::operation_failed())
        }
        _ => prepare(service, kind, path, call, verb, &given, old.as_ref()),
    };
    let code = match kind.verbs {
        Verbs::EntityNoHead => 200,
        _ if old.is_none() => 201,
        _ => 200,
    };
    let raw = given
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format.eq_ignore_ascii_case("rawxml"))
        || call.content_type.contains("raw+xml");
    match outcome {
        Err(refusal) if long && service.switches.async_validation && refusal.status == 400 => {
            let (id, _) = service.begin(path, Err(refusal), false, call.now);
            let body = Value::Object(given);
            Ok(accepted(service, path, call, &id, code, body, None))
        }
        Err(refusal) => Err(refusal),
        Ok(mut draft) => {
            let at = draft.at.take();
            let path = at.as_ref().unwrap_or(path);
            commit(service, path, draft);
            Ok(answer(service, path, call, code, long, raw))
        }
    }
}

fn commit(service: &mut Service, path: &Path, draft: Draft) {
    if path.pattern() == "namedValues" {
        effects::rename_value(service, path, &draft.properties);
    }
    let created = service.put(path, draft.properties);
    if let Some(from) = draft.copy {
        revisions::copy_children(service, &from, path);
    }
    effects::after_put(service, path, created);
    if path.pattern() == "apis" && !created {
        revisions::share(service, path);
    }
    if draft.current {
        revisions::make_current(service, path);
    }
}

/// Whether this request is carried out while the caller polls. An API that is
/// put without a definition is there at once.
fn is_long(
    service: &Service,
    kind: &KindRule,
    verb: Verb,
    call: &Call,
    given: &Properties,
    exists: bool,
) -> bool {
    let switches = &service.switches;
    // An import was done at once, once.
    let old = kind.pattern == "apis" && !call.is_since("2018-01-01");
    if old || !kind.long_running(verb) || exists && switches.async_update == AsyncUpdate::Done {
        return false;
    }
    match kind.pattern {
        "apis" => {
            let made = !exists && !given.contains_key("sourceApiId");
            let imports = given.contains_key("value") || given.contains_key("contentValue");
            let format = given.get("format").and_then(Value::as_str);
            imports && format != Some("graphql-link") || made && switches.async_create
        }
        "apis/schemas" => call.is_since("2021-08-01"),
        "schemas" => switches.async_schema && call.is_since("2022-08-01"),
        _ => true,
    }
}

fn answer(
    service: &mut Service,
    path: &Path,
    call: &Call,
    code: u16,
    long: bool,
    raw: bool,
) -> Reply {
    let how = if code == 201 { How::Made } else { How::Put };
    let show = Show::new(how, call).raw(raw);
    if !long {
        return match service.get(path) {
            // Up to then, a PATCH answered that it was done and no more.
            Some(_) if call.method == "PATCH" && !call.is_since("2020-06-01-preview") => {
                Reply::empty(204)
            }
            Some(entry) => tagged(Reply::json(code, shown(service, entry, None, &show)), entry),
            None => Reply::empty(code),
        };
    }
    let (id, done) = service.begin(path, Ok(code), false, call.now);
    let new = code == 201 && service.canonical(path).key() == path.key();
    let stub = service.switches.async_body == AsyncBody::Stub;
    let hidden = new && (stub || service.shape(path, call) == Shape::Old);
    let ready = Ready {
        at: done,
        new,
        hidden,
    };
    service.provision(path, ready);
    if let Some(root) = path.api_root() {
        let linger = Duration::from_millis(service.switches.linger_ms);
        // What is made below keeps from its siblings no more than they do.
        if !shares(service, path) {
            service.hold(&root.key(), done + linger);
        }
    } else if path.pattern() == "namedValues" && code == 201 {
        service.hold(NAMED_VALUES, done);
    }
    let entry = service.get(path);
    let tag = entry.map(|entry| etag(entry.etag));
    let body = entry
        .map(|entry| shown(service, entry, None, &show)["properties"].take())
        .unwrap_or_default();
    accepted(service, path, call, &id, code, body, tag)
}

/// The answer to a long-running PUT or PATCH. `properties` is what is shown
/// of the resource, where anything is.
fn accepted(
    service: &Service,
    path: &Path,
    call: &Call,
    id: &str,
    code: u16,
    properties: Value,
    tag: Option<String>,
) -> Reply {
    let shape = service.shape(path, call);
    let updates = code == 200 && service.switches.async_update == AsyncUpdate::Accepted;
    if shape == Shape::Old || updates {
        return service.polled(Reply::empty(202), path, call, id, code);
    }
    let stub = code == 201 && service.switches.async_body == AsyncBody::Stub;
    let mut properties = properties;
    if stub {
        properties = json!({"ProvisioningState": "InProgress"});
    } else {
        properties["provisioningState"] = json!("InProgress");
    }
    let body = json!({
        "id": format!("{}{}", service.id, path.text()),
        "type": type_of(path),
        "name": path.name(),
        "properties": properties,
    });
    let reply = service.polled(Reply::json(code, body), path, call, id, code);
    match tag.filter(|_| !stub) {
        Some(tag) => reply.with("etag", tag),
        None => reply,
    }
}

/// PUT of an association by name.
fn join(service: &mut Service, path: &Path, call: &Call) -> Result<Reply, Refusal> {
    let pattern = path.pattern();
    let end = match pattern.as_str() {
        "groups/users" | "notifications/recipientUsers" => {
            Some(Path::top(None, "users", path.name()))
        }
        "gateways/apis" | "products/apis" => Some(Path::top(path.workspace(), "apis", path.name())),
        "products/groups" => Some(Path::top(path.workspace(), "groups", path.name())),
        "notifications/recipientEmails" => None,
        _ => Some(Path::top(path.workspace(), "tags", path.name())),
    };
    if let Some(end) = &end
        && service.ready(end, call.now).is_none()
    {
        return Err(match pattern.as_str() {
            "products/apis" => Refusal::field("aid", "API not found"),
            "products/groups" => Refusal::field("gid", "Group not found"),
            _ => absent(end),
        });
    }
    if pattern == "groups/users" {
        let group = path
            .parent()
            .and_then(|group| find(service, &group, call.now));
        if group.is_some_and(|group| group.text("type") == Some("system")) {
            return Err(Refusal::invalid(
                "Membership of system groups is managed by the system.",
            ));
        }
    }
    let created = memberships::store(service, path);
    let code = if created { 201 } else { 200 };
    let told = match pattern.as_str() {
        "notifications/recipientEmails" => Some(json!({"email": path.name()})),
        "notifications/recipientUsers" => {
            let user = format!("{}/users/{}", service.id, path.name());
            Some(json!({ "userId": user }))
        }
        _ => None,
    };
    if let Some(properties) = told {
        let body = json!({
            "id": format!("{}{}", service.id, path.text()),
            "type": type_of(path),
            "name": path.name(),
            "properties": properties,
        });
        return Ok(Reply::json(code, body));
    }
    Ok(match end.and_then(|end| service.get(&end)) {
        Some(entry) => Reply::json(
            code,
            shown(service, entry, Some(path), &Show::new(How::Put, call)),
        )
        .with("etag", etag(entry.etag)),
        None => Reply::empty(code),
    })
}
