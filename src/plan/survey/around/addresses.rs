//! Addresses: where callers reach the copies, and what goes on calling the
//! originals.

use crate::address::split_revision;
use crate::inventory::Resource;
use crate::plan::basis::{each_text, hosts};
use crate::plan::codes;
use crate::plan::finding::{Finding, few};
use crate::plan::model::Action;
use crate::plan::survey::Seen;

/// How the hosts of gateways in Azure go on after the name of the service.
const GATEWAYS: &str = ".azure-api.";

pub(in crate::plan::survey) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = new_ones(seen).into_iter().collect();
    let hosts = hosts(seen.inventory);
    for resource in seen.members() {
        let place = called(resource, &hosts);
        if let Some(place) = place.or_else(|| called_by_name(resource, seen.within())) {
            found.push(codes::OWN_HOST.about(&resource.path, place));
        }
    }
    found
}

/// What callers have to be told.
fn new_ones(seen: &Seen<'_>) -> Option<Finding> {
    let made = seen.steps.iter().filter(|s| s.action != Action::Tidy);
    let apis =
        made.filter(|s| s.kind.revisions && split_revision(s.target.below().name()).1.is_none());
    let mut moved = Vec::new();
    let mut any = false;
    for step in apis {
        any = true;
        let path = |text: Option<&str>| text.unwrap_or_default().trim_matches('/').to_owned();
        let source = step.source.as_ref().and_then(|s| seen.inventory.get(&s.0));
        let old = path(source.and_then(|r| r.text("path")));
        let copy = step.content.as_ref().and_then(|c| c.properties.get("path"));
        let new = path(copy.and_then(|v| v.as_str()));
        if old != new {
            moved.push(format!("`{old}` becomes `{new}`"));
        }
    }
    let own_gateway = seen.target.gateways.as_ref().is_some_and(|g| !g.is_empty());
    let host = match seen.within() {
        false => Some("that of another service"),
        true => own_gateway.then_some("that of the workspace's gateway"),
    };
    let message = match (host, moved.is_empty()) {
        _ if !any => return None,
        (None, true) => return None,
        (Some(host), true) => format!("the host is {host}"),
        (None, false) => format!("the path {}", few(moved.into_iter())),
        (Some(host), false) => format!(
            "the host is {host}, and the path {}",
            few(moved.into_iter())
        ),
    };
    Some(codes::NEW_ADDRESS.about("/apis", message))
}

/// Where code puts the gateway's host together from the name of the service,
/// which stays the same within it.
fn called_by_name(resource: &Resource, within: bool) -> Option<String> {
    let scan = resource.scan().filter(|_| within)?;
    let name = (scan.contexts.iter()).find(|c| c.what == "context.Deployment.ServiceName")?;
    let mut literals = scan.literals.iter();
    let host = literals.find(|l| l.in_code && l.text.starts_with(GATEWAYS))?;
    Some(format!(
        "it calls {} + \"{GATEWAYS}…\", line {}",
        name.what, host.line
    ))
}

/// Where a resource calls one of these hosts.
fn called(resource: &Resource, hosts: &[String]) -> Option<String> {
    let is_own = |host: &str| hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
    if let Some(scan) = resource.scan().filter(|_| resource.kind.is_document()) {
        let by_url = scan.base_url_hosts.iter().chain(&scan.url_hosts);
        let mut by_url = by_url
            .filter(|s| is_own(&s.what))
            .map(|s| (s.what.clone(), s.line));
        let by_literal = || {
            let mut literals = scan.literals.iter();
            literals.find_map(|l| Some((own_host(&l.text, hosts)?, l.line)))
        };
        let (host, line) = by_url.next().or_else(by_literal)?;
        return Some(format!("it calls {host}, line {line}"));
    }
    if !resource.kind.secrets_in(&resource.properties).is_empty() {
        return None;
    }
    let mut found = None;
    each_text(resource, &mut |property, text| {
        if let Some(host) = own_host(text, hosts).filter(|_| found.is_none()) {
            found = Some(format!("it calls {host}, `{property}`"));
        }
    });
    found
}

/// The host of a URL in a text that is one of these.
fn own_host(text: &str, hosts: &[String]) -> Option<String> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    let mut urls = text.match_indices("://");
    urls.find_map(|(at, mark)| {
        let rest = text.get(at + mark.len()..)?;
        let host = rest.split(ends).next()?;
        (hosts.iter())
            .find(|own| own.eq_ignore_ascii_case(host))
            .cloned()
    })
}
