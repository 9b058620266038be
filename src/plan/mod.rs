//! The plan: what is copied, under which name, why, in which order, and what
//! stands in the way.

pub mod finding;
pub mod model;
pub mod names;
pub mod target;

pub use finding::{Finding, Severity};
pub use model::{Action, Content, Plan, Selection, Step, StepId};
pub use target::Target;
