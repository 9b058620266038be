//! ARM's token buckets: one each for reads, writes and deletes.

use tokio::time::Instant;

use crate::sandbox::http::reply::Refusal;

/// Which bucket a request is charged to. POST is a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charge {
    Read,
    Write,
    Delete,
}

impl Charge {
    pub(crate) fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Self::Read,
            "DELETE" => Self::Delete,
            _ => Self::Write,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }

    fn header(self, limits: ArmLimits) -> &'static str {
        match (self, limits) {
            (Self::Read, ArmLimits::Documented) => "x-ms-ratelimit-remaining-subscription-reads",
            (Self::Write, ArmLimits::Documented) => "x-ms-ratelimit-remaining-subscription-writes",
            (Self::Delete, ArmLimits::Documented) => {
                "x-ms-ratelimit-remaining-subscription-deletes"
            }
            (Self::Read, ArmLimits::Recorded) => {
                "x-ms-ratelimit-remaining-subscription-global-reads"
            }
            (Self::Write, ArmLimits::Recorded) => {
                "x-ms-ratelimit-remaining-subscription-global-writes"
            }
            (Self::Delete, ArmLimits::Recorded) => {
                "x-ms-ratelimit-remaining-subscription-global-deletes"
            }
        }
    }

    fn size_and_refill(self, limits: ArmLimits) -> (f64, f64) {
        match (self, limits) {
            (Self::Read, ArmLimits::Documented) => (250.0, 25.0),
            (_, ArmLimits::Documented) => (200.0, 10.0),
            (Self::Read, ArmLimits::Recorded) => (1_100.0, 110.0),
            (_, ArmLimits::Recorded) => (800.0, 40.0),
        }
    }
}

/// Which of ARM's limits apply, and how they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArmLimits {
    /// Told of all principals of the subscription together, a fifteenth of
    /// which is one principal's: 1,100 reads, 800 writes, 800 deletes.
    Recorded,
    /// Told of the caller: 250 reads, 200 writes, 200 deletes.
    Documented,
}

/// A header, and what it says.
pub(crate) type Remaining = (&'static str, u64);

#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

/// The three buckets of one subscription and principal.
#[derive(Debug)]
pub(crate) struct Buckets {
    limits: ArmLimits,
    buckets: [Bucket; 3],
}

impl Buckets {
    pub(crate) fn new(limits: ArmLimits, now: Instant) -> Self {
        let buckets = [Charge::Read, Charge::Write, Charge::Delete].map(|charge| Bucket {
            level: charge.size_and_refill(limits).0,
            at: now,
        });
        Self { limits, buckets }
    }

    /// Takes one token; tells how many are left, and refuses when there was none.
    pub(crate) fn take(&mut self, charge: Charge, now: Instant) -> (Remaining, Option<Refusal>) {
        let (size, refill) = charge.size_and_refill(self.limits);
        // The others of the subscription use nothing of theirs.
        let others = match self.limits {
            ArmLimits::Documented => 0.0,
            ArmLimits::Recorded => 14.0 * size,
        };
        let header = charge.header(self.limits);
        let bucket = &mut self.buckets[charge as usize];
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + passed * refill).min(size);
        bucket.at = now;
        if bucket.level < 1.0 {
            let wait = ((1.0 - bucket.level) / refill).ceil().max(1.0);
            let mut refusal = Refusal::arm(
                429,
                "SubscriptionRequestsThrottled",
                format!(
                    "Number of '{}' requests for subscription actor 'sandbox' exceeded. Please try again after '{wait}' seconds after additional tokens are available.",
                    charge.word()
                ),
            );
            refusal.retry_after = Some(whole(wait));
            return ((header, whole(others)), Some(refusal));
        }
        bucket.level -= 1.0;
        ((header, whole(others + bucket.level)), None)
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

    fn left(buckets: &mut Buckets, charge: Charge) -> Result<u64, Refusal> {
        let ((_, left), refusal) = buckets.take(charge, Instant::now());
        refusal.map_or(Ok(left), Err)
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_refills() {
        let mut buckets = Buckets::new(ArmLimits::Documented, Instant::now());
        for remaining in (0..200).rev() {
            assert_eq!(left(&mut buckets, Charge::Write), Ok(remaining));
        }
        let refusal = left(&mut buckets, Charge::Write).unwrap_err();
        assert_eq!((refusal.status, refusal.retry_after), (429, Some(1)));
        assert!(refusal.message.starts_with("Number of 'write' requests"));
        assert_eq!(left(&mut buckets, Charge::Read), Ok(249));
        tokio::time::advance(Duration::from_millis(1_050)).await;
        assert_eq!(left(&mut buckets, Charge::Write), Ok(9));
    }

    #[tokio::test(start_paused = true)]
    async fn what_all_of_the_subscription_have_left_is_fifteen_times_a_bucket() {
        let mut buckets = Buckets::new(ArmLimits::Recorded, Instant::now());
        let (first, _) = buckets.take(Charge::Read, Instant::now());
        let header = "x-ms-ratelimit-remaining-subscription-global-reads";
        assert_eq!(first, (header, 16_499));
        for _ in 0..800 {
            assert!(left(&mut buckets, Charge::Write).is_ok());
        }
        let (told, refusal) = buckets.take(Charge::Write, Instant::now());
        assert_eq!((told.1, refusal.unwrap().status), (11_200, 429));
    }
}
