//! Whether a request is tried again, and after what time.

mod decide;

pub use decide::RetryPolicy;
pub(in crate::arm) use decide::{Outcome, Tally, Try, Verdict, decide, http_date, retry_after};
