//! The steps of a plan: one for each copy, what the service makes on its own,
//! and what must come before what.

mod around;
mod effects;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use self::around::Around;
use super::again::Ours;
use super::codes;
use super::compare;
use super::content::{Destination, content};
use super::finding::Finding;
use super::model::{Action, Content, Step, StepId};
use super::names::{Named, Names};
use super::options::Keys;
use super::place::Place;
use super::target::Target;
use super::upload::{Upload, Uploads};
use crate::address::{
    ByPath, ResourcePath, SourcePath, TargetPath, revision_order, split_revision,
};
use crate::catalog::{self, ApiVersion, Kind, kinds};
use crate::graph::references::without_revision;
use crate::graph::{Closure, order};
use crate::inventory::{Inventory, Resource};
use crate::traits::Scope;

/// People go by their e-mail in another service: ids mean somebody else there.
fn stand_ins(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
) -> BTreeMap<ResourcePath, ResourcePath> {
    let mut found = BTreeMap::new();
    if inventory.service == target.service {
        return found;
    }
    for path in closure.referenced.keys() {
        let email = inventory.get(path).and_then(|r| r.text("email"));
        let user = email.and_then(|e| target.users.get(&e.to_lowercase()));
        if let Some(other) = user.and_then(|u| path.renamed(u.as_str()).ok()) {
            found.insert(path.clone(), other);
        }
    }
    found
}

/// What steps are made of.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) closure: &'a Closure,
    pub(super) target: &'a Target,
    pub(super) names: &'a Names,
    pub(super) left_out: &'a BTreeSet<ResourcePath>,
    pub(super) uploads: &'a Uploads,
    pub(super) version: ApiVersion,
    pub(super) ours: &'a Ours,
}

/// Makes the steps, in an order that can be executed from top to bottom, and
/// tells what stands in the way of single ones.
pub(super) fn steps(from: Sources<'_>, keys: Keys) -> (Vec<Step>, Vec<Finding>) {
    let mut maker = Maker {
        from,
        keys,
        stand_ins: stand_ins(from.inventory, from.closure, from.target),
        missing: BTreeSet::new(),
        steps: Vec::with_capacity(most_steps(from.inventory, from.closure)),
        needs: Vec::new(),
        wishes: Vec::new(),
    };
    maker.make();
    maker.finish()
}

/// How many steps there are at most: with what the service makes beside copies.
fn most_steps(inventory: &Inventory, closure: &Closure) -> usize {
    let members = closure
        .members
        .keys()
        .filter_map(|path| inventory.get(path));
    members.map(|member| 1 + member.kind.effects.len()).sum()
}

/// The revisions of APIs beside the current ones, with their steps, in order.
type Revisions = HashMap<ResourcePath, Vec<(String, usize)>>;

struct Maker<'a> {
    from: Sources<'a>,
    keys: Keys,
    stand_ins: BTreeMap<ResourcePath, ResourcePath>,
    /// Service-level things that the target service lacks, with who names them.
    missing: BTreeSet<(ResourcePath, ResourcePath)>,
    steps: Vec<Step>,
    /// Pairs of a step and one that must be done before, as indices.
    needs: Vec<(usize, usize)>,
    /// The same where it would be good, and need not be: what is only mentioned.
    wishes: Vec<(usize, usize)>,
}

