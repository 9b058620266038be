//! Runs against the sandbox.

mod history;
mod owned;
mod rehearsal;
mod retried;
mod run;
mod update;
