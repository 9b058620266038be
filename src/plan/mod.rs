//! The plan: what is copied, under which name, why, in which order, and what
//! stands in the way.

pub mod again;
pub mod basis;
mod bodies;
pub mod decide;
pub mod folder;
pub mod model;
pub mod names;
pub mod needs;
mod options;
pub mod outcome;
pub mod sources;
mod steps;
mod survey;
pub mod target;
pub mod validate;

pub use bodies::{compare, content, place};
pub use compare::{Difference, differences};
pub use decide::{PlanError, Wanted, check, check_words, make, wanted};
pub use finding::{Finding, Severity};
pub use model::{Action, Content, Plan, Selection, Step, StepId};
pub use model::{codes, finding, setup, upload};
pub use names::Naming;
pub use options::{Keys, PlanOptions};
pub use place::{Place, same_id};
pub use setup::Setup;
pub use sources::{Sources, sources};
pub use target::Target;
pub use upload::{Upload, UploadFrom};

#[cfg(test)]
mod tests;
