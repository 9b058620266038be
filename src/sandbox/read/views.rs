//! Collections: what is in them, whether stored there or seen from elsewhere.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::how::Show;
use super::show::{etag, shown, type_of};
use super::tagged::{tag_resource, tagged};
use crate::address::split_revision;
use crate::sandbox::links::memberships::{ends, owners};
use crate::sandbox::links::references::{self, Scope, resolve};
use crate::sandbox::store::path::{Path, scope_text};
use crate::sandbox::store::{Entry, Service};
use crate::sandbox::switches::PolicyList;

/// One item of a list, before it is shown.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// A resource at its own place.
    Own(&'a Entry),
    /// A resource seen at another place.
    At(&'a Entry, Path),
    /// Something that is not a resource.
    Made(Value),
}

impl Row<'_> {
    pub(crate) fn show(&self, service: &Service, show: &Show<'_>) -> Value {
        match self {
            Self::Own(entry) => shown(service, entry, None, show),
            Self::At(entry, path) => shown(service, entry, Some(path), show),
            Self::Made(value) => value.clone(),
        }
    }

    /// A field by its lower-case name, as `$filter` sees it.
    pub(crate) fn field(&self, service: &Service, name: &str) -> Value {
        let entry = match self {
            Self::Own(entry) | Self::At(entry, _) => entry,
            Self::Made(value) => return made_field(value, name),
        };
        let text = |member: &str| entry.text(member).unwrap_or_default();
        match name {
            "name" => json!(entry.path.name()),
            "productid" if entry.path.collection() == "subscriptions" => {
                both_ids(service, text("scope"))
            }
            "userid" | "ownerid" => both_ids(service, text("ownerId")),
            "scope" | "apiid" | "groupid" | "operationid" | "productid" => {
                let id = entry
                    .properties
                    .iter()
                    .find(|(member, _)| member.eq_ignore_ascii_case(name));
                both_ids(
                    service,
                    id.and_then(|(_, id)| id.as_str()).unwrap_or_default(),
                )
            }
            _ => entry
                .properties
                .iter()
                .find(|(member, _)| member.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
                .unwrap_or_default(),
        }
    }
}

/// An id in both spellings: full, and relative to the service.
fn both_ids(service: &Service, id: &str) -> Value {
    let own = service.id.to_string();
    let short = id.get(own.len()..).filter(|_| {
        id.get(..own.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(&own))
    });
    json!([id, short.unwrap_or(id)])
}

fn made_field(value: &Value, name: &str) -> Value {
    let inside = |object: &Value| -> Option<Value> {
        let members = object.as_object()?;
        let found = members
            .iter()
            .find(|(member, _)| member.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    inside(value)
        .or_else(|| inside(&value["properties"]))
        .or_else(|| {
            ["tag", "api", "operation", "product"]
                .iter()
                .find_map(|part| inside(&value[*part]))
        })
        .unwrap_or_default()
}

/// The items of a collection. The pattern is known to exist in the scope.
pub(crate) fn rows<'a>(
    service: &'a Service,
    workspace: Option<&str>,
    parent: Option<&Path>,
    collection: &str,
    now: Instant,
) -> Vec<Row<'a>> {
    let Some(parent) = parent else {
        return top(service, workspace, collection, now);
    };
    let parent = service.canonical(parent);
    let pattern = format!("{}/{collection}", parent.pattern());
    let at = |paths: Vec<Path>, below: &'static str| -> Vec<Row<'a>> {
        paths
            .into_iter()
            .filter_map(|path| {
                let entry = service.visible(&path, now)?;
                Some(Row::At(entry, parent.child(below, path.name())))
            })
            .collect()
    };
    match pattern.as_str() {
        "apis/revisions" => revisions(service, &parent, now),
        "apis/products" => at(
            owners(
                service,
                &current(service, &parent),
                "products",
                "apiLinks",
                "apiId",
            ),
            "products",
        ),
        "apis/tags" => at(
            owners(
                service,
                &current(service, &parent),
                "tags",
                "apiLinks",
                "apiId",
            ),
            "tags",
        ),
        "apis/operations/tags" => at(
            owners(service, &parent, "tags", "operationLinks", "operationId"),
            "tags",
        ),
        "products/tags" => at(
            owners(service, &parent, "tags", "productLinks", "productId"),
            "tags",
        ),
        "products/apis" => at(ends(service, &parent, "apiLinks", "apiId"), "apis"),
        "products/groups" => at(ends(service, &parent, "groupLinks", "groupId"), "groups"),
        "products/subscriptions" => at(subscriptions(service, &parent, now), "subscriptions"),
        "users/subscriptions" => at(
            service
                .top(None, "subscriptions")
                .into_iter()
                .filter(|entry| owner_is(service, entry, &parent))
                .map(|entry| entry.path.clone())
                .collect(),
            "subscriptions",
        ),
        "users/groups" => at(
            service
                .top(None, "groups")
                .into_iter()
                .filter(|group| {
                    let member = group.path.child("users", parent.name());
                    service.get(&member).is_some()
                })
                .map(|group| group.path.clone())
                .collect(),
            "groups",
        ),
        "users/identities" => {
            let user = service.visible(&parent, now);
            let known = user.map(super::filled::identities).unwrap_or_default();
            let known = known.as_array().cloned().unwrap_or_default();
            known.into_iter().map(Row::Made).collect()
        }
        "groups/users" | "gateways/apis" => {
            let kind = if collection == "users" {
                "users"
            } else {
                "apis"
            };
            let members = service.children(&parent, collection);
            let paths = members
                .into_iter()
                .map(|member| Path::top(None, kind, member.path.name()))
                .collect();
            at(paths, kind)
        }
        "apis/operationsByTags" => tagged(service, &["operationLinks"])
            .into_iter()
            .filter(|(_, end)| end.is_within(&parent))
            .filter_map(|(tag, end)| tag_resource(service, &tag, &end).map(Row::Made))
            .collect(),
        _ => service
            .children(&parent, collection)
            .into_iter()
            .filter(|entry| entry.is_visible(now))
            .map(Row::Own)
            .collect(),
    }
}

/// Links bind to the API and not to one of its revisions.
fn current(service: &Service, api: &Path) -> Path {
    service.canonical(&api.api_root().unwrap_or_else(|| api.clone()))
}

fn top<'a>(
    service: &'a Service,
    workspace: Option<&str>,
    collection: &str,
    now: Instant,
) -> Vec<Row<'a>> {
    let own = || {
        service
            .top(workspace, collection)
            .into_iter()
            .filter(|entry| entry.is_visible(now))
            .map(Row::Own)
    };
    match collection {
        "groups" => {
            let built_in = service
                .top(None, "groups")
                .into_iter()
                .filter(|group| workspace.is_some() && group.text("type") == Some("system"))
                .map(|group| {
                    let here = Path::top(workspace, "groups", group.path.name());
                    Row::At(group, here)
                });
            built_in.chain(own()).collect()
        }
        "allPolicies" => all_policies(service),
        "workspaceLinks" => service
            .workspaces()
            .iter()
            .filter_map(|name| workspace_link(service, name))
            .map(Row::Made)
            .collect(),
        "tagResources" | "apisByTags" | "productsByTags" => {
            let links: &[&str] = match collection {
                "apisByTags" => &["apiLinks"],
                "productsByTags" => &["productLinks"],
                _ => &["apiLinks", "operationLinks", "productLinks"],
            };
            tagged(service, links)
                .into_iter()
                .filter_map(|(tag, end)| tag_resource(service, &tag, &end).map(Row::Made))
                .collect()
        }
        "issues" => service
            .entries()
            .filter(|entry| entry.path.workspace.is_none() && entry.path.pattern() == "apis/issues")
            .map(|entry| Row::At(entry, Path::top(None, "issues", entry.path.name())))
            .collect(),
        _ => own().collect(),
    }
}

