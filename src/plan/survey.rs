//! Findings that are no one's fault: what stays behind, what is shared, what a
//! policy does that means something else in a workspace, and what won't fit.

use std::collections::{BTreeMap, BTreeSet};

use super::clear_text;
use super::codes::{self, Code};
use super::finding::{Finding, Severity};
use super::meaning::{meaning, prefers_external_cache};
use super::model::{Action, Step};
use super::room::{quotas, room};
use super::routes::routes;
use super::target::Target;
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Form, Home, Kind};
use crate::graph::closure::stands_for_current;
use crate::graph::references::{Followed, follow_property, is_scope_of_all, without_revision};
use crate::graph::{Closure, Strength};
use crate::inventory::{Inventory, Resource};
use serde_json::Value;

/// Tiers that had no workspaces when this was written.
const TIERS_WITHOUT: &[&str] = &["Consumption", "Developer", "Basic", "Standard"];

/// Collects the findings about a closure and the steps made of it.
pub(super) fn survey(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
    steps: &[Step],
) -> Vec<Finding> {
    let mut survey = Survey {
        inventory,
        closure,
        target,
        steps,
        found: Vec::new(),
    };
    survey.of_target();
    survey.of_service();
    survey.left_behind();
    survey.nameless();
    survey.shared();
    for path in closure.members.keys() {
        if let Some(resource) = inventory.get(path) {
            survey.of_member(resource);
            survey.found.extend(meaning(resource));
        }
    }
    survey.subscriptions();
    survey.found.extend(room(target, steps));
    survey.found.extend(quotas(target, steps));
    survey.found.extend(routes(inventory, target, steps));
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
        // In the v2 tiers the service's own gateway can serve a workspace.
        let own = self
            .target
            .sku
            .as_ref()
            .is_some_and(|s| s.to_lowercase().ends_with("v2"));
        if !own && self.target.gateways.as_ref().is_some_and(Vec::is_empty) {
            self.add(
                &codes::NO_GATEWAY,
                &workspace,
                "no gateway is associated with it",
            );
        }
    }

    fn of_service(&mut self) {
        let inventory = self.inventory;
        if let Some(policy) = inventory.of_kind(&catalog::SERVICE_POLICY).next() {
            let code: &Code = match self.within() {
                _ if self.is_member(&policy.path) => &codes::SERVICE_POLICY_COPIED,
                true => &codes::SERVICE_POLICY,
                false => &codes::SERVICE_POLICY_MISSING,
            };
            let named = policy.scan().into_iter().flat_map(|s| &s.references);
            let names: BTreeSet<&str> = named.map(|r| r.name.as_str()).collect();
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
            .of_kind(&catalog::DIAGNOSTIC)
            .filter(|r| !self.is_member(&r.path))
            .map(|r| r.path.name())
            .collect();
        if !diagnostics.is_empty() {
            let message = format!("the service has {}", diagnostics.join(", "));
            self.add(&codes::SERVICE_DIAGNOSTICS, "/diagnostics", message);
        }
        for served in inventory.of_kind(&catalog::GATEWAY_API) {
            let api = split_revision(served.path.name()).0;
            // What comes along unselected is served as well.
            let moves = ResourcePath::top("apis", api).is_ok_and(|path| self.is_member(&path));
            if moves {
                let gateway = served.path.root();
                let message = format!("the self-hosted gateway `{gateway}` serves it");
                self.add(&codes::SELF_HOSTED_GATEWAY, format!("/apis/{api}"), message);
            }
        }
        self.restrictions();
        self.notifications();
        self.servers();
        self.caches();
        if self
            .closure
            .cut
            .iter()
            .any(|p| p.collection().eq_ignore_ascii_case("subscriptions"))
        {
            return;
        }
        let of_all = |r: &&Resource| r.text("scope").is_some_and(is_scope_of_all);
        let subscriptions = inventory.of_kind(&catalog::SUBSCRIPTION);
        let all: Vec<&Resource> = (subscriptions.filter(|r| !r.is_built_in()))
            .filter(of_all)
            .collect();
        match all.as_slice() {
            [] => {}
            [only] => {
                let message = "its scope is all APIs of the service";
                self.add(&codes::ALL_APIS, &only.path, message);
            }
            many => {
                let names = some(many.iter().map(|r| r.path.name()));
                let message = format!("the scope of {names} is all APIs of the service");
                self.add(&codes::ALL_APIS, "/subscriptions", message);
            }
        }
    }

    /// Restrictions that say something about what is moved.
    fn restrictions(&mut self) {
        let inventory = self.inventory;
        for restriction in inventory.of_kind(&catalog::POLICY_RESTRICTION) {
            let asks = match restriction.properties.get("requireBase") {
                Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
                other => other.and_then(Value::as_bool) == Some(true),
            };
            let scope = restriction.text("scope").unwrap_or_default();
            let binds = match inventory.resolve_id(scope) {
                Some(path) => self.is_member(&path) || self.is_member(&without_revision(&path)),
                None => is_scope_of_all(scope),
            };
            if asks && binds {
                let what = if scope.trim_matches('/').is_empty() {
                    "every policy of the service".to_owned()
                } else {
                    format!("the policies of `{scope}`")
                };
                let message = format!("it asks for <base/> in {what}");
                self.add(&codes::POLICY_RESTRICTIONS, &restriction.path, message);
            }
        }
    }

    fn notifications(&mut self) {
        let told = |r: &&Resource| {
            let recipients = r.properties.get("recipients").and_then(Value::as_object);
            let lists = recipients.into_iter().flat_map(|r| r.values());
            lists
                .filter_map(Value::as_array)
                .any(|list| !list.is_empty())
        };
        let notifications = self.inventory.of_kind(&catalog::NOTIFICATION);
        let members = &self.closure.members;
        let copied = |r: &&Resource| members.keys().any(|m| m.is_within(&r.path));
        let stay = notifications.filter(told).filter(|r| !copied(r));
        let names = some(stay.map(|r| r.path.name()));
        if !names.is_empty() {
            let message = format!("somebody is told by {names}");
            self.add(&codes::NOTIFICATIONS, "/notifications", message);
        }
    }

    /// Servers that APIs name where they stand. People stand there too, and
    /// are named by subscriptions as ever.
    fn servers(&mut self) {
        for (path, by) in &self.closure.referenced {
            let by_name = by.iter().filter_map(|b| self.inventory.get(b)).any(|b| {
                let names = |r: &catalog::Reference| {
                    r.form == Form::Name
                        && catalog::kind_of(path).is_some_and(|k| r.to.contains(&k))
                };
                b.kind.references.iter().any(names)
            });
            if by_name {
                let message = format!("it is named by {}", some(by));
                self.found.push(codes::SERVERS.about(path, message));
            }
        }
    }

    fn caches(&mut self) {
        let Some(cache) = self.inventory.of_kind(&catalog::CACHE).next() else {
            return;
        };
        let members = self.closure.members.keys();
        let policies = members.filter_map(|p| self.inventory.get(p));
        let prefer = |r: &&Resource| r.scan().is_some_and(prefers_external_cache);
        let names = some(policies.filter(prefer).map(|r| &r.path));
        if !names.is_empty() {
            let message = format!("it is used, where there is one, by {names}");
            self.add(&codes::CACHE_FALLS_BACK, &cache.path, message);
        }
    }

    fn left_behind(&mut self) {
        let mut groups: BTreeMap<(Option<ResourcePath>, &'static Kind), Vec<&ResourcePath>> =
            BTreeMap::new();
        for path in self.closure.left.keys() {
            if let Some(kind) = catalog::kind_of(path) {
                let group = groups.entry((path.parent(), kind)).or_default();
                group.push(path);
            }
        }
        for ((parent, kind), paths) in groups {
            let Home::Nowhere(name) = kind.home else {
                continue;
            };
            let Some(code) = codes::code(name) else {
                continue;
            };
            match (paths.as_slice(), parent) {
                (many @ [_, _, ..], Some(parent)) => {
                    let names = some(many.iter().map(|p| p.name()));
                    let message = format!("a workspace has no {}: {names}", kind.plural);
                    self.add(code, parent, message);
                }
                (paths, _) => {
                    for path in paths {
                        self.add(code, path, format!("a workspace has no {}", kind.plural));
                    }
                }
            }
        }
    }

    /// What has a name that no address can hold. Below something that comes
    /// along it would be missing there; of the rest it can't be told whether it
    /// was meant.
    fn nameless(&mut self) {
        for (below, called) in &self.inventory.nameless {
            let severity = match below {
                Some(parent) if self.is_member(parent) => codes::NAMELESS.severity,
                Some(_) => continue,
                None => Severity::Warning,
            };
            let message = "its name holds what no address can have, so that it can't be read";
            let finding = codes::NAMELESS.about(called, message);
            self.found.push(Finding {
                severity,
                ..finding
            });
        }
    }

    /// Products and version sets that are copied while some of their APIs stay.
    fn shared(&mut self) {
        let inventory = self.inventory;
        let mut staying: BTreeMap<ResourcePath, BTreeSet<String>> = BTreeMap::new();
        for api in inventory.of_kind(&catalog::API) {
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
                        .insert(format!("`{}`", split_revision(api.path.name()).0));
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
        if !self.within()
            && let Some(id) = resource.text("externalId")
        {
            self.add(
                &codes::EXTERNAL_GROUP,
                path,
                format!("it stands for `{id}`"),
            );
        }
        let left: Vec<&Resource> = (self.inventory.children(path))
            .filter(|child| {
                child.kind.home == Home::Workspace
                    && resource.kind.children.contains(&child.kind)
                    && !stands_for_current(child, self.inventory)
            })
            .collect();
        match left.as_slice() {
            [] => {}
            [only] => {
                let message = "it is of a revision that is not current";
                self.add(&codes::RELEASE, &only.path, message);
            }
            many => {
                let names = some(many.iter().map(|r| r.path.name()));
                let message = format!("{names} are of revisions that are not current");
                self.add(&codes::RELEASE, path, message);
            }
        }
        let current = resource.kind.revisions && split_revision(path.name()).1.is_none();
        if let Some(of) = catalog::api_type(&resource.properties).filter(|_| current)
            && let catalog::Copied::Unproven(code) = of.copied
            && let Some(code) = codes::code(code)
        {
            self.add(code, path, format!("the API is of type `{}`", of.name));
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
            .filter(|n| n.why.strength() == Strength::Soft)
        {
            let alone = !self.closure.members.values().any(|m| {
                m.references
                    .needs
                    .iter()
                    .any(|n| n.to == need.to && n.why.strength() != Strength::Soft)
            });
            if alone {
                let message = format!("only a comment in `{path}` names it");
                self.found.push(codes::REDIRECTED.about(&need.to, message));
            }
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
}

/// A few of many names, in backquotes.
fn some<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 10;
    let all: BTreeSet<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    let shown: Vec<&str> = all.iter().take(MOST).map(String::as_str).collect();
    match all.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
