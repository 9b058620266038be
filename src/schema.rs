//! JSON schemas of what the tool reads and writes.
//!
//! They are made of the very types that are read and written. What goes over
//! the wire as one text is told here to be one.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::address::{ResourcePath, TargetPath};
use crate::catalog::ApiVersion;
use crate::plan::StepId;
use crate::plan::folder::PlanForm;
use crate::plan::upload::{Upload, UploadForm};
use crate::rights::{Denied, LackForm, Right};
use crate::traits::Count;

macro_rules! texts {
    ($($type:ty: $what:literal;)+) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "description": $what})
            }
        }
    )+};
}

texts! {
    ResourcePath: "A path below a service: /apis/orders;rev=2/operations/get";
    TargetPath: "A path below a workspace: /workspaces/billing/apis/orders";
    ApiVersion: "A version of the service's API: 2024-05-01";
    StepId: "A step by its id: namedValues/db-key";
    Right: "What ARM asks for: Microsoft.ApiManagement/service/read";
}

macro_rules! like {
    ($($type:ty: $form:ty;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$form>::json_schema(generator)
            }
        }
    )+};
}

like! {
    Upload: UploadForm;
    Denied: LackForm<'static>;
}

impl JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "unknown"}]})
    }
}

/// Makes schemas of what is read.
pub fn reading() -> SchemaGenerator {
    SchemaSettings::draft2020_12().into_generator()
}

/// Makes schemas of what is written.
pub fn writing() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
}

/// The schema of `plan.yaml`, and of a plan as one JSON document.
pub fn plan() -> Value {
    let mut schema = reading().into_root_schema_for::<PlanForm>().to_value();
    schema["title"] = json!("plan.yaml of apim-migrate");
    first_version(&mut schema);
    schema
}

/// Says of a schema that its documents are of the first version.
pub fn first_version(schema: &mut Value) {
    schema["properties"]["version"] = json!({"const": 1});
}

/// What of an older schema is not in a newer one any more, as paths: members,
/// values, and forms that something may have. What is written has to be told as
/// surely as before (`written`), what is read must not ask for more.
pub fn lost(old: &Value, new: &Value, written: bool) -> Vec<String> {
    let mut walk = Walk {
        old,
        new,
        written,
        seen: Vec::new(),
        lost: Vec::new(),
    };
    walk.on(old, new, "");
    walk.lost
}

struct Walk<'v> {
    old: &'v Value,
    new: &'v Value,
    written: bool,
    seen: Vec<(*const Value, *const Value)>,
    lost: Vec<String>,
}

fn resolved<'v>(root: &'v Value, schema: &'v Value) -> &'v Value {
    let target = schema["$ref"]
        .as_str()
        .and_then(|name| root.pointer(name.strip_prefix('#')?));
    match target {
        Some(target) => resolved(root, target),
        None => schema,
    }
}

impl<'v> Walk<'v> {
    fn on(&mut self, old: &'v Value, new: &'v Value, at: &str) {
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let pair = (std::ptr::from_ref(old), std::ptr::from_ref(new));
        if self.seen.contains(&pair) {
            return;
        }
        self.seen.push(pair);
        for word in ["const", "type"] {
            if !old[word].is_null() && !covers(&new[word], &old[word]) && new["anyOf"].is_null() {
                self.lost.push(format!("{at}: {word} {}", old[word]));
            }
        }
        for value in old["enum"].as_array().into_iter().flatten() {
            let there = new["enum"]
                .as_array()
                .is_some_and(|all| all.contains(value));
            let apart = new["oneOf"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["const"] == *value);
            if !there && !apart {
                self.lost.push(format!("{at}: the value {value}"));
            }
        }
        for (name, old) in old["properties"].as_object().into_iter().flatten() {
            match new["properties"].get(name) {
                Some(new) => self.on(old, new, &format!("{at}/{name}")),
                None => self.lost.push(format!("{at}/{name}")),
            }
        }
        for word in ["items", "additionalProperties"] {
            if old[word].is_object() && new[word].is_object() {
                self.on(&old[word], &new[word], &format!("{at}/{word}"));
            }
        }
        let names = |schema: &Value| -> Vec<String> {
            let all = schema["required"].as_array().into_iter().flatten();
            all.filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        let (less, more) = match self.written {
            true => (names(old), names(new)),
            false => (names(new), names(old)),
        };
        for name in less.iter().filter(|name| !more.contains(name)) {
            self.lost
                .push(format!("{at}/{name}: whether it must be there"));
        }
        for word in ["anyOf", "oneOf", "allOf"] {
            for old in old[word].as_array().into_iter().flatten() {
                self.branch(old, new, word, at);
            }
        }
    }

    /// One of several forms has to be among those of the newer schema.
    fn branch(&mut self, old: &'v Value, new: &'v Value, word: &str, at: &str) {
        let name = &resolved(self.old, old)["properties"]["document"]["const"];
        let at = match name.as_str() {
            Some(name) => format!("{at}/{name}"),
            None => at.to_owned(),
        };
        let mut least: Option<Vec<String>> = None;
        for new in new[word].as_array().into_iter().flatten() {
            let named = &resolved(self.new, new)["properties"]["document"]["const"];
            if named != name {
                continue;
            }
            let mut walk = Walk {
                seen: self.seen.clone(),
                lost: Vec::new(),
                ..*self
            };
            walk.on(old, new, &at);
            if least
                .as_ref()
                .is_none_or(|least| walk.lost.len() < least.len())
            {
                least = Some(walk.lost);
            }
        }
        match least {
            Some(lost) => self.lost.extend(lost),
            None => self.lost.push(format!("{at}: one of its forms")),
        }
    }
}

/// Whether what was one of some values or types still is.
fn covers(new: &Value, old: &Value) -> bool {
    let all = |value: &Value| match value {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let new = all(new);
    all(old).iter().all(|one| new.contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_any_more_is_lost() {
        let old = json!({
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"enum": ["x", "y"]}},
            "required": ["a"],
            "$defs": {"a": {"anyOf": [{"properties": {"c": {"type": "string"}}}, {"type": "null"}]}},
        });
        assert_eq!(lost(&old, &old, true), [""; 0]);
        let mut new = old.clone();
        new["properties"]["more"] = json!({});
        new["properties"]["b"]["enum"] = json!(["x", "y", "z"]);
        assert_eq!(lost(&old, &new, true), [""; 0]);
        new["properties"]["b"]["enum"] = json!(["x"]);
        new["$defs"]["a"]["anyOf"][0]["properties"] = json!({"d": {}});
        new["required"] = json!([]);
        let gone = lost(&old, &new, true);
        assert_eq!(
            gone,
            [
                "/a/c",
                "/b: the value \"y\"",
                "/a: whether it must be there"
            ]
        );
        // What is read may ask for less, and not for more.
        new = old.clone();
        new["required"] = json!([]);
        assert_eq!(lost(&old, &new, false), [""; 0]);
        assert_eq!(lost(&new, &old, false).len(), 1);
    }
}
