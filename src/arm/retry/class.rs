//! Refusals by what trying again can do about them.

use crate::arm::error::{ArmError, Refusal};

/// A class of trouble. Each has a count and a patience of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Final,
    Token,
    Throttled,
    /// Somebody else writes: passes by itself within seconds.
    Busy,
    /// Trouble of the service.
    Passing,
    /// Trouble that is often not passing at all.
    Doubtful,
    /// A workspace that was made just now: it is not there for everybody yet.
    Young,
}

/// How many classes there are.
pub(super) const CLASSES: usize = 7;

/// The class of a refusal, with a few words on it. `conditional` is whether the
/// request had an If-Match of its own: then a 412 is the answer.
pub(super) fn class(method: &str, refusal: &Refusal, conditional: bool) -> (Class, &'static str) {
    let is_write = matches!(method, "PUT" | "DELETE");
    match refusal.status {
        401 => (Class::Token, "the token was not taken"),
        429 => (Class::Throttled, "throttled"),
        // Also the lasting answer for what a scope or tier lacks; a workspace
        // that was just made gives it for a while to who lists what is in it.
        500 if refusal.says("Request processing failed due to internal error") => {
            match method == "GET" && is_in_workspace(&refusal.path) {
                true => (Class::Young, "the workspace is not ready"),
                false => (Class::Doubtful, "the service has trouble"),
            }
        }
        408 | 500..=599 => (Class::Passing, "the service has trouble"),
        409 | 422 if refusal.says("ManagementApiRequestFailed") => {
            (Class::Busy, "the service is busy")
        }
        409 => conflict(refusal),
        // Shown for two writers at once even where no condition was sent, such
        // as of several subscriptions of one product.
        412 if is_write && !conditional => (Class::Busy, "somebody else writes"),
        404 if method == "PUT" => missing(refusal),
        _ => (Class::Final, ""),
    }
}

/// Whether an error is that somebody else writes, which passes by itself.
pub fn is_busy(error: &ArmError) -> bool {
    let refusal = error.refusal();
    refusal.is_some_and(|r| says_busy(r.method, r, false))
}

/// Whether a refusal says so.
pub(in crate::arm) fn says_busy(method: &str, refusal: &Refusal, conditional: bool) -> bool {
    class(method, refusal, conditional).0 == Class::Busy
}

fn is_in_workspace(path: &str) -> bool {
    let mut segments = path.split('/').map(str::to_ascii_lowercase);
    segments.any(|segment| segment == "workspaces") && segments.nth(1).is_some()
}

fn conflict(refusal: &Refusal) -> (Class, &'static str) {
    if refusal.says("Link already exists") {
        return (Class::Final, "");
    }
    let busy = [
        "in progress",
        "PessimisticConcurrencyConflict",
        "being updated",
        "InSucceededState",
    ];
    if busy.iter().any(|words| refusal.says(words)) {
        return (Class::Busy, "the API is busy");
    }
    let same = ["IdentifierAlreadyInUse", "Resource already exists"];
    if same.iter().any(|words| refusal.says(words)) {
        return (Class::Doubtful, "somebody else makes the same thing");
    }
    match refusal.code.as_str() {
        "Conflict" => (Class::Doubtful, "a conflict"),
        _ => (Class::Final, ""),
    }
}

