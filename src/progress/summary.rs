//! The counts of a run, kept in one place.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::{Event, Listener};
use crate::arm::Exchange;

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Requests that went out, by method; retries among them.
    pub requests: BTreeMap<&'static str, usize>,
    /// Requests that were tried again.
    pub retries: usize,
    /// How often something waited for a rate limit.
    pub waits: usize,
    /// Resources that were read.
    pub fetched: usize,
    /// Steps that are done.
    pub done: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not tried, since one that they need failed.
    pub blocked: usize,
    /// The longest wait for a rate limit.
    #[serde(skip)]
    pub longest_wait: Duration,
}

impl Counts {
    /// All requests.
    pub fn all_requests(&self) -> usize {
        self.requests.values().sum()
    }
}

/// Counts events, and exchanges on the wire.
#[derive(Debug, Default)]
pub struct Summary(Mutex<Counts>);

impl Summary {
    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Counts an exchange.
    pub fn exchanged(&self, exchange: &Exchange) {
        let mut counts = self.lock();
        match exchange {
            Exchange::Request { method, .. } => *counts.requests.entry(method).or_default() += 1,
            Exchange::Retry { .. } => counts.retries += 1,
            Exchange::Throttled { wait, .. } => {
                counts.waits += 1;
                counts.longest_wait = counts.longest_wait.max(*wait);
            }
            Exchange::Answer { .. } | Exchange::Waiting { .. } | Exchange::Waited { .. } => {}
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Summary {
    fn on(&self, event: &Event) {
        let mut counts = self.lock();
        match event {
            Event::Fetched { .. } => counts.fetched += 1,
            Event::StepDone { .. } => counts.done += 1,
            Event::StepFailed { .. } => counts.failed += 1,
            Event::StepBlocked { .. } => counts.blocked += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_method() {
        let summary = Summary::default();
        for method in ["GET", "GET", "PUT"] {
            summary.exchanged(&Exchange::Request {
                method,
                path: String::new(),
                attempt: 1,
            });
        }
        summary.on(&Event::Fetched { kind: "tags" });
        let counts = summary.counts();
        assert_eq!((counts.all_requests(), counts.fetched), (3, 1));
        assert_eq!(counts.requests["GET"], 2);
    }
}
