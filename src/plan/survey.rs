//! Findings that are no one's fault: what stays behind, what is shared, what a
//! policy does that means something else in a workspace, and what won't fit.

use std::collections::{BTreeMap, BTreeSet};

use super::clear_text;
use super::codes::{self, Code};
use super::finding::{Finding, Severity};
use super::model::{Action, Step};
use super::outcome::singular;
use super::target::Target;
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Home, Kind, Per};
use crate::graph::closure::stands_for_current;
use crate::graph::references::{Followed, follow_property, is_scope_of_all, without_revision};
use crate::graph::{Closure, Why};
use crate::inventory::{Inventory, Resource};
use crate::policy;

/// Tiers that had no workspaces when this was written.
const TIERS_WITHOUT: &[&str] = &["Consumption", "Developer", "Basic", "Standard"];

/// Collects the findings about a closure and the steps made of it.
pub(super) fn survey(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
    steps: &[Step],
    selected: &[ResourcePath],
) -> Vec<Finding> {
    let mut survey = Survey {
        inventory,
        closure,
        target,
        steps,
        found: Vec::new(),
    };
    survey.of_target();
    survey.of_service(selected);
    survey.left_behind();
    survey.shared();
    for path in closure.members.keys() {
        if let Some(resource) = inventory.get(path) {
            survey.of_member(resource);
            survey.of_document(resource);
        }
    }
    survey.subscriptions();
    survey.limits();
    survey.found
}

struct Survey<'a> {
    inventory: &'a Inventory,
    closure: &'a Closure,
    target: &'a Target,
    steps: &'a [Step],
    found: Vec<Finding>,
}

