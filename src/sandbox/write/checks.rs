//! What a body must fulfil beyond its shape, kind by kind.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{api_operations, subscriptions, workspace};
use crate::sandbox::http::reply::Refusal;
use crate::sandbox::links::allowed;
use crate::sandbox::links::documents::{self, braces, named_value, strings};
use crate::sandbox::links::references::{self, resolve};
use crate::sandbox::store::path::{Path, scope_text};
use crate::sandbox::store::{Properties, Service, hex};

/// Checks a body and completes it with what the service fills in.
///
/// `old` is what is stored now, if anything.
pub(crate) fn complete(
    service: &mut Service,
    path: &Path,
    properties: &mut Properties,
    old: Option<&Properties>,
    now: Instant,
) -> Result<(), Refusal> {
    references::check(service, path, properties, now)?;
    match path.pattern().as_str() {
        "apis" => {
            one_form(properties)?;
            workspace::api_path_is_free(service, path, properties, now)?;
        }
        "apis/diagnostics" | "diagnostics" => {
            let named = properties.contains_key("operationNameFormat");
            if named && !path.name().eq_ignore_ascii_case("applicationinsights") {
                return Err(Refusal::field(
                    "operationNameFormat",
                    "OperationNameFormat is supported for applicationinsights only",
                ));
            }
        }
        "apis/operations" => api_operations::check(service, path, properties, now)?,
        "namedValues" => named(service, path, properties, now)?,
        "tags" => display_name_is_free(
            service,
            path,
            properties,
            "Tag with the same name already exists",
        )?,
        "groups" => group(properties, path, service)?,
        "backends" => {
            for member in ["credentials", "proxy", "url"] {
                let value = properties.get(member).cloned().unwrap_or_default();
                let missing = missing_values(service, path.workspace(), &value, now);
                if let Some(name) = missing.first() {
                    return Err(Refusal::field(
                        member,
                        format!("Cannot find a property '{name}'"),
                    ));
                }
            }
        }
        "loggers" => {
            let credentials = properties.get("credentials").cloned().unwrap_or_default();
            let missing = missing_values(service, path.workspace(), &credentials, now);
            if let Some(name) = missing.into_iter().next() {
                // The service has the two fields the wrong way round.
                return Err(Refusal::field(
                    "One or more Properties ['{0}'] specified are missing.",
                    name,
                ));
            }
            let kind = |p: &Properties| p.get("loggerType").cloned();
            if old.is_some_and(|old| kind(old) != kind(properties)) {
                return Err(Refusal::field("loggerType", "LoggerType can't be changed"));
            }
        }
        "certificates" => certificate(service, path, properties, old)?,
        "subscriptions" => subscriptions::complete(service, path, properties, old, now)?,
        "apiVersionSets" => version_set(properties)?,
        "users" => email_is_free(service, path, properties)?,
        "apis/releases" => {
            let api = properties.get("apiId").and_then(Value::as_str);
            let named = api.and_then(|api| resolve(service, path.workspace(), api).ok());
            let root = named.and_then(|named| named.api_root());
            if root.map(|root| root.key()) != path.api_root().map(|root| root.key()) {
                return Err(Refusal::field(
                    "apiId",
                    "The release must be of a revision of the same Api.",
                ));
            }
        }
        "policyFragments" => {
            documents::stored(path, properties)?;
            check_text(service, path, properties, now)?;
        }
        pattern if pattern == "policies" || pattern.ends_with("/policies") => {
            documents::stored(path, properties)?;
            check_text(service, path, properties, now)?;
        }
        pattern if pattern.ends_with("Links") => {
            allowed::is_new(service, path, properties)?;
            allowed::one_open_product(service, path, properties)?;
        }
        _ => {}
    }
    references::lengthen(service, path, properties);
    Ok(())
}

