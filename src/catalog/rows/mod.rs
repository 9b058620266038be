//! The rows, by what they are of.

pub(super) mod api_types;
pub(super) mod apis;
pub(super) mod backends;
pub(super) mod diagnostics;
pub(super) mod operations;
pub(super) mod products;
pub(super) mod services;
pub(super) mod shared;
