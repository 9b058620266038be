//! The plan: what is copied, under which name, why, in which order, and what
//! stands in the way.

pub mod compare;
pub mod finding;
mod layout;
pub mod model;
pub mod names;
pub mod target;

pub use compare::{Difference, Place, differences};
pub use finding::{Finding, Severity};
pub use model::{Action, Content, Plan, Selection, Step, StepId};
pub use target::Target;
