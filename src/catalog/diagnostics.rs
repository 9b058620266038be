//! Diagnostics, of APIs and of the whole service.

use super::table::ROW;
use super::{Default, Form, Kind, Lane, Reference};

/// Diagnostics at every level look alike.
pub(super) const DIAGNOSTIC_ROW: Kind = Kind {
    writable: &[
        "alwaysLog",
        "loggerId",
        "sampling",
        "frontend",
        "backend",
        "logClientIp",
        "httpCorrelationProtocol",
        "verbosity",
        "operationNameFormat",
        "metrics",
    ],
    defaults: &[
        ("httpCorrelationProtocol", Default::Anything),
        ("verbosity", Default::Anything),
        ("operationNameFormat", Default::Anything),
        ("logClientIp", Default::Anything),
        ("frontend", Default::Anything),
        ("backend", Default::Anything),
        ("sampling", Default::Anything),
    ],
    references: &[Reference {
        pointer: "loggerId",
        to: &["logger"],
        form: Form::Id,
    }],
    ..ROW
};

pub(super) const API_DIAGNOSTIC: Kind = Kind {
    name: "apiDiagnostic",
    plural: "API diagnostics",
    pattern: "apis/diagnostics",
    by_revision: true,
    lane: Lane::PerApi,
    ..DIAGNOSTIC_ROW
};
