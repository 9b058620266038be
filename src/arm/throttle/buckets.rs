//! The three buckets of a principal, shared by all requests.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::bucket::Gauge;
use super::rate::{Bucket, Limits, PREFIX, left};

/// The buckets. Each request takes its turn in the order of asking: it draws a
/// token at once, maybe one that is yet to come, and sleeps until it is there.
///
/// ARM tells in each answer how many requests are left. What answers time and
/// again without a word of that is no ARM, such as a simulator on this machine,
/// and is not waited for until it says otherwise.
#[derive(Debug)]
pub(in crate::arm) struct Throttle {
    states: [Mutex<Gauge>; 3],
    limited: AtomicBool,
    silent: AtomicUsize,
}

/// Answers without a word of limits after which there are none.
const SILENT: usize = 20;

impl Throttle {
    /// Makes full buckets.
    pub(in crate::arm) fn new(limits: Limits) -> Self {
        let now = Instant::now();
        let state = |rate| Mutex::new(Gauge::new(rate, now));
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

    fn with<T>(&self, bucket: Bucket, f: impl FnOnce(&mut Gauge, Instant) -> T) -> T {
        let mutex = &self.states[bucket as usize];
        // A poisoned bucket is still a bucket: its numbers are whole.
        let mut state = mutex
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        f(&mut state, Instant::now())
    }

    /// Takes a token; returns how long the caller has to sleep before sending.
    pub(in crate::arm) fn take(&self, bucket: Bucket) -> Duration {
        let silent = self.silent.load(Ordering::Relaxed) >= SILENT;
        if silent && !self.limited.load(Ordering::Relaxed) {
            return self.closed_for(bucket);
        }
        self.with(bucket, Gauge::take)
    }

    /// Learns from an answer's headers. Only the tightest of several limits may
    /// be there.
    pub(in crate::arm) fn learn(&self, bucket: Bucket, headers: &HeaderMap) {
        let mut heard = false;
        for (name, value) in headers {
            if !name.as_str().starts_with(PREFIX) {
                continue;
            }
            heard = true;
            let value = value.to_str().unwrap_or_default();
            if let Some(left) = left(bucket, name.as_str(), value) {
                self.with(bucket, |state, now| state.learn(left, now));
            }
        }
        match heard {
            true => self.limited.store(true, Ordering::Relaxed),
            false => {
                self.silent.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Closes a bucket for a while, after a 429.
    pub(in crate::arm) fn refuse(&self, bucket: Bucket, wait: Duration) {
        self.limited.store(true, Ordering::Relaxed);
        self.with(bucket, |state, now| state.refuse(wait, now));
    }

    /// The limits as far as they are known by now; none where nothing speaks of
    /// them.
    pub(in crate::arm) fn limits(&self) -> Option<Limits> {
        let silent = self.silent.load(Ordering::Relaxed) >= SILENT;
        if silent && !self.limited.load(Ordering::Relaxed) {
            return None;
        }
        let rate = |bucket| self.with(bucket, |state, _| state.rate());
        Some(Limits {
            reads: rate(Bucket::Reads),
            writes: rate(Bucket::Writes),
            deletes: rate(Bucket::Deletes),
        })
    }

    /// How long the bucket is closed still.
    pub(in crate::arm) fn closed_for(&self, bucket: Bucket) -> Duration {
        self.with(bucket, |state, now| state.closed_for(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::throttle::rate::Rate;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    const GLOBAL: &str = "x-ms-ratelimit-remaining-subscription-global-writes";

    #[tokio::test(start_paused = true)]
    async fn what_never_speaks_of_limits_has_none_until_it_does() {
        let throttle = Throttle::new(Limits::arm());
        for _ in 0..SILENT {
            throttle.learn(Bucket::Deletes, &HeaderMap::new());
        }
        for _ in 0..1000 {
            assert_eq!(throttle.take(Bucket::Deletes), Duration::ZERO);
        }
        let none = headers("x-ms-ratelimit-remaining-subscription-deletes", "0");
        throttle.learn(Bucket::Deletes, &none);
        assert!(throttle.take(Bucket::Deletes) > Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_bucket_holds_everybody_back_and_no_other() {
        let throttle = Throttle::new(Limits::arm());
        throttle.refuse(Bucket::Deletes, Duration::from_secs(5));
        assert_eq!(throttle.take(Bucket::Deletes), Duration::from_secs(5));
        assert_eq!(throttle.take(Bucket::Writes), Duration::ZERO);
        assert_eq!(throttle.take(Bucket::Reads), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(throttle.take(Bucket::Deletes), Duration::ZERO);
    }

    async fn six_hundred_writes(said: &str, real: Rate) -> (usize, Duration) {
        let real = Gauge::new(real, Instant::now());
        writes(16 * 38, said, real).await
    }

    /// A service that tells nothing but what is left for all, and has a bucket
    /// of its own: how often it refuses one of so many writes, and how long all of
    /// them take.
    async fn writes(count: usize, said: &str, real: Gauge) -> (usize, Duration) {
        let throttle = std::sync::Arc::new(Throttle::new(Limits::arm()));
        let service = std::sync::Arc::new(Mutex::new(real));
        let told = headers(GLOBAL, said);
        let began = Instant::now();
        let writers = (0..16).map(|_| {
            let (throttle, service, told) = (throttle.clone(), service.clone(), told.clone());
            tokio::spawn(async move {
                let (mut written, mut refused) = (0, 0);
                while written < count / 16 {
                    let mut wait = throttle.take(Bucket::Writes);
                    while !wait.is_zero() {
                        tokio::time::sleep(wait).await;
                        wait = throttle.closed_for(Bucket::Writes);
                    }
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    let full = {
                        let mut service = service.lock().unwrap();
                        let before = service.clone();
                        let full = !service.take(Instant::now()).is_zero();
                        if full {
                            // What is refused takes nothing.
                            *service = before;
                        }
                        full
                    };
                    match full {
                        true => {
                            refused += 1;
                            throttle.refuse(Bucket::Writes, Duration::from_secs(1));
                        }
                        false => {
                            written += 1;
                            throttle.learn(Bucket::Writes, &told);
                        }
                    }
                }
                refused
            })
        });
        let writers: Vec<_> = writers.collect();
        let mut refused = 0;
        for writer in writers {
            refused += writer.await.unwrap();
        }
        (refused, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_was_empty_at_first_is_believed_again() {
        let mut empty = Gauge::new(
            Rate {
                size: 800.0,
                refill: 40.0,
            },
            Instant::now(),
        );
        for _ in 0..800 {
            empty.take(Instant::now());
        }
        // At the documented rate it would be ten minutes.
        let (refused, took) = writes(6_400, "11999", empty).await;
        assert!(
            refused <= 40 && took < Duration::from_secs(280),
            "{refused} {took:?}"
        );
        // One that tells of more than one has refuses ever more seldom.
        let real = Gauge::new(Limits::arm().writes, Instant::now());
        let (refused, took) = writes(12_800, "11999", real).await;
        assert!(
            refused <= 16 * 8 && took < Duration::from_secs(1_500),
            "{refused} {took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_tells_only_what_all_have_left_hardly_refuses() {
        let rate = |size, refill| Rate { size, refill };
        let (refused, took) = six_hundred_writes("11999", rate(800.0, 40.0)).await;
        assert!(
            refused == 0 && took < Duration::from_secs(4),
            "{refused} {took:?}"
        );
        // It tells of more than one has: a burst, and then none.
        let (refused, took) = six_hundred_writes("11999", rate(200.0, 10.0)).await;
        assert!(
            refused <= 16 && took < Duration::from_secs(60),
            "{refused} {took:?}"
        );
        let (refused, _) = six_hundred_writes("2999", rate(200.0, 10.0)).await;
        assert!(refused <= 16, "{refused}");
        // Less than what is documented.
        let (refused, _) = six_hundred_writes("2999", rate(100.0, 4.0)).await;
        assert!(refused <= 60, "{refused}");
    }
}
