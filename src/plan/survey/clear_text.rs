//! Finds credentials in clear in the properties of resources, so that it can be
//! said before the plan is shared. It says where, never what.

use serde_json::Value;

use crate::inventory::Resource;
use crate::policy::{is_credential, is_literal, is_telling};

/// Looks through credentials in a resource's properties.
pub(super) fn in_properties(resource: &Resource) -> Vec<String> {
    let mut found = Vec::new();
    let credentials = resource.properties.get("credentials");
    for part in ["header", "query"] {
        let members = credentials
            .and_then(|c| c.get(part))
            .and_then(Value::as_object);
        for (name, values) in members.into_iter().flatten() {
            let literal = |v: &Value| v.as_str().is_some_and(is_credential);
            let any = values
                .as_array()
                .is_some_and(|list| list.iter().any(literal));
            if any && is_telling(name) {
                found.push(format!("`credentials.{part}.{name}` has a literal value"));
            }
        }
    }
    let pointers = [
        ("credentials", "authorization", "parameter"),
        ("proxy", "", "password"),
    ];
    for (first, second, last) in pointers {
        let mut value = resource.properties.get(first);
        if !second.is_empty() {
            value = value.and_then(|v| v.get(second));
        }
        let text = value.and_then(|v| v.get(last)).and_then(Value::as_str);
        if text.is_some_and(is_literal) {
            found.push(format!("`{first}` has a literal `{last}`"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn credentials_of_a_backend_are_looked_through() {
        let properties = json!({"credentials": {
            "header": {"x-functions-key": ["abcdefghij"], "accept": ["application/json"]},
            "authorization": {"scheme": "Bearer", "parameter": "{{token}}"}}});
        let path = "/backends/b".parse().unwrap();
        let backend = Resource::new(path, properties.as_object().unwrap().clone(), None).unwrap();
        assert_eq!(
            in_properties(&backend),
            ["`credentials.header.x-functions-key` has a literal value"]
        );
    }
}
