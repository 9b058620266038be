//! The figures, as they stand in the documentation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::compare::Rule;
use super::known::{KNOWN, LEFT_OUT};

/// How many answers there were, and how many differed in what.
#[derive(Debug, Default, Clone)]
pub(super) struct Count {
    pub(super) all: usize,
    pub(super) differ: BTreeMap<Rule, usize>,
    /// Those with the recorded status, members, types and errors.
    pub(super) shaped: usize,
}

impl Count {
    pub(super) fn share(&self, rule: Rule) -> f64 {
        share(
            self.all - self.differ.get(&rule).copied().unwrap_or_default(),
            self.all,
        )
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are thousands of answers, not more"
)]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / (whole.max(1)) as f64
}

/// What came of playing all sessions.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) kinds: BTreeMap<String, Count>,
    pub(super) all: Count,
    /// Of what was answered at the newest version.
    pub(super) newest: Count,
    /// How many differences each row of the table explains.
    pub(super) explained: BTreeMap<usize, usize>,
    pub(super) left_out: BTreeMap<&'static str, usize>,
}

impl Figures {
    pub(super) fn page(&self) -> String {
        let mut out = String::new();
        let line = |out: &mut String, what: &str, count: &Count| {
            let _ = write!(out, "| {what} | {} |", count.all);
            for rule in Rule::ALL {
                let differ = count.differ.get(&rule).copied().unwrap_or_default();
                let _ = match differ {
                    0 => write!(out, " |"),
                    differ => write!(out, " {differ} |"),
                };
            }
            let _ = writeln!(out, " {:.1} % |", share(count.shaped, count.all));
        };
        let _ = writeln!(
            out,
            "{:.1} % of {} answers have the exact status; {:.1} % of {} at 2024-05-01. Of these, {:.1} % have the same members, types and error codes as well.\n",
            self.all.share(Rule::Status),
            self.all.all,
            self.newest.share(Rule::Status),
            self.newest.all,
            share(self.newest.shaped, self.newest.all),
        );
        out.push_str("How many answers differ in what, by kind; the last column is how many have the same status, members, types and error codes:\n\n");
        out.push_str("| kind | answers | status | headers | ETag moves | members | types | errors | values | same shape |\n");
        out.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
        for (kind, count) in &self.kinds {
            line(&mut out, &format!("`{kind}`"), count);
        }
        line(&mut out, "all", &self.all);
        line(&mut out, "at 2024-05-01", &self.newest);
        out.push_str("\nEach difference has a reason:\n\n| kind | what | where | differences | why |\n|---|---|---|---|---|\n");
        for (at, known) in KNOWN.iter().enumerate() {
            let times = self.explained.get(&at).copied().unwrap_or_default();
            let place = if known.at.is_empty() {
                String::new()
            } else {
                format!("`{}`", known.at)
            };
            let _ = writeln!(
                out,
                "| `{}` | {} | {place} | {times} | {} |",
                known.kind,
                format!("{:?}", known.rule).to_lowercase(),
                known.reason
            );
        }
        out.push_str("\nNot played:");
        for (kind, why) in LEFT_OUT {
            let times = self.left_out.get(kind).copied().unwrap_or_default();
            let _ = write!(out, " `{kind}` ({times} requests: {why});");
        }
        out.truncate(out.trim_end_matches(';').len());
        out.push_str(".\n");
        out
    }
}
