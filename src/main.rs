//! The command line: parse, run, turn the outcome into an exit code.

mod cli;
mod report;

use std::process;

fn main() {
    let code = cli::main(std::env::args_os().collect()).code();
    process::exit(i32::from(code));
}
