//! How policies name resources.

use crate::catalog::{self, Kind};
use crate::policy::{By, Target};

/// How a document names resources of a kind.
pub(crate) struct Naming {
    pub(crate) kind: &'static Kind,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Name,
    Display,
    NameOrDisplay,
    Thumbprint,
    NameOrThumbprint,
    /// The bare name of an operation, in whatever API.
    Operation,
}

/// Turns what the scanner calls it into a row of the catalog. `None` for what
/// is no resource that could be copied.
pub(crate) fn naming(target: &Target) -> Option<Naming> {
    let (kind, how) = match target {
        Target::NamedValue => (&catalog::NAMED_VALUE, How::Display),
        Target::Fragment => (&catalog::POLICY_FRAGMENT, How::Name),
        Target::Backend => (&catalog::BACKEND, How::Name),
        Target::Certificate => (&catalog::CERTIFICATE, How::Name),
        Target::Thumbprint => (&catalog::CERTIFICATE, How::Thumbprint),
        Target::CertificateInCode => (&catalog::CERTIFICATE, How::NameOrThumbprint),
        Target::Logger => (&catalog::LOGGER, How::Name),
        Target::Schema => (&catalog::GLOBAL_SCHEMA, How::Name),
        Target::Api { by: By::Id } => (&catalog::API, How::Name),
        Target::Api { by: By::Name } => (&catalog::API, How::NameOrDisplay),
        Target::Operation { .. } => (&catalog::OPERATION, How::Operation),
        _ => return None,
    };
    Some(Naming { kind, how })
}
