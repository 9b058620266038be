//! The built-in roles that concern API Management: one table.
//!
//! Names, ids and what each allows are Azure's own
//! [docs: role-based-access-control/built-in-roles/integration and privileged].
//! None of the roles of workspaces may look up how a long-running operation is
//! getting on (`service/tenant/operationResults/read`).

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::{Uuid, uuid};

use super::permission::Permission;
use super::right::Right;

/// Where a role is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// At the workspace.
    Workspace,
    /// At the service.
    Service,
}

/// A built-in role.
#[derive(Debug, PartialEq, Eq)]
pub struct Role {
    /// The full name.
    pub name: &'static str,
    /// The short name.
    pub short: &'static str,
    /// The well-known id of its definition.
    pub id: Uuid,
    /// Where it is assigned.
    pub at: Standing,
    /// For a role of a workspace, the role at the service that fits to it.
    pub beside: Option<&'static str>,
    /// What it allows, `*` for any text.
    pub actions: &'static [&'static str],
    /// What of that it does not.
    pub not_actions: &'static [&'static str],
}

impl Role {
    /// Whether it gives a right where it is held.
    pub fn allows(&self, right: &Right) -> bool {
        let texts = |all: &'static [&'static str]| all.iter().copied();
        Permission::new(texts(self.actions), texts(self.not_actions)).allows(right)
    }
}

/// What every role of API Management may look at besides.
const ROLES_READ: &str = "Microsoft.Authorization/*/read";

/// What the roles of a workspace may see there. Not the workspace itself, to
/// the letter: that would be `workspaces/read`.
const WORKSPACE_READ: &str = "Microsoft.ApiManagement/service/workspaces/*/read";

/// The built-in roles of workspaces, at each place from the least to the most.
pub static ROLES: &[Role] = &[
    Role {
        name: "API Management Workspace Reader",
        short: "reader",
        id: uuid!("ef1c2c96-4a77-49e8-b9a4-6179fe1d2fd2"),
        at: Standing::Workspace,
        beside: Some("api-developer"),
        actions: &[WORKSPACE_READ, ROLES_READ],
        not_actions: &[],
    },
    Role {
        name: "API Management Workspace API Developer",
        short: "api-developer",
        id: uuid!("56328988-075d-4c6a-8766-d93edd6725b6"),
        at: Standing::Workspace,
        beside: Some("api-developer"),
        actions: &[
            WORKSPACE_READ,
            "Microsoft.ApiManagement/service/workspaces/apis/*",
            "Microsoft.ApiManagement/service/workspaces/apiVersionSets/*",
            "Microsoft.ApiManagement/service/workspaces/policies/*",
            "Microsoft.ApiManagement/service/workspaces/schemas/*",
            "Microsoft.ApiManagement/service/workspaces/products/*",
            "Microsoft.ApiManagement/service/workspaces/policyFragments/*",
            "Microsoft.ApiManagement/service/workspaces/namedValues/*",
            "Microsoft.ApiManagement/service/workspaces/tags/*",
            "Microsoft.ApiManagement/service/workspaces/backends/*",
            "Microsoft.ApiManagement/service/workspaces/certificates/*",
            "Microsoft.ApiManagement/service/workspaces/diagnostics/*",
            "Microsoft.ApiManagement/service/workspaces/loggers/*",
            ROLES_READ,
        ],
        not_actions: &[],
    },
    Role {
        name: "API Management Workspace API Product Manager",
        short: "product-manager",
        id: uuid!("73c2c328-d004-4c5e-938c-35c6f5679a1f"),
        at: Standing::Workspace,
        beside: Some("product-manager"),
        actions: &[
            WORKSPACE_READ,
            "Microsoft.ApiManagement/service/workspaces/products/*",
            "Microsoft.ApiManagement/service/workspaces/subscriptions/*",
            "Microsoft.ApiManagement/service/workspaces/groups/*",
            "Microsoft.ApiManagement/service/workspaces/tags/*",
            "Microsoft.ApiManagement/service/workspaces/notifications/*",
            ROLES_READ,
        ],
        not_actions: &[],
    },
    Role {
        name: "API Management Workspace Contributor",
        short: "contributor",
        id: uuid!("0c34c906-8d99-4cb7-8bb7-33f5b0a1a799"),
        at: Standing::Workspace,
        beside: Some("product-manager"),
        actions: &["Microsoft.ApiManagement/service/workspaces/*", ROLES_READ],
        not_actions: &[],
    },
    Role {
        name: "API Management Service Workspace API Developer",
        short: "api-developer",
        id: uuid!("9565a273-41b9-4368-97d2-aeb0c976a9b3"),
        at: Standing::Service,
        beside: None,
        actions: &[
            "Microsoft.ApiManagement/service/tags/read",
            "Microsoft.ApiManagement/service/tags/apiLinks/*",
            "Microsoft.ApiManagement/service/tags/operationLinks/*",
            "Microsoft.ApiManagement/service/tags/productLinks/*",
            "Microsoft.ApiManagement/service/products/read",
            "Microsoft.ApiManagement/service/products/apiLinks/*",
            "Microsoft.ApiManagement/service/read",
            "Microsoft.ApiManagement/service/authorizationServers/read",
            ROLES_READ,
        ],
        not_actions: &[],
    },
    Role {
        name: "API Management Service Workspace API Product Manager",
        short: "product-manager",
        id: uuid!("d59a3e9c-6d52-4a5a-aeed-6bf3cf0e31da"),
        at: Standing::Service,
        beside: None,
        actions: &[
            "Microsoft.ApiManagement/service/users/read",
            "Microsoft.ApiManagement/service/tags/read",
            "Microsoft.ApiManagement/service/tags/apiLinks/*",
            "Microsoft.ApiManagement/service/tags/operationLinks/*",
            "Microsoft.ApiManagement/service/tags/productLinks/*",
            "Microsoft.ApiManagement/service/products/read",
            "Microsoft.ApiManagement/service/products/apiLinks/*",
            "Microsoft.ApiManagement/service/read",
            "Microsoft.ApiManagement/service/authorizationServers/read",
            "Microsoft.ApiManagement/service/groups/read",
            "Microsoft.ApiManagement/service/groups/users/*",
            ROLES_READ,
        ],
        not_actions: &[],
    },
];

