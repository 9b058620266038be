//! The surface: connections, requests, which way they take, answers.

pub(crate) mod call;
pub(crate) mod dispatch;
mod gate;
pub(crate) mod log;
pub(crate) mod reply;
pub(crate) mod routes;
pub(crate) mod shared;
mod surface;
pub(crate) mod versions;
pub(crate) mod wire;

#[cfg(test)]
mod property_test;
