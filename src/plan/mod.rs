//! The plan: what is copied, under which name, why, in which order, and what
//! stands in the way.

pub mod again;
pub mod basis;
pub mod codes;
pub mod compare;
pub mod content;
pub mod decide;
pub mod finding;
pub mod folder;
pub mod model;
pub mod names;
pub mod needs;
pub mod outcome;
pub mod place;
pub mod setup;
pub mod sources;
mod steps;
mod survey;
pub mod target;
pub mod upload;
pub mod validate;

pub use compare::{Difference, differences};
pub use decide::{Keys, PlanError, PlanOptions, Wanted, check, check_words, make, wanted};
pub use finding::{Finding, Severity};
pub use model::{Action, Content, Plan, Selection, Step, StepId};
pub use names::Naming;
pub use place::{Place, same_id};
pub use setup::Setup;
pub use sources::{Sources, sources};
pub use target::Target;
pub use upload::{Upload, UploadFrom};

#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod work_tests;
