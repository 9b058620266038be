//! What is particular to workspaces: tiers, names, limits.

use serde_json::Value;
use tokio::time::Instant;

use crate::address::split_revision;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::links::memberships::owners;
use crate::sandbox::links::references::resolve;
use crate::sandbox::read::views::subscriptions;
use crate::sandbox::rules::kinds::KindRule;
use crate::sandbox::store::path::{Path, same_scope, scope_text};
use crate::sandbox::store::{Properties, Service};
use crate::sandbox::switches::{NameClash, PathScope};

/// Refuses in tiers that have no workspaces.
pub(crate) fn supported(service: &Service) -> Result<(), Refusal> {
    const WITHOUT: &[&str] = &["developer", "basic", "standard", "consumption", "free"];
    if WITHOUT.contains(&service.sku.to_ascii_lowercase().as_str()) {
        return Err(Refusal::new(
            400,
            "MethodNotAllowedInPricingTier",
            format!("Method not allowed in {} pricing tier", service.sku),
        ));
    }
    Ok(())
}

/// Refuses what goes into a workspace without a gateway, where one is needed.
pub(crate) fn is_served(service: &Service, path: &Path) -> Result<(), Refusal> {
    let Some(workspace) = path.workspace().filter(|_| service.switches.gateway_needed) else {
        return Ok(());
    };
    let served = service.gateways.get(&workspace.to_ascii_lowercase());
    if served.is_some_and(|gateways| !gateways.is_empty()) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Workspace '{workspace}' has to be associated with a gateway first."
    )))
}

/// Refuses a name that is taken elsewhere in the service: names of top-level
/// resources are unique over the service and all its workspaces.
pub(crate) fn name_is_free(service: &Service, kind: &KindRule, path: &Path) -> Result<(), Refusal> {
    let clash = service.switches.name_clash;
    if !kind.unique_over_service || !path.is_top() || clash == NameClash::Allowed {
        return Ok(());
    }
    let name = split_revision(path.name()).0;
    if kind.pattern == "loggers"
        && service.switches.azuremonitor_shared
        && name.eq_ignore_ascii_case("azuremonitor")
    {
        return Ok(());
    }
    let mut scopes: Vec<Option<String>> = vec![None];
    scopes.extend(service.workspaces().into_iter().map(Some));
    for scope in scopes {
        if same_scope(scope.as_deref(), path.workspace()) {
            continue;
        }
        let there = Path::top(scope.as_deref(), path.collection(), name);
        if let Some(entry) = service.get(&there) {
            let message = format!(
                "A resource of this type with the name '{name}' already exists at '{}'.",
                entry.path.text()
            );
            return Err(if clash == NameClash::Conflict {
                Refusal::new(409, "IdentifierAlreadyInUse", message)
            } else {
                Refusal::field("name", message)
            });
        }
    }
    Ok(())
}

/// Refuses what would be more than a workspace takes.
pub(crate) fn has_room(service: &Service, kind: &KindRule, path: &Path) -> Result<(), Refusal> {
    if kind.pattern == "workspaces" && service.workspaces().len() >= 100 {
        return Err(Refusal::invalid(
            "The limit of 100 workspaces of a service has been reached.",
        ));
    }
    let (Some(limit), Some(_)) = (kind.workspace_limit, path.workspace()) else {
        return Ok(());
    };
    let prefix = match path.parent() {
        Some(parent) => format!(
            "{}/{}",
            service.canonical(&parent).text(),
            path.collection()
        ),
        None => format!("{}/{}", scope_text(path.workspace()), path.collection()),
    };
    if service.list(&prefix).count() >= limit {
        return Err(Refusal::invalid(format!(
            "The limit of {limit} {} in a workspace has been reached.",
            path.collection()
        )));
    }
    Ok(())
}

