//! What happens before the first write: what may be done, what stands there and at
//! the source, and what follows.

pub(in crate::apply) mod decide;
pub(in crate::apply) mod drift;
pub(in crate::apply) mod dry_run;
pub(in crate::apply) mod foretell;
pub(in crate::apply) mod rights;
