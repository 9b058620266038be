//! Nothing that somebody can type or set makes the program panic.

use std::ffi::OsString;

use clap::{Command as Clap, FromArgMatches};
use proptest::prelude::*;

use super::global;
use crate::cli::service::sandbox;
use crate::cli::{Cli, Command, plan, surface};

/// All words of the command line: commands, flags and values that are known.
fn words(command: &Clap, all: &mut Vec<String>) {
    for arg in command.get_arguments() {
        all.extend(arg.get_long().map(|long| format!("--{long}")));
        all.extend(arg.get_short().map(|short| format!("-{short}")));
        let values = arg.get_possible_values();
        all.extend(values.iter().map(|value| value.get_name().to_owned()));
    }
    for sub in command.get_subcommands() {
        all.push(sub.get_name().to_owned());
        words(sub, all);
    }
}

#[cfg(unix)]
fn bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// A text that somebody may give, of which some are none.
fn value() -> impl Strategy<Value = OsString> {
    prop_oneof![
        "[a-z*?;=,{}./-]{0,12}".prop_map(OsString::from),
        "\\PC{0,8}".prop_map(OsString::from),
        proptest::collection::vec(1_u8.., 0..8).prop_map(bytes),
        Just(OsString::from("18446744073709551616")),
        Just(OsString::from("-1")),
        Just(OsString::from("{name}-{displayName}")),
    ]
}

fn word() -> impl Strategy<Value = OsString> {
    let mut known = Vec::new();
    words(&surface::command(), &mut known);
    let known = proptest::sample::select(known);
    prop_oneof![
        4 => known.clone().prop_map(OsString::from),
        2 => value(),
        2 => (known, value()).prop_map(|(flag, value)| {
            let mut whole = OsString::from(flag);
            whole.push("=");
            whole.push(value);
            whole
        }),
    ]
}

fn set() -> impl Strategy<Value = Vec<(String, OsString)>> {
    let names = surface::variables(&surface::command());
    let names: Vec<String> = names.into_iter().map(|variable| variable.name).collect();
    proptest::collection::vec((proptest::sample::select(names), value()), 0..4)
}

proptest! {
    #[test]
    fn no_argument_and_no_variable_makes_it_panic(
        command in proptest::sample::select(
            surface::command().get_subcommands().map(|c| c.get_name().to_owned()).collect::<Vec<_>>()
        ),
        more in proptest::collection::vec(word(), 0..8),
        set in set(),
    ) {
        let args: Vec<OsString> = ["apim-migrate".into(), command.into()].into_iter().chain(more).collect();
        global::Early::of(&args);
        let read = |name: &str| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        match surface::parsed_with(surface::command(), &args, &read) {
            Err(error) => drop(error.to_string()),
            Ok(matches) => match Cli::from_arg_matches(&matches).map(|cli| cli.command) {
                Ok(Command::Plan(args)) => plan::try_settings(&args),
                Ok(Command::Sandbox(args)) => drop(sandbox::try_settings(&args)),
                _ => {}
            },
        }
    }

    #[test]
    fn no_setting_of_a_plan_makes_it_panic(
        name in value(),
        template in "[{}a-z]{0,20}",
        list in proptest::collection::vec("\\PC{0,6}", 0..3),
    ) {
        let mut args: Vec<OsString> = vec!["apim-migrate".into(), "plan".into(), "--workspace".into(), name];
        for flag in ["--name-template", "--path-template", "--display-name-template"] {
            args.extend([flag.into(), OsString::from(&template)]);
        }
        for item in &list {
            args.extend(["--api", "--allow", "--without", "--exclude"].map(|flag| format!("{flag}={item}").into()));
        }
        if let Ok(matches) = surface::parsed_with(surface::command(), &args, &|_| None)
            && let Ok(Command::Plan(args)) = Cli::from_arg_matches(&matches).map(|cli| cli.command)
        {
            plan::try_settings(&args);
        }
    }
}
