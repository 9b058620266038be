//! Whose fault a failure is, and whether it will come again: pure decisions,
//! for who goes on or stops.

use schemars::JsonSchema;
use serde::Serialize;

use super::failure::ArmError;
use super::refusal::Refusal;

/// Trouble that meets each request alike, whatever it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// There is no token, or it is not taken.
    Token,
    /// ARM limits the caller, for longer than anything waits.
    Throttled,
    /// The service, or the way to it, is down.
    Unreachable,
}

impl Trouble {
    /// In a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Trouble::Token => "there is no token that is taken",
            Trouble::Throttled => "ARM takes no more requests for now",
            Trouble::Unreachable => "the service can't be reached",
        }
    }
}

impl ArmError {
    /// The trouble of the whole run that shows in this failure; none when the
    /// request itself is at fault, or what it asks for.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            ArmError::Auth(_) => Some(Trouble::Token),
            ArmError::Closed { .. } => Some(Trouble::Throttled),
            // What fits no header is the token.
            ArmError::NoAnswer { source, .. } if source.is_builder() => Some(Trouble::Token),
            ArmError::NoAnswer { .. } | ArmError::NotJson { foreign: true, .. } => {
                Some(Trouble::Unreachable)
            }
            ArmError::Refused(refusal) => match refusal.status {
                401 => Some(Trouble::Token),
                429 => Some(Trouble::Throttled),
                // Tried for minutes by now; 407 is a proxy that wants a name.
                407 | 502..=504 => Some(Trouble::Unreachable),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the same request will be refused again, however often it is
    /// sent: something in it has to change. What rests on others is not: on
    /// rights, on what is there, on who else writes.
    pub fn permanent(&self) -> bool {
        match self {
            ArmError::Refused(refusal) => {
                matches!(
                    refusal.status,
                    400 | 405 | 406 | 411 | 413 | 414 | 415 | 422 | 501
                ) && !rests_on_others(refusal)
            }
            // The status of an operation that failed is ours.
            ArmError::Failed(refusal) => {
                let code = refusal.code.as_str();
                (matches!(code, "ValidationError" | "BadRequest") || code.starts_with("Invalid"))
                    && !rests_on_others(refusal)
            }
            _ => false,
        }
    }
}

fn rests_on_others(refusal: &Refusal) -> bool {
    let words = [
        "is used by the following entities",
        "has existing subscriptions",
        "ManagementApiRequestFailed",
    ];
    words.iter().any(|words| refusal.says(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::arm::auth::AuthError;

    fn refusal(status: u16, code: &str, message: &str) -> Box<Refusal> {
        Box::new(Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            ..Refusal::default()
        })
    }

    #[test]
    fn trouble_of_the_run_is_told_from_that_of_a_request() {
        let refused = |status| ArmError::Refused(refusal(status, "", "")).trouble();
        for (status, expected) in [
            (401, Some(Trouble::Token)),
            (429, Some(Trouble::Throttled)),
            (407, Some(Trouble::Unreachable)),
            (502, Some(Trouble::Unreachable)),
            (503, Some(Trouble::Unreachable)),
            (504, Some(Trouble::Unreachable)),
            (400, None),
            (403, None),
            (404, None),
            (408, None),
            (409, None),
            (412, None),
            (500, None),
            (505, None),
        ] {
            assert_eq!(refused(status), expected, "{status}");
        }
        let auth = ArmError::Auth(AuthError::NoneWorked(Vec::new()));
        assert_eq!(auth.trouble(), Some(Trouble::Token));
        let closed = ArmError::Closed {
            bucket: "reads",
            wait: Duration::ZERO,
            limit: Duration::ZERO,
        };
        assert_eq!(closed.trouble(), Some(Trouble::Throttled));
        assert_eq!(ArmError::Failed(refusal(503, "", "")).trouble(), None);
        assert!(!closed.permanent());
        let page = |foreign| ArmError::NotJson {
            method: "GET",
            path: String::new(),
            status: 200,
            what: String::new(),
            foreign,
        };
        assert_eq!(page(true).trouble(), Some(Trouble::Unreachable));
        assert_eq!(page(false).trouble(), None);
    }

    #[test]
    fn what_comes_again_however_often_it_is_sent_is_permanent() {
        let refused = |status, message: &str| {
            ArmError::Refused(refusal(status, "ValidationError", message)).permanent()
        };
        for status in [400, 405, 406, 411, 413, 414, 415, 422, 501] {
            assert!(refused(status, "bad"), "{status}");
        }
        for status in [401, 403, 404, 408, 409, 412, 429, 500, 502, 503, 504] {
            assert!(!refused(status, "bad"), "{status}");
        }
        for message in [
            "The Backend 'b' is used by the following entities:",
            "Product cannot be deleted since it has existing subscriptions.",
            "ManagementApiRequestFailed",
        ] {
            assert!(!refused(400, message), "{message}");
        }
        let failed = |code: &str| ArmError::Failed(refusal(400, code, "")).permanent();
        assert!(failed("ValidationError") && failed("BadRequest") && failed("InvalidTemplate"));
        assert!(!failed("InternalServerError") && !failed(""));
    }
}
