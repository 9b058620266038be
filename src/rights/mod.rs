//! What a caller may do in Azure, what is needed, and which role gives what is
//! missing. Pure: who reads permissions, and where, is the business of others.
//!
//! A *right* is what Azure's tables call an operation of a resource provider,
//! `Microsoft.ApiManagement/service/apis/write`; a *permission* is an entry of
//! what somebody holds at a scope, with its own exceptions; a *need* is a right
//! at a place; a *lack* is what is missing there, told by the role that gives
//! it.

mod denied;
mod lack;
mod need;
mod permission;
mod place;
mod right;
mod role;

#[cfg(test)]
mod property_tests;

pub use denied::Denied;
pub(crate) use lack::LackForm;
pub use lack::{Lack, lacks};
pub use need::{Need, Needs, Weight};
pub use permission::{Known, Permission, Permissions};
pub use place::{Place, Places};
pub use right::Right;
pub use role::{OTHERS, ROLES, Role, RoleError, ServiceRole, Standing, WorkspaceRole};
