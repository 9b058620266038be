//! Subscriptions: what they open, their keys, their state.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::address::split_revision;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::links::references::{self, Scope, Unresolved, foreign, resolve};
use crate::sandbox::read::views::subscriptions;
use crate::sandbox::store::path::{Path, same_scope};
use crate::sandbox::store::{Properties, Service, hex};

/// Checks a subscription and fills in its keys and its state.
pub(crate) fn complete(
    service: &mut Service,
    path: &Path,
    properties: &mut Properties,
    old: Option<&Properties>,
    now: Instant,
) -> Result<(), Refusal> {
    if path.workspace.is_none() && path.name().eq_ignore_ascii_case("master") {
        return Err(Refusal::invalid(
            "The built-in all-access subscription can't be changed.",
        ));
    }
    opens_something(service, path, properties, old, now)?;
    keys(service, path, properties, old)?;
    if properties.get("state").is_none_or(Value::is_null) {
        let kept = old.and_then(|old| old.get("state")).cloned();
        let state = if service.switches.subscription_active {
            "active"
        } else {
            "submitted"
        };
        properties.insert("state".to_owned(), kept.unwrap_or_else(|| json!(state)));
    }
    properties.entry("allowTracing").or_insert(json!(false));
    Ok(())
}

/// What the service says to a scope that is none.
const SCOPES: &str =
    "Subscription scope should be one of '/apis', '/apis/{apiId}', '/products/{productId}'";

/// Refuses a scope that is nothing of the subscription's own scope.
fn opens_something(
    service: &Service,
    path: &Path,
    properties: &Properties,
    old: Option<&Properties>,
    now: Instant,
) -> Result<(), Refusal> {
    let text = properties
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let wrong = |message: &str| Err(Refusal::field("scope", message));
    match references::scope(service, path.workspace(), &text) {
        Err(Unresolved::Foreign) => return Err(foreign(&text)),
        Err(Unresolved::Malformed) | Ok(Scope::Service) => return wrong(SCOPES),
        Ok(Scope::AllApis(scope)) => {
            if !same_scope(scope.as_deref(), path.workspace()) {
                return wrong("Subscription scope is not in the workspace of the subscription.");
            }
            if scope.is_some() && !service.switches.workspace_all_apis {
                return wrong(SCOPES);
            }
        }
        Ok(Scope::One(of)) => {
            let kind = of.pattern();
            if kind != "apis" && kind != "products" {
                return wrong(SCOPES);
            }
            if split_revision(of.name()).1.is_some() {
                return wrong("Subscription scope can't name a revision of an Api.");
            }
            if !same_scope(of.workspace(), path.workspace()) {
                return wrong("Subscription scope is not in the workspace of the subscription.");
            }
            let Some(entry) = service.ready(&of, now) else {
                return wrong(if kind == "apis" {
                    "Api not found."
                } else {
                    "Product not found."
                });
            };
            if kind == "products" {
                let limit = entry
                    .properties
                    .get("subscriptionsLimit")
                    .and_then(Value::as_u64);
                let owner = properties.get("ownerId").and_then(Value::as_str);
                if let (Some(limit), Some(owner), None) = (limit, owner, old) {
                    let owned = subscriptions(service, &of, now)
                        .iter()
                        .filter_map(|path| service.get(path)?.text("ownerId"))
                        .filter(|theirs| {
                            let key =
                                |id: &str| resolve(service, None, id).ok().map(|path| path.key());
                            key(theirs) == key(owner)
                        })
                        .count();
                    if u64::try_from(owned).unwrap_or(u64::MAX) >= limit {
                        return Err(Refusal::invalid(
                            "Subscriptions limit reached for same user",
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Makes the keys that are not given, and refuses those that are taken.
fn keys(
    service: &Service,
    path: &Path,
    properties: &mut Properties,
    old: Option<&Properties>,
) -> Result<(), Refusal> {
    for (member, which) in [("primaryKey", 1), ("secondaryKey", 2)] {
        if properties.get(member).is_none_or(Value::is_null) {
            let kept = old.and_then(|old| old.get(member)).cloned();
            let made = format!("{} {} {which}", service.seed, path.key());
            properties.insert(
                member.to_owned(),
                kept.unwrap_or_else(|| json!(hex(&made, 32))),
            );
        }
    }
    if service.switches.subscription_key_unique {
        let mine: Vec<&str> = ["primaryKey", "secondaryKey"]
            .iter()
            .filter_map(|member| properties.get(*member)?.as_str())
            .collect();
        let taken = service
            .everywhere("subscriptions")
            .into_iter()
            .filter(|entry| entry.path.key() != path.key())
            .any(|entry| {
                ["primaryKey", "secondaryKey"].iter().any(|member| {
                    entry
                        .text(member)
                        .is_some_and(|theirs| mine.contains(&theirs))
                })
            });
        if taken {
            return Err(Refusal::field(
                "primaryKey",
                "Subscription with the same key already exists.",
            ));
        }
    }
    Ok(())
}
