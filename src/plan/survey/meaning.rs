//! What a policy does that means something else in a workspace.

use super::Seen;
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::policy::{Scan, Spot, Target};

/// Members of `context` that are no longer there.
const REMOVED: &[&str] = &["context.Api.Workspace", "context.Product.Workspace"];

/// Findings about the document of a policy or fragment.
pub(super) fn meaning(resource: &Resource, _seen: &Seen<'_>) -> Vec<Finding> {
    let Some(scan) = resource.scan() else {
        return Vec::new();
    };
    let mut said = Said {
        resource,
        found: Vec::new(),
    };
    said.caches(scan);
    said.certificates(scan);
    if let Some(place) = &scan.managed_identity {
        let message = format!("authentication-managed-identity is used, {place}");
        said.add(&codes::MANAGED_IDENTITY, message);
    }
    // Operations keep both their names.
    let kept = |c: &&Spot| c.what.starts_with("context.Operation.");
    for compared in scan.compares.iter().filter(|c| !kept(c)) {
        let (member, literal) = compared.what.split_once('=').unwrap_or_default();
        said.add(
            &codes::COMPARES,
            format!("it compares {member} with `{literal}`, {compared}"),
        );
    }
    for member in REMOVED {
        if let Some(place) = scan.contexts.iter().find(|c| c.what == *member) {
            said.add(
                &codes::CONTEXT_WORKSPACE,
                format!("it reads {member}, {place}"),
            );
        }
    }
    for place in scan.base_url_hosts.iter().chain(&scan.url_hosts) {
        let host = &place.what;
        if host.ends_with(".management.azure-api.net") || host == "management.azure.com" {
            said.add(&codes::OWN_MANAGEMENT, format!("it calls {host}, {place}"));
        }
    }
    for place in &scan.in_clear {
        let message = format!("line {}: {}", place.line, place.what);
        said.add(&codes::SECRET_IN_CLEAR, message);
    }
    said.found
}

/// Whether a document uses the external cache when there is one, and can do
/// without.
pub(super) fn prefers_external_cache(scan: &Scan) -> bool {
    let settled = |c: &Spot| {
        ["external", "internal"]
            .iter()
            .any(|v| c.what.eq_ignore_ascii_case(v))
    };
    !scan.caching.iter().all(settled)
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
        let external = (scan.caching.iter()).find(|c| c.what.eq_ignore_ascii_case("external"));
        if let Some(external) = external {
            let message = format!("it says caching-type=\"external\", {external}");
            self.add(&codes::EXTERNAL_CACHE, message);
        }
        if scan.semantic_cache {
            let message = "the semantic cache needs an external one";
            self.add(&codes::EXTERNAL_CACHE, message);
        }
    }

    fn certificates(&mut self, scan: &Scan) {
        let taken = scan
            .references
            .iter()
            .find(|r| r.to == Target::CertificateInCode);
        let by_value = scan
            .dynamics
            .iter()
            .find(|d| d.to == Target::CertificateInCode);
        if let Some(line) = taken.map(|r| r.line).or(by_value.map(|d| d.line)) {
            let message = format!("code takes one of context.Deployment.Certificates, line {line}");
            self.add(&codes::CERTIFICATE_IN_CODE, message);
        }
        if let Some(place) = &scan.certificates_in_code {
            let message = format!("code reads context.Deployment.Certificates, {place}");
            self.add(&codes::CA_CERTIFICATE, message);
        }
        if let Some(place) = &scan.client_certificate_issuers {
            let message = format!("validate-client-certificate names an issuer, {place}");
            self.add(&codes::CA_CERTIFICATE, message);
        }
    }
}
