//! What the client tells about its exchanges. Never a body, token or secret.

use std::time::Duration;

/// One thing that happened on the wire, or before it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Exchange {
    /// A request goes out.
    Request {
        /// GET, PUT and so on.
        method: &'static str,
        /// The path, without the query.
        path: String,
        /// One for the first try.
        attempt: u32,
    },
    /// An answer came.
    Answer {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// The how manieth attempt it answers, from 1.
        attempt: u32,
        /// The HTTP status.
        status: u16,
        /// The service's id of the exchange.
        correlation_id: Option<String>,
        /// How long it took.
        took: Duration,
    },
    /// A request will be tried again.
    Retry {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// How often it was tried.
        attempt: u32,
        /// Why, in a few words.
        reason: String,
        /// After what time.
        wait: Duration,
    },
    /// A long-running operation is still waited for.
    Waiting {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// For how long by now.
        waited: Duration,
    },
    /// A long-running operation that was told of is waited for no more.
    Waited {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
    },
    /// Requests wait for a rate limit.
    Throttled {
        /// `reads`, `writes` or `deletes`.
        bucket: &'static str,
        /// For how long.
        wait: Duration,
    },
}

/// Takes exchanges in.
pub trait Observer: Send + Sync {
    /// Called for each, from any task; must not block.
    fn on(&self, event: &Exchange);
}

/// The observer that ignores everything.
impl Observer for () {
    fn on(&self, _: &Exchange) {}
}
