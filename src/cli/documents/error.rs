//! An error as programs read it.

use apim_migrate::apply::Conflict;
use apim_migrate::plan::basis::Drift;
use schemars::JsonSchema;
use serde::Serialize;

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ErrorDocument {
    pub(crate) error: ErrorBody,
}

/// Everything that is said about one error.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct ErrorBody {
    pub(crate) message: String,
    /// How the program ends.
    pub(crate) exit: u8,
    /// From the outermost to the innermost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<ServiceSaid>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conflicts: Option<Vec<Conflict>>,
    /// What has changed at the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drift: Option<Vec<Drift>>,
    /// What to do next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) help: Vec<String>,
}

/// The service's own words.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceSaid {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Vec<Said>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) request_id: Option<String>,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// One detail of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) target: String,
    pub(crate) message: String,
}

impl From<&apim_migrate::arm::Refusal> for ServiceSaid {
    fn from(refusal: &apim_migrate::arm::Refusal) -> Self {
        let detail = |detail: &apim_migrate::arm::Detail| Said {
            code: detail.code.clone(),
            target: detail.target.clone(),
            message: detail.message.clone(),
        };
        Self {
            status: refusal.status,
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            details: refusal.details.iter().map(detail).collect(),
            correlation_id: refusal.correlation_id.clone(),
            request_id: refusal.request_id.clone(),
            attempts: refusal.attempts,
        }
    }
}
