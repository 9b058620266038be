//! What to read next: a pure function of what was read so far.

mod links;

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Access, Home, Kind, ListedAtTop, RuledOut, kinds};
use crate::crawl::policies::{Policies, PolicyIndex};
use crate::crawl::trust::Trust;
use crate::graph::closure::{asked_for, is_branch};
use crate::graph::{Closure, closure};
use crate::inventory::{Inventory, Resource};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What the selection needs.
    Selection,
    /// The whole service.
    Everything,
    /// All that a workspace holds, at the same paths below it.
    Workspace,
}

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// The service itself: its tier and region.
    Service,
    /// The workspaces and what serves them.
    Workspaces,
    /// A resource by itself.
    Item(ResourcePath),
    /// A collection of a kind: at the top, or below a resource.
    List(&'static Kind, Option<ResourcePath>),
    /// The revisions of an API.
    Revisions(ResourcePath),
    /// The owners of links of a kind to a resource.
    View(&'static Kind, ResourcePath),
    /// The owners of links of a kind to whatever stands below a resource.
    ViewOfAll(&'static Kind, ResourcePath),
    /// All of a kind that stands below something, from one list.
    AtTop(&'static Kind),
    /// The list of all policies, which tells where there are any.
    Policies,
    /// A resource that a list told all of, to see whether it did.
    Sample(ResourcePath),
}

/// How the links of a kind are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Both ways are open.
    Open,
    /// All owners were walked: every link is known.
    Walked,
    /// The view is refused: owners have to be walked.
    NoView,
}

/// What was asked, and what is left to ask.
#[derive(Debug, Clone)]
pub struct Agenda {
    scope: Scope,
    without: Vec<String>,
    /// Whether what these words leave out is looked at all the same.
    looks: bool,
    service_scope: Vec<String>,
    asked: BTreeSet<Ask>,
    ways: BTreeMap<&'static Kind, Way>,
    pub(in crate::crawl) trust: Trust,
    pub(in crate::crawl) policies: Policies,
    /// Kinds whose list of the whole service can't be gone by.
    scattered: BTreeSet<&'static Kind>,
}

impl Agenda {
    /// Makes an agenda. `without` are branches that are not followed,
    /// `service_scope` words for what is copied by choice.
    pub fn new(scope: Scope, without: Vec<String>, service_scope: Vec<String>) -> Self {
        Self {
            scope,
            without,
            looks: false,
            service_scope,
            asked: BTreeSet::new(),
            ways: BTreeMap::new(),
            trust: Trust::default(),
            policies: Policies::default(),
            scattered: BTreeSet::new(),
        }
    }

    /// The same, where the list of all policies is of this use.
    pub fn going_by(self, index: PolicyIndex) -> Self {
        Self {
            policies: Policies::new(index),
            ..self
        }
    }

    /// The same, where what is left out is looked at, or not: it is never
    /// followed.
    pub fn looking_at_what_is_left_out(self, looks: bool) -> Self {
        Self { looks, ..self }
    }

    /// Whether only something that is left out is asked for. A thing by itself is
    /// needed, whatever branch it would be in, but for a policy.
    pub(in crate::crawl) fn is_left_out(&self, ask: &Ask) -> bool {
        if !self.looks {
            return false;
        }
        let cuts = |kind: &Kind| {
            let referrers = kinds().iter().flat_map(|k| k.referrers);
            let branches = referrers.filter(|r| r.kind == kind).map(|r| r.branch);
            self.cuts(kind) || branches.into_iter().any(|b| self.names(b))
        };
        match ask {
            Ask::List(kind, _)
            | Ask::View(kind, _)
            | Ask::ViewOfAll(kind, _)
            | Ask::AtTop(kind) => cuts(kind),
            Ask::Item(path) => catalog::kind_of(path).is_some_and(|k| k.is_policy() && cuts(k)),
            Ask::Sample(_) | Ask::Service | Ask::Workspaces | Ask::Revisions(_) | Ask::Policies => {
                false
            }
        }
    }

    /// What was found out about the service's lists, in plain words.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.trust.notes();
        notes.chain(self.policies.note().cloned()).collect()
    }

    fn ask(&mut self, ask: Ask, into: &mut Vec<Ask>) {
        if self.asked.insert(ask.clone()) {
            into.push(ask);
        }
    }

    /// What is read of every service: lists of what others name by something
    /// else than its resource name, and of what comes along by naming.
    pub fn first(&mut self) -> Vec<Ask> {
        if self.scope == Scope::Workspace {
            let top = kinds().iter().filter(|k| !k.pattern.contains('/'));
            return top
                .filter(|k| is_in_workspaces(k))
                .flat_map(|kind| self.list_of(kind))
                .collect();
        }
        let mut asks = Vec::new();
        self.ask(Ask::Service, &mut asks);
        if self.policies.is_wanted() {
            self.ask(Ask::Policies, &mut asks);
        }
        if self.scope == Scope::Everything {
            self.ask(Ask::Workspaces, &mut asks);
        }
        let referrers = || kinds().iter().flat_map(|k| k.referrers);
        for kind in kinds().iter().filter(|k| !k.pattern.contains('/')) {
            let owns_links = referrers().any(|r| r.view.is_some() && r.kind.parent() == Some(kind));
            let comes_by_naming = referrers().any(|r| r.view.is_none() && r.kind == *kind);
            let stays = matches!(
                kind.home,
                Home::Stays(_) | Home::ByChoice(_) | Home::Nowhere(_)
            );
            let looked_up = kind.revisions || kind.alias.is_some() || kind.in_code;
            let brought = owns_links || comes_by_naming || stays || kind.built_in.is_some();
            // Leaving a branch out leaves out what it brings, not what is needed.
            let branch = (brought || self.scope == Scope::Everything) && !self.is_cut(kind);
            if looked_up || branch {
                self.list(kind, None, &mut asks);
            }
        }
        asks
    }

    /// Whether a kind is left out, and not even looked at.
    fn is_cut(&self, kind: &Kind) -> bool {
        !self.looks && self.cuts(kind)
    }

    fn cuts(&self, kind: &Kind) -> bool {
        self.without.iter().any(|word| is_branch(word, kind))
    }

    fn names(&self, branch: &str) -> bool {
        (self.without.iter()).any(|word| word.eq_ignore_ascii_case(branch))
    }

    fn list(&mut self, kind: &'static Kind, below: Option<&ResourcePath>, into: &mut Vec<Ask>) {
        // There is one policy, always under the same name, and lists of
        // policies leave their text out.
        let ask = match (kind.is_policy(), below) {
            (true, Some(parent)) => parent
                .child(kind.collection(), "policy")
                .ok()
                .map(Ask::Item),
            (true, None) => ResourcePath::top(kind.collection(), "policy")
                .ok()
                .map(Ask::Item),
            (false, below) => Some(Ask::List(kind, below.cloned())),
        };
        if let Some(ask) = ask {
            self.ask(ask, into);
        }
    }

    /// The links of one owner.
    pub fn links_of(&mut self, owner: &ResourcePath, link: &'static Kind) -> Vec<Ask> {
        let mut asks = Vec::new();
        self.list(link, Some(owner), &mut asks);
        asks
    }

    /// The list of a top-level kind.
    pub fn list_of(&mut self, kind: &'static Kind) -> Vec<Ask> {
        let mut asks = Vec::new();
        self.list(kind, None, &mut asks);
        asks
    }

    /// Notes that a view is refused.
    pub fn no_view(&mut self, link: &'static Kind) {
        self.ways.insert(link, Way::NoView);
    }

    /// Notes that the list of all of a kind can't be gone by.
    pub fn no_list_of_all(&mut self, kind: &'static Kind) {
        self.scattered.insert(kind);
    }

    /// What to read next. Empty when all that is needed was read.
    pub fn next(&mut self, inventory: &Inventory, selected: &[ResourcePath]) -> Vec<Ask> {
        let mut roots = selected.to_vec();
        roots.extend(asked_for(inventory, &self.service_scope));
        if self.scope != Scope::Selection {
            let tops = inventory.resources().filter(|r| r.path.parent().is_none());
            roots.extend(tops.map(|r| r.path.clone()));
        }
        let closure = closure(inventory, &roots, &self.without);
        let mut asks = Vec::new();
        self.by_choice(inventory, &mut asks);
        let members = || closure.members.keys().filter_map(|p| inventory.get(p));
        for sample in self.trust.samples(members()) {
            self.ask(Ask::Sample(sample), &mut asks);
        }
        let policies: Vec<ResourcePath> = members().flat_map(indexed).collect();
        self.policies.choose(policies.iter(), inventory);
        for (path, member) in &closure.members {
            if let Some(resource) = inventory.get(path) {
                self.of_member(resource, inventory, &mut asks);
            }
            for lost in &member.references.unresolved {
                let within = self.scope == Scope::Workspace;
                let reachable = |k: &Kind| !matches!(k.home, Home::Nowhere(_)) && !within;
                for path in &lost.candidates {
                    if catalog::kind_of(path).is_some_and(reachable) {
                        self.ask(Ask::Item(path.clone()), &mut asks);
                    }
                }
            }
        }
        for path in closure.referenced.keys() {
            let known = inventory.get(path);
            if known.is_some_and(|r| r.listed_only && !r.is_built_in()) {
                self.ask(Ask::Item(path.clone()), &mut asks);
            }
        }
        for path in closure.left.keys() {
            self.below_left(path, inventory, &mut asks);
        }
        self.below_left_everywhere(inventory, &mut asks);
        self.associations(inventory, &closure, &mut asks);
        asks
    }

    /// What is to come at least, where no more than lists were read.
    pub fn expected(&self, inventory: &Inventory, selected: &[ResourcePath]) -> Vec<Ask> {
        let mut trial = self.clone();
        let mut asks = trial.next(inventory, selected);
        for api in selected.iter().filter_map(|path| inventory.get(path)) {
            // As it will be when it was read.
            let mut whole = api.clone();
            whole.listed_only = false;
            trial.of_member(&whole, inventory, &mut asks);
        }
        let deep = self.policies.deep_below(selected);
        asks.extend(deep.into_iter().map(Ask::Item));
        asks
    }

    /// What was asked for and stands below something that stays.
    fn by_choice(&mut self, inventory: &Inventory, asks: &mut Vec<Ask>) {
        let kinds: Vec<&'static Kind> = (self.service_scope.iter())
            .flat_map(|word| catalog::chosen(word))
            .map(|(kind, _)| kind)
            .collect();
        for kind in kinds {
            let parents = kind.parent().map(|p| inventory.of_kind(p));
            for parent in parents.into_iter().flatten() {
                self.list(kind, Some(&parent.path), asks);
            }
        }
    }

    fn of_member(&mut self, resource: &Resource, inventory: &Inventory, asks: &mut Vec<Ask>) {
        if resource.kind.access == Access::Membership {
            // Who it is tells his address, which some lists leave out.
            let user = resource.kind.member;
            let user = user.filter(|_| resource.text("email").is_none());
            let path = user.map(|k| ResourcePath::top(k.collection(), resource.path.name()));
            if let Some(Ok(path)) = path {
                self.ask(Ask::Item(path), asks);
            }
            return;
        }
        let by_choice = matches!(resource.kind.home, Home::ByChoice(_));
        let in_part = resource.listed_only || self.trust.doubts(resource);
        if in_part || (by_choice && resource.etag.is_none()) {
            self.ask(Ask::Item(resource.path.clone()), asks);
            return;
        }
        let (_, revision) = split_revision(resource.path.name());
        if resource.kind.revisions && revision.is_none() {
            self.ask(Ask::Revisions(resource.path.clone()), asks);
        }
        for child in resource.kind.children.iter().copied() {
            // Releases, wikis and the like belong to the API as a whole.
            let of_root = revision.is_some() && child.of_whole_api;
            if !self.is_cut(child) && !of_root {
                self.below_member(child, resource, inventory, asks);
            }
        }
    }

    /// What stands below a resource, by the way that takes the fewest reads.
    fn below_member(
        &mut self,
        child: &'static Kind,
        parent: &Resource,
        inventory: &Inventory,
        asks: &mut Vec<Ask>,
    ) {
        if self.scope == Scope::Workspace && !is_in_workspaces(child) {
            return;
        }
        match child.ruled_out {
            Some(RuledOut::ByParent(rules_out)) if rules_out(&parent.properties) => return,
            Some(RuledOut::ByEmpty(kind)) if has_none(kind, inventory) => return,
            _ => {}
        }
        if let Some(ListedAtTop { .. }) = child.listed_at_top
            && !self.scattered.contains(child)
        {
            return self.ask(Ask::AtTop(child), asks);
        }
        let policy = |kind: &Kind| parent.path.child(kind.collection(), "policy").ok();
        if child.indexed && policy(child).is_some_and(|path| !self.policies.asks(&path, inventory))
        {
            return;
        }
        self.list(child, Some(&parent.path), asks);
    }

    /// What stands below things at service level that are only worth a finding:
    /// the APIs of a gateway.
    fn below_left(&mut self, path: &ResourcePath, inventory: &Inventory, asks: &mut Vec<Ask>) {
        let Some(resource) = inventory.get(path) else {
            return;
        };
        for kind in kinds().iter().filter(|k| k.parent() == Some(resource.kind)) {
            let membership = kind.access == Access::Membership;
            if membership || self.scope == Scope::Everything {
                self.list(kind, Some(path), asks);
            }
        }
    }

    fn below_left_everywhere(&mut self, inventory: &Inventory, asks: &mut Vec<Ask>) {
        let paths: Vec<ResourcePath> = inventory
            .resources()
            .filter(|r| matches!(r.kind.home, Home::Nowhere(_)) && r.path.parent().is_none())
            .map(|r| r.path.clone())
            .collect();
        for path in paths {
            self.below_left(&path, inventory, asks);
        }
    }

    /// The list that a resource is in.
    pub fn list_with(&mut self, path: &ResourcePath) -> Vec<Ask> {
        let mut asks = Vec::new();
        if let Some(kind) = catalog::kind_of(path) {
            self.list(kind, path.parent().as_ref(), &mut asks);
        }
        asks
    }

    /// What to read to see what came to resources that were read before: what
    /// stands below them, and what links to them, as far as it is copied.
    pub fn around(&mut self, inventory: &Inventory, known: &BTreeSet<ResourcePath>) -> Vec<Ask> {
        let mut asks = Vec::new();
        let mut closure = Closure::default();
        for resource in known.iter().filter_map(|path| inventory.get(path)) {
            let path = &resource.path;
            let (_, revision) = split_revision(path.name());
            if resource.kind.revisions && revision.is_none() {
                self.ask(Ask::Revisions(path.clone()), &mut asks);
            }
            for child in resource.kind.children {
                let of_root = revision.is_some() && child.of_whole_api;
                if child.can_be_copied() && !self.is_cut(child) && !of_root {
                    self.list(child, Some(path), &mut asks);
                }
            }
            closure.members.entry(path.clone()).or_default();
        }
        self.associations(inventory, &closure, &mut asks);
        asks
    }
}

/// Whether a workspace has such a kind. Asked for another, a service answers as
/// if it were not ready.
fn is_in_workspaces(kind: &Kind) -> bool {
    matches!(kind.home, Home::Workspace | Home::ByChoice(_))
}

/// Where a resource has a policy, if it has one that the list of all policies
/// decides about.
fn indexed(resource: &Resource) -> impl Iterator<Item = ResourcePath> {
    let kinds = resource.kind.children.iter().filter(|k| k.indexed);
    kinds.filter_map(|k| resource.path.child(k.collection(), "policy").ok())
}

/// Whether all of a kind were listed, and there are none.
fn has_none(kind: &'static Kind, inventory: &Inventory) -> bool {
    inventory.is_listed(kind) && inventory.of_kind(kind).next().is_none()
}
