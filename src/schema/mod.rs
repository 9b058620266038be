//! JSON schemas of what the tool reads and writes.
//!
//! They are made of the very types that are read and written. What goes over
//! the wire as one text is told here to be one.

mod lost;

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

pub use self::lost::lost;

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

/// A schema whose definitions have a word before their names, to stand beside others.
pub fn under(mut schema: Value, word: &str) -> Value {
    if let Some(Value::Object(inner)) = schema.get_mut("$defs") {
        let named = std::mem::take(inner).into_iter();
        inner.extend(named.map(|(name, of)| (format!("{word}{name}"), of)));
    }
    refer(&mut schema, word);
    schema
}

fn refer(schema: &mut Value, word: &str) {
    match schema {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(to) if name == "$ref" => {
                        *to = to.replacen("#/$defs/", &format!("#/$defs/{word}"), 1);
                    }
                    value => refer(value, word),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, word)),
        _ => {}
    }
}
