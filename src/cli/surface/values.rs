//! Values that shells offer where the program itself says more about them than
//! that they are not among the known ones.

use apim_migrate::plan::codes::CODES;
use apim_migrate::plan::decide::{branches, scope_words};
use apim_migrate::rights::{ROLES, Standing};
use apim_migrate::workspace::PrincipalType;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};

/// The values of a flag, where they can be listed.
fn values(flag: &str) -> Option<Vec<&'static str>> {
    let roles = |at| ROLES.iter().filter(move |r| r.at == at).map(|r| r.short);
    let mut values: Vec<&str> = match flag {
        "allow" => CODES.iter().map(|code| code.code).collect(),
        "without" => branches(),
        "with-service-scope" => scope_words(),
        "role" => roles(Standing::Workspace).collect(),
        "service-role" => ["none"]
            .into_iter()
            .chain(roles(Standing::Service))
            .collect(),
        "principal-type" => PrincipalType::ALL.iter().map(|of| of.word()).collect(),
        _ => return None,
    };
    values.sort_unstable();
    Some(values)
}

/// The command line as shells should know it.
pub(crate) fn with_values(command: Command) -> Command {
    let known = |arg: Arg| match arg.get_long().and_then(values) {
        Some(values) => arg.value_parser(PossibleValuesParser::new(values)),
        None => arg,
    };
    command.mut_args(known).mut_subcommands(with_values)
}
