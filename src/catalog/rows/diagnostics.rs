//! Diagnostics, of APIs and of the whole service.

use super::shared::LOGGER;
use crate::catalog::member::{Member, each, list, m, number, of, shown, since, word, yes_or_no};
use crate::catalog::row::ROW;
use crate::catalog::version::JUNE_2024;
use crate::catalog::{Default, Form, Kind, Lane, Reference, Shape};

const MESSAGE: &[Member] = &[
    list(&Shape::Text(None), "headers"),
    of("body", &[number(None, Some(8192), "bytes")]),
    of(
        "dataMasking",
        &[each("queryParams", MASKED), each("headers", MASKED)],
    ),
];

const MASKED: &[Member] = &[m("value"), word(&["Mask", "Hide"], "mode")];

const PIPELINE: &[Member] = &[of("request", MESSAGE), of("response", MESSAGE)];

/// All parameters of the query hidden.
const HIDDEN: Default = Default::OneObject(&[("value", "*"), ("mode", "Hide")]);

/// Diagnostics at every level look alike.
pub(in crate::catalog) const DIAGNOSTIC_ROW: Kind = Kind {
    members: &[
        word(&["allErrors"], "alwaysLog"),
        m("loggerId").needed(),
        of(
            "sampling",
            &[
                word(&["fixed"], "samplingType"),
                number(Some(0), Some(100), "percentage"),
            ],
        ),
        of("frontend", PIPELINE),
        of("backend", PIPELINE),
        yes_or_no("logClientIp"),
        word(&["None", "Legacy", "W3C"], "httpCorrelationProtocol"),
        word(&["verbose", "information", "error"], "verbosity"),
        word(&["Name", "Url"], "operationNameFormat"),
        yes_or_no("metrics"),
        since(JUNE_2024, "largeLanguageModel"),
        // How versions of 2019 show what `httpCorrelationProtocol` says.
        shown("enableHttpCorrelationHeaders"),
    ],
    // Refused on any other [service contract, 1.3].
    only_named: &[("operationNameFormat", "applicationinsights")],
    // As recorded at 2024-05-01; the verbosity and the format of names as the
    // documentation has them.
    defaults: &[
        ("httpCorrelationProtocol", Default::Text("Legacy")),
        ("verbosity", Default::Text("information")),
        ("operationNameFormat", Default::Text("Name")),
        ("logClientIp", Default::Bool(true)),
        ("sampling.samplingType", Default::Text("fixed")),
        ("frontend.request.dataMasking.queryParams", HIDDEN),
        ("backend.request.dataMasking.queryParams", HIDDEN),
    ],
    references: &[Reference {
        pointer: "loggerId",
        to: &[&LOGGER],
        form: Form::Id,
    }],
    ..ROW
};

/// The row of API diagnostics.
pub static API_DIAGNOSTIC: Kind = Kind {
    name: "apiDiagnostic",
    plural: "API diagnostics",
    pattern: "apis/diagnostics",
    by_revision: true,
    edited_untold: true,
    lane: Lane::PerApi,
    ..DIAGNOSTIC_ROW
};
