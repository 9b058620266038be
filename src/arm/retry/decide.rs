//! Whether a request is tried again, and after what time: a pure decision.

use std::time::Duration;

use crate::arm::error::Refusal;
use crate::arm::limits::RETRY_AFTER;

/// How patient the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries at most, the first included.
    pub tries: u32,
    /// Tries at most while the service says it is busy.
    pub busy_tries: u32,
    /// Time at most, over all tries and waits.
    pub total: Duration,
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
    /// Try again after a wait, for a reason.
    Again(Duration, &'static str),
}

/// What the tries of one request ran into so far.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::arm) struct Tally {
    counts: [u32; 6],
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

/// Kinds of refusals, by what trying again can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Final,
    Token,
    Throttled,
    /// Somebody else writes: passes by itself within seconds.
    Busy,
    /// Trouble of the service.
    Passing,
    /// Trouble that is often not passing at all.
    Doubtful,
}

fn class(method: &str, refusal: &Refusal) -> (Class, &'static str) {
    let is_write = matches!(method, "PUT" | "DELETE");
    match refusal.status {
        401 => (Class::Token, "the token was not taken"),
        429 => (Class::Throttled, "throttled"),
        408 | 502..=504 => (Class::Passing, "the service has trouble"),
        // Also the lasting answer for what a scope or tier lacks.
        500 if refusal.says("Request processing failed due to internal error") => {
            (Class::Doubtful, "the service has trouble")
        }
        500..=599 => (Class::Passing, "the service has trouble"),
        409 | 422 if refusal.says("ManagementApiRequestFailed") => {
            (Class::Busy, "the service is busy")
        }
        409 if refusal.says("Link already exists") => (Class::Final, ""),
        409 if refusal.says("in progress")
            || refusal.says("PessimisticConcurrencyConflict")
            || refusal.says("being updated")
            || refusal.says("InSucceededState") =>
        {
            (Class::Busy, "the API is busy")
        }
        409 if refusal.says("IdentifierAlreadyInUse")
            || refusal.says("Resource already exists") =>
        {
            (Class::Doubtful, "somebody else makes the same thing")
        }
        409 if refusal.code == "Conflict" => (Class::Doubtful, "a conflict"),
        // Shown for two writers at once even where no condition was sent.
        412 if is_write => (Class::Doubtful, "somebody else writes"),
        // A parent that was reported created can be missing for a moment.
        404 if method == "PUT"
            && refusal.code != "SubscriptionNotFound"
            && refusal.code != "ResourceGroupNotFound" =>
        {
            (Class::Doubtful, "what it stands below is not there yet")
        }
        _ => (Class::Final, ""),
    }
}

/// The try that just ended.
#[derive(Debug, Clone)]
pub(in crate::arm) struct Try<'a> {
    /// The request's method.
    pub(in crate::arm) method: &'a str,
    /// Time since the first one began.
    pub(in crate::arm) spent: Duration,
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
    let Try {
        method,
        spent,
        asked,
        jitter,
        ..
    } = *ended;
    let (class, reason) = match &ended.outcome {
        Outcome::NotSent => (Class::Final, ""),
        Outcome::Broken => (Class::Passing, "the connection broke"),
        // A proxy's page passes soon, or stays until somebody signs in.
        Outcome::Garbled => (Class::Doubtful, "the answer was not the service's"),
        Outcome::Refused(r) if r.status == 412 && ended.conditional => (Class::Final, ""),
        Outcome::Refused(refusal) => class(method, refusal),
    };
    let attempt = tally.count(class, &ended.outcome);
    let most = match class {
        Class::Final => return Verdict::GiveUp,
        // The fresh one may have served other requests to its end by now.
        Class::Token if attempt <= 2 => return Verdict::FreshToken,
        Class::Token => return Verdict::GiveUp,
        Class::Throttled | Class::Busy => policy.busy_tries,
        Class::Passing => policy.tries,
        Class::Doubtful => policy.tries.min(4),
    };
    let cap = match class {
        Class::Busy => policy.cap.min(Duration::from_secs(2)),
        _ => policy.cap,
    };
    let doubled = policy
        .base
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(cap);
    let spread = doubled.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
    let wait = asked.map_or(spread, |asked| asked.max(spread));
    if attempt >= most || spent + wait > policy.total {
        return Verdict::GiveUp;
    }
    Verdict::Again(wait, reason)
}

/// Reads Retry-After: seconds, or an HTTP date relative to `now`.
pub(in crate::arm) fn retry_after(value: &str, now: time::OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER));
    }
    let wait = (http_date(value)? - now).max(time::Duration::ZERO);
    Some(wait.unsigned_abs().min(RETRY_AFTER))
}

