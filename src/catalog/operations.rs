//! Operations.

use super::apis::{API_SCHEMA, OPERATION_POLICY};
use super::member::{Member, Sent, but, m, of, shown};
use super::products::TAG_OPERATION_LINK;
use super::table::ROW;
use super::{Default, Form, Kind, Lane, Limit, Listed, Per, Reference, Referrer};

const PARAMETER: &[Member] = &[
    m("name"),
    m("description"),
    m("type"),
    m("defaultValue"),
    m("required"),
    m("values"),
    m("schemaId"),
    m("typeName"),
    m("examples"),
];

const REPRESENTATION: &[Member] = &[
    m("contentType"),
    m("schemaId"),
    m("typeName"),
    of("formParameters", PARAMETER),
    m("examples"),
    // The first example over again; without examples it was seen up to 2019
    // [service contract, 1.3].
    but(Sent::Repeats("examples"), "sample"),
    // Made of the schema.
    shown("generatedSample"),
];

/// The row of operations.
pub static OPERATION: Kind = Kind {
    name: "operation",
    plural: "operations",
    pattern: "apis/operations",
    by_revision: true,
    // Recorded from 2019-01-01 to 2022-08-01, petstore's among them: a list
    // leaves out `request` where there is nothing in it, and nothing else
    // [recording: net ApiRevisionTests #11, go apis #11, cli core_service #19].
    listed: Listed::Whole,
    members: &[
        m("displayName"),
        m("method"),
        m("urlTemplate"),
        of("templateParameters", PARAMETER),
        m("description"),
        of(
            "request",
            &[
                m("description"),
                of("queryParameters", PARAMETER),
                of("headers", PARAMETER),
                of("representations", REPRESENTATION),
            ],
        ),
        of(
            "responses",
            &[
                m("statusCode"),
                m("description"),
                of("representations", REPRESENTATION),
                of("headers", PARAMETER),
            ],
        ),
        m("policies"),
    ],
    // A parameter of the template can't be left out [service contract, 1.5].
    defaults: &[("templateParameters[].required", Default::Bool(true))],
    slashed: &["urlTemplate"],
    not_carried: &[(
        "policies",
        "a legacy copy of the operation's policy, which is carried as its own resource",
    )],
    opaque: &["value"],
    references: &[
        schema("templateParameters[].schemaId"),
        schema("request.queryParameters[].schemaId"),
        schema("request.headers[].schemaId"),
        schema("request.representations[].schemaId"),
        schema("request.representations[].formParameters[].schemaId"),
        schema("responses[].headers[].schemaId"),
        schema("responses[].representations[].schemaId"),
        schema("responses[].representations[].formParameters[].schemaId"),
    ],
    children: &[&OPERATION_POLICY],
    referrers: &[Referrer {
        kind: &TAG_OPERATION_LINK,
        view: Some("tags"),
        view_of_all: Some("operationsByTags"),
        branch: "tags",
        most: None,
    }],
    lane: Lane::PerApi,
    limits: &[
        Limit {
            per: Per::Workspace,
            most: 5000,
        },
        Limit {
            per: Per::Parent,
            most: 100,
        },
    ],
    ..ROW
};

const API_SCHEMAS: &[&Kind] = &[&API_SCHEMA];

const fn schema(pointer: &'static str) -> Reference {
    Reference {
        pointer,
        to: API_SCHEMAS,
        form: Form::NameInApi,
    }
}
