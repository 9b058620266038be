//! Plans as a whole.

mod added_kind;
mod findings;
mod hostile;
mod work;
