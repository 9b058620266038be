//! ARM's token buckets: one each for reads, writes and deletes.

use tokio::time::Instant;

use super::reply::Refusal;

/// Which bucket a request is charged to. POST is a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charge {
    Read,
    Write,
    Delete,
}

impl Charge {
    pub(super) fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Self::Read,
            "DELETE" => Self::Delete,
            _ => Self::Write,
        }
    }

    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Read => "x-ms-ratelimit-remaining-subscription-reads",
            Self::Write => "x-ms-ratelimit-remaining-subscription-writes",
            Self::Delete => "x-ms-ratelimit-remaining-subscription-deletes",
        }
    }

    fn size_and_refill(self) -> (f64, f64) {
        match self {
            Self::Read => (250.0, 25.0),
            Self::Write | Self::Delete => (200.0, 10.0),
        }
    }
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

/// The three buckets of one subscription and principal.
#[derive(Debug)]
pub(super) struct Buckets([Bucket; 3]);

impl Buckets {
    pub(super) fn new(now: Instant) -> Self {
        Self(
            [Charge::Read, Charge::Write, Charge::Delete].map(|charge| Bucket {
                level: charge.size_and_refill().0,
                at: now,
            }),
        )
    }

    /// Takes one token and returns how many are left.
    pub(super) fn take(&mut self, charge: Charge, now: Instant) -> Result<u64, Refusal> {
        let (size, refill) = charge.size_and_refill();
        let bucket = &mut self.0[charge as usize];
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + passed * refill).min(size);
        bucket.at = now;
        if bucket.level < 1.0 {
            let wait = ((1.0 - bucket.level) / refill).ceil().max(1.0);
            let mut refusal = Refusal::arm(
                429,
                "SubscriptionRequestsThrottled",
                "Number of requests for the subscription and the principal exceeded the limit. Please try again after the time in Retry-After.",
            );
            refusal.retry_after = Some(whole(wait));
            return Err(refusal);
        }
        bucket.level -= 1.0;
        Ok(whole(bucket.level))
    }
}

fn whole(number: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "levels and waits are small and positive"
    )]
    let number = number as u64;
    number
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_refills() {
        let mut buckets = Buckets::new(Instant::now());
        for left in (0..200).rev() {
            assert_eq!(buckets.take(Charge::Write, Instant::now()), Ok(left));
        }
        let refusal = buckets.take(Charge::Write, Instant::now()).unwrap_err();
        assert_eq!((refusal.status, refusal.retry_after), (429, Some(1)));
        assert_eq!(buckets.take(Charge::Read, Instant::now()), Ok(249));
        tokio::time::advance(Duration::from_millis(1_050)).await;
        assert_eq!(buckets.take(Charge::Write, Instant::now()), Ok(9));
    }
}
