//! `help`: a command's help, or what concerns all of them.

use std::fmt::Write as _;

use apim_migrate::exit::Exit;
use apim_migrate::nearest::nearest;
use apim_migrate::words::WORDS;
use clap::{Args, Command};

use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::{ENDPOINT, TOKEN};
use crate::cli::service::named::{GROUP, NAME, SUBSCRIPTION};
use crate::cli::surface;
use crate::cli::ui::wrap::wrapped;
use crate::cli::ui::{BOLD, Ui, painted, width};

/// What tells of a topic.
type Tell = fn() -> String;

/// What is explained that is no command.
const TOPICS: &[(&str, Tell)] = &[
    ("environment", environment),
    ("exit-codes", exit_codes),
    ("words", words),
];

/// Variables that stand for no flag, or were there before the rule.
const OTHERS: &[(&str, &str)] = &[
    (ENDPOINT, "where ARM is: --arm-endpoint"),
    (TOKEN, "a bearer token for ARM; it wins over --auth"),
    (SUBSCRIPTION, "the service's subscription: --subscription"),
    (GROUP, "the service's resource group: --resource-group"),
    (NAME, "the service's name: --service-name"),
    (
        "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE",
        "as for every Azure SDK: --auth",
    ),
    (
        "HTTPS_PROXY, NO_PROXY",
        "a proxy on the way to ARM, and what is not behind it",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE",
        "whether colours are used: --color",
    ),
    (
        "RUST_LOG",
        "what the log holds: apim_migrate::arm=trace,info",
    ),
];

/// Explain a command, or: environment, exit-codes, words
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command with its parts, or a topic: environment, exit-codes, words
    #[arg(value_name = "COMMAND|TOPIC")]
    about: Vec<String>,
}

/// Tells it.
pub(crate) fn run(args: &HelpArgs, ui: &Ui) -> Outcome {
    let text = match args.about.as_slice() {
        [one] if topic(one).is_some() => topic(one).map(|tell| wrapped(&tell(), width())),
        path => Some(of_command(path)?),
    }
    .unwrap_or_default();
    ui.print(&text)?;
    Ok(Exit::Done)
}

fn topic(word: &str) -> Option<Tell> {
    let found = TOPICS.iter().find(|(name, _)| *name == word);
    found.map(|(_, tell)| *tell)
}

fn of_command(path: &[String]) -> Result<String, Report> {
    let mut root = surface::command();
    // Usage lines name the whole command.
    root.build();
    let mut command = &mut root;
    for word in path {
        let names: Vec<String> = (command.get_subcommands().map(Command::get_name))
            .chain(TOPICS.iter().map(|(name, _)| *name))
            .map(str::to_owned)
            .collect();
        command = command.find_subcommand_mut(word).ok_or_else(|| {
            let report = Report::usage(format!("there is no command or topic `{word}`"));
            match nearest(word, names.iter().map(String::as_str)) {
                Some(like) => report.help(format!("did you mean `{like}`?")),
                None => report.help("`apim-migrate help` lists the commands"),
            }
        })?;
    }
    Ok(format!(
        "{}\n",
        command.render_long_help().ansi().to_string().trim_end()
    ))
}

fn exit_codes() -> String {
    let mut out = format!("{}\n", painted(BOLD, "Exit codes"));
    for exit in Exit::ALL {
        let _ = writeln!(
            out,
            "  {}  {}\n       {}",
            exit.code(),
            exit.meaning(),
            exit.next()
        );
    }
    out
}

fn environment() -> String {
    let mut out = format!("{}\n", painted(BOLD, "Variables"));
    for (name, what) in OTHERS {
        let _ = writeln!(out, "  {name}\n       {what}");
    }
    let _ = write!(
        out,
        "\n{}\n  What is typed wins over a variable, and a variable over the migration file. An empty one \
         is none. Lists are separated by commas; switches take true and false. A variable that \
         doesn't go with what was typed is passed over. APIM_MIGRATE_FLAG stands for --flag of every \
         command that has it, APIM_MIGRATE_COMMAND_FLAG for that of one command, which wins: \
         APIM_MIGRATE_APPLY_CONCURRENCY, APIM_MIGRATE_WORKSPACE_CREATE_YES.\n\n",
        painted(BOLD, "Variables that stand for flags"),
    );
    let all = surface::variables(&surface::command());
    let width = all.iter().map(|v| v.name.len()).max().unwrap_or(0);
    for variable in &all {
        let of = match variable.commands.as_slice() {
            [] => "every command".to_owned(),
            commands => commands.join(", "),
        };
        let _ = writeln!(out, "  {:width$}  {} of {of}", variable.name, variable.flag);
    }
    out
}

fn words() -> String {
    let mut out = format!("{}\n", painted(BOLD, "Words"));
    for (word, meaning) in WORDS {
        let _ = writeln!(out, "  {}\n       {meaning}", painted(BOLD, word));
    }
    out
}