/// What opens a product or an API: the subscriptions whose scope it is.
pub(crate) fn subscriptions(service: &Service, of: &Path, now: Instant) -> Vec<Path> {
    let of = of.key();
    service
        .top(
            Path::parse(&of).and_then(|p| p.workspace).as_deref(),
            "subscriptions",
        )
        .into_iter()
        .filter(|entry| entry.is_visible(now))
        .filter(|entry| {
            let scope = references::scope(
                service,
                entry.path.workspace(),
                entry.text("scope").unwrap_or_default(),
            );
            matches!(scope, Ok(Scope::One(path)) if path.key() == of)
        })
        .map(|entry| entry.path.clone())
        .collect()
}

fn owner_is(service: &Service, subscription: &Entry, user: &Path) -> bool {
    subscription
        .text("ownerId")
        .and_then(|id| resolve(service, None, id).ok())
        .is_some_and(|owner| owner.key() == user.key())
}

fn revisions<'a>(service: &'a Service, api: &Path, now: Instant) -> Vec<Row<'a>> {
    let Some(root) = api.api_root() else {
        return Vec::new();
    };
    let mut all: Vec<&Entry> = service.get(&root).into_iter().collect();
    all.extend(service.other_revisions(&root));
    all.retain(|entry| entry.is_visible(now));
    all.sort_by_key(|entry| {
        let number = entry
            .text("apiRevision")
            .and_then(|n| n.parse::<u64>().ok());
        std::cmp::Reverse(number)
    });
    all.into_iter()
        .map(|entry| {
            let number = entry.text("apiRevision").unwrap_or("1");
            let name = split_revision(entry.path.name()).0;
            let scope = scope_text(root.workspace());
            let id = format!("{scope}/apis/{name};rev={number}");
            let current = entry.properties.get("isCurrent") == Some(&Value::Bool(true));
            let path = entry.text("path").unwrap_or_default();
            let mut item = json!({
                "apiId": id,
                "apiRevision": number,
                "createdDateTime": entry.created.format(&time::format_description::well_known::Rfc3339).unwrap_or_default(),
                "updatedDateTime": entry.updated.format(&time::format_description::well_known::Rfc3339).unwrap_or_default(),
                "description": entry.text("apiRevisionDescription"),
                "privateUrl": if current { format!("/{path}") } else { format!("/{path};rev={number}") },
                "isOnline": true,
                "isCurrent": current,
            });
            item["id"] = json!(format!("{id}/revisions/{name};rev={number}"));
            Row::Made(item)
        })
        .collect()
}

