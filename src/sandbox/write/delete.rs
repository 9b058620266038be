//! DELETE, and what stands in its way.

use super::precondition;
use super::{api_operations, effects, workspace};
use crate::address::split_revision;
use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::{Refusal, Reply};
use crate::sandbox::http::routes::rule;
use crate::sandbox::links::{memberships, usage};
use crate::sandbox::read::views;
use crate::sandbox::read::{absent, find, parents};
use crate::sandbox::rules::kinds::{Verb, Verbs};
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Entry, Service};
use crate::sandbox::trouble::faults::Fate;
use crate::sandbox::trouble::lanes::{lane, taken};

/// DELETE of one resource.
pub(crate) fn delete(service: &mut Service, path: &Path, call: &Call) -> Result<Reply, Refusal> {
    let pattern = path.pattern();
    if pattern == "workspaces" {
        workspace::supported(service)?;
    }
    let kind = rule(&pattern, path.workspace.is_some(), Some(Verb::Delete))?;
    // What was below something deleted was as gone as anything, once.
    if parents(service, path, call.now).is_err() && !call.is_since("2019-12-01") {
        return Ok(Reply::empty(204));
    }
    parents(service, path, call.now)?;
    // Up to then, connections went with their provider.
    let provider = path.root();
    if provider.collection() == "authorizationProviders"
        && !path.is_top()
        && service.get(&provider).is_none()
        && !call.is_since("2024-05-01")
    {
        return Err(absent(&provider));
    }
    let path = &service.canonical(path);
    if service.switches.delete_fails && service.tried.insert(path.key()) {
        return Err(Refusal::internal());
    }
    let lane = lane(service, path, false);
    if service.is_busy(&lane, call.now) {
        return Err(taken(&lane));
    }
    if matches!(
        kind.verbs,
        Verbs::Membership | Verbs::MembershipWithOk | Verbs::MembershipWithGet
    ) {
        let there = memberships::remove(service, path);
        return Ok(Reply::empty(if there { 200 } else { 204 }));
    }
    let entry = find(service, path, call.now);
    precondition(kind, Verb::Delete, entry.map(|e| e.etag), call, service)?;
    let Some(entry) = entry else {
        return Ok(Reply::empty(204));
    };
    deletable(service, path, call, entry)?;
    let long = kind.long_running(Verb::Delete) && service.deletes_slowly(call);
    let outcome = match service.fate {
        Some(Fate::Failed) if long => {
            service.fate = None;
            Err(Refusal::operation_failed())
        }
        _ => {
            effects::delete(service, path);
            Ok(204)
        }
    };
    if long {
        let (id, _) = service.begin(path, outcome, true, call.now);
        return Ok(service.polled(Reply::empty(202), path, call, &id, 204));
    }
    let imported_once = path.collection() == "apis" && !call.is_since("2018-01-01");
    Ok(Reply::empty(if imported_once { 204 } else { 200 }))
}

fn deletable(service: &Service, path: &Path, call: &Call, entry: &Entry) -> Result<(), Refusal> {
    match path.pattern().as_str() {
        "apis" => {
            let is_root = split_revision(path.name()).1.is_none();
            if is_root
                && !service.other_revisions(path).is_empty()
                && call.query("deleteRevisions") != Some("true")
            {
                return Err(Refusal::invalid(
                    "Cannot delete the current revision of an API.",
                ));
            }
            Ok(())
        }
        "products" => {
            let subscriptions = views::subscriptions(service, path, call.now);
            if !subscriptions.is_empty() && call.query("deleteSubscriptions") != Some("true") {
                return Err(Refusal::invalid(
                    "Product cannot be deleted since it has existing subscriptions. Either delete subscriptions first, or set the deleteSubscriptions parameter to true.",
                ));
            }
            Ok(())
        }
        "groups" if entry.text("type") == Some("system") => {
            Err(Refusal::invalid("System groups can't be deleted."))
        }
        "subscriptions" if path.name().eq_ignore_ascii_case("master") => Err(Refusal::invalid(
            "The built-in all-access subscription can't be deleted.",
        )),
        "users" if path.name() == "1" => {
            Err(Refusal::invalid("The administrator can't be deleted."))
        }
        "apis/schemas" => {
            if call.query("force") == Some("true") {
                return Ok(());
            }
            schema_unused(service, path)
        }
        _ => usage::unused(service, entry),
    }
}

/// Refuses to delete a schema that an operation names.
fn schema_unused(service: &Service, path: &Path) -> Result<(), Refusal> {
    let Some(api) = path.api() else { return Ok(()) };
    let needle = path.name();
    let users: Vec<String> = service
        .children(&api, "operations")
        .into_iter()
        .filter(|operation| api_operations::names_schema(&operation.properties, needle))
        .map(|operation| operation.path.short())
        .collect();
    if users.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "The Schema '{needle}' is used by the following entities:\r\n{}",
            users.join("\r\n")
        )))
    }
}
