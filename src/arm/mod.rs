//! Requests to the Azure Resource Manager.
//!
//! One client does the talking: tokens, throttling, retries, paging,
//! long-running requests, errors. What may be done with it depends on the half
//! in hand: [`Reader`] only looks, [`SecretReader`] asks for secrets,
//! [`WorkspaceWriter`] writes below one workspace, [`WorkspaceMaker`] the
//! workspace itself, [`RoleWriter`] who may do what there.

pub mod auth;
mod budget;
mod builder;
mod client;
mod directory;
mod endpoint;
mod error;
mod identity;
pub(crate) mod json;
pub mod limits;
mod maker;
mod observe;
mod operation;
pub(crate) mod reader;
mod retry;
mod roles;
mod source;
mod throttle;
mod versions;
mod writer;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
pub(crate) mod hostile_tests;
#[cfg(test)]
mod wire_tests;

pub use auth::{AuthError, FixedToken, Tokens, tokens};
pub use builder::{API_VERSION, ArmBuilder, http_client};
pub use client::Arm;
pub use directory::Directory;
pub use endpoint::{Cloud, Endpoint, EndpointError};
pub use error::{ArmError, Detail, Refusal};
pub use identity::Claims;
pub use maker::WorkspaceMaker;
pub use observe::{Exchange, Observer};
pub use reader::{Fetched, Reader, SecretReader};
pub use retry::RetryPolicy;
pub use roles::{RoleReader, RoleScope, RoleWriter};
pub use source::AuthMode;
pub use throttle::{Bucket, Limits, Rate};
pub use writer::{Body, Deleted, WorkspaceWriter, Written};
