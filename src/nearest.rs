//! The name that was probably meant.

/// Finds the candidate nearest to what was written, if any is near enough: a
/// third of its letters may be wrong, swapped, missing or too many. Case does
/// not count. Of several equally near ones the first is returned.
pub fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let written = beginning(written);
    let length = written.chars().count();
    let most = length.div_ceil(3).min(4);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = beginning(candidate);
            let near = length.abs_diff(other.chars().count()) <= most;
            let distance = near.then(|| strsim::osa_distance(&written, &other))?;
            (distance <= most && distance < length.max(1)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer names are compared by their beginnings.
const LONGEST: usize = 100;

fn beginning(name: &str) -> String {
    name.to_lowercase().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["displayName", "value", "secret", "tags"];
        assert_eq!(nearest("dispalyName", known), Some("displayName"));
        assert_eq!(nearest("Values", known), Some("value"));
        assert_eq!(nearest("tag", known), Some("tags"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("ab", ["ab"]), Some("ab"));
        assert_eq!(nearest("x", ["y"]), None);
    }
}
