//! Members that name another resource: made long, and checked.

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::address::{ServiceId, split_revision};
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::store::path::{Path, same_scope, scope_text};
use crate::sandbox::store::{Properties, Service};

/// One member that names another resource.
struct Field {
    /// The kind that has it.
    pattern: &'static str,
    /// Where it is; `*` stands for every item of a list.
    pointer: &'static [&'static str],
    /// The kind it must name.
    names: &'static str,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A resource id, full or short.
    Id,
    /// The bare name of something at service level.
    Name,
}

const fn id(pattern: &'static str, pointer: &'static [&'static str], names: &'static str) -> Field {
    Field {
        pattern,
        pointer,
        names,
        form: Form::Id,
    }
}

const fn name(pointer: &'static [&'static str], names: &'static str) -> Field {
    Field {
        pattern: "apis",
        pointer,
        names,
        form: Form::Name,
    }
}

static FIELDS: &[Field] = &[
    id("apis", &["apiVersionSetId"], "apiVersionSets"),
    id("apis/releases", &["apiId"], "apis"),
    id("apis/diagnostics", &["loggerId"], "loggers"),
    id("diagnostics", &["loggerId"], "loggers"),
    id("products/apiLinks", &["apiId"], "apis"),
    id("products/groupLinks", &["groupId"], "groups"),
    id("tags/apiLinks", &["apiId"], "apis"),
    id("tags/operationLinks", &["operationId"], "apis/operations"),
    id("tags/productLinks", &["productId"], "products"),
    id("backends", &["pool", "services", "*", "id"], "backends"),
    id(
        "backends",
        &["credentials", "certificateIds", "*"],
        "certificates",
    ),
    id(
        "backends",
        &["properties", "serviceFabricCluster", "clientCertificateId"],
        "certificates",
    ),
    id("subscriptions", &["ownerId"], "users"),
    name(
        &["authenticationSettings", "oAuth2", "authorizationServerId"],
        "authorizationServers",
    ),
    name(
        &[
            "authenticationSettings",
            "oAuth2AuthenticationSettings",
            "*",
            "authorizationServerId",
        ],
        "authorizationServers",
    ),
    name(
        &["authenticationSettings", "openid", "openidProviderId"],
        "openidConnectProviders",
    ),
    name(
        &[
            "authenticationSettings",
            "openidAuthenticationSettings",
            "*",
            "openidProviderId",
        ],
        "openidConnectProviders",
    ),
];

/// Why a text names nothing of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// It is an id of another service.
    Foreign,
    /// It is no id at all.
    Malformed,
}

/// Finds out which path an id means, when it stands in a body of this scope.
pub(crate) fn resolve(
    service: &Service,
    workspace: Option<&str>,
    text: &str,
) -> Result<Path, Unresolved> {
    if let Some((owner, below)) = ServiceId::split(text) {
        if owner != service.id {
            return Err(Unresolved::Foreign);
        }
        return Path::parse(below.trim_end_matches('/')).ok_or(Unresolved::Malformed);
    }
    if text.to_ascii_lowercase().starts_with("/subscriptions/") && text.matches('/').count() > 2 {
        return Err(Unresolved::Foreign);
    }
    let mut path = Path::parse(text).ok_or(Unresolved::Malformed)?;
    if service.switches.short_ids && path.workspace.is_none() && path.pairs[0].0 != "users" {
        path.workspace = workspace.map(str::to_owned);
    }
    Ok(path)
}

/// The full id of a path, spelled as the resource itself is.
pub(crate) fn full_id(service: &Service, path: &Path) -> String {
    let spelled = service.get(path).map(|entry| entry.path.text());
    format!("{}{}", service.id, spelled.unwrap_or_else(|| path.text()))
}

/// Turns short ids into full ones, as GET shows them.
pub(crate) fn lengthen(service: &Service, path: &Path, properties: &mut Properties) {
    let pattern = path.pattern();
    let workspace = path.workspace();
    for field in FIELDS.iter().filter(|f| f.pattern == pattern) {
        if field.form == Form::Name {
            continue;
        }
        each(properties, field.pointer, &mut |text| {
            if let Ok(named) = resolve(service, workspace, text) {
                *text = if pattern == "apis/releases" {
                    released_id(service, &named)
                } else {
                    full_id(service, &named)
                };
            }
        });
    }
    if pattern == "subscriptions"
        && let Some(Value::String(scope)) = properties.get_mut("scope")
        && let Some(full) = long_scope(service, workspace, scope)
    {
        *scope = full;
    }
}