/// A parent that was reported created can be missing for a moment.
fn missing(refusal: &Refusal) -> (Class, &'static str) {
    match refusal.code.as_str() {
        "SubscriptionNotFound" | "ResourceGroupNotFound" => (Class::Final, ""),
        _ if refusal.says("Workspace not found") => (Class::Young, "the workspace is not ready"),
        _ => (Class::Doubtful, "what it stands below is not there yet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, status: u16, code: &str, message: &str) -> Class {
        let refusal = Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            path: "/service/n/apis/a".to_owned(),
            ..Refusal::default()
        };
        class(method, &refusal, false).0
    }

    #[test]
    fn each_refusal_has_its_class() {
        const INTERNAL: &str = "Request processing failed due to internal error.";
        for (method, status, code, message, expected) in [
            ("GET", 401, "", "", Class::Token),
            ("GET", 429, "TooManyRequests", "", Class::Throttled),
            ("GET", 408, "", "", Class::Passing),
            ("PUT", 500, "", "", Class::Passing),
            ("PUT", 500, "InternalServerError", INTERNAL, Class::Doubtful),
            ("PUT", 502, "", "", Class::Passing),
            ("PUT", 503, "", "", Class::Passing),
            ("PUT", 504, "", "", Class::Passing),
            ("PUT", 599, "", "", Class::Passing),
            ("PUT", 600, "", "", Class::Final),
            ("PUT", 499, "", "", Class::Final),
            ("PUT", 422, "ManagementApiRequestFailed", "", Class::Busy),
            ("PUT", 409, "ManagementApiRequestFailed", "", Class::Busy),
            ("PUT", 422, "ValidationError", "", Class::Final),
            (
                "PUT",
                409,
                "Conflict",
                "Link already exists between A and B.",
                Class::Final,
            ),
            (
                "PUT",
                409,
                "Conflict",
                "Operation on the API is in progress",
                Class::Busy,
            ),
            (
                "PUT",
                409,
                "PessimisticConcurrencyConflict",
                "",
                Class::Busy,
            ),
            ("PUT", 409, "X", "the service is being updated", Class::Busy),
            ("PUT", 409, "ServiceNotInSucceededState", "", Class::Busy),
            ("PUT", 409, "IdentifierAlreadyInUse", "", Class::Doubtful),
            ("PUT", 409, "X", "Resource already exists.", Class::Doubtful),
            ("PUT", 409, "Conflict", "", Class::Doubtful),
            ("PUT", 409, "X", "", Class::Final),
            ("PUT", 412, "PreconditionFailed", "", Class::Busy),
            ("DELETE", 412, "PreconditionFailed", "", Class::Busy),
            ("GET", 412, "PreconditionFailed", "", Class::Final),
            (
                "PUT",
                404,
                "ResourceNotFound",
                "Api not found.",
                Class::Doubtful,
            ),
            (
                "PUT",
                404,
                "ResourceNotFound",
                "Workspace not found.",
                Class::Young,
            ),
            ("PUT", 404, "SubscriptionNotFound", "", Class::Final),
            ("PUT", 404, "ResourceGroupNotFound", "", Class::Final),
            (
                "GET",
                404,
                "ResourceNotFound",
                "Api not found.",
                Class::Final,
            ),
            (
                "DELETE",
                404,
                "ResourceNotFound",
                "Api not found.",
                Class::Final,
            ),
            ("PUT", 400, "ValidationError", "", Class::Final),
            ("GET", 403, "AuthorizationFailed", "", Class::Final),
            ("PUT", 405, "", "", Class::Final),
            ("PUT", 413, "", "", Class::Final),
        ] {
            let found = of(method, status, code, message);
            assert_eq!(found, expected, "{method} {status} {code} {message}");
        }
    }

    #[test]
    fn a_workspace_that_was_just_made_is_waited_for_by_who_looks_into_it() {
        let of = |method: &str, path: &str| {
            let refusal = Refusal {
                status: 500,
                message: "Request processing failed due to internal error.".to_owned(),
                path: path.to_owned(),
                ..Refusal::default()
            };
            class(method, &refusal, false).0
        };
        assert_eq!(of("GET", "/service/n/workspaces/w/apis"), Class::Young);
        assert_eq!(of("GET", "/service/n/Workspaces/w/apis/a"), Class::Young);
        assert_eq!(of("PUT", "/service/n/workspaces/w/apis/a"), Class::Doubtful);
        assert_eq!(of("GET", "/service/n/workspaces/w"), Class::Doubtful);
        assert_eq!(of("GET", "/service/n/apis/workspaces"), Class::Doubtful);
    }

    #[test]
    fn an_error_says_that_somebody_else_writes_where_its_refusal_does() {
        let busy = |method: &'static str, status| {
            is_busy(&ArmError::Refused(Box::new(Refusal {
                method,
                status,
                code: "Conflict".to_owned(),
                message: "Operation on the API is in progress".to_owned(),
                ..Refusal::default()
            })))
        };
        assert!(busy("PUT", 409) && busy("DELETE", 412));
        assert!(!busy("PUT", 400) && !busy("GET", 412));
        let (what, limit) = ("items", 1);
        assert!(!is_busy(&ArmError::TooMuch { what, limit }));
    }

    #[test]
    fn a_condition_of_our_own_is_answered_by_a_412() {
        let refusal = Refusal {
            status: 412,
            ..Refusal::default()
        };
        assert_eq!(class("PUT", &refusal, true).0, Class::Final);
        assert_eq!(class("PUT", &refusal, false).0, Class::Busy);
    }
}
