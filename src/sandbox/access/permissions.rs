//! What the caller may do: everything, but for what is denied.

use serde_json::json;

use super::deny::Action;
use super::roles;
use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::{Refusal, Reply};
use crate::sandbox::http::routes::not_allowed;
use crate::sandbox::store::Service;

const END: &str = "/providers/microsoft.authorization/permissions";

/// Whether a path is about the caller's permissions.
pub(crate) fn concerns(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(END)
}

/// Tells them at a scope, as one who holds a role of his own: one entry, whose
/// exceptions are what is denied.
pub(crate) fn handle(
    services: &[Service],
    denied: &[Action],
    call: &Call,
) -> Result<Reply, Refusal> {
    let scope = call.path.len().saturating_sub(END.len());
    roles::exists(services, call.path.get(..scope).unwrap_or_default())?;
    if call.method != "GET" {
        return Err(not_allowed(&call.method));
    }
    let exceptions: Vec<String> = denied.iter().map(Action::to_string).collect();
    Ok(Reply::json(
        200,
        json!({
            "value": [{
                "actions": ["*"],
                "notActions": exceptions,
                "dataActions": [],
                "notDataActions": [],
            }],
            "nextLink": null,
        }),
    ))
}
