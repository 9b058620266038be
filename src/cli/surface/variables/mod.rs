//! Variables of the environment that stand for flags, by one rule.
//!
//! `APIM_MIGRATE_FLAG` stands for `--flag` of every command that has it, and
//! `APIM_MIGRATE_COMMAND_FLAG` for that of one command, which wins. What is
//! typed wins over both, and a variable that can't go with what was typed, or
//! would widen it, is passed over: it was set for other commands as well.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

const PREFIX: &str = "APIM_MIGRATE_";

/// Flags that are asked of the environment where they are used.
const ELSEWHERE: &[&str] = &["arm-endpoint"];

/// Flags that are another thing than what has their name elsewhere.
const NOT_ALONE: &[(&str, &str)] = &[
    ("assess", "format"),
    ("assess", "out"),
    ("assess", "save"),
    ("doctor", "out"),
    ("rehearse", "latency"),
    ("sandbox", "token"),
    ("show", "api"),
    ("show", "format"),
    ("show", "out"),
    ("snapshot", "out"),
];

/// Flags that say together which APIs: where one is typed, no variable adds to
/// it.
const SELECTING: &[&str] = &[
    "all",
    "api",
    "api-display-name",
    "product",
    "tag",
    "version-set",
];

/// A variable, and the flag that it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) flag: String,
    /// Whose flag it is; nobody's where every command has it.
    pub(crate) commands: Vec<String>,
}

/// The variable that stands for a flag of every command.
pub(crate) fn of_flag(flag: &str) -> String {
    format!("{PREFIX}{}", capital(flag))
}

fn capital(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

/// The names of the variables of a flag, the one that wins first.
fn names(path: &[String], flag: &str) -> Vec<String> {
    let own = path.iter().map(|word| capital(word)).collect::<Vec<_>>();
    let own = format!("{PREFIX}{}_{}", own.join("_"), capital(flag));
    match path.first() {
        None => vec![of_flag(flag)],
        Some(first) if NOT_ALONE.contains(&(first, flag)) => vec![own],
        Some(_) => vec![own, of_flag(flag)],
    }
}

/// The flags of a command that variables can stand for.
fn flags(command: &Command) -> impl Iterator<Item = (&Arg, &str)> {
    command.get_arguments().filter_map(|arg| {
        let flag = arg.get_long()?;
        let does = !matches!(
            arg.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        );
        (does && !ELSEWHERE.contains(&flag)).then_some((arg, flag))
    })
}

/// All variables by name.
pub(crate) fn variables(command: &Command) -> Vec<Variable> {
    let mut all: BTreeMap<String, Variable> = BTreeMap::new();
    gather(command, &mut Vec::new(), &mut all);
    all.into_values().collect()
}

fn gather(command: &Command, path: &mut Vec<String>, all: &mut BTreeMap<String, Variable>) {
    for (_, flag) in flags(command) {
        // The one for all commands that have it; each has its own by the rule.
        let Some(name) = names(path, flag).pop() else {
            continue;
        };
        let variable = all.entry(name.clone()).or_insert_with(|| Variable {
            name,
            flag: format!("--{flag}"),
            commands: Vec::new(),
        });
        if !path.is_empty() {
            variable.commands.push(path.join(" "));
        }
    }
    for sub in command.get_subcommands() {
        path.push(sub.get_name().to_owned());
        gather(sub, path, all);
        path.pop();
    }
}

/// A flag with the variable that stands for it.
struct Filled<'a> {
    path: Vec<String>,
    arg: &'a Arg,
    variable: String,
    value: OsString,
}

/// Parses the arguments with variables for what is not among them.
pub(super) fn parsed(
    command: &Command,
    args: &[OsString],
    read: &dyn Fn(&str) -> Option<OsString>,
) -> Result<ArgMatches, Error> {
    let loosely = command.clone().ignore_errors(true);
    let typed = loosely.try_get_matches_from(args)?;
    let all = filled(command, &typed, read);
    let with = (all.iter()).fold(command.clone(), |command, one| put(command, &one.path, one));
    with.try_get_matches_from(args)
        .map_err(|error| explained(error, &all))
}

