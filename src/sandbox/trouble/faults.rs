//! Faults: what can go wrong between the service and its caller.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;

use crate::sandbox::access::bearer::EXPIRED;
use crate::sandbox::http::reply::{Body, Refusal, Reply};

/// One way in which a request can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 500 before anything is done.
    Internal,
    /// 503 before anything is done.
    Unavailable,
    /// 503 although the request was carried out.
    UnavailableAfterCommit,
    /// 504 although the request was carried out.
    TimeoutAfterCommit,
    /// 429 with a `Retry-After` of one second.
    Throttled,
    /// 429 with a `Retry-After` that is a date, one to two seconds away.
    ThrottledUntil,
    /// The connection breaks before anything is done.
    Reset,
    /// The connection breaks although the request was carried out.
    ResetAfterCommit,
    /// 409 "Operation on the API is in progress", for writes.
    Busy,
    /// 412 without a stale ETag, for writes.
    Stale,
    /// 422 `ManagementApiRequestFailed`, for writes.
    Failed,
    /// The answer's body ends in the middle.
    Truncated,
    /// The request is carried out, and the answer's body is no JSON.
    Garbled,
    /// 502 with a page of HTML.
    Html,
    /// The answer takes 300 ms longer.
    Slow,
    /// 401 `ExpiredAuthenticationToken`.
    Expired,
    /// A long-running request is carried out, and polling it never ends.
    OperationStuck,
    /// A long-running request is accepted and not carried out, which its poll
    /// says.
    OperationFailed,
}

const NAMES: &[(&str, Fault)] = &[
    ("401", Fault::Expired),
    ("409-busy", Fault::Busy),
    ("412", Fault::Stale),
    ("422", Fault::Failed),
    ("429", Fault::Throttled),
    ("429-date", Fault::ThrottledUntil),
    ("500", Fault::Internal),
    ("503", Fault::Unavailable),
    ("503-after-commit", Fault::UnavailableAfterCommit),
    ("html", Fault::Html),
    ("not-json", Fault::Garbled),
    ("operation-failed", Fault::OperationFailed),
    ("operation-stuck", Fault::OperationStuck),
    ("reset", Fault::Reset),
    ("reset-after-commit", Fault::ResetAfterCommit),
    ("slow", Fault::Slow),
    ("timeout-after-commit", Fault::TimeoutAfterCommit),
    ("truncated", Fault::Truncated),
];

/// Which faults happen, and how often: `500:0.05,reset:0.02`.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSpec(Vec<(Fault, f64)>);

/// Why a text is not a fault specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no fault of this name.
    #[error("`{0}` is not a fault; there are {known}", known = known())]
    Unknown(String),
    /// The part after the colon is not a probability.
    #[error("the rate `{rate}` of the fault `{name}` is not a number from 0 to 1")]
    Rate {
        /// The fault.
        name: String,
        /// What was given.
        rate: String,
    },
    /// The text is not `name:rate`.
    #[error("`{0}` is not of the form fault:rate")]
    Form(String),
}

fn known() -> String {
    let names: Vec<_> = Fault::names().collect();
    names.join(", ")
}

impl Fault {
    /// The name that specifications and the log use.
    pub fn name(self) -> &'static str {
        let known = NAMES.iter().find(|(_, fault)| *fault == self);
        known.map_or("", |(name, _)| name)
    }

    /// All names, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Whether only a request that changes something can meet it.
    fn is_of_writes(self) -> bool {
        matches!(
            self,
            Fault::Busy
                | Fault::Stale
                | Fault::Failed
                | Fault::OperationStuck
                | Fault::OperationFailed
        )
    }

    /// What becomes of the operation that a long-running request begins.
    pub(crate) fn fate(self) -> Option<Fate> {
        match self {
            Fault::OperationStuck => Some(Fate::Stuck),
            Fault::OperationFailed => Some(Fate::Failed),
            _ => None,
        }
    }
}

/// What becomes of an operation against the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It never ends.
    Stuck,
    /// It ends badly, and changes nothing.
    Failed,
}

impl FromStr for FaultSpec {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut faults = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, rate) = part
                .rsplit_once(':')
                .ok_or_else(|| FaultError::Form(part.to_owned()))?;
            let fault = NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, fault)| *fault)
                .ok_or_else(|| FaultError::Unknown(name.to_owned()))?;
            match rate.parse::<f64>() {
                Ok(value) if (0.0..=1.0).contains(&value) => faults.push((fault, value)),
                _ => {
                    return Err(FaultError::Rate {
                        name: name.to_owned(),
                        rate: rate.to_owned(),
                    });
                }
            }
        }
        Ok(Self(faults))
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (fault, rate)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{}:{rate}", fault.name())?;
        }
        Ok(())
    }
}

impl FaultSpec {
    /// Draws the fault of one request, if it has one.
    pub(crate) fn draw(&self, dice: &mut Dice, writes: bool) -> Option<Fault> {
        self.0
            .iter()
            .filter(|(fault, _)| writes || !fault.is_of_writes())
            .find(|(_, rate)| dice.roll() < *rate)
            .map(|(fault, _)| *fault)
    }
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Whole,
    /// It breaks before a byte of the answer.
    Cut,
    /// It breaks in the middle of the body.
    Torn,
}

fn unavailable() -> Reply {
    Refusal::arm(
        503,
        "ServiceUnavailable",
        "The service is temporarily unavailable. Please try again.",
    )
    .into()
}

