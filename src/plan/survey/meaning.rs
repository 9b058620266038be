//! What a policy does that means something else in a workspace.

use super::Seen;
use crate::address::ResourcePath;
use crate::catalog::GROUP;
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::policy::{Scan, Target};
use serde_json::Map;

/// Members of `context` that are no longer there.
const REMOVED: &[&str] = &["context.Api.Workspace", "context.Product.Workspace"];

/// How code reads the groups of whoever calls.
const GROUPS: &str = "context.User.Groups.";

/// Whether every service has a group of this name.
fn is_in_every(name: &str) -> bool {
    let path = ResourcePath::top(GROUP.collection(), name);
    path.is_ok_and(|path| GROUP.is_built_in(&path, &Map::new()))
}

/// Findings about the document of a policy or fragment.
pub(super) fn meaning(resource: &Resource, seen: &Seen<'_>) -> Vec<Finding> {
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
    said.compares(scan);
    said.deployment(scan, seen);
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
        if let Some(own) = &scan.own_cache {
            let message = format!("`{}` needs an external cache, {own}", own.what);
            self.add(&codes::EXTERNAL_CACHE, message);
        }
    }

    fn compares(&mut self, scan: &Scan) {
        for compared in &scan.compares {
            let (member, literal) = compared.what.split_once('=').unwrap_or_default();
            // Operations keep both their names, and every service has some groups.
            let of_groups = member.starts_with(GROUPS);
            if member.starts_with("context.Operation.") || (of_groups && is_in_every(literal)) {
                continue;
            }
            let message = format!("it compares {member} with `{literal}`, {compared}");
            self.add(&codes::COMPARES, message);
        }
    }

    /// What code reads of where it runs.
    fn deployment(&mut self, scan: &Scan, seen: &Seen<'_>) {
        let own_gateway = seen.target.gateways.as_ref().is_some_and(|g| !g.is_empty());
        let changes = |what: &str| {
            let member = what.strip_prefix("context.Deployment.")?;
            Some(match member.starts_with("Gateway") {
                true => own_gateway || !seen.within(),
                false => !seen.within(),
            })
        };
        for read in (scan.contexts.iter()).filter(|c| changes(&c.what) == Some(true)) {
            let message = format!("it reads {}, {read}", read.what);
            self.add(&codes::READS_DEPLOYMENT, message);
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
