//! Whether a request is tried again, and after what time: a pure decision.

use std::time::Duration;

use super::class::{CLASSES, Class, class};
use crate::arm::error::Refusal;

/// How patient the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries at most, the first included.
    pub tries: u32,
    /// Tries at most while the service says it is busy.
    pub busy_tries: u32,
    /// Time at most, over all tries and waits, but for those for rate limits.
    pub total: Duration,
    /// Time at most that a workspace is waited for which was just made.
    pub young: Duration,
    /// Time at most that a request is held up by rate limits.
    pub throttled: Duration,
    /// First back-off; doubles from there.
    pub base: Duration,
    /// Longest back-off.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 8,
            busy_tries: 60,
            total: Duration::from_secs(300),
            young: Duration::from_secs(60),
            throttled: Duration::from_secs(1800),
            base: Duration::from_millis(100),
            cap: Duration::from_secs(10),
        }
    }
}

/// How one try ended, when it did not work.
#[derive(Debug, Clone)]
pub(in crate::arm) enum Outcome<'a> {
    /// The request can't be put into words, and never could.
    NotSent,
    /// No whole answer came.
    Broken,
    /// A whole answer came, and it is not one of the service.
    Garbled,
    /// The service said no.
    Refused(&'a Refusal),
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::arm) enum Verdict {
    /// Nothing: the error is the answer.
    GiveUp,
    /// Try again with a fresh token.
    FreshToken,
    /// Try again when it is one's turn; nobody goes before this time is over.
    Turn(Duration),
    /// Try again after a wait, for a reason.
    Again(Duration, &'static str),
}

/// What the tries of one request ran into so far.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::arm) struct Tally {
    counts: [u32; CLASSES],
    may_be_done: bool,
}

impl Tally {
    /// Whether one of the tries may have been carried out all the same.
    pub(in crate::arm) fn may_be_done(&self) -> bool {
        self.may_be_done
    }

    /// Counts a try, and tells how many ended like it.
    fn count(&mut self, class: Class, outcome: &Outcome<'_>) -> u32 {
        self.may_be_done |= match outcome {
            Outcome::NotSent => false,
            Outcome::Broken | Outcome::Garbled => true,
            Outcome::Refused(refusal) => matches!(refusal.status, 408 | 500..),
        };
        self.counts[class as usize] += 1;
        self.counts[class as usize]
    }
}

/// The try that just ended.
#[derive(Debug, Clone)]
pub(in crate::arm) struct Try<'a> {
    /// The request's method.
    pub(in crate::arm) method: &'a str,
    /// Time since the first one began, without what limits held up.
    pub(in crate::arm) spent: Duration,
    /// Time that limits held it up.
    pub(in crate::arm) held: Duration,
    /// How it ended.
    pub(in crate::arm) outcome: Outcome<'a>,
    /// What Retry-After said.
    pub(in crate::arm) asked: Option<Duration>,
    /// The request had an If-Match of its own: then a 412 is the answer.
    pub(in crate::arm) conditional: bool,
    /// A number from 0 to 1.
    pub(in crate::arm) jitter: f64,
}

