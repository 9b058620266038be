//! The client against servers that say what each test wants them to.

mod fault;
pub(crate) mod hostile;
mod wire;
