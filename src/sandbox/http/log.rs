//! What was asked of the service, for tests and for the curious.

use serde::Serialize;

/// One request and its answer's status. Bodies are never kept.
#[derive(Debug, Clone, Serialize)]
pub struct Logged {
    /// Its place among all arrivals and answers, counted from 1.
    pub seq: u64,
    /// Its answer's place in the same count; 0 while there is none.
    pub answered: u64,
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, decoded.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The status of the answer; 0 while there is none, or none was sent.
    pub status: u16,
    /// The status that the service itself came to; 0 where it was not asked.
    /// It differs from `status` when the answer was lost on its way.
    pub done: u16,
    /// The fault that it met, by name.
    pub fault: Option<&'static str>,
    /// Milliseconds since the service started.
    pub at_ms: u64,
    /// How many requests were under way when this one came, itself included.
    pub concurrent: usize,
}
