//! What is planned, and what is asked and remembered for it.

mod again;
pub(crate) mod along;
mod api_versions;
mod assess;
mod edited_plan;
mod foretold;
mod keys;
mod limits;
mod migration_file;
mod offline;
mod reads;
mod refused_policies;
mod remembered;
mod saved;
mod service_scope;
mod setup;
pub(crate) mod traits;
mod uploads;
