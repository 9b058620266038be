//! What refers to what: ids, links, names in documents, and who is in use.

pub(crate) mod allowed;
pub(crate) mod documents;
pub(crate) mod memberships;
pub(crate) mod references;
pub(crate) mod usage;
