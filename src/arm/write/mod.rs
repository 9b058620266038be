//! The writing halves.

mod maker;
mod writer;

pub use maker::WorkspaceMaker;
pub use writer::{Body, Deleted, WorkspaceWriter, Written};