/// The answer of a fault that happens before anything is done.
pub(crate) fn early(fault: Fault) -> Option<(Reply, Line)> {
    let whole = |refusal: Refusal| Some((Reply::from(refusal), Line::Whole));
    match fault {
        Fault::Internal => whole(Refusal::internal()),
        Fault::Unavailable => Some((unavailable(), Line::Whole)),
        Fault::Throttled => {
            let mut refusal = throttled();
            refusal.retry_after = Some(1);
            whole(refusal)
        }
        Fault::ThrottledUntil => {
            let date = httpdate(OffsetDateTime::now_utc() + Duration::from_secs(2));
            Some((
                Reply::from(throttled()).with("retry-after", date),
                Line::Whole,
            ))
        }
        Fault::Reset => Some((Reply::empty(500), Line::Cut)),
        Fault::Busy => whole(Refusal::busy()),
        Fault::Stale => whole(Refusal::stale()),
        Fault::Failed => whole(Refusal::new(
            422,
            "ManagementApiRequestFailed",
            "A request to the management endpoint of the service failed.",
        )),
        Fault::Expired => whole(Refusal::arm(401, "ExpiredAuthenticationToken", EXPIRED)),
        Fault::Html => {
            let mut reply = Reply::empty(502);
            reply.body = Body::Html(
                "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
                    .to_owned(),
            );
            Some((reply, Line::Whole))
        }
        Fault::UnavailableAfterCommit
        | Fault::TimeoutAfterCommit
        | Fault::ResetAfterCommit
        | Fault::Truncated
        | Fault::Garbled
        | Fault::OperationStuck
        | Fault::OperationFailed
        | Fault::Slow => None,
    }
}

fn throttled() -> Refusal {
    Refusal::arm(
        429,
        "TooManyRequests",
        "The request is being throttled as the limit has been reached.",
    )
}

/// A time in the form that HTTP's headers use.
fn httpdate(at: OffsetDateTime) -> String {
    let form = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    at.format(form).unwrap_or_default()
}

/// What becomes of an answer when its fault happens after the work is done.
pub(crate) fn late(fault: Option<Fault>, reply: Reply) -> (Reply, Line) {
    match fault {
        Some(Fault::UnavailableAfterCommit) => (unavailable(), Line::Whole),
        Some(Fault::TimeoutAfterCommit) => (
            Refusal::arm(
                504,
                "GatewayTimeout",
                "The gateway did not receive a response from 'Microsoft.ApiManagement' within the specified time period.",
            )
            .into(),
            Line::Whole,
        ),
        Some(Fault::ResetAfterCommit) => (reply, Line::Cut),
        Some(Fault::Truncated) => (reply, Line::Torn),
        Some(Fault::Garbled) if matches!(reply.body, Body::Json(_)) => {
            let mut reply = reply;
            reply.body = Body::Html("<!-- what came of it was lost on the way -->".to_owned());
            (reply, Line::Whole)
        }
        _ => (reply, Line::Whole),
    }
}

/// A small generator (splitmix64): the same seed gives the same faults.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    #[cfg(test)]
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One for the n-th request of its kind. What a request meets so depends
    /// on what it asks, and not on what else happens to be under way.
    pub(crate) fn of(seed: u64, request: &str, nth: u64) -> Self {
        // FNV-1a.
        let hash = (request.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Self(seed ^ hash.rotate_left(17));
        let start = dice.next() ^ nth.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(start)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    fn roll(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let top = (self.next() >> 11) as f64;
        top / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_read_and_printed() {
        let spec: FaultSpec = "500:0.05, timeout-after-commit:0.02,".parse().unwrap();
        assert_eq!(spec.to_string(), "500:0.05,timeout-after-commit:0.02");
        let error = "flood:1".parse::<FaultSpec>().unwrap_err();
        assert!(error.to_string().contains("401, 409-busy, 412"), "{error}");
        assert!("500:2".parse::<FaultSpec>().is_err());
        assert!("500".parse::<FaultSpec>().is_err());
    }

    #[test]
    fn faults_come_about_as_often_as_asked_and_the_same_each_time() {
        let spec: FaultSpec = "500:0.25".parse().unwrap();
        let count = |seed| {
            let mut dice = Dice::new(seed);
            (0..10_000)
                .filter(|_| spec.draw(&mut dice, true).is_some())
                .count()
        };
        assert_eq!(count(7), count(7));
        assert!((2_300..2_700).contains(&count(7)), "{}", count(7));
    }

    #[test]
    fn what_a_request_meets_depends_on_nothing_else() {
        let spec: FaultSpec = "500:0.25".parse().unwrap();
        let met = |request: &str, nth| spec.draw(&mut Dice::of(7, request, nth), true).is_some();
        let count = (0..10_000).filter(|&n| met("PUT /apis/a", n)).count();
        assert!((2_300..2_700).contains(&count), "{count}");
        let differ = (0..1_000).filter(|&n| met("PUT /apis/a", n) != met("PUT /apis/b", n));
        assert!(differ.count() > 200);
        assert_eq!(met("PUT /apis/a", 3), met("PUT /apis/a", 3));
    }

    #[test]
    fn reads_are_never_busy() {
        let spec: FaultSpec = "409-busy:1,412:1".parse().unwrap();
        assert_eq!(spec.draw(&mut Dice::new(1), false), None);
        assert_eq!(spec.draw(&mut Dice::new(1), true), Some(Fault::Busy));
    }
}
