//! What can go wrong between the tool and ARM, with ARM's own words.

mod failure;
mod refusal;

pub use failure::ArmError;
pub use refusal::{Detail, Refusal};
pub(in crate::arm) use refusal::{excerpt, word};
