//! Commands that carry a plan out, try it, or tell how that went.

pub(crate) mod apply;
pub(crate) mod carry;
pub(crate) mod demo;
pub(crate) mod failures;
pub(crate) mod rehearse;
pub(crate) mod rollback;
pub(crate) mod signals;
pub(crate) mod status;
pub(crate) mod verify;
