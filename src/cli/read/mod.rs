//! Commands that only look: at a service, a plan, a policy, a code.

pub(crate) mod assess;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod policy;
pub(crate) mod show;
pub(crate) mod snapshot;
pub(crate) mod validate;
