//! What an operation of an API must fulfil beyond its shape.

use serde_json::Value;
use tokio::time::Instant;

use crate::sandbox::http::reply::Refusal;
use crate::sandbox::rules::body::template_problems;
use crate::sandbox::store::path::Path;
use crate::sandbox::store::{Properties, Service};
use crate::sandbox::switches::SameTemplate;

/// Refuses an operation that its API can't have.
pub(crate) fn check(
    service: &Service,
    path: &Path,
    properties: &Properties,
    now: Instant,
) -> Result<(), Refusal> {
    let Some(api) = path.api() else { return Ok(()) };
    if service
        .get(&api)
        .is_some_and(|api| api.text("type") == Some("mcp"))
    {
        return Err(Refusal::invalid(
            "Operation entity cannot be defined for MCP API type",
        ));
    }
    let mut schemas = Vec::new();
    collect(&Value::Object(properties.clone()), "schemaId", &mut schemas);
    for schema in schemas {
        let there = api.child("schemas", &schema);
        if !schema.is_empty() && service.ready(&there, now).is_none() {
            return Err(Refusal::field(
                "schemaId",
                format!("Operation references schema that does not exist: '{schema}'"),
            ));
        }
    }
    template_is_free(service, path, &api, properties)?;
    let wrong = template_problems(properties);
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.into_iter().map(|e| (e.target, e.message)).collect();
    Err(Refusal::fields(wrong))
}

/// Refuses an operation whose method and URL template another one of its API
/// has.
fn template_is_free(
    service: &Service,
    path: &Path,
    api: &Path,
    properties: &Properties,
) -> Result<(), Refusal> {
    let same = service.switches.same_template;
    if same == SameTemplate::Never {
        return Ok(());
    }
    let text = |properties: &Properties, member: &str| {
        let text = properties.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let signature = |properties: &Properties| {
        let template = text(properties, "urlTemplate");
        let method = text(properties, "method");
        if same == SameTemplate::Case {
            let template = template.strip_prefix('/').unwrap_or(&template);
            return format!("{method} {template}");
        }
        let spelled = format!("{method} {}", template.trim_matches('/')).to_ascii_lowercase();
        match same {
            SameTemplate::Shape => nameless(&spelled),
            _ => spelled,
        }
    };
    let mine = signature(properties);
    let taken = (service.children(api, "operations").into_iter())
        .filter(|other| other.path.key() != path.key())
        .any(|other| signature(&other.properties) == mine);
    if taken {
        return Err(Refusal::invalid(format!(
            "Operation with the same method and URL template already exists: {}, {}",
            text(properties, "method"),
            text(properties, "urlTemplate")
        )));
    }
    Ok(())
}

/// A URL template without what its parameters are called.
fn nameless(template: &str) -> String {
    let mut parts = template.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("{}");
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

/// Whether an operation names a schema of its API.
pub(crate) fn names_schema(operation: &Properties, schema: &str) -> bool {
    let mut schemas = Vec::new();
    collect(&Value::Object(operation.clone()), "schemaId", &mut schemas);
    schemas.iter().any(|name| name.eq_ignore_ascii_case(schema))
}

fn collect(value: &Value, member: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, member, found)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    // Examples and documents are data, not declarations.
                    _ if name == "examples" => {}
                    Value::String(text) if name == member => found.push(text.clone()),
                    _ => collect(value, member, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schema_names_are_found_everywhere_but_in_examples() {
        let mut found = Vec::new();
        let operation = json!({
            "templateParameters": [{"name": "id", "schemaId": "a"}],
            "responses": [{"headers": [{"schemaId": "b"}],
                "representations": [{"schemaId": "c", "examples": {"x": {"value": {"schemaId": "d"}}}}]}],
        });
        collect(&operation, "schemaId", &mut found);
        found.sort();
        assert_eq!(found, ["a", "b", "c"]);
    }
}
