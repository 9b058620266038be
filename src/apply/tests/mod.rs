//! Runs against the sandbox.

mod dry;
mod history;
mod lanes;
mod owned;
mod rehearsal;
mod retried;
mod run;
mod trouble;
mod update;
