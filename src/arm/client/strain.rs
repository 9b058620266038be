//! How hard it was to get through: what was tried again, and what waited for
//! limits.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::observe::{Exchange, Observer};

/// What was tried again, and what waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strain {
    /// Requests that were tried again.
    pub retries: usize,
    /// How often something waited for a rate limit.
    pub waits: usize,
    /// The longest of these waits, in milliseconds.
    pub longest_wait: u64,
}

/// Counts, and passes everything on.
pub(in crate::arm) struct Counting {
    counted: Mutex<Strain>,
    to: Arc<dyn Observer>,
}

impl Counting {
    pub(in crate::arm) fn before(to: Arc<dyn Observer>) -> Self {
        Self {
            counted: Mutex::default(),
            to,
        }
    }

    pub(in crate::arm) fn counted(&self) -> Strain {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Counting {
    fn on(&self, event: &Exchange) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Exchange::Retry { .. } => counted.retries += 1,
            Exchange::Throttled { wait, .. } => {
                counted.waits += 1;
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                counted.longest_wait = counted.longest_wait.max(wait);
            }
            _ => {}
        }
        drop(counted);
        self.to.on(event);
    }
}
