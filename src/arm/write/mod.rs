//! The writing halves.

mod body;
mod maker;
mod writer;

pub use body::Body;
pub use maker::WorkspaceMaker;
pub use writer::{Deleted, WorkspaceWriter, Written};
