//! In which answer, at which version and when a resource is shown.

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::sandbox::http::call::Call;

/// In what kind of answer a resource is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Get,
    List,
    /// The answer to a PUT that made it.
    Made,
    /// The answer to another PUT or to a PATCH.
    Put,
}

/// How a resource is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Show<'a> {
    pub(crate) how: How,
    /// Documents as they were written, expressions not escaped.
    pub(crate) raw: bool,
    pub(crate) version: &'a str,
    pub(crate) now: Instant,
}

impl<'a> Show<'a> {
    pub(crate) fn new(how: How, call: &'a Call) -> Self {
        Self {
            how,
            raw: false,
            version: call.version(),
            now: call.now,
        }
    }

    pub(crate) fn raw(self, raw: bool) -> Self {
        Self { raw, ..self }
    }

    /// Whether the request's api-version is this one or a later one.
    pub(crate) fn is_since(&self, version: &str) -> bool {
        self.version >= version
    }

    /// Whether it answers a write: keys are in clear then.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.how, How::Made | How::Put)
    }
}

/// Times have seven decimals in an answer to a PUT, and three later on.
pub(crate) fn moment(at: OffsetDateTime, show: &Show<'_>) -> String {
    let second = at
        .replace_nanosecond(0)
        .ok()
        .and_then(|at| {
            at.format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default();
    let second = second.trim_end_matches('Z');
    if show.writes() {
        format!("{second}.{:07}Z", at.nanosecond() / 100)
    } else {
        format!("{second}.{:03}Z", at.millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_or_seven_decimals() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_789).unwrap();
        let show = |how| Show {
            how,
            raw: false,
            version: "2024-05-01",
            now: Instant::now(),
        };
        assert_eq!(moment(at, &show(How::Get)), "2023-11-14T22:13:20.123Z");
        assert_eq!(moment(at, &show(How::Put)), "2023-11-14T22:13:20.1234567Z");
    }
}
