//! The command line: parse, run, turn the outcome into an exit code.

mod cli;

use std::process;

/// A plan of 100,000 steps is made of some four million pieces: with the system's
/// allocator they take a third more time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let code = cli::main(std::env::args_os().collect()).code();
    process::exit(i32::from(code));
}
