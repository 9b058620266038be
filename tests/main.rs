//! The built program against its own sandbox, and the policy scanner against
//! documents: one test binary, a folder for each subject, a file for each behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that can't go on fails where it stands"
)]

mod command;
mod common;
#[cfg(target_os = "linux")]
mod faults;
mod looks;
mod pages;
mod planning;
mod policy;
mod runs;
mod services;