fn all_policies<'a>(service: &'a Service) -> Vec<Row<'a>> {
    let at_service = || service.entries().filter(|e| e.path.workspace.is_none());
    let of_kind = |pattern: &'static str| at_service().filter(move |e| e.path.pattern() == pattern);
    let policies = at_service().filter(|entry| entry.path.collection() == "policies");
    let mut paths: Vec<Path> = policies.map(|entry| entry.path.clone()).collect();
    match service.switches.policy_list {
        PolicyList::Whole | PolicyList::Refused => {}
        PolicyList::Empty => paths.clear(),
        PolicyList::Partial => {
            let mut seen = 0;
            paths.retain(|path| {
                seen += usize::from(path.pattern() == "apis/operations/policies");
                path.pattern() != "apis/operations/policies" || seen % 3 != 0
            });
        }
        PolicyList::Excess => {
            paths.retain(|path| path.pattern() != "apis/operations/policies");
            paths.extend(of_kind("apis/operations").map(|e| e.path.child("policies", "policy")));
        }
    }
    let row = |path: Path| {
        let name = crate::sandbox::store::hex(&path.key(), 24);
        Row::Made(json!({
            "id": format!("{}/allPolicies/{name}", service.id),
            "type": format!("{}/service/allPolicies", crate::address::PROVIDER),
            "name": name,
            "properties": {
                "referencePolicyId": path.short(),
                "complianceState": "Pending",
            },
        }))
    };
    paths.into_iter().map(row).collect()
}

/// Which gateways a workspace runs on.
pub(crate) fn workspace_link(service: &Service, name: &str) -> Option<Value> {
    let entry = service.get(&Path::top(None, "workspaces", name))?;
    let gateways = service.gateways.get(&name.to_ascii_lowercase())?;
    if gateways.is_empty() {
        return None;
    }
    let provider = service.id.to_string();
    let provider = provider
        .rsplit_once("/service/")
        .map_or("", |(head, _)| head);
    let ids: Vec<Value> = gateways
        .iter()
        .map(|gateway| json!({"id": format!("{provider}/gateways/{gateway}")}))
        .collect();
    let odd = service.id.to_string().replace("/service/", "/services/");
    Some(json!({
        "id": format!("{odd}/workspaceLinks/{}", entry.path.name()),
        "type": type_of(&Path::top(None, "workspaceLinks", name)),
        "name": entry.path.name(),
        "etag": etag(entry.etag),
        "properties": {
            "workspaceId": format!("{}{}", service.id, entry.path.text()),
            "gateways": ids,
        },
    }))
}
