//! The built program against its own sandbox, and the policy scanner against
//! documents: one test binary, one file for each behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that can't go on fails where it stands"
)]

mod common;

mod again;
mod along;
mod api_versions;
#[cfg(unix)]
mod arguments;
mod asking;
mod assess;
mod browser;
mod ci_recipes;
mod cli_surface;
mod completions;
mod contoso;
mod demo;
mod doctor;
mod drift;
mod edited_plan;
mod embed;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(unix)]
mod file_names;
mod foretold;
mod guide;
mod hostile;
mod interrupts;
mod keys;
mod limits;
mod listing;
#[cfg(target_os = "linux")]
mod memory;
mod migration_file;
mod no_effect;
mod offline;
mod output;
mod pages;
mod policy_corpus;
mod policy_properties;
mod put_back;
#[cfg(target_os = "linux")]
mod questions;
mod reads;
mod real_services;
mod recorded_bodies;
mod recordings;
mod refusals;
mod refused_policies;
mod rehearsal;
mod rehearse;
mod remembered;
mod resume;
mod rights;
mod round_trips;
mod sample_plan;
mod sandbox_command;
mod saved;
mod schemas;
mod sdk;
mod secrecy;
mod service_scope;
mod setup;
mod show;
mod traits;
mod uploads;
mod workspace;
mod wrong_inputs;
