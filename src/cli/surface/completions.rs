//! `completions`: a script for the shell.

use apim_migrate::exit::Exit;
use clap::Args;
use clap_complete::Shell;

use crate::cli::report::Outcome;
use crate::cli::surface;
use crate::cli::ui::Ui;

const PROGRAM: &str = "apim-migrate";

/// Print a script that completes commands, flags and their values in a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to write it for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, ui: &Ui) -> Outcome {
    let mut command = surface::with_values(surface::command());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, PROGRAM, &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Bash {
        script = mended(&script);
    }
    ui.print(&script)?;
    Ok(Exit::Done)
}

/// The script for bash names the program in two ways where it has a hyphen, and
/// so forgets all commands behind it (clap-rs/clap#6421).
fn mended(script: &str) -> String {
    let one = PROGRAM.replace('-', "__subcmd__");
    script.replace(&one, &PROGRAM.replace('-', "__"))
}
