//! Who may do what: tokens, actions that are denied, roles.

pub(crate) mod bearer;
pub(crate) mod deny;
pub(crate) mod permissions;
pub(crate) mod roles;
