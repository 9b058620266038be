//! The migration file as a person writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use apim_migrate::plan::Upload;
use apim_migrate::plan::setup::Access;
use schemars::JsonSchema;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

/// What editors know the file's form by, beside it.
const SCHEMA: &str = "migration.schema.json";

/// The file as a person writes it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct Form {
    /// The version of the format: 1
    pub(crate) version: Option<u32>,
    /// The plan's name; the workspace's id where none is given
    pub(crate) name: Option<String>,
    /// ARM id of the service that is read
    pub(crate) service: Option<String>,
    /// ARM id of the service that the workspace is in; the one that is read where none is given
    pub(crate) target_service: Option<String>,
    /// The workspace's id
    pub(crate) workspace: Option<String>,
    /// The workspace, with what it is to be like
    pub(crate) target: TargetForm,
    /// Who gets which role in the workspace
    pub(crate) access: Vec<Access>,
    /// Which APIs are copied
    pub(crate) select: SelectForm,
    /// Branches of what comes along that are left out
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) without: Vec<String>,
    /// What of the whole service is made for all of the workspace
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) service_scope: Vec<String>,
    /// Codes of blockers that are accepted
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) allow: Vec<String>,
    /// How copies are called
    pub(crate) naming: NamingForm,
    /// Where the PFX of each uploaded certificate is
    pub(crate) certificates: BTreeMap<String, Upload>,
    /// What becomes of subscription keys
    #[schemars(extend("enum" = ["auto", "carry", "new", null]))]
    pub(crate) keys: Option<String>,
    /// What `doctor --probe` found out about the target
    pub(crate) traits: Option<PathBuf>,
    /// Folder to write the plan to
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct TargetForm {
    pub(crate) workspace: Option<WorkspaceForm>,
}

/// The workspace with what it is to be like.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "camelCase",
    expecting = "keys with values"
)]
pub(crate) struct WorkspaceForm {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) create: bool,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct SelectForm {
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) apis: Vec<String>,
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) display_names: Vec<String>,
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) tags: Vec<String>,
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) products: Vec<String>,
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) version_sets: Vec<String>,
    pub(crate) all: bool,
    pub(crate) only_selected: bool,
    #[serde(deserialize_with = "list")]
    #[schemars(with = "List")]
    pub(crate) exclude: Vec<String>,
    pub(crate) whole_version_sets: bool,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct NamingForm {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) overrides: BTreeMap<String, OverrideForm>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct OverrideForm {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) path: Option<String>,
}

impl Form {
    /// The text of the file at a place, without what says nothing.
    pub(crate) fn text(&self, at: &Path) -> Result<String, serde_yaml::Error> {
        let mut value = serde_yaml::to_value(self)?;
        prune(&mut value);
        let refers = format!("# yaml-language-server: $schema={SCHEMA}\n");
        // An editor complains of a schema that is named and not there.
        let head = match at.with_file_name(SCHEMA).is_file() {
            true => refers,
            false => format!(
                "# `apim-migrate schema migration > {SCHEMA}` beside this file makes what\n\
                 # editors complete and check it by, where this is the first line:\n#   {refers}"
            ),
        };
        Ok(format!("{head}{}", serde_yaml::to_string(&value)?))
    }
}

fn prune(value: &mut Value) {
    let Value::Mapping(map) = value else { return };
    map.iter_mut().for_each(|(_, value)| prune(value));
    map.retain(|_, value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Sequence(items) => !items.is_empty(),
        Value::Mapping(map) => !map.is_empty(),
        _ => true,
    });
}

/// A list, as a person may write it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "tells what `list` takes")]
enum List {
    One(String),
    Several(Vec<String>),
}

/// Takes a list, or one text alone where there would be one in it.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, such as `[a, b]`")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                all.push(item);
            }
            Ok(all)
        }
    }

    from.deserialize_any(Texts)
}
