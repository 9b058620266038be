//! What is waited for: pure, the time is given.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Event, told};

/// How many waits are told.
const TOLD: usize = 3;

/// What is not heard of again for so long is over.
const STALE: Duration = Duration::from_secs(35);

/// What is waited for.
#[derive(Debug, Default)]
pub(super) struct Waits {
    all: BTreeMap<What, Wait>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A rate limit.
    Limit(&'static str),
    /// Something that is looked at.
    Look(&'static str),
    /// A long-running operation.
    Operation(String),
    /// A request that is tried again.
    Retry(&'static str, String),
}

#[derive(Debug, Clone)]
struct Wait {
    since: Instant,
    /// When it is over, as far as that is known.
    until: Instant,
    /// Which try comes next, and why.
    again: Option<(u32, String)>,
}

impl Waits {
    pub(super) fn on(&mut self, event: &Event, now: Instant) {
        let ago = |waited: &Duration| now.checked_sub(*waited).unwrap_or(now);
        let (what, wait) = match event {
            Event::Throttled { bucket, wait } => (
                What::Limit(bucket),
                Wait {
                    since: now,
                    until: now + *wait,
                    again: None,
                },
            ),
            Event::Waiting { path, waited, .. } => (
                What::Operation(told::place(path)),
                Wait {
                    since: ago(waited),
                    until: now + STALE,
                    again: None,
                },
            ),
            Event::Looking { at, waited } => (
                What::Look(at),
                Wait {
                    since: ago(waited),
                    until: now + STALE,
                    again: None,
                },
            ),
            Event::Retried {
                method,
                path,
                attempt,
                reason,
                wait,
            } => (
                What::Retry(method, told::place(path)),
                Wait {
                    since: now,
                    until: now + *wait,
                    again: Some((attempt + 1, reason.clone())),
                },
            ),
            Event::Waited { path, .. } => {
                self.all.remove(&What::Operation(told::place(path)));
                return;
            }
            // What was looked at has been seen.
            Event::RunStarted { .. } => {
                self.all.retain(|what, _| !matches!(what, What::Look(_)));
                return;
            }
            _ => return,
        };
        let over = |wait: &Wait| now > wait.until;
        self.all.retain(|_, wait| !over(wait));
        self.all.insert(what, wait);
    }

    pub(super) fn lines(&self, now: Instant) -> Vec<String> {
        let mut open: Vec<(&What, &Wait)> = (self.all.iter())
            .filter(|(_, wait)| wait.until >= now)
            .collect();
        open.sort_by_key(|(_, wait)| wait.since);
        let more = open.len().saturating_sub(TOLD);
        let mut lines: Vec<String> = (open.iter().take(TOLD))
            .map(|(what, wait)| line(what, wait, now))
            .collect();
        if let (Some(last), true) = (lines.last_mut(), more > 0) {
            last.push_str(&format!(", and {more} more waits"));
        }
        lines
    }
}

fn line(what: &What, wait: &Wait, now: Instant) -> String {
    let waited = told::time(now.saturating_duration_since(wait.since));
    let left = told::time(wait.until.saturating_duration_since(now));
    match (what, &wait.again) {
        (What::Limit(bucket), _) => format!("ARM limits {bucket}: the next in {left}"),
        (What::Look(at), _) => format!("looking at {at} for {waited}"),
        (What::Operation(place), _) => format!("for {waited} the service is at work on {place}"),
        (What::Retry(method, place), Some((attempt, reason))) => format!(
            "{} try of {method} {place} in {left}: {reason}",
            told::nth(*attempt)
        ),
        (What::Retry(method, place), None) => format!("{method} {place} again in {left}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_told_until_it_is_over() {
        let (mut waits, start) = (Waits::default(), Instant::now());
        let seconds = Duration::from_secs;
        let throttled = Event::Throttled {
            bucket: "writes",
            wait: seconds(12),
        };
        let waiting = Event::Waiting {
            method: "PUT",
            path: "/subscriptions/s/workspaces/w/namedValues/k".to_owned(),
            waited: seconds(40),
        };
        let retried = Event::Retried {
            method: "GET",
            path: "/subscriptions/s/apis/a".to_owned(),
            attempt: 2,
            reason: "503".to_owned(),
            wait: seconds(4),
        };
        for event in [throttled, waiting, retried] {
            waits.on(&event, start);
        }
        assert_eq!(
            waits.lines(start + seconds(1)),
            [
                "for 41 s the service is at work on namedValues/k",
                "ARM limits writes: the next in 11 s",
                "third try of GET apis/a in 3 s: 503",
            ]
        );
        assert_eq!(
            waits.lines(start + seconds(13)),
            ["for 53 s the service is at work on namedValues/k"]
        );
        let waited = Event::Waited {
            method: "PUT",
            path: "/subscriptions/s/workspaces/w/namedValues/k".to_owned(),
        };
        waits.on(&waited, start + seconds(14));
        assert!(waits.lines(start + seconds(14)).is_empty());
    }

    #[test]
    fn many_waits_are_counted() {
        let (mut waits, start) = (Waits::default(), Instant::now());
        for n in 0..9 {
            let waiting = Event::Waiting {
                method: "PUT",
                path: format!("/workspaces/w/tags/t{n}"),
                waited: Duration::from_secs(n),
            };
            waits.on(&waiting, start);
        }
        let lines = waits.lines(start);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with(", and 6 more waits"), "{lines:?}");
    }
}
