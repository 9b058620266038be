//! The migration file as a person writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use apim_migrate::plan::Upload;
use apim_migrate::plan::setup::Access;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// The file as a person writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(super) struct Form {
    pub(super) version: Option<u32>,
    pub(super) name: Option<String>,
    pub(super) service: Option<String>,
    pub(super) target_service: Option<String>,
    pub(super) workspace: Option<String>,
    pub(super) target: TargetForm,
    pub(super) access: Vec<Access>,
    pub(super) select: SelectForm,
    #[serde(deserialize_with = "list")]
    pub(super) without: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) service_scope: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) allow: Vec<String>,
    pub(super) naming: NamingForm,
    pub(super) certificates: BTreeMap<String, Upload>,
    pub(super) keys: Option<String>,
    pub(super) traits: Option<PathBuf>,
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(super) struct TargetForm {
    pub(super) workspace: Option<WorkspaceForm>,
}

/// The workspace with what it is to be like.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "camelCase",
    expecting = "keys with values"
)]
pub(super) struct WorkspaceForm {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) create: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(super) struct SelectForm {
    #[serde(deserialize_with = "list")]
    pub(super) apis: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) display_names: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) tags: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) products: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub(super) version_sets: Vec<String>,
    pub(super) all: bool,
    pub(super) only_selected: bool,
    #[serde(deserialize_with = "list")]
    pub(super) exclude: Vec<String>,
    pub(super) whole_version_sets: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(super) struct NamingForm {
    pub(super) name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) path: Option<String>,
    pub(super) overrides: BTreeMap<String, OverrideForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[serde(expecting = "keys with values")]
pub(super) struct OverrideForm {
    pub(super) name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) path: Option<String>,
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
