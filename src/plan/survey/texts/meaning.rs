//! What a policy does that means something else in a workspace.

use std::collections::BTreeMap;

use crate::address::ResourcePath;
use crate::catalog::{Kind, kinds};
use crate::inventory::Resource;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::plan::model::Step;
use crate::plan::survey::Seen;
use crate::policy::{Scan, Target};
use serde_json::{Map, Value};

/// Members of `context` that are no longer there.
const REMOVED: &[&str] = &["context.Api.Workspace", "context.Product.Workspace"];

/// The kind of what code reads a name of, and by which member: `context.Api.Id`.
fn named(read: &str) -> Option<(&'static Kind, &str)> {
    let (of, member) = read.strip_prefix("context.")?.rsplit_once('.')?;
    let kind = kinds().iter().find(|kind| kind.context == Some(of))?;
    Some((kind, member))
}

/// Which names are the same after the move: each of a kind as code calls it, `Id`,
/// `Name` or `Path`, where there are copies of the kind and none has another.
pub(in crate::plan::survey) struct Kept(BTreeMap<(&'static Kind, &'static str), bool>);

impl Kept {
    pub(in crate::plan::survey) fn of(seen: &Seen<'_>) -> Self {
        let mut kept = BTreeMap::new();
        let compared = |step: &&Step| step.kind.context.is_some();
        for step in seen.steps.iter().filter(compared) {
            let source = step.source.as_ref().and_then(|s| seen.inventory.get(&s.0));
            let Some((source, content)) = source.zip(step.content.as_ref()) else {
                continue;
            };
            let same = |property: &str| {
                let copy = content.properties.get(property).and_then(Value::as_str);
                let names =
                    |text: Option<&str>| text.unwrap_or_default().trim_matches('/').to_owned();
                names(copy) == names(source.text(property))
            };
            for (member, is_kept) in [
                ("Id", step.target.below().name() == source.path.name()),
                ("Name", same(step.kind.display.map_or("", |d| d.property))),
                ("Path", same("path")),
            ] {
                *kept.entry((step.kind, member)).or_insert(true) &= is_kept;
            }
        }
        Self(kept)
    }

    /// Whether what code reads and compares with a literal is what it was.
    fn holds(&self, read: &str, literal: &str) -> bool {
        let Some((kind, member)) = named(read) else {
            return false;
        };
        let known = (self.0.iter()).find(|((k, m), _)| *k == kind && *m == member);
        let kept = || known.is_some_and(|(_, kept)| *kept);
        kind.keeps_names() || is_in_every(kind, literal) || kept()
    }
}

/// Whether every service has one of this name, which workspaces go on naming.
fn is_in_every(kind: &Kind, name: &str) -> bool {
    let path = ResourcePath::top(kind.collection(), name);
    kind.lends_built_ins && path.is_ok_and(|path| kind.is_built_in(&path, &Map::new()))
}

/// Findings about the document of a policy or fragment.
pub(in crate::plan::survey) fn meaning(
    resource: &Resource,
    seen: &Seen<'_>,
    kept: &Kept,
) -> Vec<Finding> {
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
    said.compares(scan, kept);
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

    fn compares(&mut self, scan: &Scan, kept: &Kept) {
        for compared in &scan.compares {
            let (member, literal) = compared.what.split_once('=').unwrap_or_default();
            if kept.holds(member, literal) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_compares_the_name_of_any_kind_is_told() {
        for of in kinds().iter().filter_map(|kind| kind.context) {
            // One of a kind, and each of several.
            let compares = |code: String| {
                let text = format!("<a b='@({code})' />");
                (crate::policy::scan(&text).compares.iter()).any(|c| {
                    named(c.what.trim_end_matches("=x")).is_some_and(|(k, _)| k.context == Some(of))
                })
            };
            for member in ["Id", "Name"] {
                let one = compares(format!(r#"context.{of}.{member} == "x""#));
                let each = compares(format!(r#"context.{of}.Any(e => e.{member} == "x")"#));
                assert!(one || each, "context.{of}.{member}");
            }
        }
    }
}
