//! Histories: commands after commands, with edits, with what others do in
//! between and at the same moment, and with runs that are cut off; beside them a
//! model that knows what must be there.

pub(crate) mod act;
mod carry;
mod deed;
mod kept;
mod model;
mod runs;
mod source;
mod told;
mod wanted;
mod words;

pub(crate) use act::{ACTS, History};
pub(crate) use told::tell;
