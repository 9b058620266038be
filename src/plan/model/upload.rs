//! What a person has uploaded, where the service does not give it back: which
//! file or variable it is in. What is in them is read when the plan is applied,
//! and stands in no plan.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::codes;
use super::finding::Finding;
use crate::address::ResourcePath;
use crate::graph::Closure;
use crate::inventory::Inventory;

/// Where a PFX and its password come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UploadForm", into = "UploadForm")]
pub struct Upload {
    /// The PFX.
    pub from: UploadFrom,
    /// The environment variable that holds its password.
    pub password: Option<String>,
}

/// Where a PFX comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadFrom {
    /// A file: as it was written in a migration file, relative to the plan's
    /// folder in a plan.
    File(String),
    /// An environment variable that holds it as base64.
    Variable(String),
}

/// What uploads there are, by what the copy is made of.
pub type Uploads = BTreeMap<ResourcePath, Upload>;

/// The form in migration files and plans.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UploadForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pfx: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pfx_env: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_env: Option<String>,
}

impl TryFrom<UploadForm> for Upload {
    type Error = String;

    fn try_from(form: UploadForm) -> Result<Self, String> {
        let from = match (form.pfx, form.pfx_env) {
            (Some(file), None) if file.is_empty() || file.contains('\0') => {
                return Err("`pfx` must name a file".to_owned());
            }
            (Some(file), None) => UploadFrom::File(file),
            (None, Some(name)) => UploadFrom::Variable(variable("pfxEnv", name)?),
            _ => return Err("exactly one of `pfx` and `pfxEnv` must be given".to_owned()),
        };
        let password = form.password_env.map(|name| variable("passwordEnv", name));
        Ok(Self {
            from,
            password: password.transpose()?,
        })
    }
}

/// Letters, digits and underscores: who puts the password itself here is told
/// so before it is in a plan. What was written is not repeated.
fn variable(field: &str, name: String) -> Result<String, String> {
    let first = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match first && name.chars().all(plain) {
        true => Ok(name),
        false => Err(format!(
            "`{field}` must be the name of an environment variable"
        )),
    }
}

impl From<Upload> for UploadForm {
    fn from(upload: Upload) -> Self {
        let (pfx, pfx_env) = match upload.from {
            UploadFrom::File(file) => (Some(file), None),
            UploadFrom::Variable(name) => (None, Some(name)),
        };
        Self {
            pfx,
            pfx_env,
            password_env: upload.password,
        }
    }
}

impl fmt::Display for UploadFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UploadFrom::File(file) => write!(f, "the file `{file}`"),
            UploadFrom::Variable(name) => write!(f, "the variable `{name}`"),
        }
    }
}

impl fmt::Display for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.from.fmt(f)?;
        match &self.password {
            Some(name) => write!(f, ", its password from the variable `{name}`"),
            None => Ok(()),
        }
    }
}

/// The first upload whose resource the service certainly does not have.
pub(in crate::plan) fn unknown<'u>(
    inventory: &Inventory,
    uploads: &'u Uploads,
) -> Option<&'u ResourcePath> {
    uploads.keys().find(|path| {
        let kind = crate::catalog::kind_of(path);
        inventory.get(path).is_none() && kind.is_some_and(|k| inventory.is_listed(k))
    })
}

/// Uploads that nothing of what is copied takes.
pub(in crate::plan) fn unused(
    inventory: &Inventory,
    closure: &Closure,
    uploads: &Uploads,
) -> Vec<Finding> {
    let told = |path: &ResourcePath| {
        let copied = closure.members.contains_key(path);
        let message = match inventory.get(path).filter(|_| copied) {
            None => "a PFX is given for it, but it is not among what is copied",
            Some(resource) if resource.kind.takes_upload(&resource.properties) => return None,
            Some(_) => "a PFX is given for it, but the copy needs none: it is kept in Key Vault",
        };
        Some(codes::UPLOAD_UNUSED.about(path, message))
    };
    uploads.keys().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Upload, String> {
        serde_yaml::from_str(text).map_err(|e| e.to_string())
    }

    #[test]
    fn a_file_or_a_variable_is_named() {
        let upload = parsed("{pfx: a/b.pfx, passwordEnv: PW}").unwrap();
        assert_eq!(
            upload.to_string(),
            "the file `a/b.pfx`, its password from the variable `PW`"
        );
        let upload = parsed("{pfxEnv: _P1}").unwrap();
        assert_eq!(upload.to_string(), "the variable `_P1`");
        let text = serde_yaml::to_string(&upload).unwrap();
        assert_eq!(parsed(&text), Ok(upload));
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for (text, expected) in [
            ("{}", "exactly one of"),
            ("{passwordEnv: PW}", "exactly one of"),
            ("{pfx: a, pfxEnv: B}", "exactly one of"),
            ("{pfx: ''}", "must name a file"),
            ("{pfx: a, password: hunter2}", "unknown field `password`"),
            ("{pfx: a, passwordEnv: 'hunter-2'}", "`passwordEnv` must be"),
            ("{pfxEnv: 'MIIK+/=='}", "`pfxEnv` must be"),
            ("{pfxEnv: ''}", "`pfxEnv` must be"),
        ] {
            let why = parsed(text).unwrap_err();
            assert!(why.contains(expected), "{why}");
            assert!(!why.contains("hunter") && !why.contains("MIIK"), "{why}");
        }
    }
}
