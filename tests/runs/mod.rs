//! What carries a plan out, tells how that went, or takes it back.

mod contoso;
mod drift;
mod interrupts;
#[cfg(target_os = "linux")]
mod memory;
mod put_back;
mod refusals;
mod rehearsal;
mod rehearse;
mod resume;
mod rights;
mod round_trips;
mod secrecy;
mod workspace;
