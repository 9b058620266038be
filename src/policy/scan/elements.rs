//! What elements of policies are, and what their attributes name.

use crate::policy::reference::{By, Target};
use crate::policy::text::lexer::ANY;

/// Elements that only a self-hosted gateway runs.
pub(super) const SELF_HOSTED: &[&str] = &["publish-to-dapr", "invoke-dapr-binding"];

/// Elements of the semantic cache.
pub(super) const SEMANTIC: &[&str] = &[
    "azure-openai-semantic-cache-lookup",
    "azure-openai-semantic-cache-store",
    "llm-semantic-cache-lookup",
    "llm-semantic-cache-store",
];

/// Values of `caching-type` that leave nothing open.
pub(super) const SETTLED: &[&str] = &["external", "internal"];

/// What an attribute names, by the element it stands in; [`ANY`] is any.
pub(super) fn target(element: &str, parents: &[&str], attribute: &str) -> Option<Target> {
    let by = |attribute| match attribute {
        "name" => Some(By::Name),
        "id" => Some(By::Id),
        _ => None,
    };
    match (element, attribute) {
        ("include-fragment" | ANY, "fragment-id") => Some(Target::Fragment),
        ("authentication-certificate" | ANY, "thumbprint") => Some(Target::Thumbprint),
        ("log-to-eventhub" | ANY, "logger-id") => Some(Target::Logger),
        ("get-authorization-context" | ANY, "provider-id") => Some(Target::AuthProvider),
        ("get-authorization-context" | ANY, "authorization-id") => Some(Target::AuthId),
        (_, "certificate-id" | "issuer-certificate-id") => Some(Target::Certificate),
        (_, "schema-id") => Some(Target::Schema),
        (_, "backend-id") => Some(Target::Backend),
        (_, other) if other.ends_with("-backend-id") => Some(Target::Backend),
        ("api", _) if limits(parents.last()) => by(attribute).map(|by| Target::Api { by }),
        ("operation", _)
            if parents.last() == Some(&"api") && limits(parents.iter().nth_back(1)) =>
        {
            by(attribute).map(|by| Target::Operation { by })
        }
        _ => None,
    }
}

fn limits(element: Option<&&str>) -> bool {
    matches!(element, Some(&("quota" | "rate-limit")))
}
