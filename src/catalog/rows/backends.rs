//! Backends.

use serde_json::Value;

use super::shared::CERTIFICATE;
use super::shared::in_workspace;
use crate::catalog::member::{
    Sent, but, each, list, m, map, number, of, since, up_to, word, yes_or_no,
};
use crate::catalog::row::ROW;
use crate::catalog::version::{MARCH_2025, OCTOBER_2024};
use crate::catalog::{Default, Form, Kind, Letters, Reference, Sensitive, Shape};

/// The row of backends.
pub static BACKEND: Kind = Kind {
    name: "backend",
    plural: "backends",
    pattern: "backends",
    letters: Letters::Any,
    in_code: true,
    members: &[
        up_to(2000, "url"),
        word(&["http", "soap"], "protocol"),
        up_to(300, "title"),
        up_to(2000, "description"),
        up_to(2000, "resourceId"),
        of(
            "properties",
            &[of(
                "serviceFabricCluster",
                &[
                    m("clientCertificateId"),
                    m("clientCertificatethumbprint"),
                    number(None, None, "maxPartitionResolutionRetries"),
                    list(&Shape::Text(None), "managementEndpoints").needed(),
                    list(&Shape::Text(None), "serverCertificateThumbprints"),
                    each(
                        "serverX509Names",
                        &[m("name"), m("issuerCertificateThumbprint")],
                    ),
                ],
            )],
        ),
        of(
            "credentials",
            &[
                list(&Shape::Text(None), "certificateIds"),
                list(&Shape::Text(None), "certificate"),
                map(&Shape::List(&Shape::Text(None)), "query"),
                map(&Shape::List(&Shape::Text(None)), "header"),
                of(
                    "authorization",
                    &[
                        up_to(100, "scheme").needed(),
                        up_to(300, "parameter").needed(),
                    ],
                ),
                // Taken and shown at 2024-05-01 [service contract, 1.3].
                but(Sent::Unpublished, "managedIdentity"),
            ],
        ),
        of(
            "proxy",
            &[up_to(2000, "url").needed(), m("username"), m("password")],
        ),
        of(
            "tls",
            &[
                yes_or_no("validateCertificateChain"),
                yes_or_no("validateCertificateName"),
                since(MARCH_2025, "serverCertificateThumbprints"),
                since(MARCH_2025, "serverX509Names"),
            ],
        ),
        of(
            "circuitBreaker",
            &[each(
                "rules",
                &[
                    m("name"),
                    of(
                        "failureCondition",
                        &[
                            number(None, None, "count"),
                            number(None, None, "percentage"),
                            m("interval"),
                            each(
                                "statusCodeRanges",
                                &[
                                    number(Some(200), Some(599), "min"),
                                    number(Some(200), Some(599), "max"),
                                ],
                            ),
                            list(&Shape::Text(Some(200)), "errorReasons"),
                        ],
                    ),
                    m("tripDuration"),
                    yes_or_no("acceptRetryAfter"),
                    since(OCTOBER_2024, "failureResponse"),
                ],
            )],
        ),
        of(
            "pool",
            &[
                each(
                    "services",
                    &[
                        m("id").needed(),
                        number(Some(0), Some(100), "weight"),
                        number(Some(0), Some(100), "priority"),
                        since(MARCH_2025, "preferredCarbonEmission"),
                    ],
                ),
                since(OCTOBER_2024, "failureResponse"),
                since(OCTOBER_2024, "sessionAffinity"),
            ],
        ),
        word(&["Single", "Pool"], "type"),
        since(MARCH_2025, "azureRegion"),
    ],
    rules: &[|p| {
        let said = |name: &str| p.get(name).is_some_and(|v| !v.is_null() && v != "");
        let pool =
            (p.get("type").and_then(Value::as_str)).is_some_and(|t| t.eq_ignore_ascii_case("Pool"));
        let needs: &[&str] = if pool {
            &["pool"]
        } else {
            &["url", "protocol"]
        };
        let missing = needs.iter().find(|name| !said(name))?;
        let of = if pool { "a pool" } else { "a single backend" };
        Some(((*missing).to_owned(), format!("{of} can't be without it")))
    }],
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
    sensitive: &[
        Sensitive::All("credentials.authorization.parameter"),
        Sensitive::All("proxy.password"),
        Sensitive::Named("credentials.header"),
        Sensitive::Named("credentials.query"),
        Sensitive::Text("url"),
        Sensitive::Text("proxy.url"),
    ],
    called: &["url", "proxy.url"],
    embeds: &["url", "credentials.**", "proxy.**"],
    limits: &[in_workspace(200)],
    trial: Some(&[
        ("url", Default::Text("https://probe.invalid")),
        ("protocol", Default::Text("http")),
    ]),
    ..ROW
};
