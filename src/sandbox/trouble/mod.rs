//! What slows a caller down or goes wrong: ARM's buckets, one writer at once,
//! faults made on purpose.

pub(crate) mod faults;
pub(crate) mod lanes;
pub(crate) mod limits;
