//! What `policy references` says of a document.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::reference::{By, Dynamic, DynamicBy, Place, Target};
use super::scan::scan;

type Names = BTreeSet<String>;

/// The references of a document; lists are sorted, without repeats, and left
/// out when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// The file it was read from.
    pub file: String,
    /// Display names of named values.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub named_values: Names,
    /// Those that comments name.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub named_values_in_comment: Names,
    /// Names of fragments.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub fragments: Names,
    /// Those that comments name.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub fragments_in_comment: Names,
    /// Names of backends.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub backends: Names,
    /// Names of certificates.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub certificates: Names,
    /// Thumbprints of certificates.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub thumbprints: Names,
    /// Names of loggers.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub loggers: Names,
    /// Names of schemas of the service.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub schemas: Names,
    /// Names of credential providers.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub auth_providers: Names,
    /// Names of their connections.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub auth_ids: Names,
    /// APIs that limits name, as `name=x` or `id=x`.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub apis: Names,
    /// Operations that limits name, as `name=x` or `id=x`.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub operations: Names,
    /// Values of `caching-type`, `(default)` where an element has none.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub caching: Names,
    /// References that no single literal gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dynamic: Vec<DynamicReport>,
}

/// A reference that no single literal gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct DynamicReport {
    /// The element.
    pub element: String,
    /// The attribute.
    pub attr: String,
    /// `expression`, `named-value`, `mixed` or `template-token`.
    pub by: &'static str,
    /// Strings in the code, names of the named values, or the token.
    pub strings: Vec<String>,
    /// Variables that the code reads; absent unless code gives the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<Vec<String>>,
    /// Literals that such a variable gets in the same document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

impl From<Dynamic> for DynamicReport {
    fn from(dynamic: Dynamic) -> Self {
        Self {
            by: dynamic.by.as_str(),
            reads: (dynamic.by == DynamicBy::Expression).then_some(dynamic.reads),
            element: dynamic.element,
            attr: dynamic.attr,
            strings: dynamic.strings,
            candidates: dynamic.candidates,
        }
    }
}

impl Report {
    /// Tells what the text of a file refers to.
    pub fn of(file: &str, text: &str) -> Self {
        let found = scan(text);
        let mut report = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        for reference in found.references {
            let no_attribute = reference.to == Target::CertificateInCode;
            if reference.place == Place::Liquid || no_attribute {
                continue;
            }
            let in_comment = reference.place == Place::Comment;
            let name = match reference.to {
                Target::Api { by } | Target::Operation { by } => match by {
                    By::Name => format!("name={}", reference.name),
                    By::Id => format!("id={}", reference.name),
                },
                _ => reference.name,
            };
            report.list(reference.to, in_comment).insert(name);
        }
        report.caching = found.caching.into_iter().map(|c| c.what).collect();
        let dynamic: BTreeSet<_> = found
            .dynamics
            .into_iter()
            .filter(|dynamic| dynamic.to != Target::CertificateInCode)
            .map(DynamicReport::from)
            .collect();
        report.dynamic = dynamic.into_iter().collect();
        report
    }

    fn list(&mut self, to: Target, in_comment: bool) -> &mut Names {
        match to {
            Target::NamedValue if in_comment => &mut self.named_values_in_comment,
            Target::NamedValue => &mut self.named_values,
            Target::Fragment if in_comment => &mut self.fragments_in_comment,
            Target::Fragment => &mut self.fragments,
            Target::Backend => &mut self.backends,
            Target::Certificate | Target::CertificateInCode => &mut self.certificates,
            Target::Thumbprint => &mut self.thumbprints,
            Target::Logger => &mut self.loggers,
            Target::Schema => &mut self.schemas,
            Target::AuthProvider => &mut self.auth_providers,
            Target::AuthId => &mut self.auth_ids,
            Target::Api { .. } => &mut self.apis,
            Target::Operation { .. } => &mut self.operations,
        }
    }
}
