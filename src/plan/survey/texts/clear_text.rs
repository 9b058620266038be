//! Finds credentials in clear in the properties of resources, so that it can be
//! said before the plan is shared. It says where, never what.

use serde_json::Value;

use crate::catalog::{Sensitive, pointer};
use crate::inventory::Resource;
use crate::policy::{is_credential, is_telling, seems_secret, tells_itself};

/// Looks through what may hold credentials in a resource's properties.
pub(in crate::plan::survey) fn in_properties(resource: &Resource) -> Vec<String> {
    let mut found = Vec::new();
    // What is read at apply time stands in no plan.
    let secrets = resource.kind.secrets_in(&resource.properties);
    for sensitive in resource.kind.sensitive {
        let at = sensitive.pointer();
        if secrets.contains(&at) {
            continue;
        }
        pointer::each_of(&resource.properties, at, &mut |value| match sensitive {
            Sensitive::All(_) => {
                if value.as_str().is_some_and(is_given) {
                    found.push(format!("`{at}` has a literal value"));
                }
            }
            Sensitive::Named(_) => {
                let members = value.as_object().into_iter().flatten();
                let named = members.filter(|(name, values)| is_telling(name) && is_one(values));
                let told = named.map(|(name, _)| format!("`{at}.{name}` has a literal value"));
                found.extend(told);
            }
            Sensitive::Text(_) => {
                let what = value.as_str().and_then(tells_itself);
                found.extend(what.map(|what| format!("`{at}` holds {what}")));
            }
            Sensitive::Value(_) => {
                let display = resource.kind.display.map(|d| d.property);
                let name = display.and_then(|d| resource.text(d)).unwrap_or_default();
                let why = value.as_str().and_then(|text| seems_secret(name, text));
                found.extend(why.map(|why| format!("`{at}` is not secret, and {why}")));
            }
        });
    }
    found
}

/// Whether a text is there, and no named value has part in it.
fn is_given(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("{{")
}

/// Whether a value, or one of a list, is a credential.
fn is_one(values: &Value) -> bool {
    let literal = |v: &Value| v.as_str().is_some_and(is_credential);
    match values {
        Value::Array(list) => list.iter().any(literal),
        other => literal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(path: &str, properties: Value) -> Vec<String> {
        let properties = properties.as_object().unwrap().clone();
        in_properties(&Resource::new(path.parse().unwrap(), properties, None).unwrap())
    }

    #[test]
    fn credentials_of_a_backend_are_looked_through() {
        let backend = json!({
            "url": "https://x.example/?code=a&sig=abcdefgh",
            "credentials": {
                "header": {"x-functions-key": ["abcdefghij"], "accept": ["application/json"], "Authorization": ["Bearer  {{t}}"], "api-token": ["{{t}}", "abcdefgh"]},
                "query": {"sig": ["abc+def/gh="]},
                "authorization": {"scheme": "Bearer", "parameter": " abc"}},
            "proxy": {"url": "http://me:hunter22@proxy.example", "username": "me", "password": "pw"}});
        assert_eq!(
            found("/backends/b", backend),
            [
                "`credentials.authorization.parameter` has a literal value",
                "`proxy.password` has a literal value",
                "`credentials.header.api-token` has a literal value",
                "`credentials.header.x-functions-key` has a literal value",
                "`credentials.query.sig` has a literal value",
                "`url` holds `sig`",
                "`proxy.url` holds the password of an address",
            ]
        );
        let clean = json!({"url": "https://x", "credentials": {"authorization": {"scheme": "Bearer", "parameter": "{{token}}"}}, "proxy": {"url": "x", "password": "{{p}}"}});
        assert_eq!(found("/backends/b", clean), [""; 0]);
    }

    #[test]
    fn loggers_and_values_that_are_not_secret_are_looked_through() {
        let logger = |credentials: Value| {
            found(
                "/loggers/l",
                json!({"loggerType": "applicationInsights", "credentials": credentials}),
            )
        };
        for name in ["connectionString", "instrumentationKey"] {
            assert_eq!(
                logger(json!({name: "0f8fad5b"})),
                [format!("`credentials.{name}` has a literal value")]
            );
            assert_eq!(logger(json!({name: "{{Logger-Credentials--1}}"})), [""; 0]);
        }
        let value = |more: Value| {
            let mut value = json!({"displayName": "db-password", "value": "hunter22"});
            value
                .as_object_mut()
                .unwrap()
                .append(more.clone().as_object_mut().unwrap());
            found("/namedValues/v", value)
        };
        assert_eq!(
            value(json!({})),
            ["`value` is not secret, and it is called like a secret"]
        );
        assert_eq!(
            value(json!({"displayName": "x", "value": "AccountKey=abcdefgh"})),
            ["`value` is not secret, and it holds `AccountKey`"]
        );
        assert_eq!(value(json!({"secret": true})), [""; 0]);
        assert_eq!(
            value(json!({"displayName": "x", "value": "plain"})),
            [""; 0]
        );
    }
}
