//! What can go wrong between the tool and ARM, with ARM's own words.

use std::time::Duration;

use super::refusal::Refusal;
use crate::arm::auth::AuthError;
use crate::arm::endpoint::EndpointError;

/// Why a request did not work.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// The endpoint is unusable.
    #[error("the ARM endpoint is unusable")]
    Endpoint(#[from] EndpointError),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be set up")]
    Setup(#[source] reqwest::Error),
    /// No token.
    #[error("no access token")]
    Auth(#[from] AuthError),
    /// The service did not answer.
    #[error("{method} {path} got no answer after {attempts} tries in {} s", .took.as_secs())]
    NoAnswer {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// How often it was tried.
        attempts: u32,
        /// How long that took.
        took: Duration,
        /// What the last try ran into.
        source: reqwest::Error,
    },
    /// The service said no.
    #[error("{} {} answered {}{}", .0.method, .0.path, .0.status, spaced(&.0.code))]
    Refused(Box<Refusal>),
    /// A long-running operation ended badly.
    #[error("{} {} was accepted and failed later{}", .0.method, .0.path, spaced(&.0.code))]
    Failed(Box<Refusal>),
    /// A long-running operation did not end.
    #[error("{method} {path} was accepted and is still not done after {} s", .took.as_secs())]
    Unfinished {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// How long it was waited for.
        took: Duration,
        /// Whether the caller may not read how the operation stands.
        forbidden: bool,
    },
    /// The answer is not JSON.
    #[error("{method} {path} answered {status} with something that is not JSON: {what}")]
    NotJson {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Why it can't be read, and its beginning.
        what: String,
        /// Whether it is nothing that the service says, but a page of what
        /// stands between, time and again.
        foreign: bool,
    },
    /// A list is not one.
    #[error("GET {path} answered with something that is not a list: {what}")]
    NotAList {
        /// The request's path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The service points to another host, which must not get the token.
    #[error("{path} answered with a link to another host, `{host}`")]
    ForeignLink {
        /// The request's path.
        path: String,
        /// The host.
        host: String,
    },
    /// The service asked everybody to wait for longer than a request may take.
    #[error("ARM asks to send no more {bucket} for {} s, longer than the {} s that a request waits", .wait.as_secs(), .limit.as_secs())]
    Closed {
        /// What it limits: reads, writes, deletes.
        bucket: &'static str,
        /// How long there shall be none.
        wait: Duration,
        /// How long a request waits at most.
        limit: Duration,
    },
    /// What the request is about is not as it was, so that it was not sent once
    /// more.
    #[error("{method} {path} was not sent once more, since something else stands there by now")]
    Changed {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// Whether an attempt may have been carried out all the same.
        may_be_done: bool,
    },
    /// All answers together are more than any service has.
    #[error("the service gave more than {limit} {what}")]
    TooMuch {
        /// What was counted.
        what: &'static str,
        /// What is taken at most.
        limit: u64,
    },
    /// The answer is larger than anything the service has.
    #[error("{method} {path} answered with more than {limit} bytes")]
    TooLarge {
        /// The request's method.
        method: &'static str,
        /// Its path.
        path: String,
        /// What is taken at most.
        limit: usize,
    },
}

fn spaced(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!(" {code}"),
    }
}

impl ArmError {
    /// The service's refusal, when it said no.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ArmError::Refused(refusal) | ArmError::Failed(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether an attempt of a write may have been carried out, as far as that is
    /// known. A read that was refused, as of the state of an operation, or before
    /// another attempt, says nothing about the write that came first.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            ArmError::Changed { may_be_done, .. } => *may_be_done,
            ArmError::Refused(refusal) => {
                refusal.may_be_done || matches!(refusal.method, "GET" | "HEAD")
            }
            _ => true,
        }
    }

    /// The error of an attempt after another one, which may have been carried out.
    pub(crate) fn after(mut self, another: bool) -> Self {
        match &mut self {
            ArmError::Changed { may_be_done, .. } => *may_be_done |= another,
            ArmError::Refused(refusal) => refusal.may_be_done |= another,
            _ => {}
        }
        self
    }

    /// ARM's code, when there is one.
    pub fn code(&self) -> Option<&str> {
        self.refusal()
            .map(|r| r.code.as_str())
            .filter(|c| !c.is_empty())
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            ArmError::NotJson { status, .. } => Some(*status),
            _ => self.refusal().map(|r| r.status),
        }
    }

    /// Whether there is nothing of that name.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            ArmError::Auth(error) => return error.help(),
            ArmError::NoAnswer { .. } => {
                "check the network, the endpoint, and that the service is up"
            }
            ArmError::ForeignLink { .. } => {
                "the token is sent to the endpoint's own host only; check what stands between"
            }
            ArmError::NotJson { .. } => {
                "something between here and ARM answers in its place, such as a proxy"
            }
            ArmError::Closed { .. } => "wait that long, then run the command again",
            ArmError::NotAList { .. } | ArmError::TooLarge { .. } | ArmError::TooMuch { .. } => {
                "no service answers like that; check what stands between, and the endpoint"
            }
            ArmError::Setup(_) => "install a bundle of CA certificates",
            ArmError::Unfinished {
                forbidden: true, ..
            } => {
                "look at the resource in the portal, then run the command again; to be told how operations end, one needs the right `Microsoft.ApiManagement/service/tenant/*/read`"
            }
            ArmError::Unfinished { .. } => {
                "look at the resource in the portal, then run the command again"
            }
            _ => return self.refusal().and_then(Refusal::help),
        };
        Some(text.to_owned())
    }
}
