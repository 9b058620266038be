//! The table of what was survived, in `docs/reliability.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::history;
use super::schedule::{ACTS, FAULTS, TOKENS};
use super::story::Account;

const BEGIN: &str = "<!-- survived -->";
const END: &str = "<!-- /survived -->";
const TOLD: &str = "<!-- told -->";
const END_TOLD: &str = "<!-- /told -->";

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

/// The rows of all acts of histories: name, histories in which it came, times in
/// all.
fn acts(accounts: &[Account]) -> String {
    let mut text = String::from("| what was done | histories | times |\n|---|---|---|\n");
    for name in history::ACTS {
        let met: Vec<u64> = (accounts.iter())
            .filter_map(|account| account.met.get(*name).copied())
            .collect();
        let times: u64 = met.iter().sum();
        let _ = writeln!(text, "| {name} | {} | {times} |", met.len());
    }
    text
}

/// Puts the table into the page, when documents are to be updated.
pub(crate) fn write(accounts: &[Account]) {
    between((BEGIN, END), accounts, "schedules", rows(accounts));
}

/// The same of histories.
pub(crate) fn write_acts(accounts: &[Account]) {
    between((TOLD, END_TOLD), accounts, "histories", acts(accounts));
}

fn between((begin, end): (&str, &str), accounts: &[Account], what: &str, rows: String) {
    if std::env::var_os("UPDATE_DOCS").is_none() {
        return;
    }
    let text = std::fs::read_to_string(page()).unwrap();
    let (head, rest) = text.split_once(begin).unwrap();
    let (_, tail) = rest.split_once(end).unwrap();
    let runs: usize = accounts.iter().map(|account| account.runs).sum();
    let count = accounts.len();
    let text =
        format!("{head}{begin}\n{count} {what}, {runs} runs of the program.\n\n{rows}{end}{tail}");
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

#[test]
fn the_page_has_every_act_of_histories() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, rest) = text.split_once(TOLD).unwrap();
    let (table, _) = rest.split_once(END_TOLD).unwrap();
    for name in history::ACTS {
        let row = table
            .lines()
            .find(|l| l.starts_with(&format!("| {name} |")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/reliability.md"));
        assert!(!row.ends_with("| 0 |"), "{row}");
    }
}