/// Decides. Each class has a count of its own, so that a long wait for a busy
/// API leaves the tries for other trouble untouched.
pub(in crate::arm) fn decide(policy: &RetryPolicy, tally: &mut Tally, ended: &Try<'_>) -> Verdict {
    let (class, reason) = match &ended.outcome {
        Outcome::NotSent => (Class::Final, ""),
        Outcome::Broken => (Class::Passing, "the connection broke"),
        // A proxy's page passes soon, or stays until somebody signs in.
        Outcome::Garbled => (Class::Doubtful, "the answer was not the service's"),
        Outcome::Refused(refusal) => class(ended.method, refusal, ended.conditional),
    };
    let attempt = tally.count(class, &ended.outcome);
    let (most, cap, spent, total) = match class {
        Class::Final => return Verdict::GiveUp,
        // The fresh one may have served other requests to its end by now.
        Class::Token if attempt <= 2 => return Verdict::FreshToken,
        Class::Token => return Verdict::GiveUp,
        Class::Throttled => (policy.busy_tries, policy.cap, ended.held, policy.throttled),
        Class::Busy => {
            let cap = policy.cap.min(Duration::from_secs(2));
            (policy.busy_tries, cap, ended.spent, policy.total)
        }
        Class::Passing => (policy.tries, policy.cap, ended.spent, policy.total),
        Class::Doubtful => (policy.tries.min(4), policy.cap, ended.spent, policy.total),
        Class::Young => {
            let total = policy.young.min(policy.total);
            (policy.busy_tries, policy.cap, ended.spent, total)
        }
    };
    let doubled = policy
        .base
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(cap);
    let spread = doubled.mul_f64(0.5 + 0.5 * ended.jitter.clamp(0.0, 1.0));
    let wait = ended.asked.map_or(spread, |asked| asked.max(spread));
    if attempt >= most || spent + wait > total {
        return Verdict::GiveUp;
    }
    match class {
        // Without a word of when, ARM's buckets have a token after a second.
        Class::Throttled if ended.asked.is_none() => {
            Verdict::Turn(wait.max(Duration::from_secs(1)))
        }
        Class::Throttled => Verdict::Turn(wait),
        _ => Verdict::Again(wait, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str, message: &str) -> Refusal {
        Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            ..Refusal::default()
        }
    }

    fn ended<'a>(method: &'a str, outcome: Outcome<'a>) -> Try<'a> {
        Try {
            method,
            spent: Duration::ZERO,
            held: Duration::ZERO,
            outcome,
            asked: None,
            conditional: false,
            jitter: 1.0,
        }
    }

    /// The waits of a request that always ends like this, up to its end; its
    /// clock runs by the waits alone.
    fn waits(last: &Try<'_>) -> Vec<Duration> {
        let policy = RetryPolicy::default();
        let (mut tally, mut last) = (Tally::default(), last.clone());
        let mut waits = Vec::new();
        loop {
            match decide(&policy, &mut tally, &last) {
                Verdict::Again(wait, reason) => {
                    assert!(!reason.is_empty());
                    last.spent += wait;
                    waits.push(wait);
                }
                Verdict::Turn(wait) => {
                    last.held += wait;
                    waits.push(wait);
                }
                Verdict::GiveUp => return waits,
                Verdict::FreshToken => panic!("a token has no wait"),
            }
        }
    }

    fn millis(waits: &[Duration]) -> Vec<u128> {
        waits.iter().map(Duration::as_millis).collect()
    }

    #[test]
    fn waits_double_up_to_their_cap_and_end() {
        let down = refusal(503, "", "");
        let down = ended("GET", Outcome::Refused(&down));
        let all = [100, 200, 400, 800, 1600, 3200, 6400];
        assert_eq!(millis(&waits(&down)), all);
        assert_eq!(millis(&waits(&ended("GET", Outcome::Broken))), all);
        let garbled = ended("GET", Outcome::Garbled);
        assert_eq!(millis(&waits(&garbled)), [100, 200, 400]);
        let half = Try {
            jitter: 0.0,
            ..garbled
        };
        assert_eq!(millis(&waits(&half)), [50, 100, 200]);
        // A number that is none of 0 to 1 does no harm.
        let (low, high) = (
            Try {
                jitter: -9.0,
                ..half.clone()
            },
            Try {
                jitter: 9.0,
                ..half
            },
        );
        assert_eq!(millis(&waits(&low)), [50, 100, 200]);
        assert_eq!(millis(&waits(&high)), [100, 200, 400]);
    }

    #[test]
    fn what_the_service_asks_for_is_obeyed_and_never_shortens_a_wait() {
        let down = refusal(503, "", "");
        let asked = |seconds: u64| Try {
            asked: Some(Duration::from_secs(seconds)),
            ..ended("GET", Outcome::Refused(&down))
        };
        assert_eq!(millis(&waits(&asked(7))), [7000; 7]);
        assert_eq!(millis(&waits(&asked(0)))[..3], [100, 200, 400]);
        // 300 s in all, and no wait that can't be ended.
        assert_eq!(waits(&asked(100)).len(), 3);
        assert_eq!(waits(&asked(300)).len(), 1);
        assert_eq!(waits(&asked(301)).len(), 0);
    }

    #[test]
    fn what_is_busy_is_asked_often_and_what_is_young_for_a_minute() {
        let busy = refusal(409, "Conflict", "Operation on the API is in progress");
        let busy = waits(&ended("PUT", Outcome::Refused(&busy)));
        assert_eq!(busy.len(), 59);
        assert_eq!(busy.iter().max(), Some(&Duration::from_secs(2)));
        let young = refusal(404, "ResourceNotFound", "Workspace not found.");
        let young = waits(&ended("PUT", Outcome::Refused(&young)));
        let all: Duration = young.iter().sum();
        assert!(
            all > Duration::from_secs(45) && all <= Duration::from_secs(60),
            "{all:?}"
        );
        assert_eq!(young.iter().max(), Some(&Duration::from_secs(10)));
        let impatient = RetryPolicy {
            total: Duration::from_secs(5),
            ..RetryPolicy::default()
        };
        let young = refusal(404, "", "Workspace not found.");
        let late = Try {
            spent: Duration::from_secs(5),
            ..ended("PUT", Outcome::Refused(&young))
        };
        let verdict = decide(&impatient, &mut Tally::default(), &late);
        assert_eq!(verdict, Verdict::GiveUp);
    }

    #[test]
    fn being_throttled_has_a_patience_of_its_own() {
        let no = refusal(429, "", "");
        let throttled = |asked: Option<u64>| Try {
            asked: asked.map(Duration::from_secs),
            ..ended("PUT", Outcome::Refused(&no))
        };
        // Longer than any other trouble is waited for.
        assert_eq!(millis(&waits(&throttled(Some(400)))), [400_000; 4]);
        assert_eq!(waits(&throttled(Some(1800))).len(), 1);
        assert_eq!(waits(&throttled(Some(1801))).len(), 0);
        // Time spent on other trouble does not count.
        let late = Try {
            spent: Duration::from_secs(299),
            ..throttled(Some(400))
        };
        assert_eq!(waits(&late).len(), 4);
        // Without a word of when, a token takes a second.
        let unasked = waits(&throttled(None));
        assert_eq!(millis(&unasked)[..5], [1000, 1000, 1000, 1000, 1600]);
        assert_eq!(unasked.len(), 59);
        assert_eq!(millis(&waits(&throttled(Some(0))))[..2], [100, 200]);
    }

    #[test]
    fn being_busy_uses_up_no_other_tries() {
        let policy = RetryPolicy::default();
        let mut tally = Tally::default();
        let mut meet = |r: &Refusal| {
            let last = ended("PUT", Outcome::Refused(r));
            (decide(&policy, &mut tally, &last), tally.may_be_done())
        };
        let busy = refusal(409, "Conflict", "Operation on the API is in progress");
        for _ in 0..20 {
            let (verdict, may_be_done) = meet(&busy);
            assert!(matches!(verdict, Verdict::Again(..)) && !may_be_done);
        }
        // A token may end while the request waits.
        assert_eq!(meet(&refusal(401, "", "")).0, Verdict::FreshToken);
        let (verdict, may_be_done) = meet(&refusal(503, "", ""));
        assert_eq!(
            verdict,
            Verdict::Again(policy.base, "the service has trouble")
        );
        assert!(may_be_done);
        assert_eq!(meet(&refusal(401, "", "")).0, Verdict::FreshToken);
        assert_eq!(meet(&refusal(401, "", "")).0, Verdict::GiveUp);
    }

    #[test]
    fn what_was_answered_with_trouble_may_be_done() {
        let after = |outcome: Outcome<'_>| {
            let mut tally = Tally::default();
            decide(&RetryPolicy::default(), &mut tally, &ended("PUT", outcome));
            tally.may_be_done()
        };
        assert!(after(Outcome::Broken) && after(Outcome::Garbled));
        assert!(!after(Outcome::NotSent));
        for (status, expected) in [
            (408, true),
            (500, true),
            (504, true),
            (401, false),
            (404, false),
            (409, false),
            (412, false),
            (429, false),
        ] {
            let r = refusal(status, "", "");
            assert_eq!(after(Outcome::Refused(&r)), expected, "{status}");
        }
    }

    #[test]
    fn what_was_never_sent_is_not_sent_again() {
        assert_eq!(waits(&ended("GET", Outcome::NotSent)).len(), 0);
        let no = refusal(400, "ValidationError", "");
        assert_eq!(waits(&ended("PUT", Outcome::Refused(&no))).len(), 0);
    }

    #[test]
    fn a_condition_of_our_own_is_not_tried_again() {
        let r = refusal(412, "PreconditionFailed", "");
        let last = ended("DELETE", Outcome::Refused(&r));
        assert_eq!(waits(&last).len(), 59);
        let conditional = Try {
            conditional: true,
            ..last
        };
        assert_eq!(waits(&conditional).len(), 0);
    }
}
