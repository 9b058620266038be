//! What a caller may do in Azure, and which roles give it.

mod role;

pub use role::{ROLES, Role, RoleError, ServiceRole, Standing, WorkspaceRole};
