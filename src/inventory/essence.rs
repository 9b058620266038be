//! What a copy is made of, in a form in which what a list tells of a thing and
//! what the thing itself tells can be compared.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::catalog::{ApiVersion, Default, Kind, says_something};

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
    prune(kind, "", &mut essence);
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

/// Takes out what says nothing, and tells whether anything is left. Where the
/// service would fill in true, false says something.
fn prune(kind: &Kind, at: &str, value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| match at {
                "" => prune(kind, name, member),
                at => prune(kind, &format!("{at}.{name}"), member),
            });
            !members.is_empty()
        }
        Value::Array(items) => {
            let at = format!("{at}[]");
            let says = |says, item: &mut Value| prune(kind, &at, item) || says;
            items.iter_mut().fold(false, says)
        }
        Value::Bool(false) => kind.default_of(at) == Some(Default::Bool(true)),
        other => says_something(other),
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

    #[test]
    fn a_no_counts_where_the_service_would_fill_in_yes() {
        let of = |kind: &Kind, value: Value| digest(kind, "o", value.as_object().unwrap());
        let (api, backend) = (&catalog::API, &catalog::BACKEND);
        let open = json!({"path": "a", "subscriptionRequired": false});
        let closed = json!({"path": "a", "subscriptionRequired": true});
        assert_ne!(of(api, open.clone()), of(api, json!({"path": "a"})));
        assert_ne!(of(api, open), of(api, closed));
        let tls = |checked: bool| json!({"url": "u", "tls": {"validateCertificateName": checked}});
        assert_ne!(of(backend, tls(false)), of(backend, json!({"url": "u"})));
        let current = json!({"path": "a", "isCurrent": false});
        assert_eq!(of(api, current), of(api, json!({"path": "a"})));
    }
}
