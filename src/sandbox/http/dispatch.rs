//! From a request's path and method to what carries it out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::{Call, encode_path};
use super::reply::{Refusal, Reply};
use super::routes::{Route, not_allowed};
use super::versions;
use crate::address::PROVIDER;
use crate::sandbox::rules::kinds::Verb;
use crate::sandbox::store::Service;
use crate::sandbox::store::path::Path;
use crate::sandbox::switches::NameCase;
use crate::sandbox::write::{actions, delete};
use crate::sandbox::{read, write};

fn about(service: &Service) -> Value {
    json!({
        "id": service.id.to_string(),
        "name": service.id.name(),
        "type": format!("{PROVIDER}/service"),
        "location": service.location,
        "sku": {"name": service.sku, "capacity": 1},
        "properties": {
            "provisioningState": "Succeeded",
            "publisherEmail": "admin@contoso.invalid",
            "publisherName": "Contoso",
            "gatewayUrl": format!("https://{}.azure-api.net", service.id.name()),
            "platformVersion": "stv2",
            "apiVersionConstraint": {"minApiVersion": match service.switches.min_api_version.as_str() {
                "" => Value::Null,
                least => json!(least),
            }},
        },
    })
}

/// Carries out a request to one service.
pub(crate) fn dispatch(
    service: &mut Service,
    route: &Route,
    call: &Call,
) -> Result<Reply, Refusal> {
    versions::taken(service, route, call)?;
    spelled_as_made(service, route)?;
    match (route, call.method.as_str()) {
        (Route::Service, "GET") => Ok(Reply::json(200, about(service))),
        (Route::Operation(id), "GET") => service.status(id, call),
        (Route::Item(path), "GET") => match (call.query("azure-asyncId"), call.query("asyncId")) {
            (Some(id), _) => service.status(id, call),
            (None, Some(id)) => poll(service, path, id, call),
            (None, None) => read::get(service, path, call),
        },
        (Route::Item(path), "HEAD") => read::head(service, path, call),
        (Route::Item(path), "PUT") => write::write(service, path, call, Verb::Put),
        (Route::Item(path), "PATCH") => write::write(service, path, call, Verb::Patch),
        (Route::Item(path), "DELETE") => delete::delete(service, path, call),
        (
            Route::List {
                workspace,
                parent,
                collection,
            },
            "GET",
        ) => read::list(
            service,
            workspace.as_deref(),
            parent.as_ref(),
            collection,
            call,
        ),
        (Route::Action(path, action), "POST") => actions::act(service, path, action, call),
        (Route::Action(..), _) => Err(Refusal::arm(
            404,
            "InvalidResourceType",
            "The resource type could not be found.",
        )),
        _ => Err(not_allowed(&call.method)),
    }
}

/// Refuses, where the case of names matters, what is there in another case only.
fn spelled_as_made(service: &Service, route: &Route) -> Result<(), Refusal> {
    if service.switches.name_case != NameCase::Sensitive {
        return Ok(());
    }
    let asked = match route {
        Route::Item(path) | Route::Action(path, _) => Some(path),
        Route::List { parent, .. } => parent.as_ref(),
        Route::Service | Route::Operation(_) => None,
    };
    let asked = asked.map(|path| service.canonical(path));
    match asked
        .as_ref()
        .and_then(|path| Some((path, service.get(path)?)))
    {
        Some((path, entry)) if entry.path != *path => Err(read::absent(path)),
        _ => Ok(()),
    }
}

/// GET of a `Location`.
fn poll(service: &Service, path: &Path, id: &str, call: &Call) -> Result<Reply, Refusal> {
    service.is_signed(id, call)?;
    let asked = encode_path(&call.path);
    let url = format!("{}{asked}?{}", call.base, call.raw_query);
    match service.poll(id, &url, call.now) {
        Err(reply) => Ok(reply),
        Ok(None) => read::get(service, path, call),
        Ok(Some(status)) => {
            let mut reply = read::get(service, path, call)?;
            let named = call.query("asyncCode").and_then(|code| code.parse().ok());
            reply.status = named.unwrap_or(status);
            Ok(reply)
        }
    }
}

/// The subscriptions that the services are in.
fn subscriptions(services: &[Service]) -> Vec<Value> {
    let ids: BTreeSet<&str> = services.iter().map(|s| s.id.subscription()).collect();
    let shown = |id: &str| {
        json!({
            "id": format!("/subscriptions/{id}"),
            "subscriptionId": id,
            "displayName": "Sandbox",
            "state": "Enabled",
        })
    };
    ids.into_iter().map(shown).collect()
}

/// What stands beside the services: lists of services and the second kind
/// of status document.
pub(crate) fn beside(services: &[Service], call: &Call) -> Option<Result<Reply, Refusal>> {
    let words: Vec<&str> = call.path.split('/').skip(1).collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word));
    let in_subscription = is(0, "subscriptions") && is(2, "providers") && is(3, PROVIDER);
    if in_subscription && is(4, "locations") && words.len() == 8 {
        let id = words[7];
        let service = services.iter().find(|s| s.operations.contains_key(id));
        return Some(match service {
            Some(service) => service.status(id, call),
            None => Err(Refusal::not_found("Operation not found.")),
        });
    }
    if call.method == "GET" && is(0, "subscriptions") && words.len() == 1 {
        return Some(Ok(Reply::json(
            200,
            json!({"value": subscriptions(services)}),
        )));
    }
    let in_group = is(0, "subscriptions") && is(2, "resourceGroups") && is(4, "providers");
    let lists_all = in_subscription && is(4, "service") && words.len() == 5;
    let lists_group = in_group && is(5, PROVIDER) && is(6, "service") && words.len() == 7;
    if call.method == "GET" && (lists_all || lists_group) {
        let items: Vec<Value> = services
            .iter()
            .filter(|service| service.id.subscription().eq_ignore_ascii_case(words[1]))
            .filter(|service| {
                lists_all || service.id.resource_group().eq_ignore_ascii_case(words[3])
            })
            .map(about)
            .collect();
        return Some(Ok(Reply::json(200, json!({ "value": items }))));
    }
    None
}
