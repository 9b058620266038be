//! What the page shows, as data: a module for each of its parts.

pub(crate) mod apis;
pub(crate) mod diffs;
pub(crate) mod findings;
pub(crate) mod runs;
pub(crate) mod shown;
pub(crate) mod steps;
pub(crate) mod things;
pub(crate) mod top;
