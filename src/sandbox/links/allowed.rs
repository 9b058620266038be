//! What a link may be between.

use serde_json::{Value, json};

use super::memberships::owners;
use super::references::{self, resolve};
use crate::address::split_revision;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Properties, Service};

/// A second link to the same thing is refused, whatever its name.
pub(crate) fn is_new(
    service: &Service,
    path: &Path,
    properties: &Properties,
) -> Result<(), Refusal> {
    let (Some(owner), collection) = (path.parent(), path.collection()) else {
        return Ok(());
    };
    let (member, noun) = match collection {
        "apiLinks" => ("apiId", "Api"),
        "groupLinks" => ("groupId", "Group"),
        "operationLinks" => ("operationId", "Operation"),
        _ => ("productId", "Product"),
    };
    let end = |text: &str| {
        let named = resolve(service, path.workspace(), text).ok()?;
        Some(service.canonical(&named).key())
    };
    let text = properties.get(member).and_then(Value::as_str);
    let mine = text.and_then(end);
    // What goes by another name can't be the same; there can be thousands.
    let name = text.map(bare_name);
    let taken = service
        .children(&owner, collection)
        .into_iter()
        .filter(|link| link.text(member).map(bare_name) == name)
        .filter(|link| link.path.key() != path.key())
        .any(|link| link.text(member).and_then(end) == mine);
    if taken {
        let owner = references::noun(owner.collection());
        return Err(Refusal::conflict(format!(
            "Link already exists between specified {owner} and {noun}."
        )));
    }
    Ok(())
}

/// The name that an id ends in, without a revision, in lower case.
fn bare_name(id: &str) -> String {
    let id = id.trim_end_matches('/');
    let name = id.rsplit('/').next().unwrap_or(id);
    split_revision(name).0.to_ascii_lowercase()
}

/// An API is in one product without subscriptions at most.
pub(crate) fn one_open_product(
    service: &Service,
    path: &Path,
    properties: &Properties,
) -> Result<(), Refusal> {
    if path.pattern() != "products/apiLinks" {
        return Ok(());
    }
    let is_open = |product: &Path| {
        service.get(product).is_some_and(|product| {
            product.properties.get("subscriptionRequired") == Some(&json!(false))
        })
    };
    let (Some(mine), Some(api)) = (
        path.parent(),
        properties.get("apiId").and_then(Value::as_str),
    ) else {
        return Ok(());
    };
    let Ok(api) = resolve(service, path.workspace(), api) else {
        return Ok(());
    };
    let others = owners(service, &api, "products", "apiLinks", "apiId");
    let other = others
        .iter()
        .find(|other| other.key() != mine.key() && is_open(other));
    match other {
        Some(other) if is_open(&mine) => Err(Refusal::invalid(format!(
            "API '{}' is already in the open product '{}'.",
            api.name(),
            other.name()
        ))),
        _ => Ok(()),
    }
}
