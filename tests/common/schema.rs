//! Every JSON document that the program prints in a test is held against its
//! schema.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::program;

/// The schema that the program prints.
pub fn printed(name: &str) -> Value {
    let output = Command::new(program())
        .args(["schema", name])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is wrong with a value by a schema.
pub fn wrong(validator: &Validator, value: &Value) -> Vec<String> {
    let told =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(value).map(told).collect()
}

/// The documents by name, each with what tells whether a value is one.
fn documents() -> &'static BTreeMap<String, Validator> {
    static ALL: OnceLock<BTreeMap<String, Validator>> = OnceLock::new();
    ALL.get_or_init(|| {
        let schema = printed("output");
        let all = schema["anyOf"].as_array().unwrap().iter();
        all.map(|one| {
            let mut whole = one.clone();
            whole["$schema"] = schema["$schema"].clone();
            whole["$defs"] = schema["$defs"].clone();
            let name = one["title"].as_str().unwrap().to_owned();
            (name, jsonschema::validator_for(&whole).unwrap())
        })
        .collect()
    })
}

/// Asserts that a document is what its schema says.
#[track_caller]
pub fn check(value: &Value) {
    let names = match value {
        Value::Array(_) => vec!["list", "policyReferences"],
        value => vec![value["document"].as_str().unwrap_or("showJson")],
    };
    let mut said = json!({});
    for name in names {
        let document = documents().get(name);
        let document = document.unwrap_or_else(|| panic!("no document is called `{name}`"));
        let wrong = wrong(document, value);
        if wrong.is_empty() {
            return;
        }
        said[name] = json!(wrong);
    }
    panic!("{said:#}\n{value:#}");
}
