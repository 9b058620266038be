//! One right, by the name that Azure's access control has for it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::address::PROVIDER;

/// What a request is to Azure's access control:
/// `Microsoft.ApiManagement/service/workspaces/apis/write`.
///
/// The names follow the collections on the way to a resource, at the service
/// and in a workspace alike, ended by `read`, `write`, `delete`, or the name of
/// a POST and `action` [docs: role-based-access-control/permissions/integration].
/// Compared without regard to case, as Azure does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    key: String,
    name: String,
}

impl Right {
    /// A right by its full name.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            key: name.to_ascii_lowercase(),
            name,
        }
    }

    /// A right on what stands at service level: `apis/operations` and `read`.
    pub fn of_service(pattern: &str, verb: &str) -> Self {
        Self::new(format!("{PROVIDER}/service/{pattern}/{verb}"))
    }

    /// A right on what stands in a workspace.
    pub fn of_workspace(pattern: &str, verb: &str) -> Self {
        Self::of_service(&format!("workspaces/{pattern}"), verb)
    }

    /// Its full name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Its name in lower case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Its name for people: without the provider where that is API Management.
    pub fn short(&self) -> &str {
        let own = self.name.strip_prefix(PROVIDER);
        let own = own.and_then(|rest| rest.strip_prefix("/service/"));
        own.unwrap_or(&self.name)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Right {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}
