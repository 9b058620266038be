//! The built program against its own sandbox: one test binary, one file for
//! each behaviour.

mod common;

mod cli_surface;
mod output;
mod sandbox_command;
