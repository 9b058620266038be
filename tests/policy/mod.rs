//! The reader of policies.

mod corpus;
mod properties;
