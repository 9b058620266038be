//! One token bucket: pure arithmetic over a clock that is handed in.

use std::time::Duration;

use tokio::time::Instant;

use super::rate::{Left, Rate};

/// All principals of a subscription together have so many times the bucket of
/// one; source: ARM's documentation of its limits.
const PRINCIPALS: f64 = 15.0;

/// Refusals that come closer together are of one burst.
const BURST: Duration = Duration::from_secs(2);

/// Requests per second that are left however often ARM refuses.
const SLOWEST: f64 = 1.0;

/// How long ARM must not have refused before more than what is documented is
/// believed again; twice as long after each further refusal, up to sixteen times.
const CALM: Duration = Duration::from_secs(60);

/// A bucket as it is thought to stand at ARM.
#[derive(Debug, Clone)]
pub(super) struct Gauge {
    documented: Rate,
    rate: Rate,
    /// May be negative: then that many requests wait for their turn.
    tokens: f64,
    at: Instant,
    /// Nothing goes before this.
    closed_until: Instant,
    /// The end of the last refusal that still counts.
    refused: Option<Instant>,
    /// Bursts of refusals so far.
    bursts: u32,
}

impl Gauge {
    /// A full bucket of the documented size.
    pub(super) fn new(documented: Rate, now: Instant) -> Self {
        Self {
            documented,
            rate: documented,
            tokens: documented.size,
            at: now,
            closed_until: now,
            refused: None,
            bursts: 0,
        }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate.refill).min(self.rate.size);
        self.at = self.at.max(now);
    }

    /// Takes one and tells how long to wait for it.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        let owed = match self.tokens < 0.0 {
            true => Duration::from_secs_f64(-self.tokens / self.rate.refill.max(0.001)),
            false => Duration::ZERO,
        };
        owed.max(self.closed_for(now))
    }

    /// Its size and refill, as they are thought to be.
    pub(super) fn rate(&self) -> Rate {
        self.rate
    }

    /// How long the bucket is closed still.
    pub(super) fn closed_for(&self, now: Instant) -> Duration {
        self.closed_until.saturating_duration_since(now)
    }

    /// Learns from what ARM says is left.
    ///
    /// Downwards always. Upwards only from what is left for all, of which one
    /// principal has its part: so a bucket that is larger than the documented
    /// one shows; after a refusal, only when there was none for a while. What is left
    /// for oneself never raises: answers come from
    /// several front ends, and older ones count by the hour in thousands.
    pub(super) fn learn(&mut self, left: Left, now: Instant) {
        self.refill(now);
        self.recover(now);
        let (Left::Own(most) | Left::All(most)) = left;
        if let Left::All(all) = left
            && self.refused.is_none()
            && all / PRINCIPALS > self.rate.size
        {
            let size = all / PRINCIPALS;
            // Where it was refused before, what is in it now is not known.
            if self.bursts == 0 {
                self.tokens += size - self.rate.size;
            }
            self.rate = Rate {
                size,
                refill: size * self.documented.refill / self.documented.size.max(1.0),
            };
        }
        self.tokens = self.tokens.min(most);
    }

    /// Takes back one step of what refusals did, when there was none for a while.
    fn recover(&mut self, now: Instant) {
        let calm = CALM * (1 << self.bursts.saturating_sub(1).min(4));
        let Some(at) = self.refused else { return };
        if now.saturating_duration_since(at) < calm {
            return;
        }
        self.refused = match self.rate.refill < self.documented.refill {
            true => Some(now),
            false => None,
        };
        self.rate.refill = self.rate.refill.max(self.documented.refill);
    }

    /// Learns from a 429: the bucket was smaller than thought. It falls back to
    /// the documented one, and where that is too much as well, below it.
    pub(super) fn refuse(&mut self, wait: Duration, now: Instant) {
        self.refill(now);
        self.closed_until = self.closed_until.max(now + wait);
        self.tokens = self.tokens.min(0.0);
        let burst = |at: Instant| now.saturating_duration_since(at) < BURST;
        match self.refused {
            None => self.rate = self.documented,
            Some(at) if burst(at) => return,
            Some(_) => {
                let least = SLOWEST.min(self.documented.refill);
                self.rate.refill = (self.rate.refill / 2.0).max(least);
            }
        }
        self.bursts += 1;
        // What comes of this one is still of it.
        self.refused = Some(now + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITES: Rate = Rate {
        size: 200.0,
        refill: 10.0,
    };

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn drained(state: &mut Gauge, now: Instant) -> usize {
        (0..).take_while(|_| state.take(now).is_zero()).count()
    }

    #[test]
    fn a_full_bucket_goes_at_once_and_then_by_its_refill() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        assert_eq!(drained(&mut state, now), 200);
        // The one that ended the count waits already.
        assert_eq!(state.take(now), secs(0.2));
        assert_eq!(state.take(now), secs(0.3));
        assert_eq!(state.take(now + secs(1.0)), Duration::ZERO);
        // It never holds more than fits.
        let late = now + secs(1e6);
        assert_eq!(drained(&mut state, late), 200);
        // A clock that goes back gives nothing.
        assert!(state.take(now) > Duration::ZERO);
        assert!(state.take(late) > Duration::ZERO);
    }

    #[test]
    fn what_is_left_for_all_shows_a_larger_bucket() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        state.learn(Left::All(12_000.0), now);
        assert_eq!((state.rate.size, state.rate.refill), (800.0, 40.0));
        assert_eq!(drained(&mut state, now), 800);
        assert_eq!(state.take(now), secs(2.0 / 40.0));
        // Others use it up: less is left, and the bucket is no smaller.
        state.learn(Left::All(9_000.0), now + secs(60.0));
        assert_eq!(state.rate.size, 800.0);
        // The largest counts.
        state.learn(Left::All(15_000.0), now + secs(60.0));
        assert_eq!((state.rate.size, state.rate.refill), (1000.0, 50.0));

        let mut small = Gauge::new(WRITES, now);
        small.learn(Left::All(2_999.0), now);
        assert_eq!(small.rate, WRITES);
        small.learn(Left::All(3_000.0), now);
        assert_eq!(small.rate, WRITES);
    }

    #[test]
    fn what_is_left_corrects_downwards_and_for_oneself_never_upwards() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        state.learn(Left::Own(11_999.0), now);
        assert_eq!(state.rate, WRITES);
        state.learn(Left::Own(3.0), now);
        assert_eq!(drained(&mut state, now), 3);
        let mut state = Gauge::new(WRITES, now);
        state.learn(Left::All(2.0), now);
        assert_eq!(drained(&mut state, now), 2);
    }

    #[test]
    fn a_refusal_closes_empties_and_falls_back() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        state.learn(Left::All(12_000.0), now);
        state.refuse(secs(5.0), now);
        assert_eq!(state.rate, WRITES);
        assert_eq!(state.closed_for(now + secs(1.0)), secs(4.0));
        assert_eq!(state.take(now), secs(5.0));
        // A shorter wait opens nothing, and those of one burst count once.
        state.refuse(secs(1.0), now + secs(0.1));
        assert_eq!(state.closed_for(now), secs(5.0));
        assert_eq!(state.rate, WRITES);
        // No header raises it any more.
        state.learn(Left::All(12_000.0), now);
        assert_eq!(state.rate, WRITES);
        // What is refused once more was too fast: slower, and never none.
        state.refuse(secs(1.0), now + secs(7.0));
        assert_eq!(state.rate.refill, 5.0);
        state.refuse(secs(1.0), now + secs(9.9));
        assert_eq!(state.rate.refill, 5.0);
        for minute in 1..9 {
            state.refuse(secs(1.0), now + secs(60.0 * f64::from(minute)));
        }
        assert_eq!(state.rate.refill, 1.0);
        let debt = state.take(now + secs(481.0));
        assert!(debt <= secs(1.0), "{debt:?}");
    }

    #[test]
    fn what_is_not_refused_for_a_while_learns_again() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        let all = Left::All(12_000.0);
        let learned = Rate {
            size: 800.0,
            refill: 40.0,
        };
        state.learn(all, now);
        state.refuse(secs(1.0), now);
        state.learn(all, now + secs(60.0));
        assert_eq!(state.rate, WRITES);
        // What is in it is not known: no more than before.
        state.learn(all, now + secs(61.5));
        assert_eq!(state.rate, learned);
        assert_eq!(drained(&mut state, now + secs(61.5)), 200);
        // The next time it takes twice as long, and from below one step more.
        let then = now + secs(100.0);
        state.refuse(secs(0.0), then);
        state.refuse(secs(0.0), then + secs(3.0));
        assert_eq!(state.rate.refill, 5.0);
        for (after, refill) in [(242.0, 5.0), (244.0, 10.0), (483.0, 10.0), (485.0, 40.0)] {
            state.learn(all, then + secs(after));
            assert_eq!(state.rate.refill, refill, "{after}");
        }
    }

    #[test]
    fn a_bucket_that_owes_turns_still_owes_them_after_a_refusal() {
        let now = Instant::now();
        let mut state = Gauge::new(WRITES, now);
        for _ in 0..210 {
            state.take(now);
        }
        state.refuse(Duration::ZERO, now);
        assert_eq!(state.take(now), secs(1.1));
    }
}
