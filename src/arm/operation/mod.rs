//! Long-running requests.

mod document;
mod follow;
mod signs;

pub(in crate::arm) use document::code_to_come;
pub(in crate::arm) use follow::{Ended, Sent};
