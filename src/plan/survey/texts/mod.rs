//! What stands in policies, and in other texts.

pub(super) mod braces;
pub(super) mod clear_text;
pub(super) mod meaning;
