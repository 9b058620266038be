//! The table of what was survived, in `docs/reliability.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::schedule::{ACTS, FAULTS, TOKENS};
use super::story::Account;

const BEGIN: &str = "<!-- survived -->";
const END: &str = "<!-- /survived -->";

/// What each trouble is, by its name.
const MEANINGS: &[(&str, &str)] = &[
    ("401", "401 for a request, the next one is taken"),
    ("409-busy", "409, the API is busy"),
    ("412", "412 without a stale ETag"),
    ("422", "422, a request behind the service failed"),
    ("429", "429, Retry-After in seconds"),
    ("429-date", "429, Retry-After as a date"),
    ("500", "500, nothing was done"),
    ("503", "503, nothing was done"),
    ("503-after-commit", "503, and it was done"),
    ("html", "502 with a page of HTML"),
    ("not-json", "it was done, the answer is no JSON"),
    (
        "operation-failed",
        "a long-running operation fails at the poll",
    ),
    ("operation-stuck", "a long-running operation never ends"),
    ("reset", "connection reset before anything was done"),
    ("reset-after-commit", "connection reset, and it was done"),
    ("slow", "an answer that takes its time"),
    ("timeout-after-commit", "504, and it was done"),
    ("truncated", "connection reset in the middle of the body"),
];

/// The rows of all troubles: name, meaning, schedules that met it, times in
/// all, lost steps, repeated writes.
pub(crate) fn rows(accounts: &[Account]) -> String {
    let meanings: BTreeMap<&str, &str> = MEANINGS.iter().copied().collect();
    let names = FAULTS
        .iter()
        .map(|(name, _)| *name)
        .chain(ACTS.iter().copied());
    let mut text = String::from(
        "| what went wrong | runs | times | lost | duplicated |\n|---|---|---|---|---|\n",
    );
    for name in names.chain([TOKENS, "rollback"]) {
        let met = accounts
            .iter()
            .filter(|account| account.met.contains_key(name));
        let (mut runs, mut times, mut lost, mut duplicated) = (0, 0, 0, 0);
        for account in met {
            runs += 1;
            times += account.met[name];
            lost += account.lost;
            duplicated += account.duplicated;
        }
        let what = match meanings.get(name) {
            Some(meaning) => format!("`{name}`: {meaning}"),
            None => name.to_owned(),
        };
        let _ = writeln!(
            text,
            "| {what} | {runs} | {times} | {lost} | {duplicated} |"
        );
    }
    text
}

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")
}

/// Puts the table into the page, when documents are to be updated.
pub(crate) fn write(accounts: &[Account]) {
    if std::env::var_os("UPDATE_DOCS").is_none() {
        return;
    }
    let text = std::fs::read_to_string(page()).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let runs: usize = accounts.iter().map(|account| account.runs).sum();
    let text = format!(
        "{head}{BEGIN}\n{} schedules, {runs} runs of the program.\n\n{}{END}{tail}",
        accounts.len(),
        rows(accounts)
    );
    std::fs::write(page(), text).unwrap();
}

#[test]
fn the_page_has_every_trouble_and_nothing_lost() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, rest) = text.split_once(BEGIN).unwrap();
    let (table, _) = rest.split_once(END).unwrap();
    let names = FAULTS.iter().map(|(name, _)| format!("`{name}`"));
    for name in names.chain(ACTS.iter().chain(&[TOKENS]).map(|&name| name.to_owned())) {
        let row = table
            .lines()
            .find(|line| line.starts_with(&format!("| {name}")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/reliability.md"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_ne!(cells[2], "0", "{row}");
        assert_eq!(&cells[4..6], ["0", "0"], "{row}");
    }
    assert_eq!(MEANINGS.len(), FAULTS.len());
}
