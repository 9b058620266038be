//! Operations.

use super::table::ROW;
use super::{Form, Kind, Lane, Limit, Per, Reference, Referrer};

pub(super) const OPERATION: Kind = Kind {
    name: "operation",
    plural: "operations",
    pattern: "apis/operations",
    by_revision: true,
    writable: &[
        "displayName",
        "method",
        "urlTemplate",
        "templateParameters",
        "description",
        "request",
        "responses",
        "policies",
    ],
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
    children: &["operationPolicy"],
    referrers: &[Referrer {
        kind: "tagOperationLink",
        view: Some("tags"),
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

const fn schema(pointer: &'static str) -> Reference {
    Reference {
        pointer,
        to: &["apiSchema"],
        form: Form::NameInApi,
    }
}
