//! What a policy does that means something else in a workspace.

use super::clear_text;
use super::codes;
use super::finding::Finding;
use crate::inventory::Resource;
use crate::policy::{self, Scan};

/// Members of `context` that are no longer there.
const REMOVED: &[&str] = &["context.Api.Workspace", "context.Product.Workspace"];

/// Findings about the document of a policy or fragment.
pub(super) fn meaning(resource: &Resource) -> Vec<Finding> {
    let Some(text) = resource.document() else {
        return Vec::new();
    };
    let scan = policy::scan(text);
    let mut said = Said {
        resource,
        found: Vec::new(),
    };
    said.caches(&scan);
    said.certificates(text, &scan);
    if scan.managed_identity {
        let place = place_of(text, "<authentication-managed-identity");
        let message = format!("authentication-managed-identity is used, {place}");
        said.add(&codes::MANAGED_IDENTITY, message);
    }
    for compared in &scan.compares {
        let (member, literal) = compared.split_once('=').unwrap_or((compared, ""));
        let place = place_of(text, member);
        said.add(
            &codes::COMPARES,
            format!("it compares {member} with `{literal}`, {place}"),
        );
    }
    for member in REMOVED {
        if scan.contexts.iter().any(|c| c.starts_with(member)) {
            let place = place_of(text, member);
            said.add(
                &codes::CONTEXT_WORKSPACE,
                format!("it reads {member}, {place}"),
            );
        }
    }
    for host in scan.base_url_hosts.iter().chain(&scan.url_hosts) {
        let host = host.to_ascii_lowercase();
        if host.ends_with(".management.azure-api.net") || host == "management.azure.com" {
            let place = place_of(text, &host);
            said.add(&codes::OWN_MANAGEMENT, format!("it calls {host}, {place}"));
        }
    }
    for place in clear_text::in_document(text) {
        said.add(&codes::SECRET_IN_CLEAR, place);
    }
    said.found
}

/// Whether a document uses the external cache when there is one, and can do
/// without.
pub(super) fn prefers_external_cache(text: &str) -> bool {
    text.contains("<cache-")
        && policy::scan(text).caching.iter().any(|c| {
            !["external", "internal"]
                .iter()
                .any(|v| c.value.eq_ignore_ascii_case(v))
        })
}

struct Said<'a> {
    resource: &'a Resource,
    found: Vec<Finding>,
}

impl Said<'_> {
    fn add(&mut self, code: &codes::Code, message: impl Into<String>) {
        self.found.push(code.about(&self.resource.path, message));
    }

    fn caches(&mut self, scan: &Scan) {
        let external = (scan.caching.iter()).find(|c| c.value.eq_ignore_ascii_case("external"));
        if let Some(external) = external {
            let message = format!(
                "it says caching-type=\"external\", line {}, column {}",
                external.line, external.column
            );
            self.add(&codes::EXTERNAL_CACHE, message);
        }
        if scan.semantic_cache {
            let message = "the semantic cache needs an external one";
            self.add(&codes::EXTERNAL_CACHE, message);
        }
    }

    fn certificates(&mut self, text: &str, scan: &Scan) {
        if scan.certificates_in_code {
            let place = place_of(text, "context.Deployment");
            let message = format!("code reads context.Deployment.Certificates, {place}");
            self.add(&codes::CA_CERTIFICATE, message);
        }
        if scan.client_certificate_issuers {
            let place = place_of(text, "issuer-certificate-id");
            let message = format!("validate-client-certificate names an issuer, {place}");
            self.add(&codes::CA_CERTIFICATE, message);
        }
    }
}

/// Where something first stands outside of a comment.
fn place_of(text: &str, what: &str) -> String {
    let commented = |at: usize| {
        let before = &text[..at];
        let open = before.rfind("<!--");
        open.is_some_and(|open| !before[open..].contains("-->"))
    };
    let lower = text.to_ascii_lowercase();
    let what = what.to_ascii_lowercase();
    let mut places = lower.match_indices(&what).map(|(at, _)| at);
    let Some(at) = places.find(|at| !commented(*at)) else {
        return "somewhere in its text".to_owned();
    };
    let before = &text[..at];
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    let column = before[start..].chars().count() + 1;
    format!("line {line}, column {column}")
}
