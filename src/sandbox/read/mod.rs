//! GET, HEAD and lists.

pub(crate) mod filled;
mod filter;
pub(crate) mod how;
pub(crate) mod show;
mod tagged;
pub(crate) mod views;

use serde_json::{Value, json};
use tokio::time::Instant;

use self::filter::Filter;
use self::how::{How, Show};
use self::show::{etag, shown, tagged};
use self::views::{Row, rows, workspace_link};
use super::http::call::{Call, encode, encode_path};
use super::http::reply::{Body, Refusal, Reply};
use super::http::routes::rule;
use super::links::memberships::{self, owners};
use super::links::references::{noun, resolve};
use super::rules::kinds::{Verb, Verbs};
use super::store::path::Path;
use super::store::{Entry, Service};
use super::switches::{ListEnd, PolicyList};
use super::write::workspace;

/// Refuses when what a path is below is not there.
pub(super) fn parents(service: &Service, path: &Path, now: Instant) -> Result<(), Refusal> {
    if let Some(workspace) = path.workspace() {
        let workspace = Path::top(None, "workspaces", workspace);
        if service.visible(&workspace, now).is_none() {
            return Err(Refusal::not_found("Workspace not found."));
        }
    }
    // The credential manager looks no further than one step up.
    if path.pattern() == "authorizationProviders/authorizations" {
        return Ok(());
    }
    let mut above = path.parent();
    let mut missing = None;
    while let Some(parent) = above {
        if parent.pattern() == "authorizationProviders" {
            break;
        }
        if find(service, &parent, now).is_none() {
            missing = Some(absent(&parent));
        }
        above = parent.parent();
    }
    match missing {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

/// A resource that can be seen; a workspace sees the built-in groups too.
pub(super) fn find<'a>(service: &'a Service, path: &Path, now: Instant) -> Option<&'a Entry> {
    service.visible(path, now).or_else(|| {
        let built_in = path.workspace.is_some() && path.is_top() && path.collection() == "groups";
        let group = Path::top(None, "groups", path.name());
        service
            .get(&group)
            .filter(|group| built_in && group.text("type") == Some("system"))
    })
}

pub(super) fn absent(path: &Path) -> Refusal {
    match path.pattern().as_str() {
        "authorizationProviders" => no_connection("api", &format!("{}.", path.name())),
        "authorizationProviders/authorizations" => {
            no_connection("connection", &format!("{} .", path.name()))
        }
        _ => Refusal::not_found(format!("{} not found.", noun(path.collection()))),
    }
}

/// The credential manager is a service of its own, with words of its own.
fn no_connection(what: &str, name: &str) -> Refusal {
    Refusal::new(
        404,
        "AuthorizationGatewayNotFoundException",
        format!("Cannot find {what} with name {name}"),
    )
}

/// GET of one resource.
pub(super) fn get(service: &Service, path: &Path, call: &Call) -> Result<Reply, Refusal> {
    let kind = rule(&path.pattern(), path.workspace.is_some(), Some(Verb::Get))?;
    parents(service, path, call.now)?;
    if kind.pattern == "workspaceLinks" {
        return workspace_link(service, path.name())
            .map(|link| Reply::json(200, link))
            .ok_or_else(|| Refusal::not_found("WorkspaceLink not found."));
    }
    if kind.verbs == Verbs::MembershipWithGet {
        if !memberships::exists(service, path) {
            return Err(absent(path));
        }
        let tag = Path::top(path.workspace(), "tags", path.name());
        let entry = service
            .visible(&tag, call.now)
            .ok_or_else(|| absent(path))?;
        let body = shown(service, entry, Some(path), &Show::new(How::Get, call));
        return Ok(Reply::json(200, body).with("etag", etag(entry.etag)));
    }
    if call.query("export") == Some("true") {
        return Err(Refusal::new(
            406,
            "NotAcceptable",
            "The sandbox does not export definitions.",
        ));
    }
    let entry = find(service, path, call.now).ok_or_else(|| absent(path))?;
    let raw = call
        .query("format")
        .is_some_and(|format| format.eq_ignore_ascii_case("rawxml"));
    if raw && service.switches.bare_xml && entry.path.collection() == "policies" {
        let text = entry.text("value").unwrap_or_default().to_owned();
        let mut reply = Reply::empty(200).with("etag", etag(entry.etag));
        reply.body = Body::Xml(text);
        return Ok(reply);
    }
    let at = (entry.path.workspace() != path.workspace()).then_some(path);
    let at = at.filter(|_| path.collection() == "groups");
    let body = shown(service, entry, at, &Show::new(How::Get, call).raw(raw));
    Ok(tagged(Reply::json(200, body), entry))
}

/// HEAD of one resource: a status and an ETag, never a body.
pub(super) fn head(service: &Service, path: &Path, call: &Call) -> Result<Reply, Refusal> {
    let kind = rule(&path.pattern(), path.workspace.is_some(), Some(Verb::Head))?;
    if parents(service, path, call.now).is_err() {
        return Ok(Reply::empty(404));
    }
    match kind.verbs {
        Verbs::Membership | Verbs::MembershipWithOk | Verbs::MembershipWithGet => {
            let there = memberships::exists(service, path);
            let status = match (there, kind.verbs) {
                (false, _) => 404,
                (true, Verbs::Membership) => 204,
                (true, _) => 200,
            };
            let mut reply = Reply::empty(status);
            if kind.verbs == Verbs::MembershipWithGet && there {
                let tag = Path::top(path.workspace(), "tags", path.name());
                if let Some(entry) = service.get(&tag) {
                    reply = reply.with("etag", etag(entry.etag));
                }
            }
            Ok(reply)
        }
        _ => Ok(match find(service, path, call.now) {
            Some(entry) => Reply::empty(200).with("etag", etag(entry.etag)),
            None => Reply::empty(404),
        }),
    }
}

