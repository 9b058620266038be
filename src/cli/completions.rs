//! `completions`: a script for the shell.

use apim_migrate::exit::Exit;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::ui::Ui;
use super::{Cli, Outcome};

/// Print a script that completes commands and flags in a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to write it for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, ui: &Ui) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "apim-migrate", &mut script);
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
