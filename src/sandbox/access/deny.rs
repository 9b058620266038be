//! Rights that the caller lacks.

use std::fmt;
use std::str::FromStr;

use crate::address::{PROVIDER, ServiceId};
use crate::sandbox::http::call::Call;
use crate::sandbox::http::reply::Refusal;

const AUTHORIZATION: &str = "Microsoft.Authorization";

/// An action of Azure's access control, with `*` for any text:
/// `Microsoft.ApiManagement/service/workspaces/write`, `*/listValue/action`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action(String);

/// Why a text is not an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an action such as `{PROVIDER}/service/workspaces/write`")]
pub struct ActionError(String);

impl FromStr for Action {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let verb = text.rsplit('/').next().unwrap_or_default();
        let known = ["read", "write", "delete", "action", "*"];
        let is_verb = known.iter().any(|v| verb.eq_ignore_ascii_case(v));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '*');
        match is_verb && text.contains('/') && text.chars().all(plain) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(ActionError(text.to_owned())),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Action {
    fn covers(&self, action: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(rest) = action.strip_prefix(parts.next().unwrap_or_default()) else {
            return false;
        };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else {
            return rest.is_empty();
        };
        let mut rest = rest;
        for part in middle {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Refuses, as ARM does, what the caller has no right to.
pub(crate) fn check(denied: &[Action], call: &Call) -> Result<(), Refusal> {
    if denied.is_empty() {
        return Ok(());
    }
    let Some(action) = action_of(&call.method, &call.path) else {
        return Ok(());
    };
    let lower = action.to_ascii_lowercase();
    if !denied.iter().any(|d| d.covers(&lower)) {
        return Ok(());
    }
    Err(Refusal::arm(
        403,
        "AuthorizationFailed",
        format!(
            "The client 'sandbox' with object id '00000000-0000-0000-0000-000000000000' does not have authorization to perform action '{action}' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            call.path
        ),
    ))
}

/// The action that a request is: its provider, the collections on the way, and
/// what is done there.
fn action_of(method: &str, path: &str) -> Option<String> {
    let (_, below) = ServiceId::split(path)?;
    let mut words: Vec<&str> = below.split('/').filter(|w| !w.is_empty()).collect();
    let mark = words
        .iter()
        .position(|w| w.eq_ignore_ascii_case(AUTHORIZATION));
    let start = match mark {
        Some(at) => {
            words.drain(..=at);
            AUTHORIZATION.to_owned()
        }
        None => format!("{PROVIDER}/service"),
    };
    let mut action = start;
    // The one collection that stands below something without a name.
    if let [tenant, ..] = words.as_slice()
        && tenant.eq_ignore_ascii_case("tenant")
    {
        action.push_str("/tenant");
        words.remove(0);
    }
    for collection in words.iter().step_by(2) {
        action.push('/');
        action.push_str(collection);
    }
    let verb = match method {
        "GET" | "HEAD" => "read",
        "PUT" | "PATCH" => "write",
        "DELETE" => "delete",
        "POST" => "action",
        _ => return None,
    };
    Some(format!("{action}/{verb}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/x";

    #[test]
    fn a_request_is_an_action() {
        for (method, below, action) in [
            ("GET", "", "Microsoft.ApiManagement/service/read"),
            (
                "PUT",
                "/workspaces/w",
                "Microsoft.ApiManagement/service/workspaces/write",
            ),
            (
                "GET",
                "/workspaces/w/apis",
                "Microsoft.ApiManagement/service/workspaces/apis/read",
            ),
            (
                "GET",
                "/tenant/operationResults/65f0a1b2c3d4e5f601234567",
                "Microsoft.ApiManagement/service/tenant/operationResults/read",
            ),
            (
                "GET",
                "/workspaces/w/providers/Microsoft.Authorization/permissions",
                "Microsoft.Authorization/permissions/read",
            ),
            (
                "POST",
                "/namedValues/n/listValue",
                "Microsoft.ApiManagement/service/namedValues/listValue/action",
            ),
            (
                "DELETE",
                "/workspaces/w/providers/Microsoft.Authorization/roleAssignments/a",
                "Microsoft.Authorization/roleAssignments/delete",
            ),
        ] {
            let found = action_of(method, &format!("{SERVICE}{below}"));
            assert_eq!(found.as_deref(), Some(action), "{method} {below}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let covers = |pattern: &str, action: &str| {
            let pattern: Action = pattern.parse().unwrap();
            pattern.covers(&action.to_ascii_lowercase())
        };
        let write = "Microsoft.ApiManagement/service/workspaces/write";
        assert!(covers(write, write) && covers("*/write", write));
        assert!(covers("Microsoft.ApiManagement/*/workspaces/*", write));
        assert!(!covers("*/read", write) && !covers("*/apis/*", write));
        assert!(!covers("Microsoft.ApiManagement/service/write", write));
    }

    #[test]
    fn what_is_no_action_is_refused() {
        for bad in ["", "write", "workspaces/put", "a b/write"] {
            assert!(bad.parse::<Action>().is_err(), "{bad}");
        }
    }
}
