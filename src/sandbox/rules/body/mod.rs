//! What may stand in the properties of each type.

use serde_json::{Map, Value};

use super::kinds::{NameRule, kind_of};
pub use super::shape::FieldError;
use super::shape::{Walk, table};

type Properties = Map<String, Value>;

/// Returns what is wrong with the properties of a body.
///
/// `creating` asks for everything that a new resource must have: true for a PUT
/// of something absent, false for a PATCH or a PUT that updates. Whether ids
/// in it lead anywhere is for the store to say.
pub fn check(
    pattern: &str,
    in_workspace: bool,
    creating: bool,
    properties: &Properties,
) -> Vec<FieldError> {
    if kind_of(pattern).is_none() {
        return Vec::new();
    }
    let mut walk = Walk {
        creating,
        errors: Vec::new(),
    };
    match table().of_kind(pattern) {
        Some(fields) => walk.object(fields, properties, ""),
        None => walk.object(&super::shape::Fields::new(), properties, ""),
    }
    let mut errors = walk.errors;
    between_fields(pattern, creating, properties, &mut errors);
    if in_workspace {
        full_ids(properties, &mut errors);
    }
    revision_ids(pattern, properties, &mut errors);
    errors
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name).and_then(Value::as_str)
}

fn flag(properties: &Properties, name: &str) -> Option<bool> {
    properties.get(name).and_then(Value::as_bool)
}

/// Rules that concern several fields at once.
fn between_fields(
    pattern: &str,
    creating: bool,
    properties: &Properties,
    errors: &mut Vec<FieldError>,
) {
    let has = |name: &str| properties.contains_key(name);
    let mut need = |when: bool, target: &str, message: &str| {
        if when {
            errors.push(FieldError::new(target, message));
        }
    };
    match pattern.to_ascii_lowercase().as_str() {
        "apis" => {
            need(
                text(properties, "serviceUrl") == Some(""),
                "serviceUrl",
                "Field 'serviceUrl' must not be empty",
            );
            need(
                has("value") != has("format"),
                if has("value") { "format" } else { "value" },
                "Fields 'format' and 'value' must be specified together",
            );
        }
        "apiversionsets" if creating => {
            let scheme = text(properties, "versioningScheme").unwrap_or("");
            need(
                scheme.eq_ignore_ascii_case("Query") && !has("versionQueryName"),
                "versionQueryName",
                "Field 'versionQueryName' is required for the scheme 'Query'",
            );
            need(
                scheme.eq_ignore_ascii_case("Header") && !has("versionHeaderName"),
                "versionHeaderName",
                "Field 'versionHeaderName' is required for the scheme 'Header'",
            );
        }
        "namedvalues" => {
            need(
                has("value") && has("keyVault"),
                "value",
                "Fields 'value' and 'keyVault' can't be specified together",
            );
            need(
                creating && !has("value") && !has("keyVault"),
                "value",
                "Field 'value' must not be empty",
            );
        }
        "certificates" => {
            need(
                has("data") && has("keyVault"),
                "data",
                "Fields 'data' and 'keyVault' can't be specified together",
            );
            need(
                creating && !has("data") && !has("keyVault"),
                "data",
                "Field 'data' must not be empty",
            );
        }
        "backends" => {
            let pool = text(properties, "type").is_some_and(|t| t.eq_ignore_ascii_case("Pool"));
            need(
                creating && pool && !has("pool"),
                "pool",
                "Field 'pool' is required for a backend of type 'Pool'",
            );
            for name in ["url", "protocol"] {
                need(
                    creating && !pool && !has(name),
                    name,
                    "Field is required for a backend of type 'Single'",
                );
            }
        }
        "products" => {
            let open = flag(properties, "subscriptionRequired") == Some(false);
            need(
                open && (has("approvalRequired") || has("subscriptionsLimit")),
                "subscriptionRequired",
                "Cannot provide values for approvalRequired and subscriptionsLimit when subscriptionRequired is set to false in the request payload",
            );
            let limit = properties.get("subscriptionsLimit").and_then(Value::as_i64);
            need(
                limit.is_some_and(|limit| limit < 1),
                "subscriptionsLimit",
                "Value must be greater than 0",
            );
        }
        "loggers" if creating => {
            let monitor = text(properties, "loggerType")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("azureMonitor"));
            need(
                monitor && has("credentials"),
                "credentials",
                "A logger of type 'azureMonitor' takes no credentials",
            );
        }
        "apis/schemas" => {
            if let Some(member) = schema_member(properties) {
                let document = properties.get("document").and_then(Value::as_object);
                need(
                    document.is_some_and(|document| !document.contains_key(member)),
                    "document",
                    "The document does not fit its content type",
                );
            }
        }
        "schemas" => {
            let xml = text(properties, "schemaType").is_some_and(|t| t.eq_ignore_ascii_case("xml"));
            let member = if xml { "value" } else { "document" };
            need(
                creating && has("schemaType") && !has(member),
                member,
                "The schema's content is missing or in the wrong field for its type",
            );
        }
        "groups" => need(
            text(properties, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("system")),
            "type",
            "A system group can't be created or changed",
        ),
        _ => {}
    }
}