/// A release keeps the number of its revision, whatever that is called later.
fn released_id(service: &Service, api: &Path) -> String {
    let entry = service.get(api);
    let number = entry.and_then(|entry| entry.text("apiRevision"));
    let mut root = api.clone();
    root.pairs[0].1 = split_revision(api.name()).0.to_owned();
    let id = full_id(service, &root);
    match number {
        Some(number) => format!("{id};rev={number}"),
        None => full_id(service, api),
    }
}

fn long_scope(service: &Service, workspace: Option<&str>, scope: &str) -> Option<String> {
    if ServiceId::split(scope).is_some() {
        return match resolve(service, workspace, scope) {
            Ok(path) => Some(full_id(service, &path)),
            Err(_) => None,
        };
    }
    if scope.eq_ignore_ascii_case("/apis") {
        let short = if service.switches.short_ids {
            workspace
        } else {
            None
        };
        return Some(format!("{}{}/apis", service.id, scope_text(short)));
    }
    let path = resolve(service, workspace, scope).ok()?;
    Some(full_id(service, &path))
}

fn each(properties: &mut Properties, pointer: &[&str], act: &mut impl FnMut(&mut String)) {
    let [first, rest @ ..] = pointer else { return };
    if let Some(value) = properties.get_mut(*first) {
        visit(value, rest, act);
    }
}

fn visit(value: &mut Value, pointer: &[&str], act: &mut impl FnMut(&mut String)) {
    match (pointer, value) {
        ([], Value::String(text)) => act(text),
        (["*", rest @ ..], Value::Array(items)) => {
            for item in items {
                visit(item, rest, act);
            }
        }
        ([_, ..], Value::Object(members)) => each(members, pointer, act),
        _ => {}
    }
}

/// Checks every member that names another resource.
///
/// A workspace may name what is in it, and at service level only users,
/// built-in groups, authorization servers and OpenID providers.
pub(crate) fn check(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    let pattern = path.pattern();
    let mut members: Properties = properties.clone();
    let mut refusal = None;
    for field in FIELDS.iter().filter(|f| f.pattern == pattern) {
        let target = field
            .pointer
            .iter()
            .rfind(|word| **word != "*")
            .copied()
            .unwrap_or_default();
        each(&mut members, field.pointer, &mut |text| {
            if refusal.is_none() {
                refusal = problem(service, path, field, text, now).map(|message| match message {
                    Some(message) if field.names == "apiVersionSets" => Refusal::not_found(message),
                    Some(message) if field.form == Form::Name => {
                        Refusal::field("AuthenticationSettings", message)
                    }
                    Some(message) => Refusal::field(target, message),
                    None => foreign(text),
                });
            }
        });
    }
    refusal.map_or(Ok(()), Err)
}

pub(crate) fn foreign(id: &str) -> Refusal {
    Refusal::arm(
        403,
        "LinkedAuthorizationFailed",
        format!(
            "The client has permission to perform the action on the scope, however it does not have permission to perform action 'read' on the linked scope(s) '{id}' or the linked scope(s) are invalid."
        ),
    )
}

