//! What may stand in the properties of each type.

use serde_json::{Map, Value};

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as the service names it in `details[].target`.
    pub target: String,
    /// What is wrong with it.
    pub message: String,
}

/// Returns what is wrong with the properties of a PUT (`creating`) or PATCH.
pub fn check(
    pattern: &str,
    in_workspace: bool,
    creating: bool,
    properties: &Map<String, Value>,
) -> Vec<FieldError> {
    let _ = (pattern, in_workspace, creating, properties);
    Vec::new()
}

/// Returns why a name is none of the type's, `None` when it is.
pub fn name_problem(pattern: &str, name: &str) -> Option<String> {
    let _ = (pattern, name);
    None
}
