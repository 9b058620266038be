//! Answers, and refusals in the shape that the service gives them.

use serde_json::{Value, json};

/// What goes back over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Xml(String),
    Html(String),
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Json(body),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// One entry of `error.details`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) code: String,
    pub(crate) target: String,
    pub(crate) message: String,
}

/// A request that is not carried out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Vec<Detail>,
    /// Made by ARM itself and not by the service behind it.
    pub(crate) gateway: bool,
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
            gateway: false,
            retry_after: None,
        }
    }

    pub(crate) fn arm(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            gateway: true,
            ..Self::new(status, code, message)
        }
    }

    /// The service's own 400, whose true cause is in the details.
    pub(crate) fn fields(details: Vec<(String, String)>) -> Self {
        let details = details
            .into_iter()
            .map(|(target, message)| Detail {
                code: "ValidationError".to_owned(),
                target,
                message,
            })
            .collect();
        Self {
            details,
            ..Self::new(
                400,
                "ValidationError",
                "One or more fields contain incorrect values:",
            )
        }
    }

    pub(crate) fn field(target: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![(target.to_owned(), message.into())])
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFound", message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "Conflict", message)
    }

    pub(crate) fn busy() -> Self {
        Self::conflict("Operation on the API is in progress")
    }

    /// What the poll of a long-running request says that changed nothing.
    pub(crate) fn operation_failed() -> Self {
        Self::new(
            400,
            "OperationFailed",
            "The operation ended with an internal error, and nothing was changed.",
        )
    }

    pub(crate) fn stale() -> Self {
        Self::new(
            412,
            "PreconditionFailed",
            "The condition specified in the ETag header(s) was not met for this operation.",
        )
    }

    /// What the service says for features that a scope lacks.
    pub(crate) fn internal() -> Self {
        Self::new(
            500,
            "InternalServerError",
            "Request processing failed due to internal error. Please contact Microsoft Azure support.",
        )
    }

    pub(crate) fn body(&self) -> Value {
        if self.status == 405 {
            return json!({ "Message": self.message });
        }
        let details: Vec<Value> = self
            .details
            .iter()
            .map(|d| json!({"code": d.code, "target": d.target, "message": d.message}))
            .collect();
        let mut error = json!({"code": self.code, "message": self.message});
        if !self.gateway {
            error["details"] = if details.is_empty() {
                Value::Null
            } else {
                Value::Array(details)
            };
        }
        json!({ "error": error })
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = Reply::json(refusal.status, refusal.body());
        if refusal.gateway {
            reply = reply.with("x-ms-failure-cause", "gateway");
        }
        if let Some(seconds) = refusal.retry_after {
            reply = reply.with("retry-after", seconds.to_string());
        }
        reply
    }
}
