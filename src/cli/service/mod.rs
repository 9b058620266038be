//! Which service is meant, reaching it, and commands about it and its workspaces.

pub(crate) mod connection;
pub(crate) mod named;
pub(crate) mod requests;
pub(crate) mod sandbox;
pub(crate) mod selection;
pub(crate) mod watch;
pub(crate) mod workspace;