/// A list: one page of it.
pub(super) fn list(
    service: &mut Service,
    workspace: Option<&str>,
    parent: Option<&Path>,
    collection: &'static str,
    call: &Call,
) -> Result<Reply, Refusal> {
    let pattern = match parent {
        Some(parent) => format!("{}/{collection}", parent.pattern()),
        None => collection.to_owned(),
    };
    if pattern == "workspaces" {
        workspace::supported(service)?;
    }
    let kind = rule(&pattern, workspace.is_some(), Some(Verb::List))?;
    if pattern == "allPolicies" && service.switches.policy_list == PolicyList::Refused {
        let message = "Method not allowed in this pricing tier";
        return Err(Refusal::new(400, "MethodNotAllowedInPricingTier", message));
    }
    if let Some(parent) = parent {
        parents(service, &parent.child(collection, "item"), call.now)?;
    } else {
        parents(service, &Path::top(workspace, collection, "item"), call.now)?;
    }
    if let Some(left) = workspace.and_then(|w| service.fresh.get_mut(&w.to_ascii_lowercase()))
        && *left > 0
    {
        *left -= 1;
        return Err(Refusal::internal());
    }
    let service = &*service;
    let filter = match call.query("$filter").filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(Filter::parse(text, &pattern)?),
        None => None,
    };
    let mut found = rows(service, workspace, parent, collection, call.now);
    if let Some(filter) = filter {
        found.retain(|row| filter.passes(&|name| row.field(service, name)));
    }
    if let Some(tags) = call.query("tags") {
        let links = match pattern.as_str() {
            "apis" => Some(("apiLinks", "apiId")),
            "apis/operations" => Some(("operationLinks", "operationId")),
            "products" => Some(("productLinks", "productId")),
            _ => None,
        };
        if let Some((links, member)) = links {
            found.retain(|row| {
                let Row::Own(entry) = row else { return false };
                owners(service, &entry.path, "tags", links, member)
                    .iter()
                    .any(|tag| tags.split(',').any(|t| t.eq_ignore_ascii_case(tag.name())))
            });
        }
    }
    order(&mut found, collection);
    let count = found.len();
    let (skip, top) = window(service, kind.paged, call)?;
    let items: Vec<Value> = found
        .iter()
        .skip(skip)
        .take(top)
        .map(|row| {
            expand(
                service,
                row.show(service, &Show::new(How::List, call)),
                call,
            )
        })
        .collect();
    let next = skip + items.len();
    let mut body = json!({ "count": count });
    body["value"] = Value::Array(items);
    if next < count {
        body["nextLink"] = json!(next_link(call, next));
    } else {
        let always = [
            "apisByTags",
            "identities",
            "productsByTags",
            "revisions",
            "tagResources",
        ];
        match service.switches.list_end {
            ListEnd::Empty => body["nextLink"] = json!(""),
            ListEnd::Recorded if always.contains(&collection) => body["nextLink"] = Value::Null,
            ListEnd::Recorded => {}
        }
    }
    Ok(Reply::json(200, body))
}

/// Puts a list into the order that the service's has: by display name, or by
/// when it was made.
fn order(rows: &mut [Row<'_>], collection: &str) {
    match collection {
        "apis" | "groups" | "operations" | "products" => rows.sort_by_cached_key(|row| match row {
            Row::Own(entry) | Row::At(entry, _) => {
                entry.text("displayName").unwrap_or_default().to_lowercase()
            }
            Row::Made(_) => String::new(),
        }),
        "subscriptions" => rows.sort_by_key(|row| match row {
            Row::Own(entry) | Row::At(entry, _) => Some(entry.created),
            Row::Made(_) => None,
        }),
        _ => {}
    }
}

/// Which part of a list is asked for: how many to skip, and how many to give.
fn window(service: &Service, paged: bool, call: &Call) -> Result<(usize, usize), Refusal> {
    if !paged {
        return Ok((0, usize::MAX));
    }
    let number = |name: &str, least: usize| match call.query(name) {
        None => Ok(None),
        Some(text) => match text.parse::<usize>() {
            Ok(number) if number >= least => Ok(Some(number)),
            _ => Err(Refusal::field(name, "The value is out of range.")),
        },
    };
    let skip = number("$skip", 0)?.unwrap_or(0);
    let top = number("$top", 1)?.unwrap_or(service.page_size);
    Ok((skip, top.min(service.page_size.max(1))))
}

fn next_link(call: &Call, skip: usize) -> String {
    let path = encode_path(&call.path)
        .replace("%3B", ";")
        .replace("%3D", "=");
    let mut url = format!("{}{path}?", call.base);
    for (name, value) in &call.query {
        if !name.eq_ignore_ascii_case("$skip") {
            url.push_str(&format!("{}={}&", name, encode(value)));
        }
    }
    url.push_str(&format!("%24skip={skip}"));
    url
}

/// Inlines what the query asks for.
fn expand(service: &Service, mut item: Value, call: &Call) -> Value {
    if call.query("expandApiVersionSet") == Some("true")
        && let Some(id) = item["properties"]["apiVersionSetId"].as_str()
        && let Ok(path) = resolve(service, None, id)
        && let Some(set) = service.get(&path)
    {
        item["properties"]["apiVersionSet"] = json!({
            "id": id,
            "name": set.text("displayName"),
            "versioningScheme": set.text("versioningScheme"),
        });
    }
    item
}