/// Returns the member in which a schema of a known content type has its text.
fn schema_member(properties: &Properties) -> Option<&'static str> {
    match text(properties, "contentType")? {
        "application/vnd.ms-azure-apim.swagger.definitions+json" => Some("definitions"),
        "application/vnd.oai.openapi.components+json" => Some("components"),
        "application/vnd.ms-azure-apim.graphql.schema"
        | "application/vnd.ms-azure-apim.xsd+xml"
        | "application/vnd.ms-azure-apim.wadl.grammars+xml"
        | "application/vnd.ms-azure-apim.odata.schema"
        | "text/protobuf" => Some("value"),
        _ => None,
    }
}

/// Short ids have no meaning of their own in a workspace: `/apis/x` could be
/// the service's or the workspace's.
fn full_ids(properties: &Properties, errors: &mut Vec<FieldError>) {
    for name in ["scope", "groupId", "operationId", "productId"] {
        if let Some(id) = text(properties, name)
            && !id.to_ascii_lowercase().starts_with("/subscriptions/")
        {
            errors.push(FieldError::new(name, "Value must be a full resource id"));
        }
    }
}

/// Links and subscriptions bind to an API, never to one of its revisions.
fn revision_ids(pattern: &str, properties: &Properties, errors: &mut Vec<FieldError>) {
    let field = match pattern.to_ascii_lowercase().as_str() {
        "products/apilinks" | "tags/apilinks" => "apiId",
        "subscriptions" => "scope",
        _ => return,
    };
    if text(properties, field).is_some_and(|id| id.to_ascii_lowercase().contains(";rev=")) {
        errors.push(FieldError::new(
            field,
            "Value must not name a revision of an API",
        ));
    }
}

/// Returns what is wrong between an operation's `urlTemplate` and its
/// `templateParameters`: each must have what the other names.
///
/// Shown for imports of specifications only, so a caller may leave it out.
pub fn template_problems(properties: &Properties) -> Vec<FieldError> {
    let Some(template) = text(properties, "urlTemplate") else {
        return Vec::new();
    };
    let declared: Vec<&str> = properties
        .get("templateParameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|parameter| parameter["name"].as_str())
        .map(bare_name)
        .collect();
    let used = template_names(template);
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let undeclared = used
        .iter()
        .filter(|name| !declared.iter().any(|other| same(name, other)))
        .map(|name| FieldError {
            target: "templateParameters".to_owned(),
            message: format!("Parameter '{name}' of the URL template is not declared"),
        });
    let unused = declared
        .iter()
        .filter(|name| !used.iter().any(|other| same(name, other)))
        .map(|name| FieldError {
            target: "templateParameters".to_owned(),
            message: format!("Parameter '{name}' is not in the URL template"),
        });
    undeclared.chain(unused).collect()
}

/// The name of a parameter without the marks of one that takes the rest of the
/// path, or that can be missing.
fn bare_name(name: &str) -> &str {
    name.trim_start_matches('*').trim_end_matches('?')
}

fn template_names(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .map(bare_name)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Returns why a name is none of the type's, `None` when it is.
pub fn name_problem(pattern: &str, name: &str) -> Option<String> {
    let kind = kind_of(pattern)?;
    let count = name.chars().count();
    let too_long = |most: usize| {
        (count == 0 || count > most)
            .then(|| format!("The identifier must have between 1 and {most} characters"))
    };
    match kind.name {
        NameRule::OneOf(names) => (!names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .then(|| format!("The identifier must be one of {}", names.join(", "))),
        NameRule::Any(most) => too_long(most),
        NameRule::Plain(most) => too_long(most).or_else(|| {
            name.contains(['*', '#', '&', '+', ':', '<', '>', '?'])
                .then(|| "The identifier must have none of * # & + : < > ?".to_owned())
        }),
        NameRule::Word(most) => too_long(most).or_else(|| {
            let word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let ends = name.starts_with(word) && name.ends_with(word);
            (!ends || !name.chars().all(|letter| word(letter) || letter == '-'))
                .then(|| "The identifier must have word characters and inner dashes".to_owned())
        }),
    }
}

#[cfg(test)]
mod tests;
