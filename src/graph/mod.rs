//! What depends on what.

pub mod references;

pub use references::{Need, References, Unresolved, Why, references};
