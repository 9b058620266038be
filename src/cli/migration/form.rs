//! The migration file as a person writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use apim_migrate::plan::Upload;
use apim_migrate::plan::setup::Access;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;

/// The file as a person writes it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct Form {
    pub(crate) version: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) target_service: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) target: TargetForm,
    pub(crate) access: Vec<Access>,
    pub(crate) select: SelectForm,
    #[serde(deserialize_with = "list")]
    pub(crate) without: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) service_scope: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) allow: Vec<String>,
    pub(crate) naming: NamingForm,
    pub(crate) certificates: BTreeMap<String, Upload>,
    pub(crate) keys: Option<String>,
    pub(crate) traits: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct TargetForm {
    pub(crate) workspace: Option<WorkspaceForm>,
}

/// The workspace with what it is to be like.
#[derive(Debug, Serialize, Deserialize)]
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

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct SelectForm {
    #[serde(deserialize_with = "list")]
    pub(crate) apis: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) display_names: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) tags: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) products: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(crate) version_sets: Vec<String>,
    pub(crate) all: bool,
    pub(crate) only_selected: bool,
    #[serde(deserialize_with = "list")]
    pub(crate) exclude: Vec<String>,
    pub(crate) whole_version_sets: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct NamingForm {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) overrides: BTreeMap<String, OverrideForm>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(crate) struct OverrideForm {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) path: Option<String>,
}

impl Form {
    /// The file's text, without what says nothing.
    pub(crate) fn text(&self) -> Result<String, serde_yaml::Error> {
        let mut value = serde_yaml::to_value(self)?;
        prune(&mut value);
        serde_yaml::to_string(&value)
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
