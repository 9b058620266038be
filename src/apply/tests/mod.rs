//! Runs against the sandbox.

mod history;
mod owned;
mod rehearsal;
mod run;
mod update;
