//! Numbers, times and failures in a few words.

use std::time::Duration;

use unicode_width::UnicodeWidthChar;

/// A duration in a few words: `35 s`, `3 min`, `2 h`.
pub(super) fn time(time: Duration) -> String {
    match time.as_secs() + u64::from(time.subsec_millis() >= 500) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1800) / 3600),
    }
}

/// A rate in a few words.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        rate if rate >= 10.0 => format!("{rate:.0} a second"),
        rate if rate >= 0.1 => format!("{rate:.1} a second"),
        rate => format!("{:.0} an hour", rate * 3600.0),
    }
}

/// A number in an order.
pub(super) fn nth(number: u32) -> String {
    const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    match at.checked_sub(1).and_then(|at| WORDS.get(at)) {
        Some(word) => (*word).to_owned(),
        None => format!("{number}th"),
    }
}

/// The end of a path, which tells what it is.
pub(super) fn place(path: &str) -> String {
    let ends: Vec<&str> = path.rsplitn(3, '/').take(2).collect();
    ends.into_iter().rev().collect::<Vec<_>>().join("/")
}

/// A failure's reason as a sign of life: what the service answered, where it did;
/// the report has all of it.
pub(super) fn in_words(reason: &str) -> &str {
    let said = reason.split_once(" answered ");
    without_exchange(said.map_or(reason, |(_, said)| said))
}

/// Words about a failure without how often it was tried and the ids of the exchange,
/// which come last.
pub(crate) fn without_exchange(said: &str) -> &str {
    let ends = ["tried ", "correlation id: "]
        .into_iter()
        .flat_map(|words| {
            // Journals of older versions have colons between causes.
            ["; ", ": ", "\n"].map(|between| said.find(&format!("{between}{words}")))
        });
    let end = ends.flatten().min().unwrap_or(said.len());
    &said[..end]
}

/// What is the same in the reasons of failures that have one cause: all but names
/// of places.
pub(super) fn cause(reason: &str) -> String {
    let words = in_words(reason).split_whitespace();
    let words: Vec<&str> = words.filter(|word| !word.contains('/')).collect();
    words.join(" ")
}

/// A line that fits a width, with a sign where it was cut.
pub fn fit(line: &str, width: usize) -> String {
    let wide = |c: char| c.width().unwrap_or(0);
    let all: usize = line.chars().map(wide).sum();
    if all <= width {
        return line.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut out = String::new();
    for c in line.chars() {
        match left.checked_sub(wide(c)) {
            Some(rest) => left = rest,
            None => break,
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_rates_and_numbers_are_told_in_fitting_words() {
        let seconds = |n| time(Duration::from_secs(n));
        assert_eq!(
            [seconds(0), seconds(119), seconds(150), seconds(7200)],
            ["0 s", "119 s", "3 min", "2 h"]
        );
        assert_eq!(
            [rate(12.3), rate(0.31), rate(0.01)],
            ["12 a second", "0.3 a second", "36 an hour"]
        );
        assert_eq!([nth(3), nth(6)], ["third", "6th"]);
    }

    #[test]
    fn a_line_fits_by_what_it_takes_on_the_screen() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 3), "ab…");
        // Each of these takes two columns.
        assert_eq!(fit("注文注文", 5), "注文…");
        assert_eq!(fit("注文注文", 8), "注文注文");
        assert_eq!(fit("abc", 0), "…");
    }
}
