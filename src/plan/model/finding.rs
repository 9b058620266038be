//! Findings: what a person should know before anything is written.

use std::collections::BTreeSet;
use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy;

/// How serious a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It would fail, or silently change behaviour.
    Blocker,
    /// Someone should look.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word that plans use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Blocker => "blocker",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// A stable code in kebab case.
    pub code: String,
    /// The resource it is about, service-relative.
    pub resource: String,
    /// What is the matter, in plain words.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// A blocker that was accepted.
    pub allowed: bool,
}

impl Finding {
    /// Whether it stops `apply`.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Blocker && !self.allowed
    }
}

/// How many names a message lists.
const MOST: usize = 10;

/// A few of many names, in backquotes: `a`, `b` and 2,997 more.
pub(in crate::plan) fn some<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let all: BTreeSet<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    few(all.into_iter())
}

/// How many of each there are, as far as there are not too many: 2 of `a`.
pub(in crate::plan) fn counted<T: Display>(many: impl Iterator<Item = (usize, T)>) -> String {
    few(many.map(|(count, name)| format!("{count} of `{name}`")))
}

/// What policies hold that are left out, to be read after them: empty where that
/// is nothing.
pub(in crate::plan) fn which_hold<'t>(
    verb: &str,
    documents: impl Iterator<Item = &'t str>,
) -> String {
    let mut seen = BTreeSet::new();
    let statements = documents.flat_map(policy::statements);
    let names = few(statements
        .filter(|name| seen.insert(*name))
        .map(|name| format!("`{name}`")));
    match names.is_empty() {
        true => names,
        false => format!(", which {verb} {names}"),
    }
}

/// A few of many words.
pub(in crate::plan) fn few(mut words: impl Iterator<Item = String>) -> String {
    let told: Vec<String> = words.by_ref().take(MOST).collect();
    let told = told.join(", ");
    match words.count() {
        0 => told,
        more => format!("{told} and {} more", grouped(more)),
    }
}

/// A number as people read it: 2,997.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_a_few_and_a_number() {
        assert_eq!(some(["b", "a", "b"]), "`a`, `b`");
        let told = some((0..3_000).map(|n| format!("n{n:04}")));
        assert!(told.ends_with("`n0009` and 2,990 more"), "{told}");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted([(2, "a/b")].into_iter()), "2 of `a/b`");
    }
}
