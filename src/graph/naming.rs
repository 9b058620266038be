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
        Target::NamedValue => ("namedValue", How::Display),
        Target::Fragment => ("policyFragment", How::Name),
        Target::Backend => ("backend", How::Name),
        Target::Certificate => ("certificate", How::Name),
        Target::Thumbprint => ("certificate", How::Thumbprint),
        Target::CertificateInCode => ("certificate", How::NameOrThumbprint),
        Target::Logger => ("logger", How::Name),
        Target::Schema => ("globalSchema", How::Name),
        Target::Api { by: By::Id } => ("api", How::Name),
        Target::Api { by: By::Name } => ("api", How::NameOrDisplay),
        Target::Operation { .. } => ("operation", How::Operation),
        _ => return None,
    };
    let kind = catalog::kind(kind)?;
    Some(Naming { kind, how })
}
