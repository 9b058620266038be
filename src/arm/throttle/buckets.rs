//! ARM's token buckets, modelled on this side, so that a 429 is the exception.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Which bucket a request draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// GET, HEAD.
    Reads,
    /// PUT, PATCH and POST.
    Writes,
    /// DELETE.
    Deletes,
}

impl Bucket {
    /// The bucket of a method.
    pub fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Bucket::Reads,
            "DELETE" => Bucket::Deletes,
            _ => Bucket::Writes,
        }
    }

    /// Its name, as in ARM's headers.
    pub fn name(self) -> &'static str {
        match self {
            Bucket::Reads => "reads",
            Bucket::Writes => "writes",
            Bucket::Deletes => "deletes",
        }
    }
}

/// Size and refill per second of a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests that fit at once.
    pub size: f64,
    /// Requests that come back each second.
    pub refill: f64,
}

/// The three buckets' rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// For reads.
    pub reads: Rate,
    /// For writes.
    pub writes: Rate,
    /// For deletes.
    pub deletes: Rate,
}

impl Limits {
    /// What ARM documents, per principal and subscription.
    pub fn arm() -> Self {
        Self {
            reads: Rate {
                size: 250.0,
                refill: 25.0,
            },
            writes: Rate {
                size: 200.0,
                refill: 10.0,
            },
            deletes: Rate {
                size: 200.0,
                refill: 10.0,
            },
        }
    }
}

#[derive(Debug)]
struct State {
    rate: Rate,
    /// May be negative: then that many requests wait for their turn.
    tokens: f64,
    at: Instant,
    /// Nothing goes before this.
    closed_until: Instant,
}

impl State {
    fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: rate.size,
            at: now,
            closed_until: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate.refill).min(self.rate.size);
        self.at = self.at.max(now);
    }

    /// Takes one and tells how long to wait for it.
    fn take(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        let owed = match self.tokens < 0.0 {
            true => Duration::from_secs_f64(-self.tokens / self.rate.refill.max(0.001)),
            false => Duration::ZERO,
        };
        owed.max(self.closed_until.saturating_duration_since(now))
    }
}

/// The buckets. Each request takes its turn in the order of asking: it draws a
/// token at once, maybe one that is yet to come, and sleeps until it is there.
///
/// ARM tells in each answer how many requests are left. What answers time and
/// again without a word of that is no ARM, such as a simulator on this machine,
/// and is not waited for until it says otherwise.
#[derive(Debug)]
pub(in crate::arm) struct Throttle {
    states: [Mutex<State>; 3],
    limited: AtomicBool,
    silent: AtomicUsize,
}

/// Answers without a word of limits after which there are none.
const SILENT: usize = 20;

impl Throttle {
    /// Makes full buckets.
    pub(in crate::arm) fn new(limits: Limits) -> Self {
        let now = Instant::now();
        let state = |rate| Mutex::new(State::new(rate, now));
        Self {
            states: [
                state(limits.reads),
                state(limits.writes),
                state(limits.deletes),
            ],
            limited: AtomicBool::new(false),
            silent: AtomicUsize::new(0),
        }
    }

    fn with<T>(&self, bucket: Bucket, f: impl FnOnce(&mut State) -> T) -> T {
        let mutex = &self.states[bucket as usize];
        // A poisoned bucket is still a bucket: its numbers are whole.
        let mut state = mutex
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        f(&mut state)
    }

    /// Takes a token; returns how long the caller has to sleep before sending.
    pub(in crate::arm) fn take(&self, bucket: Bucket) -> Duration {
        let now = Instant::now();
        let silent = self.silent.load(Ordering::Relaxed) >= SILENT;
        if silent && !self.limited.load(Ordering::Relaxed) {
            return self.closed_for(bucket);
        }
        self.with(bucket, |s| s.take(now))
    }

    /// Notes an answer that said nothing of limits.
    pub(in crate::arm) fn heard_nothing(&self) {
        self.silent.fetch_add(1, Ordering::Relaxed);
    }

    /// Corrects a bucket downwards by what the service says is left. Upwards
    /// never: answers come from several front ends, and older ones count by
    /// the hour in thousands.
    pub(in crate::arm) fn correct(&self, bucket: Bucket, remaining: f64) {
        self.limited.store(true, Ordering::Relaxed);
        let now = Instant::now();
        self.with(bucket, |s| {
            s.refill(now);
            if s.tokens > remaining {
                s.tokens = remaining.max(0.0);
            }
        });
    }

    /// Closes a bucket for a while, after a 429.
    pub(in crate::arm) fn close(&self, bucket: Bucket, wait: Duration) {
        self.limited.store(true, Ordering::Relaxed);
        let until = Instant::now() + wait;
        self.with(bucket, |s| s.closed_until = s.closed_until.max(until));
    }

    /// How long the bucket is closed still.
    pub(in crate::arm) fn closed_for(&self, bucket: Bucket) -> Duration {
        let now = Instant::now();
        self.with(bucket, |s| s.closed_until.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_goes_at_once_and_then_by_its_refill() {
        let throttle = Throttle::new(Limits::arm());
        for _ in 0..200 {
            assert_eq!(throttle.take(Bucket::Writes), Duration::ZERO);
        }
        assert_eq!(throttle.take(Bucket::Writes), Duration::from_millis(100));
        assert_eq!(throttle.take(Bucket::Writes), Duration::from_millis(200));
        assert_eq!(throttle.take(Bucket::Reads), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(throttle.take(Bucket::Writes), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn headers_correct_downwards_only() {
        let throttle = Throttle::new(Limits::arm());
        throttle.correct(Bucket::Reads, 11_999.0);
        throttle.correct(Bucket::Reads, 1.0);
        assert_eq!(throttle.take(Bucket::Reads), Duration::ZERO);
        assert!(throttle.take(Bucket::Reads) > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_speaks_of_limits_has_none_until_it_does() {
        let throttle = Throttle::new(Limits::arm());
        for _ in 0..SILENT {
            throttle.heard_nothing();
        }
        for _ in 0..1000 {
            assert_eq!(throttle.take(Bucket::Deletes), Duration::ZERO);
        }
        throttle.correct(Bucket::Deletes, 0.0);
        assert!(throttle.take(Bucket::Deletes) > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_bucket_holds_everybody_back() {
        let throttle = Throttle::new(Limits::arm());
        throttle.close(Bucket::Deletes, Duration::from_secs(5));
        assert_eq!(throttle.take(Bucket::Deletes), Duration::from_secs(5));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(throttle.take(Bucket::Deletes), Duration::ZERO);
    }
}