/// Reads an HTTP date.
pub(in crate::arm) fn http_date(value: &str) -> Option<time::OffsetDateTime> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = time::PrimitiveDateTime::parse(value.trim(), format).ok()?;
    Some(date.assume_utc())
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
            outcome,
            asked: None,
            conditional: false,
            jitter: 1.0,
        }
    }

    fn first(method: &str, r: &Refusal) -> Verdict {
        let last = ended(method, Outcome::Refused(r));
        decide(&RetryPolicy::default(), &mut Tally::default(), &last)
    }

    #[test]
    fn what_can_pass_is_tried_again_and_what_cannot_is_not() {
        let again = [
            ("GET", 408, "", ""),
            ("GET", 429, "TooManyRequests", ""),
            ("PUT", 500, "", ""),
            ("PUT", 503, "", ""),
            (
                "PUT",
                409,
                "Conflict",
                "Operation on the API is in progress",
            ),
            ("PUT", 409, "PessimisticConcurrencyConflict", ""),
            ("PUT", 422, "ManagementApiRequestFailed", ""),
            ("PUT", 409, "IdentifierAlreadyInUse", ""),
            ("PUT", 412, "PreconditionFailed", ""),
            ("PUT", 404, "ResourceNotFound", "Api not found."),
        ];
        for (method, status, code, message) in again {
            let verdict = first(method, &refusal(status, code, message));
            assert!(
                matches!(verdict, Verdict::Again(..)),
                "{method} {status} {code}: {verdict:?}"
            );
        }
        let never = [
            ("PUT", 400, "ValidationError", ""),
            ("GET", 403, "AuthorizationFailed", ""),
            ("GET", 404, "ResourceNotFound", ""),
            (
                "PUT",
                409,
                "Conflict",
                "Link already exists between specified Product and Api.",
            ),
            ("PUT", 413, "", ""),
        ];
        for (method, status, code, message) in never {
            assert_eq!(
                first(method, &refusal(status, code, message)),
                Verdict::GiveUp,
                "{method} {status}"
            );
        }
        assert_eq!(first("GET", &refusal(401, "", "")), Verdict::FreshToken);
    }

    #[test]
    fn waits_double_obey_the_service_and_end() {
        let policy = RetryPolicy::default();
        let r = refusal(503, "", "");
        let at = |count, asked| {
            let last = Try {
                asked,
                ..ended("GET", Outcome::Refused(&r))
            };
            let mut tally = Tally::default();
            for _ in 1..count {
                decide(&policy, &mut tally, &last);
            }
            decide(&policy, &mut tally, &last)
        };
        let wait = |v: Verdict| match v {
            Verdict::Again(wait, _) => wait,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(at(1, None)), Duration::from_millis(100));
        assert_eq!(wait(at(3, None)), Duration::from_millis(400));
        assert_eq!(
            wait(at(1, Some(Duration::from_secs(7)))),
            Duration::from_secs(7)
        );
        assert_eq!(at(8, None), Verdict::GiveUp);
        let late = Try {
            spent: policy.total,
            ..ended("GET", Outcome::Broken)
        };
        let late = decide(&policy, &mut Tally::default(), &late);
        assert_eq!(late, Verdict::GiveUp);
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
    fn what_was_never_sent_is_not_sent_again() {
        let mut tally = Tally::default();
        let last = ended("GET", Outcome::NotSent);
        let verdict = decide(&RetryPolicy::default(), &mut tally, &last);
        assert_eq!((verdict, tally.may_be_done()), (Verdict::GiveUp, false));
    }

    #[test]
    fn a_condition_of_our_own_is_not_tried_again() {
        let policy = RetryPolicy::default();
        let r = refusal(412, "PreconditionFailed", "");
        let last = Try {
            conditional: true,
            ..ended("DELETE", Outcome::Refused(&r))
        };
        let verdict = decide(&policy, &mut Tally::default(), &last);
        assert_eq!(verdict, Verdict::GiveUp);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = time::macros::datetime!(2026-11-24 10:00:00 UTC);
        assert_eq!(retry_after("17", now), Some(Duration::from_secs(17)));
        assert_eq!(
            retry_after("Tue, 24 Nov 2026 10:00:30 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            retry_after("Tue, 24 Nov 2026 09:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
        for year in [
            "31536000",
            "18446744073709551615",
            "Wed, 24 Nov 2027 10:00:00 GMT",
        ] {
            assert_eq!(retry_after(year, now), Some(RETRY_AFTER));
        }
    }
}
