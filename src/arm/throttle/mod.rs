//! ARM's rate limits, modelled on this side.

mod buckets;

pub(in crate::arm) use buckets::Throttle;
pub use buckets::{Bucket, Limits, Rate};
