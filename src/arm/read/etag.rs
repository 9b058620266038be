//! When two ETags are the same.

/// Whether two ETags are the same, weak or not.
pub(crate) fn same_etag(a: &str, b: &str) -> bool {
    let strong = |etag: &str| etag.trim().trim_start_matches("W/").to_owned();
    strong(a) == strong(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_etag_is_the_same_as_a_strong_one() {
        assert!(same_etag("W/\"a\"", "\"a\""));
        assert!(!same_etag("\"a\"", "\"b\""));
    }
}
