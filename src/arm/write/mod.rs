//! The writing halves.

mod body;
mod maker;
mod probe;
mod writer;

pub use body::Body;
pub use maker::WorkspaceMaker;
pub use probe::{Polled, ProbeWorkspace, Watched};
pub use writer::{Deleted, WorkspaceWriter, Written};