/// Refuses what names authorization servers or OpenID providers in more than
/// one form.
fn one_form(properties: &Properties) -> Result<(), Refusal> {
    let settings = properties
        .get("authenticationSettings")
        .unwrap_or(&Value::Null);
    let single = |name: &str| !settings[name].is_null();
    let several = |name: &str| {
        settings[name]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    };
    let lists = several("oAuth2AuthenticationSettings") || several("openidAuthenticationSettings");
    if lists && (single("oAuth2") || single("openid")) || single("oAuth2") && single("openid") {
        return Err(Refusal::field(
            "authenticationSettings",
            "Cannot use OAuth2AuthenticationSettings in combination with OAuth2 nor openid.",
        ));
    }
    Ok(())
}

fn check_text(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    let text = properties.get("value").and_then(Value::as_str);
    documents::check(service, path, text.unwrap_or_default(), now)
}

/// The `{{names}}` in a value that no named value of the scope has.
fn missing_values(
    service: &Service,
    workspace: Option<&str>,
    value: &Value,
    now: Instant,
) -> Vec<String> {
    let mut missing = Vec::new();
    strings(value, &mut |text| {
        for name in braces(text) {
            if named_value(service, workspace, &name, now).is_none() {
                missing.push(name);
            }
        }
    });
    missing
}

fn named(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    display_name_is_free(
        service,
        path,
        properties,
        "Property with the same name already exist.",
    )?;
    let has = |member: &str| properties.get(member).is_some_and(|v| !v.is_null());
    if has("value") && has("keyVault") {
        return Err(Refusal::field(
            "value",
            "Value and KeyVault can't be set at the same time.",
        ));
    }
    if has("keyVault") && path.workspace.is_some() && !service.switches.workspace_key_vault {
        return Err(Refusal::field(
            "keyVault",
            "Key Vault references are not supported in a workspace.",
        ));
    }
    if !has("value") && !has("keyVault") {
        return Err(Refusal::field("value", "The value is required."));
    }
    let text = properties.get("value").and_then(Value::as_str);
    if let Some(inner) = text.map(braces).and_then(|names| names.into_iter().next())
        && named_value(service, path.workspace(), &inner, now).is_some()
    {
        return Err(Refusal::field(
            "value",
            "A named value can't contain another named value.",
        ));
    }
    Ok(())
}

fn display_name_is_free(
    service: &Service,
    path: &Path,
    properties: &Properties,
    message: &str,
) -> Result<(), Refusal> {
    let Some(name) = properties.get("displayName").and_then(Value::as_str) else {
        return Ok(());
    };
    let mut scopes: Vec<Option<String>> = vec![path.workspace.clone()];
    if service.switches.display_name_unique {
        scopes.push(None);
        scopes.extend(service.workspaces().into_iter().map(Some));
    }
    let taken = scopes.iter().any(|scope| {
        service
            .top(scope.as_deref(), path.collection())
            .into_iter()
            .filter(|entry| entry.path.key() != path.key())
            .any(|entry| {
                entry
                    .text("displayName")
                    .is_some_and(|theirs| theirs.eq_ignore_ascii_case(name))
            })
    });
    if taken {
        Err(Refusal::field("name", message))
    } else {
        Ok(())
    }
}

fn group(properties: &Properties, path: &Path, service: &Service) -> Result<(), Refusal> {
    let built_in = Path::top(None, "groups", path.name());
    let is_system = service
        .get(&built_in)
        .is_some_and(|group| group.text("type") == Some("system"));
    if is_system || properties.get("type").and_then(Value::as_str) == Some("system") {
        return Err(Refusal::invalid(
            "System groups can't be created or changed.",
        ));
    }
    let external = properties.get("type").and_then(Value::as_str) == Some("external");
    if external && properties.get("externalId").is_none_or(Value::is_null) {
        return Err(Refusal::field("gid", "Group not found"));
    }
    Ok(())
}

