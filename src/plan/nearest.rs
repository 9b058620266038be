//! The name that was probably meant.

/// Finds the candidate nearest to what was written, if any is near enough: a
/// third of its letters may be wrong, swapped, missing or too many. Case does
/// not count. Of several equally near ones the first is returned.
pub fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let written: Vec<char> = written.to_lowercase().chars().take(LONGEST).collect();
    let most = written.len().div_ceil(3).min(4);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().take(LONGEST).collect();
            let near = written.len().abs_diff(other.len()) <= most;
            let distance = near.then(|| distance(&written, &other))?;
            (distance <= most && distance < written.len().max(1)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer names are compared by their beginnings.
const LONGEST: usize = 100;

/// How many letters have to be changed, added, removed or swapped.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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

    #[test]
    fn distances_count_a_swap_once() {
        let chars = |t: &str| t.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("abcd"), &chars("acbd")), 1);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }
}