/// Other built-in roles, from the least to the most: the tool assigns none of
/// them, and tells of them where they are missing. Those that can do anything
/// are not among them.
pub static OTHERS: &[Role] = &[
    Role {
        name: "API Management Service Reader Role",
        short: "service-reader",
        id: uuid!("71522526-b88f-4d52-b57f-d31fc3546d0d"),
        at: Standing::Service,
        beside: None,
        actions: &[
            "Microsoft.ApiManagement/service/*/read",
            "Microsoft.ApiManagement/service/read",
            ROLES_READ,
        ],
        not_actions: &["Microsoft.ApiManagement/service/users/keys/read"],
    },
    Role {
        name: "API Management Service Contributor",
        short: "service-contributor",
        id: uuid!("312a565d-c81f-4fd8-895a-4e21e48d571c"),
        at: Standing::Service,
        beside: None,
        actions: &["Microsoft.ApiManagement/service/*", ROLES_READ],
        not_actions: &[],
    },
    Role {
        name: "Role Based Access Control Administrator",
        short: "access-administrator",
        id: uuid!("f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
        at: Standing::Service,
        beside: None,
        actions: &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
        ],
        not_actions: &[],
    },
];

/// Why a text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {}", known.join(", "))]
pub struct RoleError {
    text: String,
    known: Vec<&'static str>,
}

fn find(text: &str, at: Standing) -> Result<&'static Role, RoleError> {
    let of_scope = || ROLES.iter().filter(|r| r.at == at);
    of_scope()
        .find(|r| r.short.eq_ignore_ascii_case(text) || r.name.eq_ignore_ascii_case(text))
        .ok_or_else(|| RoleError {
            text: text.to_owned(),
            known: of_scope().map(|r| r.short).collect(),
        })
}

/// A role of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkspaceRole(&'static Role);

impl WorkspaceRole {
    /// The role.
    pub fn role(self) -> &'static Role {
        self.0
    }

    /// The role at the service that comes with it.
    pub fn beside(self) -> Option<ServiceRole> {
        self.0.beside.and_then(|short| short.parse().ok())
    }
}

impl FromStr for WorkspaceRole {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        find(text, Standing::Workspace).map(Self)
    }
}

/// A role at the service that people of workspaces hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRole(&'static Role);

impl ServiceRole {
    /// The role.
    pub fn role(self) -> &'static Role {
        self.0
    }
}

impl FromStr for ServiceRole {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        find(text, Standing::Service).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_a_workspace_has_one_of_the_service_beside_it() {
        for role in ROLES.iter().filter(|r| r.at == Standing::Workspace) {
            let parsed: WorkspaceRole = role.short.parse().unwrap();
            assert_eq!(parsed.role(), role);
            assert_eq!(parsed.beside().unwrap().role().at, Standing::Service);
            assert_eq!(role.name.to_lowercase().parse(), Ok(parsed));
        }
    }

    #[test]
    fn the_scope_decides_what_a_short_name_means() {
        let own: WorkspaceRole = "api-developer".parse().unwrap();
        let above: ServiceRole = "api-developer".parse().unwrap();
        assert_ne!(own.role().id, above.role().id);
        assert!("reader".parse::<ServiceRole>().is_err());
        let error = "boss".parse::<WorkspaceRole>().unwrap_err().to_string();
        assert!(error.contains("contributor"), "{error}");
    }
}
