//! The command line: parse, run, turn the outcome into an exit code.

#[allow(dead_code, reason = "commands that speak to a service come next")]
mod cli;
mod report;

use std::process;

fn main() {
    let code = cli::main(std::env::args_os().collect()).code();
    process::exit(i32::from(code));
}
