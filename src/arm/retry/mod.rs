//! Whether a request is tried again, and after what time.

mod after;
mod class;
mod decide;

pub(in crate::arm) use after::{http_date, retry_after};
pub use class::is_busy;
pub(in crate::arm) use class::says_busy;
pub use decide::RetryPolicy;
pub(in crate::arm) use decide::{Outcome, Tally, Try, Verdict, decide};
