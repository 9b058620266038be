//! What was asked of the service, for tests and for the curious.

use serde::Serialize;

/// One request and its answer's status. Bodies are never kept.
#[derive(Debug, Clone, Serialize)]
pub struct Logged {
    /// Counts from 1, in the order of arrival.
    pub seq: u64,
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, decoded.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The status of the answer; 0 while there is none, or none was sent.
    pub status: u16,
    /// Milliseconds since the service started.
    pub at_ms: u64,
    /// How many requests were under way when this one came, itself included.
    pub concurrent: usize,
}
