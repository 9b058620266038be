//! How much may be read in all, by everything that shares a budget: what is
//! kept of many answers adds up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::arm::client::Answer;
use crate::arm::error::ArmError;
use crate::arm::limits::{CRAWL_ANSWERS, CRAWL_BYTES};

/// Counts answers and their bytes. Clones share the count.
#[derive(Debug, Clone)]
pub(in crate::arm) struct Budget {
    spent: Arc<(AtomicU64, AtomicU64)>,
    answers: u64,
    bytes: u64,
}

impl Budget {
    /// Makes the budget of a crawl.
    pub(in crate::arm) fn of_crawl() -> Self {
        Self::new(CRAWL_ANSWERS, CRAWL_BYTES)
    }

    fn new(answers: u64, bytes: u64) -> Self {
        Self {
            spent: Arc::default(),
            answers,
            bytes,
        }
    }

    /// Takes an answer off the budget.
    pub(in crate::arm) fn take(&self, answer: &Answer) -> Result<(), ArmError> {
        let (answers, bytes) = &*self.spent;
        let length = answer.body.len() as u64;
        let answers = answers.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = bytes.fetch_add(length, Ordering::Relaxed) + length;
        let (what, limit) = match (answers > self.answers, bytes > self.bytes) {
            (true, _) => ("answers", self.answers),
            (_, true) => ("bytes", self.bytes),
            _ => return Ok(()),
        };
        Err(ArmError::TooMuch { what, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_left() {
        let answer = Answer {
            status: reqwest::StatusCode::OK,
            headers: reqwest::header::HeaderMap::new(),
            body: vec![0; 10],
            repeated: false,
        };
        let budget = Budget::new(9, 25);
        assert!(budget.take(&answer).is_ok() && budget.clone().take(&answer).is_ok());
        let error = budget.take(&answer).unwrap_err();
        assert!(error.to_string().contains("more than 25 bytes"), "{error}");
        let budget = Budget::new(1, 25);
        assert!(budget.take(&answer).is_ok() && budget.take(&answer).is_err());
    }
}
