//! Histories: commands after commands, with edits, with what others do in
//! between and at the same moment, and with runs that are cut off; beside them a
//! model that knows what must be there.

pub(crate) mod act;
mod deed;
mod model;
mod told;
mod words;

pub(crate) use act::{ACTS, History};
pub(crate) use told::tell;
