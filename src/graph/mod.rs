//! What depends on what: references, the closure of a selection, and order.

pub mod closure;
mod company;
pub mod document;
mod follow;
pub(crate) mod naming;
pub mod order;
pub mod references;

pub use closure::{Closure, Member, closure};
pub use references::{Cause, Need, References, Strength, Unresolved, Why, references};
