//! The JSON documents on standard output: each is of a type that has a schema,
//! and each object says which document it is, and of which version.

mod error;
mod made;

use apim_migrate::apply::Status;
use apim_migrate::policy;
use apim_migrate::rollback::Preview;
use apim_migrate::schema::{plan, under, writing};
use apim_migrate::view::Explained;
use apim_migrate::workspace::Shown;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use self::error::{ErrorBody, ErrorDocument, ServiceSaid};
pub(crate) use self::made::*;

/// The version of the documents: members are added to it, and none is taken
/// away or renamed.
const VERSION: u32 = 1;

/// What a command prints as JSON.
pub(crate) trait Document: Serialize + JsonSchema {
    /// Which document it is.
    const NAME: &'static str;
}

/// Names the documents, and lists their schemas.
macro_rules! documents {
    ($($type:ty: $name:literal;)+) => {
        $(impl Document for $type {
            const NAME: &'static str = $name;
        })+

        fn schemas(generator: &mut SchemaGenerator) -> Vec<Value> {
            vec![$(of::<$type>(generator)),+]
        }
    };
}

documents! {
    Applied: "apply";
    DryRunTold: "applyDryRun";
    Assessed: "assess";
    Demonstrated: "demo";
    Diagnosed: "doctor";
    ErrorDocument: "error";
    Explained<'_>: "explain";
    CodeExplained: "explainCode";
    Planned: "plan";
    Rehearsed: "rehearse";
    RolledBack: "rollback";
    Preview: "rollbackDryRun";
    SandboxStarted: "sandbox";
    PlanWritten: "show";
    SnapshotWritten: "snapshot";
    Status: "status";
    Valid: "validate";
    Verified: "verify";
    WorkspaceMade: "workspaceCreate";
    RolesGranted: "workspaceGrant";
    RolesRevoked: "workspaceRevoke";
    Shown: "workspaceShow";
}

/// A document as it is printed: with its version and its name.
pub(crate) fn enveloped<T: Document>(body: &T) -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(body)?;
    if let Some(map) = document.as_object_mut() {
        map.insert("version".to_owned(), json!(VERSION));
        map.insert("document".to_owned(), json!(T::NAME));
    }
    Ok(document)
}

fn of<T: Document>(generator: &mut SchemaGenerator) -> Value {
    let body = generator.subschema_for::<T>();
    json!({
        "title": T::NAME,
        "type": "object",
        "properties": {"version": {"const": VERSION}, "document": {"const": T::NAME}},
        "required": ["version", "document"],
        "allOf": [body],
    })
}

/// The schema of every document on standard output. The plan itself (`show`)
/// has its own, and two commands print arrays.
pub(crate) fn schema() -> Value {
    let mut generator = writing();
    let mut all = schemas(&mut generator);
    let list = generator.subschema_for::<Vec<ListRow>>();
    let references = generator.subschema_for::<Vec<policy::Report>>();
    for (title, schema) in [("list", list), ("policyReferences", references)] {
        let mut schema = schema.to_value();
        schema["title"] = json!(title);
        all.push(schema);
    }
    // They are read there, and told apart from what is written.
    let mut shown = under(plan(), "plan.");
    let mut definitions = generator.take_definitions(true);
    if let Some(shown) = shown.as_object_mut() {
        if let Some(Value::Object(inner)) = shown.remove("$defs") {
            definitions.extend(inner);
        }
        shown.remove("$schema");
        shown.insert("title".to_owned(), json!("showJson"));
    }
    all.push(shown);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What apim-migrate prints with --output json",
        "anyOf": all,
        "$defs": definitions,
    })
}
