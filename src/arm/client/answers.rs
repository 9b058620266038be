//! How long answers take.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// How long answers took so far.
#[derive(Debug, Default)]
pub(in crate::arm) struct Answers {
    count: AtomicU32,
    micros: AtomicU64,
}

impl Answers {
    pub(super) fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        let all = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        all.checked_div(self.count.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_known_once_there_was_an_answer() {
        let answers = Answers::default();
        assert_eq!(answers.mean(), None);
        answers.note(Duration::from_millis(100));
        answers.note(Duration::from_millis(300));
        assert_eq!(answers.mean(), Some(Duration::from_millis(200)));
    }
}
