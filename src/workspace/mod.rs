//! Setting up a workspace: making it, seeing what serves it and what is in it,
//! giving people their roles.
//!
//! Decisions are pure functions of what was read; a repeat changes nothing.

mod access;
mod create;
mod error;
mod gateway;
mod grant;
mod revoke;
mod show;

pub use crate::rights::{ROLES, Role, RoleError, ServiceRole, Standing, WorkspaceRole};
pub use access::{Assignment, GivenRole, assignments};
pub use create::{Create, Created, Decision, Difference, Found, Wanted, create, decide, find};
pub(crate) use create::{has_no_workspaces, says_tier};
pub(crate) use error::MAKERS;
pub use error::WorkspaceError;
pub use gateway::{Serving, serving};
pub use grant::{Grant, Granted, Pair, PrincipalType, grant};
pub use revoke::{Revoke, Revoked, revoke};
pub use show::{Count, Shown, show};

/// Whether the service's own gateway serves workspaces that have none.
fn has_own_gateway(sku: &str) -> bool {
    sku.to_ascii_lowercase().ends_with("v2")
}