impl Maker<'_> {
    fn within(&self) -> bool {
        self.from.inventory.service == self.from.target.service
    }

    fn make(&mut self) {
        let mut at: ByPath<usize> = ByPath::default();
        for path in self.from.closure.members.keys() {
            if self.from.left_out.contains(path) {
                continue;
            }
            let (Some(resource), Some(named)) =
                (self.from.inventory.get(path), self.from.names.get(path))
            else {
                continue;
            };
            at.insert(path.clone(), self.steps.len());
            let step = self.copy(resource, named);
            self.steps.push(step);
        }
        let mut revisions = Revisions::new();
        for (path, &index) in &at {
            self.order(path, index, &at, &mut revisions);
        }
        let around = Around::of(&self.steps, self.from.closure);
        for (path, &index) in &at {
            self.effects(path, index, &around);
        }
        self.fulfil();
        self.needs.sort_unstable();
        self.needs.dedup();
    }

    /// Heeds the wishes, but for those that would have steps wait for each other.
    fn fulfil(&mut self) {
        if self.wishes.is_empty() {
            return;
        }
        let all: Vec<(usize, usize)> = [&self.needs[..], &self.wishes[..]].concat();
        let circles = order::cycles(self.steps.len(), &all);
        let mut circle_of: HashMap<usize, usize> = HashMap::new();
        for (number, circle) in circles.iter().enumerate() {
            circle_of.extend(circle.iter().map(|step| (*step, number)));
        }
        let goes_round = |(step, need): &(usize, usize)| {
            let circle = circle_of.get(step);
            circle.is_some() && circle == circle_of.get(need)
        };
        let wishes = std::mem::take(&mut self.wishes);
        self.needs
            .extend(wishes.into_iter().filter(|wish| !goes_round(wish)));
    }

    fn step_id(path: &ResourcePath) -> StepId {
        StepId::new(path.as_str().trim_start_matches('/'))
    }

    fn below(&self, path: &ResourcePath) -> TargetPath {
        TargetPath::new(self.from.target.workspace.clone(), path.clone())
    }

    fn copy(&mut self, resource: &Resource, named: &Named) -> Step {
        let path = &resource.path;
        let content = self.content(resource);
        let found = self.from.target.existing.get(&named.target);
        let same = found.is_some_and(|found| self.same(resource.kind, &content, &found.properties));
        let because = self.from.closure.members.get(path).map(|m| &m.because);
        Step {
            id: Self::step_id(path),
            kind: resource.kind,
            // What we made is ours to bring up to date, and to take back.
            action: match same && !self.from.ours.holds(&named.target) {
                true => Action::Reuse,
                false => Action::Create,
            },
            source: Some(SourcePath(path.clone())),
            target: self.below(&named.target),
            content: (resource.kind.access != catalog::Access::Membership).then_some(content),
            secret: self.secret(resource),
            upload: self.upload(resource),
            source_etag: resource.etag.clone(),
            source_digest: resource.digest.clone(),
            after: Vec::new(),
            because: because.map_or_else(Vec::new, |all| {
                all.iter().cloned().map(SourcePath).collect()
            }),
        }
    }

    fn same(&self, kind: &Kind, content: &Content, found: &Map<String, Value>) -> bool {
        let ids = Place {
            service: &self.from.target.service,
            workspace: &self.from.target.workspace,
        };
        compare::differences(kind, content, found, ids).is_empty()
    }

    fn content(&mut self, resource: &Resource) -> Content {
        let mut missing = Vec::new();
        let content = {
            let missing = std::cell::RefCell::new(&mut missing);
            let keep = |path: &ResourcePath| {
                if self.from.names.contains_key(path) {
                    return !self.from.left_out.contains(path);
                }
                if !self.from.closure.referenced.contains_key(path) {
                    return false;
                }
                let there = self.is_there(path);
                if !there {
                    missing.borrow_mut().push(path.clone());
                }
                there
            };
            let to = Destination {
                service: &self.from.target.service,
                workspace: &self.from.target.workspace,
                names: self.from.names,
                stand_ins: &self.stand_ins,
                version: self.from.version,
            };
            let member = self.from.closure.members.get(&resource.path);
            let slots = member.map_or(&[] as &[_], |m| &m.references.slots);
            content(resource, self.from.inventory, slots, to, &keep)
        };
        for path in missing {
            self.missing.insert((path, resource.path.clone()));
        }
        content
    }

    /// Whether the target's service level has what a copy wants to name there.
    fn is_there(&self, path: &ResourcePath) -> bool {
        let Some(referable) = &self.from.target.referable else {
            return true;
        };
        let is_person = self
            .from
            .inventory
            .get(path)
            .is_some_and(|r| r.text("email").is_some());
        self.stand_ins.contains_key(path) || (!is_person && referable.contains(path))
    }

    fn secret(&self, resource: &Resource) -> Option<String> {
        let secret = resource.kind.secret?;
        if !(secret.applies)(&resource.properties) {
            return None;
        }
        let carry = match self.keys {
            Keys::Auto => {
                !self.within() || self.from.target.traits.subscription_keys == Scope::Free
            }
            Keys::Carry => true,
            Keys::New => false,
        };
        (!resource.kind.makes_its_secrets() || carry).then(|| secret.action.to_owned())
    }

    fn upload(&self, resource: &Resource) -> Option<Upload> {
        let given = self.from.uploads.get(&resource.path)?;
        let takes = resource.kind.takes_upload(&resource.properties);
        takes.then(|| given.clone())
    }

    fn order(
        &mut self,
        path: &ResourcePath,
        index: usize,
        at: &ByPath<usize>,
        revisions: &mut Revisions,
    ) {
        let needs = self
            .from
            .closure
            .members
            .get(path)
            .map(|m| &m.references.needs);
        for need in needs.into_iter().flatten() {
            if let Some(&other) = at.get(&need.to) {
                match need.is_hard() {
                    true => self.needs.push((index, other)),
                    false => self.wishes.push((index, other)),
                }
            }
        }
        let root = path.root();
        let Some(kind) = catalog::kind_of(&root).filter(|k| k.revisions) else {
            return;
        };
        debug_assert_eq!(kind.collection(), root.collection());
        let inventory = self.from.inventory;
        let others = revisions.entry(without_revision(&root)).or_insert_with(|| {
            let all = inventory.revisions(&root).into_iter();
            let mut others: Vec<(String, usize)> = all
                .filter_map(|r| {
                    let name = split_revision(r.path.name()).1?;
                    Some((name.to_owned(), *at.get(&r.path)?))
                })
                .collect();
            others.sort_by(|a, b| revision_order(&a.0, &b.0));
            others
        });
        // A revision that is made from another one copies what that has: made
        // while the current one is still empty, it copies nothing that would
        // have to be taken away again.
        let is_revision = path.parent().is_none();
        if !is_revision {
            // They are made one by one: the last one stands for all of them.
            let last = others.last();
            self.needs.extend(last.map(|(_, other)| (index, *other)));
        } else if let Some(name) = split_revision(path.name()).1 {
            // One by one, ascending.
            let own = others.partition_point(|(n, _)| revision_order(n, name).is_lt());
            let before = own.checked_sub(1).and_then(|at| others.get(at));
            self.needs.extend(before.map(|(_, other)| (index, *other)));
        }
    }

    fn finish(mut self) -> (Vec<Step>, Vec<Finding>) {
        let mut findings = Vec::new();
        for step in &self.steps {
            let taken = self.from.target.existing.contains_key(step.target.below())
                && !self.from.ours.holds(step.target.below());
            if taken && step.action == Action::Create {
                let message = format!("`{}` is there already, and differs", step.target);
                let resource = step
                    .source
                    .as_ref()
                    .map_or_else(|| step.target.to_string(), ToString::to_string);
                findings.push(codes::DIFFERS.about(resource, message));
            }
        }
        for (path, by) in std::mem::take(&mut self.missing) {
            let code = match catalog::kind_of(&path) == Some(&catalog::USER) {
                true => &codes::OWNER,
                false => &codes::REFERABLE,
            };
            let message = format!(
                "names `{path}`, which `{}` does not have",
                self.from.target.service.name()
            );
            findings.push(code.about(&by, message));
        }
        let ranks: BTreeMap<&Kind, usize> = (kinds().iter().copied()).zip(0..).collect();
        let keys: Vec<_> = (self.steps.iter())
            .map(|s| (ranks.get(s.kind), s.id.clone()))
            .collect();
        // Members of circles were left out, so an order exists; were it not so,
        // the plan's validation would say which steps need each other.
        let sorted =
            order::order(&keys, &self.needs).unwrap_or_else(|_| (0..self.steps.len()).collect());
        for &(step, need) in &self.needs {
            let id = self.steps[need].id.clone();
            self.steps[step].after.push(id);
        }
        for step in &mut self.steps {
            step.after.sort();
        }
        (in_order(self.steps, &sorted), findings)
    }
}

/// Puts steps into an order, which has the place of each in them.
fn in_order(mut steps: Vec<Step>, order: &[usize]) -> Vec<Step> {
    let mut to = vec![0; order.len()];
    for (at, &from) in order.iter().enumerate() {
        to[from] = at;
    }
    for at in 0..steps.len() {
        while to[at] != at {
            let there = to[at];
            steps.swap(at, there);
            to.swap(at, there);
        }
    }
    steps
}
