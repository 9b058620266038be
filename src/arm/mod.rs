//! Requests to the Azure Resource Manager.
//!
//! One client does the talking: tokens, throttling, retries, paging,
//! long-running requests, errors. What may be done with it depends on the half
//! in hand: [`Reader`] only looks, [`SecretReader`] asks for secrets,
//! [`WorkspaceWriter`] writes below one workspace, [`WorkspaceMaker`] the
//! workspace itself, [`RoleWriter`] who may do what there. [`ProbeWorkspace`]
//! alone removes a workspace, and none but those that are made for a probe.

pub mod auth;
mod client;
mod endpoint;
mod error;
mod forecast;
pub(crate) mod json;
pub mod limits;
mod operation;
pub(crate) mod read;
mod retry;
mod roles;
mod throttle;
mod write;

#[cfg(test)]
pub(crate) mod tests;

pub use auth::{AuthError, AuthMode, Claims, FixedToken, Tokens, tokens};
pub(crate) use client::Still;
pub use client::{API_VERSION, Arm, ArmBuilder, Exchange, Observer, Strain, http_client};
pub use endpoint::{Cloud, Endpoint, EndpointError};
pub use error::{ArmError, Detail, Refusal, Trouble};
pub(crate) use forecast::tenths;
pub use forecast::{Bound, Forecast, Load, Span};
pub(crate) use read::same_etag;
pub use read::{Directory, Fetched, Reader, SecretReader};
pub use retry::{RetryPolicy, is_busy};
pub use roles::{RoleReader, RoleScope, RoleWriter};
pub use throttle::{Bucket, Limits, Rate};
pub use write::{
    Body, Deleted, Polled, ProbeWorkspace, Watched, WorkspaceMaker, WorkspaceWriter, Written,
};
