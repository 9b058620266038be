//! What is to be said of the service as a whole, of the workspace, and of what
//! stands at service level.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Form};
use crate::graph::references::{is_scope_of_all, without_revision};
use crate::inventory::Resource;
use crate::plan::codes::{self, Code};
use crate::plan::finding::{Finding, some};
use crate::plan::survey::Seen;

/// Tiers that had no workspaces when this was written.
const TIERS_WITHOUT: &[&str] = &["Consumption", "Developer", "Basic", "Standard"];

pub(in crate::plan::survey) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in [
        target,
        policy,
        diagnostics,
        gateways,
        restrictions,
        notifications,
        servers,
        caches,
        of_all,
    ] {
        subject(seen, &mut found);
    }
    found
}

fn target(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let target = seen.target;
    let workspace = format!("/workspaces/{}", target.workspace);
    if let Some(sku) = &target.sku
        && TIERS_WITHOUT.iter().any(|t| t.eq_ignore_ascii_case(sku))
    {
        let message = format!("`{}` is of the tier {sku}", target.service.name());
        found.push(codes::TIER.about(&workspace, message));
    }
    // In the v2 tiers the service's own gateway can serve a workspace.
    let own = (target.sku.as_ref()).is_some_and(|s| s.to_lowercase().ends_with("v2"));
    if !own && target.gateways.as_ref().is_some_and(Vec::is_empty) {
        let message = "no gateway is associated with it";
        found.push(codes::NO_GATEWAY.about(&workspace, message));
    }
}

fn policy(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let Some(policy) = seen.inventory.of_kind(&catalog::SERVICE_POLICY).next() else {
        return;
    };
    let code: &Code = match seen.within() {
        _ if seen.is_member(&policy.path) => &codes::SERVICE_POLICY_COPIED,
        true => &codes::SERVICE_POLICY,
        false => &codes::SERVICE_POLICY_MISSING,
    };
    let named = policy.scan().into_iter().flat_map(|s| &s.references);
    let names: BTreeSet<&str> = named.map(|r| r.name.as_str()).collect();
    let message = match names.len() {
        0 => "the all-APIs policy names nothing".to_owned(),
        _ => format!("the all-APIs policy names {}", some(names)),
    };
    found.push(code.about(&policy.path, message));
}

fn diagnostics(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let diagnostics = seen.inventory.of_kind(&catalog::DIAGNOSTIC);
    let names: Vec<&str> = diagnostics
        .filter(|r| !seen.is_member(&r.path))
        .map(|r| r.path.name())
        .collect();
    if !names.is_empty() {
        let message = format!("the service has {}", names.join(", "));
        found.push(codes::SERVICE_DIAGNOSTICS.about("/diagnostics", message));
    }
}

fn gateways(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    for served in seen.inventory.of_kind(&catalog::GATEWAY_API) {
        let api = split_revision(served.path.name()).0;
        // What comes along unselected is served as well.
        let moves = ResourcePath::top("apis", api).is_ok_and(|path| seen.is_member(&path));
        if moves {
            let gateway = served.path.root();
            let message = format!("the self-hosted gateway `{gateway}` serves it");
            found.push(codes::SELF_HOSTED_GATEWAY.about(format!("/apis/{api}"), message));
        }
    }
}

/// Restrictions that say something about what is moved.
fn restrictions(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let inventory = seen.inventory;
    for restriction in inventory.of_kind(&catalog::POLICY_RESTRICTION) {
        let asks = match restriction.properties.get("requireBase") {
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            other => other.and_then(Value::as_bool) == Some(true),
        };
        let scope = restriction.text("scope").unwrap_or_default();
        let binds = match inventory.resolve_id(scope) {
            Some(path) => seen.is_member(&path) || seen.is_member(&without_revision(&path)),
            None => is_scope_of_all(scope),
        };
        if asks && binds {
            let what = match scope.trim_matches('/').is_empty() {
                true => "every policy of the service".to_owned(),
                false => format!("the policies of `{scope}`"),
            };
            let message = format!("it asks for <base/> in {what}");
            found.push(codes::POLICY_RESTRICTIONS.about(&restriction.path, message));
        }
    }
}

fn notifications(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let told = |r: &&Resource| {
        let recipients = r.properties.get("recipients").and_then(Value::as_object);
        let lists = recipients.into_iter().flat_map(|r| r.values());
        lists
            .filter_map(Value::as_array)
            .any(|list| !list.is_empty())
    };
    let notifications = seen.inventory.of_kind(&catalog::NOTIFICATION);
    let members = &seen.closure.members;
    let copied = |r: &&Resource| members.keys().any(|m| m.is_within(&r.path));
    let stay = notifications.filter(told).filter(|r| !copied(r));
    let names = some(stay.map(|r| r.path.name()));
    if !names.is_empty() {
        let message = format!("somebody is told by {names}");
        found.push(codes::NOTIFICATIONS.about("/notifications", message));
    }
}

/// Servers that APIs name where they stand. People stand there too, and are
/// named by subscriptions as ever.
fn servers(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    for (path, by) in &seen.closure.referenced {
        let kind = catalog::kind_of(path);
        let by_name = by.iter().filter_map(|b| seen.inventory.get(b)).any(|b| {
            let names = |r: &catalog::Reference| {
                r.form == Form::Name && kind.is_some_and(|k| r.to.contains(&k))
            };
            b.kind.references.iter().any(names)
        });
        if by_name {
            let message = format!("it is named by {}", some(by));
            found.push(codes::SERVERS.about(path, message));
        }
    }
}

fn caches(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let Some(cache) = seen.inventory.of_kind(&catalog::CACHE).next() else {
        return;
    };
    let prefer = |r: &&Resource| r.scan().is_some_and(|s| s.either_cache.is_some());
    let names = some(seen.members().filter(prefer).map(|r| &r.path));
    if !names.is_empty() {
        let message = format!("it is used, where there is one, by {names}");
        found.push(codes::CACHE_FALLS_BACK.about(&cache.path, message));
    }
}

/// Subscriptions of whoever may call every API, the copies not among them.
fn of_all(seen: &Seen<'_>, found: &mut Vec<Finding>) {
    let of_all = |r: &&Resource| r.text("scope").is_some_and(is_scope_of_all);
    let subscriptions = seen.inventory.of_kind(&catalog::SUBSCRIPTION);
    let all: Vec<&Resource> = (subscriptions.filter(|r| !r.is_built_in()))
        .filter(of_all)
        .collect();
    match all.as_slice() {
        [] => {}
        [only] => {
            let message = "its scope is all APIs of the service";
            found.push(codes::ALL_APIS.about(&only.path, message));
        }
        many => {
            let names = some(many.iter().map(|r| r.path.name()));
            let message = format!("the scope of {names} is all APIs of the service");
            found.push(codes::ALL_APIS.about("/subscriptions", message));
        }
    }
}
