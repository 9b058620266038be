//! Where access tokens come from, and what they say of their bearer.

mod claims;
mod credentials;
mod source;
mod tokens;

pub use claims::Claims;
pub use credentials::tokens;
pub use source::AuthMode;
pub use tokens::{AuthError, FixedToken, Tokens};