/// Refuses what would be more than one API or product of a workspace takes.
pub(crate) fn end_has_room(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    let Some(workspace) = path.workspace() else {
        return Ok(());
    };
    let pattern = path.pattern();
    let member = match pattern.as_str() {
        "tags/apiLinks" => "apiId",
        "tags/productLinks" => "productId",
        "subscriptions" => "scope",
        "apis/operations" => {
            let count = service.operations_in(workspace);
            return full(count, 5_000, "operations", "workspace");
        }
        _ => return Ok(()),
    };
    let end = properties.get(member).and_then(Value::as_str);
    let Some(end) = end.and_then(|id| resolve(service, path.workspace(), id).ok()) else {
        return Ok(());
    };
    let tags = |links, member| owners(service, &end, "tags", links, member).len();
    match (pattern.as_str(), end.collection()) {
        ("tags/apiLinks", _) => full(tags("apiLinks", "apiId"), 100, "tags", "Api"),
        ("tags/productLinks", _) => full(tags("productLinks", "productId"), 50, "tags", "Product"),
        (_, kind) => {
            let count = subscriptions(service, &end, now).len();
            match kind {
                "apis" => full(count, 200, "subscriptions", "Api"),
                _ => full(count, 1_000, "subscriptions", "Product"),
            }
        }
    }
}

fn full(count: usize, limit: usize, what: &str, of: &str) -> Result<(), Refusal> {
    if count < limit {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The limit of {limit} {what} of one {of} in a workspace has been reached."
    )))
}

/// Which gateways serve a scope; the service's own one is the empty name.
fn gateways(service: &Service, workspace: Option<&str>) -> Vec<String> {
    let own = workspace.and_then(|name| service.gateways.get(&name.to_ascii_lowercase()));
    match own {
        Some(gateways) if !gateways.is_empty() => {
            gateways.iter().map(|g| g.to_ascii_lowercase()).collect()
        }
        _ => vec![String::new()],
    }
}

fn path_of(properties: &Properties) -> String {
    let path = properties.get("path").and_then(Value::as_str);
    path.unwrap_or_default()
        .trim_matches('/')
        .to_ascii_lowercase()
}

/// Refuses an API's path that another API has, unless both are versions of
/// the same set.
pub(crate) fn api_path_is_free(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    let root = path.api_root().unwrap_or_else(|| path.clone());
    let mine = path_of(properties);
    let set = |properties: &Properties| {
        let id = properties.get("apiVersionSetId").and_then(Value::as_str)?;
        Some(resolve(service, path.workspace(), id).ok()?.key())
    };
    let version = |properties: &Properties| {
        let version = properties.get("apiVersion").and_then(Value::as_str);
        version.unwrap_or_default().to_ascii_lowercase()
    };
    let my_set = set(properties);
    let here = gateways(service, path.workspace());
    let mut scopes: Vec<Option<String>> = vec![None];
    scopes.extend(service.workspaces().into_iter().map(Some));
    for scope in scopes {
        let same = same_scope(scope.as_deref(), path.workspace());
        let shares = match service.switches.api_path {
            PathScope::Scope => same,
            PathScope::Service => true,
            PathScope::Gateway => {
                same || gateways(service, scope.as_deref())
                    .iter()
                    .any(|gateway| here.contains(gateway))
            }
        };
        if !shares {
            continue;
        }
        for other in service.top(scope.as_deref(), "apis") {
            let other_root = other.path.api_root().unwrap_or_else(|| other.path.clone());
            if other_root.key() == root.key()
                || split_revision(other.path.name()).1.is_some()
                || path_of(&other.properties) != mine
                || !other.is_visible(now)
            {
                continue;
            }
            let siblings = same && my_set.is_some() && set(&other.properties) == my_set;
            if !siblings {
                return Err(Refusal::field(
                    "path",
                    format!(
                        "Cannot create API '{}' with the same Path '{}' as API '{}' unless it's a part of the same version set",
                        root.name(),
                        mine,
                        other.path.name()
                    ),
                ));
            }
            if version(&other.properties) == version(properties) {
                return Err(Refusal::field(
                    "apiVersion",
                    format!(
                        "API '{}' of the same version set already has the version '{}'",
                        other.path.name(),
                        other.text("apiVersion").unwrap_or_default()
                    ),
                ));
            }
        }
    }
    Ok(())
}
