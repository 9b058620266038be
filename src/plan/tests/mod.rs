//! Plans as a whole.

mod findings;
mod hostile;
mod work;
