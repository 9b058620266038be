//! What can go wrong between the tool and ARM, with ARM's own words.

mod blame;
mod failure;
mod refusal;

pub use blame::Trouble;
pub use failure::ArmError;
pub(in crate::arm) use refusal::excerpt;
pub use refusal::{Detail, Refusal};
