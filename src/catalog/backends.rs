//! Backends.

use super::shared::in_workspace;
use super::table::ROW;
use super::{Default, Form, Kind, Reference};

pub(super) const BACKEND: Kind = Kind {
    name: "backend",
    plural: "backends",
    pattern: "backends",
    in_code: true,
    writable: &[
        "url",
        "protocol",
        "title",
        "description",
        "resourceId",
        "properties",
        "credentials",
        "proxy",
        "tls",
        "circuitBreaker",
        "pool",
        "type",
    ],
    defaults: &[
        ("type", Default::Text("Single")),
        ("tls", Default::Anything),
        ("credentials", Default::Anything),
    ],
    unordered: &["credentials.certificateIds", "credentials.certificate"],
    references: &[
        Reference {
            pointer: "pool.services[].id",
            to: &["backend"],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificateIds[]",
            to: &["certificate"],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificate[]",
            to: &["certificate"],
            form: Form::Thumbprint,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificateId",
            to: &["certificate"],
            form: Form::Id,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificatethumbprint",
            to: &["certificate"],
            form: Form::Thumbprint,
        },
    ],
    embeds: &["url", "credentials.**", "proxy.**"],
    limits: &[in_workspace(200)],
    ..ROW
};