/// What is wrong with one reference: a message, or `None` when the id is of
/// another service.
fn problem(
    service: &Service,
    path: &Path,
    field: &Field,
    text: &str,
    now: Instant,
) -> Option<Option<String>> {
    let noun = noun(field.names);
    if field.form == Form::Name {
        let named = Path::top(None, collection_of(field.names), text);
        let known = service.ready(&named, now).is_some();
        let what = match field.names {
            "authorizationServers" => "Authorization server",
            _ => "OpenID Connect provider",
        };
        return (!known).then(|| Some(format!("{what} was not found.")));
    }
    let named = match resolve(service, path.workspace(), text) {
        Ok(named) => named,
        Err(Unresolved::Foreign) => return Some(None),
        Err(Unresolved::Malformed) => {
            return Some(Some(format!("Invalid resource identifier '{text}'.")));
        }
    };
    // Real services do have tags on operations of other revisions.
    let links = field.names == "apis" && path.collection() == "apiLinks";
    if named.pattern() != field.names {
        return Some(Some(format!("Invalid resource identifier '{text}'.")));
    }
    if links
        && named
            .api()
            .is_some_and(|api| split_revision(api.name()).1.is_some())
    {
        return Some(Some(format!(
            "The identifier '{text}' can't name a revision of an API."
        )));
    }
    let entry = service.ready(&named, now);
    let absent = || Some(Some(format!("{noun} not found.")));
    let Some(entry) = entry else { return absent() };
    let same = same_scope(named.workspace(), path.workspace());
    let built_in = field.names == "groups" && entry.text("type") == Some("system");
    let from_service = named.workspace.is_none() && (field.names == "users" || built_in);
    if same || from_service { None } else { absent() }
}

fn collection_of(pattern: &'static str) -> &'static str {
    pattern
}

/// What the service calls a thing of this kind in its messages.
pub(crate) fn noun(pattern: &str) -> &'static str {
    match pattern.rsplit('/').next().unwrap_or_default() {
        "apis" => "Api",
        "operations" => "Operation",
        "products" => "Product",
        "groups" => "Group",
        "users" => "User",
        "tags" => "Tag",
        "loggers" => "Logger",
        "backends" => "Backend",
        "certificates" => "Certificate",
        "apiVersionSets" => "ApiVersionSet",
        "namedValues" => "NamedValue",
        "policyFragments" => "Policy fragment",
        "schemas" => "Schema",
        "policies" => "PoliciesConfiguration",
        "subscriptions" => "Subscription",
        "workspaces" => "Workspace",
        "gateways" => "Gateway",
        "releases" => "Release",
        "diagnostics" => "Diagnostic",
        "authorizationServers" => "OAuth2AuthorizationServer",
        "openidConnectProviders" => "OpenidConnectProvider",
        "issues" => "Issue",
        "comments" => "Issue-comment",
        "attachments" => "Issue-attachment",
        "notifications" => "Notification",
        "resolvers" => "Resolver",
        _ => "Entity",
    }
}

/// What a subscription opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything: the built-in subscription.
    Service,
    /// All APIs of the service or of a workspace.
    AllApis(Option<String>),
    /// One API or one product.
    One(Path),
}

/// Reads the scope of a subscription.
pub(crate) fn scope(
    service: &Service,
    workspace: Option<&str>,
    text: &str,
) -> Result<Scope, Unresolved> {
    if let Some((owner, below)) = ServiceId::split(text) {
        if owner != service.id {
            return Err(Unresolved::Foreign);
        }
        if below.is_empty() || below == "/" {
            return Ok(Scope::Service);
        }
        let words: Vec<_> = below.split('/').skip(1).collect();
        return match words.as_slice() {
            [apis] if apis.eq_ignore_ascii_case("apis") => Ok(Scope::AllApis(None)),
            [workspaces, name, apis]
                if workspaces.eq_ignore_ascii_case("workspaces")
                    && apis.eq_ignore_ascii_case("apis") =>
            {
                Ok(Scope::AllApis(Some((*name).to_owned())))
            }
            _ => resolve(service, workspace, text).map(Scope::One),
        };
    }
    if text.eq_ignore_ascii_case("/apis") {
        let short = service.switches.short_ids.then_some(workspace).flatten();
        return Ok(Scope::AllApis(short.map(str::to_owned)));
    }
    resolve(service, workspace, text).map(Scope::One)
}

/// Whether a link or a subscription points at this path or below it.
pub(crate) fn points_at(service: &Service, properties: &Map<String, Value>, at: &Path) -> bool {
    ["apiId", "groupId", "operationId", "productId", "scope"]
        .iter()
        .filter_map(|member| properties.get(*member)?.as_str())
        .filter_map(|text| resolve(service, at.workspace(), text).ok())
        .any(|named| service.canonical(&named).is_within(at))
}
