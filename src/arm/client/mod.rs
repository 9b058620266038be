//! The HTTP client that everything goes through.

mod answers;
mod builder;
mod caller;
mod connection;
mod message;
mod observe;
mod send;
mod strain;

pub use builder::{API_VERSION, ArmBuilder, http_client};
pub use connection::Arm;
pub(crate) use message::Still;
pub(in crate::arm) use message::{Answer, Request};
pub use observe::{Exchange, Observer};
pub use strain::Strain;
