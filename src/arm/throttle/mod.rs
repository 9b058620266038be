//! ARM's token buckets, modelled on this side, so that a 429 is the exception.

mod bucket;
mod buckets;
mod rate;

pub(in crate::arm) use buckets::Throttle;
pub use rate::{Bucket, Limits, Rate};
