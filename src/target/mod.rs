//! What stands in the workspace where a plan's steps write, and in which order
//! these go.

pub(crate) mod automatic;
mod error;
pub(crate) mod order;
pub(crate) mod remote;
pub(crate) mod survey;

pub use error::{ReadFailed, RunError};
