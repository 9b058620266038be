//! When the service asks to be asked again.

use std::time::Duration;

use crate::arm::limits::RETRY_AFTER;

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
