//! What a copy is made of, in a form in which what a list tells of a thing and
//! what the thing itself tells can be compared.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::catalog::{ApiVersion, Kind, says_something};

/// What a body of a version would hold of these properties, without whatever
/// says nothing: lists leave that out.
pub fn essence(
    kind: &Kind,
    name: &str,
    properties: &Map<String, Value>,
    version: ApiVersion,
) -> Value {
    let body = kind.body(name, properties, version);
    let mut essence = Value::Object(body);
    prune(&mut essence);
    essence.sort_all_objects();
    essence
}

/// A digest of the [`essence`] at the version that every service takes: it
/// stays the same until something changes that a copy would have.
pub fn digest(kind: &Kind, name: &str, properties: &Map<String, Value>) -> String {
    let essence = essence(kind, name, properties, ApiVersion::WRITTEN);
    let hash = Sha256::digest(essence.to_string().as_bytes());
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| says_something(member));
            members.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use serde_json::json;

    #[test]
    fn what_says_nothing_makes_no_difference_and_all_else_does() {
        let kind = &catalog::OPERATION;
        let of = |value: Value| digest(kind, "o", value.as_object().unwrap());
        let listed = json!({
            "displayName": "Get", "method": "GET", "urlTemplate": "/a/{b}", "description": null,
            "templateParameters": [{"name": "b", "type": "string", "required": true}],
        });
        let mut alone = listed.clone();
        alone["request"] = json!({"headers": [], "queryParameters": [], "representations": []});
        alone["responses"] = json!([]);
        alone["templateParameters"][0]["values"] = json!([]);
        alone["policies"] = json!("<policies />");
        assert_eq!(of(listed.clone()), of(alone.clone()));
        alone["request"]["headers"] = json!([{"name": "h", "type": "string"}]);
        assert_ne!(of(listed.clone()), of(alone));
        let mut other = listed.clone();
        other["templateParameters"][0]["name"] = json!("c");
        assert_ne!(of(listed), of(other));
    }
}
