//! Backends.

use super::member::{Sent, but, m, of, since};
use super::shared::CERTIFICATE;
use super::shared::in_workspace;
use super::table::ROW;
use super::version::{MARCH_2025, OCTOBER_2024};
use super::{Default, Form, Kind, Reference};

/// The row of backends.
pub static BACKEND: Kind = Kind {
    name: "backend",
    plural: "backends",
    pattern: "backends",
    in_code: true,
    members: &[
        m("url"),
        m("protocol"),
        m("title"),
        m("description"),
        m("resourceId"),
        of(
            "properties",
            &[of(
                "serviceFabricCluster",
                &[
                    m("clientCertificateId"),
                    m("clientCertificatethumbprint"),
                    m("maxPartitionResolutionRetries"),
                    m("managementEndpoints"),
                    m("serverCertificateThumbprints"),
                    of(
                        "serverX509Names",
                        &[m("name"), m("issuerCertificateThumbprint")],
                    ),
                ],
            )],
        ),
        of(
            "credentials",
            &[
                m("certificateIds"),
                m("certificate"),
                m("query"),
                m("header"),
                of("authorization", &[m("scheme"), m("parameter")]),
                // Taken and shown at 2024-05-01 [service contract, 1.3].
                but(Sent::Unpublished, "managedIdentity"),
            ],
        ),
        of("proxy", &[m("url"), m("username"), m("password")]),
        of(
            "tls",
            &[
                m("validateCertificateChain"),
                m("validateCertificateName"),
                since(MARCH_2025, "serverCertificateThumbprints"),
                since(MARCH_2025, "serverX509Names"),
            ],
        ),
        of(
            "circuitBreaker",
            &[of(
                "rules",
                &[
                    m("name"),
                    of(
                        "failureCondition",
                        &[
                            m("count"),
                            m("percentage"),
                            m("interval"),
                            of("statusCodeRanges", &[m("min"), m("max")]),
                            m("errorReasons"),
                        ],
                    ),
                    m("tripDuration"),
                    m("acceptRetryAfter"),
                    since(OCTOBER_2024, "failureResponse"),
                ],
            )],
        ),
        of(
            "pool",
            &[
                of(
                    "services",
                    &[
                        m("id"),
                        m("weight"),
                        m("priority"),
                        since(MARCH_2025, "preferredCarbonEmission"),
                    ],
                ),
                since(OCTOBER_2024, "failureResponse"),
                since(OCTOBER_2024, "sessionAffinity"),
            ],
        ),
        m("type"),
        since(MARCH_2025, "azureRegion"),
    ],
    // Certificates are checked unless it is said that they are not.
    defaults: &[
        ("type", Default::Text("Single")),
        ("tls.validateCertificateChain", Default::Bool(true)),
        ("tls.validateCertificateName", Default::Bool(true)),
    ],
    identities: &["credentials.managedIdentity"],
    unordered: &["credentials.certificateIds", "credentials.certificate"],
    references: &[
        Reference {
            pointer: "pool.services[].id",
            to: &[&BACKEND],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificateIds[]",
            to: &[&CERTIFICATE],
            form: Form::Id,
        },
        Reference {
            pointer: "credentials.certificate[]",
            to: &[&CERTIFICATE],
            form: Form::Thumbprint,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificateId",
            to: &[&CERTIFICATE],
            form: Form::Id,
        },
        Reference {
            pointer: "properties.serviceFabricCluster.clientCertificatethumbprint",
            to: &[&CERTIFICATE],
            form: Form::Thumbprint,
        },
    ],
    embeds: &["url", "credentials.**", "proxy.**"],
    limits: &[in_workspace(200)],
    trial: Some(&[
        ("url", Default::Text("https://probe.invalid")),
        ("protocol", Default::Text("http")),
    ]),
    ..ROW
};
