//! What is sent for each copy, and how it is held against what stands there.

pub mod compare;
pub mod content;
pub mod place;
pub(super) mod sorted;
