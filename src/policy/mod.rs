//! What policy documents refer to, and how to rewrite it.
