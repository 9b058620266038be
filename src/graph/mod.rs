//! What depends on what: references, the closure of a selection, and order.

pub mod closure;
pub mod document;
pub mod order;
pub mod references;

pub use closure::{Closure, Member, closure};
pub use references::{Cause, Need, References, Unresolved, Why, references};
