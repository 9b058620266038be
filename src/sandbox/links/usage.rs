//! Who uses a resource: asked before it may be deleted.

use serde_json::Value;

use super::documents::{braces, strings};
use super::references::{noun, resolve};
use crate::address::split_revision;
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::rules::policy::{self, RefKind};
use crate::sandbox::store::path::{Path, same_scope};
use crate::sandbox::store::{Entry, Service};

/// The kind of policy reference that names a kind of resource.
fn named_in_policies(pattern: &str) -> Option<RefKind> {
    Some(match pattern {
        "namedValues" => RefKind::NamedValue,
        "policyFragments" => RefKind::Fragment,
        "backends" => RefKind::Backend,
        "certificates" => RefKind::Certificate,
        "loggers" => RefKind::Logger,
        "schemas" => RefKind::Schema,
        _ => return None,
    })
}

/// Whether a resource holds policy text.
pub(crate) fn has_text(entry: &Entry) -> bool {
    entry.path.collection() == "policies" || entry.path.pattern() == "policyFragments"
}

/// A path as the service prints it: the revision is always named.
fn printed(service: &Service, entry: &Entry) -> String {
    let mut path = entry.path.clone();
    if let Some(api) = path.api()
        && split_revision(api.name()).1.is_none()
        && let Some(number) = service.get(&api).and_then(|api| api.text("apiRevision"))
    {
        path.pairs[0].1 = format!("{};rev={number}", api.name());
    }
    path.short()
}

/// The short paths of everything in the scope that uses a resource, sorted.
pub(crate) fn users(service: &Service, used: &Entry) -> Vec<String> {
    let kind = named_in_policies(&used.path.pattern());
    let name = match kind {
        Some(RefKind::NamedValue) => used.text("displayName").unwrap_or_default(),
        _ => used.path.name(),
    };
    let lower = name.to_ascii_lowercase();
    let own = used.path.key();
    let mut found = Vec::new();
    for entry in service.entries() {
        if entry.path.key() == own || !same_scope(entry.path.workspace(), used.path.workspace()) {
            continue;
        }
        let uses = if has_text(entry) {
            let text = entry.text("value").unwrap_or_default();
            kind.is_some()
                && text.to_ascii_lowercase().contains(&lower)
                && policy::references(text).into_iter().any(|reference| {
                    let lives = !reference.in_comment
                        || reference.kind == RefKind::NamedValue && service.switches.comment_values;
                    lives && Some(reference.kind) == kind && reference.id.eq_ignore_ascii_case(name)
                })
        } else {
            by_member(service, entry, used, name)
        };
        if uses {
            found.push(printed(service, entry));
        }
    }
    found.sort();
    found
}

fn by_member(service: &Service, entry: &Entry, used: &Entry, name: &str) -> bool {
    let pattern = entry.path.pattern();
    match used.path.pattern().as_str() {
        "namedValues" if matches!(pattern.as_str(), "backends" | "loggers") => {
            let mut uses = false;
            for member in ["credentials", "proxy", "url"] {
                let value = entry.properties.get(member).unwrap_or(&Value::Null);
                strings(value, &mut |text| {
                    uses |= braces(text).iter().any(|n| n.eq_ignore_ascii_case(name));
                });
            }
            uses
        }
        "backends" | "certificates" if pattern == "backends" => {
            let mut uses = false;
            for member in ["pool", "credentials", "properties"] {
                let value = entry.properties.get(member).unwrap_or(&Value::Null);
                strings(value, &mut |text| uses |= means(service, text, &used.path));
            }
            uses
        }
        "loggers" if pattern.ends_with("diagnostics") => entry
            .text("loggerId")
            .is_some_and(|id| means(service, id, &used.path)),
        "apiVersionSets" if pattern == "apis" => entry
            .text("apiVersionSetId")
            .is_some_and(|id| means(service, id, &used.path)),
        _ => false,
    }
}

fn means(service: &Service, id: &str, path: &Path) -> bool {
    resolve(service, path.workspace(), id).is_ok_and(|named| named.key() == path.key())
}

/// Refuses to delete what others use.
pub(crate) fn unused(service: &Service, entry: &Entry) -> Result<(), Refusal> {
    let users = users(service, entry);
    if users.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "The {} '{}' is used by the following entities:\r\n{}",
        noun(entry.path.collection()),
        entry.path.name(),
        users.join("\r\n")
    )))
}
