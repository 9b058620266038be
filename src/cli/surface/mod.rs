//! The command line as a whole: what each command's help says beside its own
//! flags, the variables that stand for flags, and what completes in a shell.

pub(crate) mod completions;
mod examples;
pub(crate) mod global;
pub(crate) mod help;
pub(crate) mod man;
pub(crate) mod schema;
mod values;
mod variables;
mod version;

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, Error};

pub(crate) use self::values::with_values;
pub(crate) use self::variables::{of_flag, variables};
use super::Cli;
use apim_migrate::exit::Exit;

/// What is said below the help of the program.
const TOPICS: &str = "`apim-migrate help COMMAND` tells all of a command, `help environment` which variables stand \
    for flags, `help exit-codes` what a script can go by, `help words` what words mean here.";

/// Where the short help leaves the flags of every command to the long one.
const FOLDED: &str = "Global options: --output, --json, -v, -q, --progress, --color, --log-file and \
    others; `--help` tells them";

/// The whole command line.
pub(crate) fn command() -> Command {
    let root = Cli::command()
        .version(env!("CARGO_PKG_VERSION"))
        .long_version(version::long());
    let codes: Vec<String> = (Exit::ALL.iter())
        .map(|exit| format!("{} {}", exit.code(), exit.meaning()))
        .collect();
    let codes = format!("Exit codes: {}", codes.join("; "));
    let examples = examples::text(&[]);
    let long = format!("{examples}\n\n{codes}\n\n{TOPICS}");
    let root = root
        .after_help(format!("{examples}\n\n{FOLDED}\n\n{codes}\n\n{TOPICS}"))
        .after_long_help(long)
        .mut_args(|arg| match arg.is_global_set() {
            true => arg.hide_short_help(true),
            false => arg,
        });
    dressed(root, &mut Vec::new())
}

/// Gives each command its example.
fn dressed(command: Command, above: &mut Vec<String>) -> Command {
    command.mut_subcommands(|sub| {
        above.push(sub.get_name().to_owned());
        let path: Vec<&str> = above.iter().map(String::as_str).collect();
        let examples = examples::text(&path);
        let (short, long) = match examples.is_empty() {
            true => (FOLDED.to_owned(), None),
            false => (format!("{examples}\n\n{FOLDED}"), Some(examples)),
        };
        let mut sub = sub.after_help(short);
        if let Some(long) = long {
            sub = sub.after_long_help(long);
        }
        let sub = dressed(sub, above);
        above.pop();
        sub
    })
}

/// Parses the arguments, with variables for the flags that are not among them.
pub(crate) fn parsed(command: Command, args: &[OsString]) -> Result<ArgMatches, Error> {
    parsed_with(command, args, &|name| std::env::var_os(name))
}

/// The same with variables that are read otherwise.
pub(crate) fn parsed_with(
    command: Command,
    args: &[OsString],
    read: &dyn Fn(&str) -> Option<OsString>,
) -> Result<ArgMatches, Error> {
    variables::parsed(&command, args, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_versions_of_everything_are_told() {
        let command = command();
        let long = command.render_long_version();
        for line in [
            "apim-migrate 0.1.0\n",
            "\ncommit: ",
            "\napi-version: 2024-05-01",
            "\nplan format: 1",
        ] {
            assert!(long.contains(line), "{long}");
        }
        assert_eq!(command.render_version().trim(), "apim-migrate 0.1.0");
    }
}

#[cfg(test)]
mod arguments_tests;
#[cfg(test)]
mod documented_tests;
