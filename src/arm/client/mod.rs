//! The HTTP client that everything goes through.

mod builder;
mod observe;
mod send;

pub use builder::{API_VERSION, ArmBuilder, http_client};
pub use observe::{Exchange, Observer};
pub use send::Arm;
pub(in crate::arm) use send::{Answer, Request};
