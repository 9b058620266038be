//! What the service accepts, as pure functions.
//!
//! Nothing here knows the tool's own catalog or policy scanner: the two are
//! written apart so that one can catch the other's mistakes.

pub mod body;
pub mod kinds;
pub mod policy;
mod shape;

#[cfg(test)]
mod every_kind_test;
