//! Lists of what has which tag.

use serde_json::{Value, json};

use crate::sandbox::links::memberships::ends;
use crate::sandbox::store::Service;
use crate::sandbox::store::path::Path;

/// Every tag of the service with each thing that it is on.
pub(crate) fn tagged(service: &Service, links: &[&str]) -> Vec<(Path, Path)> {
    let mut found = Vec::new();
    for tag in service.top(None, "tags") {
        for collection in links {
            let member = match *collection {
                "apiLinks" => "apiId",
                "operationLinks" => "operationId",
                _ => "productId",
            };
            for end in ends(service, &tag.path, collection, member) {
                found.push((tag.path.clone(), end));
            }
        }
    }
    found
}

/// One item of a list of tagged things.
pub(crate) fn tag_resource(service: &Service, tag: &Path, end: &Path) -> Option<Value> {
    let tag = service.get(tag)?;
    let entry = service.get(end)?;
    let text = |member: &str| entry.properties.get(member).cloned().unwrap_or_default();
    let mut item = json!({
        "tag": {"id": tag.path.text(), "name": tag.text("displayName")},
    });
    match end.pattern().as_str() {
        "apis" => {
            item["api"] = json!({
                "id": end.text(),
                "name": text("displayName"),
                "apiRevision": text("apiRevision"),
                "path": text("path"),
                "serviceUrl": text("serviceUrl"),
                "isCurrent": text("isCurrent"),
            });
        }
        "apis/operations" => {
            let api = end.api().and_then(|api| service.get(&api));
            item["operation"] = json!({
                "id": end.text(),
                "name": text("displayName"),
                "apiName": api.and_then(|api| api.text("displayName")),
                "apiRevision": api.and_then(|api| api.text("apiRevision")),
                "method": text("method"),
                "urlTemplate": text("urlTemplate"),
            });
        }
        _ => {
            item["product"] = json!({
                "id": end.text(),
                "name": text("displayName"),
                "state": text("state"),
            });
        }
    }
    Some(item)
}
