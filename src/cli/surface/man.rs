//! `man`: pages for `man`.

use std::path::PathBuf;

use apim_migrate::exit::Exit;
use clap::Args;

use crate::cli::report::{Outcome, Report};
use crate::cli::surface;
use crate::cli::ui::Ui;

/// Write a manual page for each command into a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct ManArgs {
    /// Folder to write them into; it is made
    #[arg(value_name = "FOLDER")]
    dir: PathBuf,
}

/// Writes the pages.
pub(crate) fn run(args: &ManArgs, ui: &Ui) -> Outcome {
    let failed = |e: std::io::Error| {
        let message = format!("could not write manual pages into `{}`", args.dir.display());
        Report::new(Exit::Failed, message).io(&e)
    };
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    clap_mangen::generate_to(surface::command(), &args.dir).map_err(failed)?;
    ui.status(&format!("wrote manual pages into {}", args.dir.display()));
    Ok(Exit::Done)
}
