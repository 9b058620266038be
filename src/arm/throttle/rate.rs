//! What ARM limits, and how much.

/// Which bucket a request draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// GET, HEAD.
    Reads,
    /// PUT, PATCH and POST.
    Writes,
    /// DELETE.
    Deletes,
}

impl Bucket {
    /// The bucket of a method.
    pub fn of(method: &str) -> Self {
        match method {
            "GET" | "HEAD" => Bucket::Reads,
            "DELETE" => Bucket::Deletes,
            _ => Bucket::Writes,
        }
    }

    /// Its name, as in ARM's headers.
    pub fn name(self) -> &'static str {
        match self {
            Bucket::Reads => "reads",
            Bucket::Writes => "writes",
            Bucket::Deletes => "deletes",
        }
    }
}

/// Size and refill per second of a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests that fit at once.
    pub size: f64,
    /// Requests that come back each second.
    pub refill: f64,
}

/// The three buckets' rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// For reads.
    pub reads: Rate,
    /// For writes.
    pub writes: Rate,
    /// For deletes.
    pub deletes: Rate,
}

impl Limits {
    /// What ARM documents, per principal and subscription.
    pub fn arm() -> Self {
        let writes = Rate {
            size: 200.0,
            refill: 10.0,
        };
        Self {
            reads: Rate {
                size: 250.0,
                refill: 25.0,
            },
            writes,
            deletes: writes,
        }
    }
}

/// What a header tells is left, for whom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::arm) enum Left {
    /// For this principal alone.
    Own(f64),
    /// For all principals of the subscription together.
    All(f64),
}

/// Begins the names of the headers in which ARM tells what is left.
pub(in crate::arm) const PREFIX: &str = "x-ms-ratelimit-remaining-";

/// Reads such a header, if it is about a bucket.
pub(in crate::arm) fn left(bucket: Bucket, name: &str, value: &str) -> Option<Left> {
    let whose = name.strip_prefix(PREFIX)?.strip_suffix(bucket.name())?;
    let left = value.trim().parse::<f64>().ok();
    let left = left.filter(|left| left.is_finite() && *left >= 0.0)?;
    match whose {
        "subscription-" | "tenant-" => Some(Left::Own(left)),
        // The January 2025 form lacks the word before it.
        "subscription-global-" | "global-" => Some(Left::All(left)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_draw_from_their_buckets() {
        for (method, bucket) in [
            ("GET", Bucket::Reads),
            ("HEAD", Bucket::Reads),
            ("PUT", Bucket::Writes),
            ("PATCH", Bucket::Writes),
            ("POST", Bucket::Writes),
            ("DELETE", Bucket::Deletes),
        ] {
            assert_eq!(Bucket::of(method), bucket, "{method}");
        }
    }

    #[test]
    fn headers_tell_what_is_left_and_for_whom() {
        let read = |name: &str, value: &str| {
            left(
                Bucket::Writes,
                &format!("x-ms-ratelimit-remaining-{name}"),
                value,
            )
        };
        assert_eq!(read("subscription-writes", "199"), Some(Left::Own(199.0)));
        assert_eq!(read("tenant-writes", "0"), Some(Left::Own(0.0)));
        let all = Some(Left::All(11_999.0));
        assert_eq!(read("subscription-global-writes", " 11999 "), all);
        assert_eq!(read("global-writes", "11999"), all);
        for (name, value) in [
            ("subscription-reads", "1"),
            ("subscription-resource-requests", "1"),
            ("resource-writes", "1"),
            ("subscription-writes", "-1"),
            ("subscription-writes", "NaN"),
            ("subscription-writes", "inf"),
            ("subscription-writes", "x"),
        ] {
            assert_eq!(read(name, value), None, "{name}: {value}");
        }
        assert_eq!(left(Bucket::Writes, "x-subscription-writes", "1"), None);
    }
}
