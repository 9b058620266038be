//! POST on a resource: secrets, keys, and who refers to a fragment.

use serde_json::{Map, Value, json};

use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::{Refusal, Reply};
use crate::sandbox::http::routes::{not_allowed, rule};
use crate::sandbox::links::usage::has_text;
use crate::sandbox::read::how::{How, Show};
use crate::sandbox::read::show::{etag, shown, type_of};
use crate::sandbox::read::{absent, find, parents};
use crate::sandbox::rules::policy::{self, RefKind};
use crate::sandbox::store::path::{Path, same_scope};
use crate::sandbox::store::{Entry, Service, hex};

/// Carries out a POST.
pub(crate) fn act(
    service: &mut Service,
    path: &Path,
    action: &str,
    call: &Call,
) -> Result<Reply, Refusal> {
    let in_workspace = path.workspace.is_some();
    let kind = rule(&path.pattern(), in_workspace, None)?;
    let known = kind
        .actions
        .iter()
        .find(|known| known.eq_ignore_ascii_case(action))
        .or_else(|| {
            let here = kind.service_actions.iter().filter(|_| !in_workspace);
            let mut here = here;
            here.find(|known| known.eq_ignore_ascii_case(action))
        })
        .copied()
        .ok_or_else(|| not_allowed(&call.method))?;
    parents(service, path, call.now)?;
    let entry = find(service, path, call.now).ok_or_else(|| absent(path))?;
    let tag = etag(entry.etag);
    let text = |member: &str| entry.text(member).unwrap_or_default().to_owned();
    Ok(match known {
        "listValue" => {
            let value = match entry.text("value") {
                Some(value) => value.to_owned(),
                None => hex(&format!("vault of {}", path.key()), 16),
            };
            Reply::json(200, json!({ "value": value })).with("etag", tag)
        }
        "listSecrets" if path.pattern() == "subscriptions" => Reply::json(
            200,
            json!({"primaryKey": text("primaryKey"), "secondaryKey": text("secondaryKey")}),
        )
        .with("etag", tag),
        "listSecrets" => {
            let mut secrets = json!({"clientSecret": text("clientSecret")});
            for member in ["resourceOwnerUsername", "resourceOwnerPassword"] {
                if let Some(secret) = entry.text(member) {
                    secrets[member] = json!(secret);
                }
            }
            Reply::json(200, secrets).with("etag", tag)
        }
        "listKeys" => {
            let key = |which: &str| hex(&format!("{which} key of {}", path.key()), 40);
            let keys = json!({"primary": key("primary"), "secondary": key("secondary")});
            Reply::json(200, keys).with("etag", tag)
        }
        "generateToken" => {
            let token = hex(&format!("token of {}", path.key()), 40);
            Reply::json(200, json!({ "value": token }))
        }
        "regenerateKey" => Reply::empty(204),
        "refreshSecret" => {
            if entry.properties.get("keyVault").is_none_or(Value::is_null) {
                return Err(Refusal::invalid("The entity is not in Key Vault."));
            }
            let body = shown(service, entry, None, &Show::new(How::Get, call));
            Reply::json(200, body).with("etag", tag)
        }
        "regeneratePrimaryKey" => regenerate(service, path, "primaryKey"),
        "regenerateSecondaryKey" => regenerate(service, path, "secondaryKey"),
        "reconnect" => Reply::empty(202),
        "listReferences" => references(service, entry),
        _ => return Err(not_allowed(&call.method)),
    })
}

fn regenerate(service: &mut Service, path: &Path, member: &str) -> Reply {
    let key = service.mint(&format!("{member} of {}", path.text()));
    let key = hex(&key, 32);
    if let Some(entry) = service.get(path) {
        let (path, mut properties): (Path, Map<String, Value>) =
            (entry.path.clone(), entry.properties.clone());
        properties.insert(member.to_owned(), json!(key));
        service.put(&path, properties);
    }
    Reply::empty(204)
}

fn references(service: &Service, fragment: &Entry) -> Reply {
    let name = fragment.path.name();
    let mut found = Vec::new();
    for entry in service.entries().filter(|entry| has_text(entry)) {
        if !same_scope(entry.path.workspace(), fragment.path.workspace()) {
            continue;
        }
        let text = entry.text("value").unwrap_or_default();
        let uses = policy::references(text).into_iter().any(|reference| {
            reference.kind == RefKind::Fragment
                && !reference.in_comment
                && reference.id.eq_ignore_ascii_case(name)
        });
        if uses {
            found.push(json!({
                "id": format!("{}{}", service.id, entry.path.text()),
                "type": type_of(&entry.path),
                "name": entry.path.name(),
            }));
        }
    }
    let count = found.len();
    Reply::json(200, json!({"value": found, "count": count, "nextLink": ""}))
}
