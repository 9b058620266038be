//! The command line as a whole: arguments, streams, files, shells, questions.

#[cfg(unix)]
mod arguments;
mod asking;
mod cli_surface;
mod completions;
#[cfg(unix)]
mod file_names;
mod listing;
mod no_effect;
mod output;
#[cfg(target_os = "linux")]
mod questions;
mod schemas;
mod wrong_inputs;