impl Survey<'_> {
    fn add(&mut self, code: &Code, resource: impl ToString, message: impl Into<String>) {
        self.found.push(code.about(resource, message));
    }

    fn within(&self) -> bool {
        self.inventory.service == self.target.service
    }

    fn is_member(&self, path: &ResourcePath) -> bool {
        self.closure.members.contains_key(path)
    }

    fn of_target(&mut self) {
        let workspace = format!("/workspaces/{}", self.target.workspace);
        if let Some(sku) = &self.target.sku
            && TIERS_WITHOUT.iter().any(|t| t.eq_ignore_ascii_case(sku))
        {
            let message = format!("`{}` is of the tier {sku}", self.target.service.name());
            self.add(&codes::TIER, &workspace, message);
        }
        if self.target.gateways.as_ref().is_some_and(Vec::is_empty) {
            self.add(
                &codes::NO_GATEWAY,
                &workspace,
                "no gateway is associated with it",
            );
        }
    }

    fn of_service(&mut self, selected: &[ResourcePath]) {
        let inventory = self.inventory;
        if let Some(policy) = inventory.of_kind("servicePolicy").next() {
            let code: &Code = match self.within() {
                true => &codes::SERVICE_POLICY,
                false => &codes::SERVICE_POLICY_MISSING,
            };
            let named = policy.document().map(policy::scan).unwrap_or_default();
            let names: BTreeSet<&str> = named.references.iter().map(|r| r.name.as_str()).collect();
            let message = match names.len() {
                0 => "the all-APIs policy names nothing".to_owned(),
                _ => {
                    let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                    format!("the all-APIs policy names {}", names.join(", "))
                }
            };
            self.add(code, &policy.path, message);
        }
        let diagnostics: Vec<&str> = inventory
            .of_kind("diagnostic")
            .map(|r| r.path.name())
            .collect();
        if !diagnostics.is_empty() {
            let message = format!("the service has {}", diagnostics.join(", "));
            self.add(&codes::SERVICE_DIAGNOSTICS, "/diagnostics", message);
        }
        for served in inventory.of_kind("gatewayApi") {
            let api = split_revision(served.path.name()).0;
            if selected.iter().any(|p| p.name().eq_ignore_ascii_case(api)) {
                let gateway = served.path.root();
                let message = format!("the self-hosted gateway `{}` serves it", gateway.name());
                self.add(&codes::SELF_HOSTED_GATEWAY, format!("/apis/{api}"), message);
            }
        }
        if self
            .closure
            .cut
            .iter()
            .any(|p| p.collection().eq_ignore_ascii_case("subscriptions"))
        {
            return;
        }
        for subscription in inventory
            .of_kind("subscription")
            .filter(|r| !r.is_built_in())
        {
            if subscription.text("scope").is_some_and(is_scope_of_all) {
                let message = "its scope is all APIs of the service";
                self.add(&codes::ALL_APIS, &subscription.path, message);
            }
        }
    }

    fn left_behind(&mut self) {
        for path in self.closure.left.keys() {
            let Some(kind) = catalog::kind_of(path) else {
                continue;
            };
            if let Home::Nowhere(name) = kind.home
                && let Some(code) = codes::code(name)
            {
                let message = format!("a workspace has no {}", kind.plural);
                self.add(code, path, message);
            }
        }
    }

    /// Products and version sets that are copied while some of their APIs stay.
    fn shared(&mut self) {
        let inventory = self.inventory;
        let mut staying: BTreeMap<ResourcePath, BTreeSet<String>> = BTreeMap::new();
        for api in inventory.of_kind("api") {
            if self.is_member(&without_revision(&api.path)) {
                continue;
            }
            for reference in api.kind.references {
                let named = api.text(reference.pointer).unwrap_or_default();
                if let Followed::To(set) = follow_property(api, inventory, reference, named)
                    && self.is_member(&set)
                {
                    staying
                        .entry(set)
                        .or_default()
                        .insert(format!("`{}`", api.path.name()));
                }
            }
        }
        for (set, apis) in staying {
            let apis: Vec<String> = apis.into_iter().collect();
            self.add(
                &codes::SIBLINGS,
                &set,
                format!("not selected: {}", apis.join(", ")),
            );
        }
        for path in self.closure.members.keys() {
            let mut apis = BTreeSet::new();
            for link in inventory.children(path).filter(|c| c.kind.with_named_end) {
                for reference in link.kind.references {
                    let text = link.text(reference.pointer).unwrap_or_default();
                    if let Followed::To(api) = follow_property(link, inventory, reference, text)
                        && !self.is_member(&api)
                    {
                        apis.insert(format!("`{}`", api.name()));
                    }
                }
            }
            if !apis.is_empty() {
                let apis: Vec<String> = apis.into_iter().collect();
                self.found.push(
                    codes::SHARED_PRODUCT.about(path, format!("not selected: {}", apis.join(", "))),
                );
            }
        }
    }

    fn of_member(&mut self, resource: &Resource) {
        let path = &resource.path;
        if resource
            .properties
            .get("keyVault")
            .is_some_and(|v| !v.is_null())
        {
            let vault = resource.properties["keyVault"]["secretIdentifier"].as_str();
            let message = format!("it reads `{}`", vault.unwrap_or("a vault"));
            self.add(&codes::KEY_VAULT, path, message);
        }
        if resource.text("type") == Some("external") {
            let id = resource.text("externalId").unwrap_or("an external group");
            self.add(
                &codes::EXTERNAL_GROUP,
                path,
                format!("it stands for `{id}`"),
            );
        }
        for child in self.inventory.children(path) {
            if child.kind.home == Home::Workspace
                && resource.kind.children.contains(&child.kind.name)
                && !stands_for_current(child, self.inventory)
            {
                let message = "it is of a revision that is not current";
                self.found.push(codes::RELEASE.about(&child.path, message));
            }
        }
        for place in clear_text::in_properties(resource) {
            self.add(&codes::SECRET_IN_CLEAR, path, place);
        }
        let Some(member) = self.closure.members.get(path) else {
            return;
        };
        for need in member
            .references
            .needs
            .iter()
            .filter(|n| n.why == Why::Comment)
        {
            let alone = !self.closure.members.values().any(|m| {
                m.references
                    .needs
                    .iter()
                    .any(|n| n.to == need.to && n.why != Why::Comment)
            });
            if alone {
                let message = format!("only a comment in `{path}` names it");
                self.found.push(codes::REDIRECTED.about(&need.to, message));
            }
        }
    }

    fn of_document(&mut self, resource: &Resource) {
        let Some(text) = resource.document() else {
            return;
        };
        let path = &resource.path;
        let scan = policy::scan(text);
        let external: Vec<&str> = (scan.caching.iter())
            .map(|c| c.value.as_str())
            .filter(|v| v.eq_ignore_ascii_case("external"))
            .collect();
        if !external.is_empty() {
            self.add(
                &codes::EXTERNAL_CACHE,
                path,
                "it says caching-type=\"external\"",
            );
        }
        if scan.semantic_cache {
            self.add(
                &codes::EXTERNAL_CACHE,
                path,
                "the semantic cache needs an external one",
            );
        }
        if scan.certificates_in_code {
            self.add(
                &codes::CA_CERTIFICATE,
                path,
                "code reads context.Deployment.Certificates",
            );
        }
        if scan.client_certificate_issuers {
            self.add(
                &codes::CA_CERTIFICATE,
                path,
                "validate-client-certificate names an issuer",
            );
        }
        if scan.managed_identity {
            self.add(
                &codes::MANAGED_IDENTITY,
                path,
                "authentication-managed-identity is used",
            );
        }
        for compared in &scan.compares {
            self.add(&codes::COMPARES, path, format!("it compares {compared}"));
        }
        for member in ["context.Api.Workspace", "context.Product.Workspace"] {
            if scan.contexts.iter().any(|c| c.starts_with(member)) {
                self.add(
                    &codes::CONTEXT_WORKSPACE,
                    path,
                    format!("it reads {member}"),
                );
            }
        }
        for host in scan.base_url_hosts.iter().chain(&scan.url_hosts) {
            let host = host.to_ascii_lowercase();
            if host.ends_with(".management.azure-api.net") || host == "management.azure.com" {
                self.add(&codes::OWN_MANAGEMENT, path, format!("it calls {host}"));
            }
        }
        for place in clear_text::in_document(text) {
            self.add(&codes::SECRET_IN_CLEAR, path, place);
        }
    }

    fn subscriptions(&mut self) {
        for step in self.steps {
            let makes_keys = step
                .kind
                .secret
                .is_some_and(|s| s.members.iter().all(|m| !step.kind.carries(m)));
            if makes_keys
                && step.action == Action::Create
                && step.secret.is_none()
                && let Some(source) = &step.source
            {
                self.found
                    .push(codes::NEW_KEYS.about(source, "its copy gets keys of its own"));
            }
        }
    }

    fn limits(&mut self) {
        let mut per_workspace: BTreeMap<&str, (usize, &Kind)> = BTreeMap::new();
        let mut per_parent: BTreeMap<(ResourcePath, &str), (usize, &Kind)> = BTreeMap::new();
        for step in self.steps.iter().filter(|s| s.action == Action::Create) {
            per_workspace
                .entry(step.kind.name)
                .or_insert((0, step.kind))
                .0 += 1;
            if let Some(parent) = step.source.as_ref().and_then(|s| s.parent()) {
                per_parent
                    .entry((parent, step.kind.name))
                    .or_insert((0, step.kind))
                    .0 += 1;
            }
        }
        let workspace = format!("/workspaces/{}", self.target.workspace);
        for (name, (coming, kind)) in per_workspace {
            let there = self.target.counts.get(name).copied().unwrap_or(0);
            if let Some(most) = catalog::limit_of(kind, Per::Workspace)
                && there + coming > most
            {
                let message = format!(
                    "{there} {} are there and {coming} come, {most} fit",
                    kind.plural
                );
                self.add(&codes::LIMIT, &workspace, message);
            }
        }
        for ((parent, _), (coming, kind)) in per_parent {
            if let Some(most) = catalog::limit_of(kind, Per::Parent)
                && coming > most
            {
                let what = catalog::kind_of(&parent).map(singular).unwrap_or_default();
                let message = format!(
                    "it has {coming} {}, {most} fit into one {what}",
                    kind.plural
                );
                self.add(&codes::LIMIT, &parent, message);
            }
        }
        debug_assert!(
            self.found
                .iter()
                .all(|f| f.severity != Severity::Blocker || !f.help.is_empty())
        );
    }
}