/// The variables that go with what was typed.
fn filled<'a>(
    command: &'a Command,
    typed: &ArgMatches,
    read: &dyn Fn(&str) -> Option<OsString>,
) -> Vec<Filled<'a>> {
    let mut all = Vec::new();
    let (mut command, mut matches, mut path) = (command, typed, Vec::new());
    loop {
        let is_typed = |arg: &Arg| {
            let source = |matches: &ArgMatches| matches.value_source(arg.get_id().as_str());
            // One of every command may be typed behind the command's name.
            let deepest = std::iter::successors(Some(matches), |m| Some(m.subcommand()?.1)).last();
            [Some(matches), deepest]
                .into_iter()
                .flatten()
                .any(|matches| source(matches) == Some(ValueSource::CommandLine))
        };
        let mut given: Vec<&Arg> = command
            .get_arguments()
            .filter(|arg| is_typed(arg))
            .collect();
        let is_selected = given.iter().any(|arg| is_selecting(arg));
        for (arg, flag) in flags(command) {
            let set = names(&path, flag).into_iter().find_map(|variable| {
                let value = read(&variable).filter(|value| !value.is_empty())?;
                Some((variable, value))
            });
            let Some((variable, value)) = set else {
                continue;
            };
            let passed_over = is_typed(arg)
                || is_selected && is_selecting(arg)
                || given.iter().any(|other| conflict(command, arg, other));
            if !passed_over {
                given.push(arg);
                let path = path.clone();
                all.push(Filled {
                    path,
                    arg,
                    variable,
                    value,
                });
            }
        }
        let below = (matches.subcommand())
            .and_then(|(name, below)| Some((name, below, command.find_subcommand(name)?)));
        let Some((name, below, sub)) = below else {
            return all;
        };
        path.push(name.to_owned());
        (command, matches) = (sub, below);
    }
}

fn is_selecting(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|flag| SELECTING.contains(&flag))
}

fn conflict(command: &Command, one: &Arg, other: &Arg) -> bool {
    let names = |one: &Arg, other: &Arg| {
        let all = command.get_arg_conflicts_with(one);
        all.iter().any(|arg| arg.get_id() == other.get_id())
    };
    names(one, other) || names(other, one)
}

/// Puts a variable's value where a flag has its default.
fn put(command: Command, path: &[String], from: &Filled<'_>) -> Command {
    match path {
        [] => command.mut_arg(from.arg.get_id(), |arg| {
            let value = from.value.clone();
            let arg = arg.required(false);
            match arg.get_action() {
                ArgAction::SetTrue => arg
                    .value_parser(BoolishValueParser::new())
                    .default_value(value),
                ArgAction::Append => arg.default_values(split(value)),
                _ => arg.default_value(value),
            }
        }),
        [first, rest @ ..] => command.mut_subcommand(first, |sub| put(sub, rest, from)),
    }
}

/// The items of a list.
fn split(value: OsString) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.split(',').map(OsString::from).collect(),
        None => vec![value],
    }
}

/// Whether a complaint is about this flag: `--concurrency <N>`.
fn is_of(arg: &Arg, about: &str) -> bool {
    let flag = about.split([' ', '=', '[']).next().unwrap_or_default();
    arg.get_long() == flag.strip_prefix("--")
}

/// Tells where a value is from that nobody typed.
fn explained(mut error: Error, all: &[Filled<'_>]) -> Error {
    let about = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(one)) => one.clone(),
        _ => return error,
    };
    if let Some(from) = all.iter().find(|one| is_of(one.arg, &about)) {
        let tip = format!("the value is that of the variable {}", from.variable);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
}

#[cfg(test)]
mod tests;
