//! What is said of where things go and come from: the service, the workspace, its
//! room, and addresses.

pub(super) mod addresses;
pub(super) mod room;
pub(super) mod routes;
pub(super) mod service;
