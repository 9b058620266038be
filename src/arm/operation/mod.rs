//! Long-running requests.

mod follow;

pub(in crate::arm) use follow::Ended;
