//! Moves selected APIs of an Azure API Management service, with everything
//! they depend on, into a workspace.
//!
//! The core is pure: a crawl gives an inventory, and the graph and the plan are
//! functions of it. Only [`arm`], [`target`], [`apply`], [`verify`], [`rollback`],
//! [`doctor`], [`probe`], [`sandbox`] and `cli` do I/O.

pub mod address;
pub mod apply;
pub mod arm;
pub mod assess;
pub mod catalog;
pub mod crawl;
pub mod docs;
pub mod doctor;
pub mod engine;
pub mod exit;
pub mod graph;
pub mod inventory;
pub mod nearest;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod progress;
#[doc(hidden)]
pub mod properties;
pub mod rehearse;
pub mod rights;
pub mod rollback;
pub mod sandbox;
pub mod secret;
pub mod select;
pub mod target;
pub mod traits;
pub mod verify;
pub mod view;
pub mod workspace;
pub mod yaml;

#[cfg(test)]
mod every_kind_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod journey_tests;
#[cfg(test)]
mod switch_tests;
