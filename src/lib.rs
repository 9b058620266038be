//! Moves selected APIs of an Azure API Management service, with everything
//! they depend on, into a workspace.
//!
//! This is the library behind the program `apim-migrate`: a crawl reads a service,
//! a plan says what is copied and what stands in the way, applying carries the plan
//! out, verifying compares what came of it. It never prints and never asks; what
//! happens is told to a [`progress::Listener`].
//!
//! ```toml
//! [dependencies]
//! # Neither the command line nor the simulated service.
//! apim-migrate = { git = "…", default-features = false }
//! ```
//!
//! # The way of a migration
//!
//! | what | by | gives |
//! |---|---|---|
//! | reach a service | [`arm::Arm::builder`], [`arm::tokens`] | an [`arm::Arm`], of which an [`arm::Reader`] is made |
//! | read what a selection needs | [`crawl::crawl`] | an [`inventory::Inventory`], as [`inventory::snapshot`] keeps one in a file |
//! | read what stands in the workspace | [`crawl::read_target`], [`crawl::read_existing`] | a [`plan::Target`] |
//! | decide | [`plan::make`], a pure function | a [`plan::Plan`] with its [`plan::Finding`]s |
//! | keep and review it | [`plan::folder`], [`view`] | a folder; text, pages, tables, graphs |
//! | check it after an edit | [`plan::validate`] | the steps in order, or what is wrong |
//! | carry it out | [`apply::apply`] | an [`apply::ApplySummary`], and a journal in the folder |
//! | compare | [`verify::verify`] | a [`verify::VerifyReport`] |
//! | take it back | [`rollback`] | what was deleted, and what stays |
//!
//! `examples/embed.rs` goes from the first to the last but one.
//!
//! # Features
//!
//! - `cli`: what the program needs, [`progress::bars`] among it.
//! - `sandbox`: the simulated service `sandbox`, and `rehearse`, which tries a plan on it.
//!
//! Both are on unless `default-features = false` is given. Tests need both.
//!
//! # What is stable
//!
//! The library has no stable interface yet: until 1.0 a minor version may change
//! any of its items. What stays compatible is what is written down: plans of
//! `version` [`plan::folder::VERSION`], snapshots, journals and migration files of one
//! release are read by later ones, codes of findings and exit codes
//! ([`exit::Exit`]) keep their meaning. Futures and tokens are of
//! tokio, whose [`CancellationToken`] stops a run in good order.
//!
//! # How it is built
//!
//! The core is pure: a crawl gives an inventory, and the graph and the plan are
//! functions of it. Only [`arm`], [`crawl`], [`engine`], [`target`], [`apply`],
//! [`verify`], [`rollback`], [`workspace`], [`doctor`], [`probe`], `sandbox` and
//! the program do I/O, and, for the disk, [`plan::folder`].

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
pub mod misread;
pub mod nearest;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod progress;
#[doc(hidden)]
pub mod properties;
#[cfg(feature = "sandbox")]
pub mod rehearse;
pub mod rights;
pub mod rollback;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schema;
pub mod secret;
pub mod select;
pub mod shell;
pub mod target;
pub mod traits;
pub mod verify;
pub mod view;
pub mod words;
pub mod workspace;
pub mod yaml;

pub use tokio_util::sync::CancellationToken;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod journeys;
