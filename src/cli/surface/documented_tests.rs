//! The commands that the documentation shows, held against the real parser.

use std::collections::BTreeSet;

use clap::{ArgMatches, Command};

use crate::cli::surface;

#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "it is shared with the tests of the built program"
)]
#[path = "../../../tests/common/page.rs"]
mod page;

/// What pages write for something that only the reader knows.
const STAND_INS: &[(&str, &str)] = &[
    ("OBJECT_ID", "11111111-1111-4111-8111-111111111111"),
    (
        "ARM_ID",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n",
    ),
];

/// The scripts of a page: its fences, what is in backticks, and lines of a recipe.
fn scripts(text: &str) -> Vec<String> {
    let blocks = page::blocks(text);
    let shell = blocks.iter().filter(|b| b.language == "sh");
    let mut scripts: Vec<String> = shell.map(|b| b.text.to_owned()).collect();
    let is_prose =
        |at: usize| (blocks.iter()).all(|b| !(b.start..b.start + b.text.len()).contains(&at));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_prose(at) {
            let quoted = line.split('`').skip(1).step_by(2);
            let whole = quoted.filter(|q| !q.contains(['…', '|', '[']));
            scripts.extend(whole.map(str::to_owned));
        }
        at += line.len();
    }
    scripts
}

/// The commands that can be run, but for those that help does not list.
fn leaves(command: &Command, above: &str, all: &mut Vec<String>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{above} {}", sub.get_name()).trim().to_owned();
        match sub.has_subcommands() {
            true => leaves(sub, &path, all),
            false => all.push(path),
        }
    }
}

#[test]
fn every_command_is_shown_and_what_is_shown_can_be_parsed() {
    let mut seen = BTreeSet::new();
    for (path, text) in page::all() {
        let scripts = match path.extension().is_some_and(|e| e == "yml") {
            true => vec![text],
            false => scripts(&text),
        };
        for mut words in (scripts.iter()).flat_map(|s| page::calls(s, "apim-migrate")) {
            // The name of the program, alone.
            if words.len() == 1 {
                continue;
            }
            for word in &mut words {
                for (name, value) in STAND_INS {
                    *word = word.replace(name, value);
                }
            }
            match surface::command().try_get_matches_from(&words) {
                Ok(matches) => {
                    let below = |m: &ArgMatches| Some(m.subcommand()?.1.clone());
                    let path = std::iter::successors(Some(matches), below)
                        .filter_map(|m| m.subcommand_name().map(str::to_owned));
                    seen.insert(path.collect::<Vec<_>>().join(" "));
                }
                Err(error) if error.use_stderr() => {
                    panic!("{}: {words:?}\n{error}", path.display())
                }
                Err(_) => {}
            }
        }
    }
    let mut all = Vec::new();
    leaves(&surface::command(), "", &mut all);
    all.retain(|command| !seen.contains(command));
    assert!(all.is_empty(), "no page shows these commands: {all:?}");
}