fn certificate(
    service: &Service,
    path: &Path,
    properties: &mut Properties,
    old: Option<&Properties>,
) -> Result<(), Refusal> {
    let vault = properties
        .get("keyVault")
        .and_then(|vault| vault["secretIdentifier"].as_str())
        .map(str::to_owned);
    if vault.is_some() && path.workspace.is_some() && !service.switches.workspace_key_vault {
        return Err(Refusal::field(
            "keyVault",
            "Key Vault references are not supported in a workspace.",
        ));
    }
    // Both are kept, like every secret, and shown to nobody.
    let content = properties.get("data").and_then(Value::as_str);
    let content = content.map(str::to_owned);
    if content.as_deref().is_some_and(|text| !is_base64(text)) {
        return Err(Refusal::field(
            "data",
            "The certificate's data is not valid base64.",
        ));
    }
    if let Some(twin) = vault.as_deref().and_then(|secret| twin(service, secret)) {
        for member in SHOWN_OF_CERTIFICATE {
            if let Some(value) = twin.get(*member) {
                properties.insert((*member).to_owned(), value.clone());
            }
        }
        return Ok(());
    }
    match content.or(vault) {
        Some(content) => {
            let print = hex(&content, 40).to_ascii_uppercase();
            properties.insert("thumbprint".to_owned(), json!(print));
            properties.insert("subject".to_owned(), json!(format!("CN={}", path.name())));
            properties.insert("expirationDate".to_owned(), json!("2099-12-31T00:00:00Z"));
            Ok(())
        }
        None => match old {
            Some(old) => {
                for member in [
                    "data",
                    "password",
                    "thumbprint",
                    "subject",
                    "expirationDate",
                ] {
                    if let Some(value) = old.get(member) {
                        properties.insert(member.to_owned(), value.clone());
                    }
                }
                Ok(())
            }
            None => Err(Refusal::field(
                "data",
                "The certificate's data is required.",
            )),
        },
    }
}

/// What a certificate shows of the key that it is.
const SHOWN_OF_CERTIFICATE: &[&str] = &["thumbprint", "subject", "expirationDate"];

/// A certificate of the service that comes from the same secret of a vault: it is
/// the same one.
fn twin<'s>(service: &'s Service, secret: &str) -> Option<&'s Properties> {
    let list = format!("{}/certificates", scope_text(None));
    let all = service.list(&list).map(|entry| &entry.properties);
    let vault = |of: &Properties| {
        of.get("keyVault")?["secretIdentifier"]
            .as_str()
            .map(str::to_owned)
    };
    all.filter(|of| of.contains_key("thumbprint"))
        .find(|of| vault(of).is_some_and(|other| other.eq_ignore_ascii_case(secret)))
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    !letters.is_empty()
        && letters.chars().all(known)
        && text.len().is_multiple_of(4)
        && text.len() - letters.len() <= 2
}

fn version_set(properties: &Properties) -> Result<(), Refusal> {
    let text = |member: &str| properties.get(member).and_then(Value::as_str);
    let needed = match text("versioningScheme") {
        Some(scheme) if scheme.eq_ignore_ascii_case("query") => "versionQueryName",
        Some(scheme) if scheme.eq_ignore_ascii_case("header") => "versionHeaderName",
        _ => return Ok(()),
    };
    match text(needed) {
        Some(name) if !name.is_empty() => Ok(()),
        _ => Err(Refusal::field(needed, "The value is required.")),
    }
}

fn email_is_free(service: &Service, path: &Path, properties: &Properties) -> Result<(), Refusal> {
    let email = properties.get("email").and_then(Value::as_str);
    let taken = service.top(None, "users").into_iter().any(|user| {
        user.path.key() != path.key()
            && email.is_some_and(|email| {
                user.text("email")
                    .is_some_and(|theirs| theirs.eq_ignore_ascii_case(email))
            })
    });
    if !taken {
        return Ok(());
    }
    let mut refusal = Refusal::field("email", "User with specified email already exists");
    for detail in &mut refusal.details {
        detail.code = "IdentifierAlreadyInUse".to_owned();
    }
    Err(refusal)
}
