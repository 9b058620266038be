//! Why a step is there: what its plan's own bodies and policies name, and the
//! way from what was selected.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::address::{ResourcePath, ServiceId, TargetPath, split_revision};
use crate::catalog::{Form, pointer};
use crate::graph::references;
use crate::inventory::{Inventory, Resource};
use crate::plan::{Plan, Step};

/// What each step names, and for whose sake it is there.
pub(super) struct Reasons<'p> {
    plan: &'p Plan,
    /// By step: the steps it names, and how.
    names: Vec<BTreeMap<usize, String>>,
    /// By step: the steps for whose sake it is there.
    because: Vec<Vec<usize>>,
}

/// One step of a way: from something to what it brought along.
pub(super) struct Hop {
    /// What was brought along.
    pub(super) step: usize,
    /// By which step.
    pub(super) by: usize,
    /// How one of them names the other.
    pub(super) how: How,
}

/// Which of two names the other.
pub(super) enum How {
    /// The one that was there first, in these words.
    Names(String),
    /// The one that came along, in these words.
    Named(String),
    /// Neither, as far as the plan tells.
    Untold,
}

impl<'p> Reasons<'p> {
    /// Reads a plan's bodies as if they stood in the workspace already.
    pub(super) fn of(plan: &'p Plan) -> Self {
        let mut inventory = Inventory::new(plan.target.clone());
        let mut at: BTreeMap<&ResourcePath, usize> = BTreeMap::new();
        for (i, step) in plan.steps.iter().enumerate() {
            at.insert(step.target.below(), i);
            if let Some(resource) = standing(plan, step) {
                inventory.insert(resource);
            }
        }
        let names = plan.steps.iter().map(|step| {
            let resource = inventory.get(step.target.below());
            let needs = resource.map(|r| references(r, &inventory).needs);
            let needs = needs.into_iter().flatten();
            let named = needs.filter_map(|need| Some((*at.get(&need.to)?, need.why.to_string())));
            named.collect()
        });
        let names = names.collect();
        let sources: BTreeMap<&ResourcePath, usize> = (plan.steps.iter().enumerate())
            .filter_map(|(i, step)| Some((&step.source.as_ref()?.0, i)))
            .collect();
        let because = plan.steps.iter().enumerate().map(|(i, step)| {
            let causes = step.because.iter().filter_map(|path| sources.get(&path.0));
            causes.copied().filter(|cause| *cause != i).collect()
        });
        Self {
            plan,
            names,
            because: because.collect(),
        }
    }

    /// The steps that a step names, and how.
    pub(super) fn named_by(&self, step: usize) -> impl Iterator<Item = (usize, &str)> {
        let named = self.names.get(step).into_iter().flatten();
        named.map(|(to, how)| (*to, how.as_str()))
    }

    /// The shortest way from an API that was selected to a step; empty for what
    /// was selected, and for what no way leads to.
    pub(super) fn way(&self, step: usize) -> Vec<Hop> {
        let mut from: BTreeMap<usize, Option<usize>> = BTreeMap::from([(step, None)]);
        let mut queue = VecDeque::from([step]);
        while let Some(here) = queue.pop_front() {
            if self.is_selected(here) {
                return self.hops(here, &from);
            }
            for &cause in self.because.get(here).into_iter().flatten() {
                from.entry(cause).or_insert_with(|| {
                    queue.push_back(cause);
                    Some(here)
                });
            }
        }
        Vec::new()
    }

    /// Everything that is there for the sake of these steps.
    pub(super) fn brought_by(&self, steps: &[usize], brings: &[Vec<usize>]) -> Vec<bool> {
        let mut brought = vec![false; self.because.len()];
        let mut queue: Vec<usize> = steps.to_vec();
        while let Some(step) = queue.pop() {
            if !std::mem::replace(&mut brought[step], true) {
                queue.extend(&brings[step]);
            }
        }
        brought
    }

    /// By step: what is there for its sake.
    pub(super) fn brings(&self) -> Vec<Vec<usize>> {
        let mut brings = vec![Vec::new(); self.because.len()];
        for (step, causes) in self.because.iter().enumerate() {
            for &cause in causes {
                brings[cause].push(step);
            }
        }
        brings
    }

    /// Whether a step is one of an API that was asked for.
    pub(super) fn is_selected(&self, step: usize) -> bool {
        let step = &self.plan.steps[step];
        step.kind.revisions && selects(self.plan, step)
    }

    fn hops(&self, start: usize, from: &BTreeMap<usize, Option<usize>>) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut by = start;
        while let Some(Some(step)) = from.get(&by).copied() {
            let how = |a: usize, b: usize| self.names[a].get(&b).cloned();
            let how = match (how(by, step), how(step, by)) {
                (Some(words), _) => How::Names(words),
                (None, Some(words)) => How::Named(words),
                (None, None) => How::Untold,
            };
            hops.push(Hop { step, by, how });
            by = step;
        }
        hops
    }
}

/// Whether an API's step is of one that was asked for.
pub(super) fn selects(plan: &Plan, step: &Step) -> bool {
    let path = step.source.as_ref().map_or(step.target.below(), |s| &s.0);
    let root = path.root();
    let (name, _) = split_revision(root.name());
    (plan.selection.apis.iter()).any(|api| api.eq_ignore_ascii_case(name))
}

/// A step's copy as it will stand in the workspace, with ids as short as those
/// of a service.
fn standing(plan: &Plan, step: &Step) -> Option<Resource> {
    let Value::Object(mut body) = step.content.as_ref()?.body() else {
        return None;
    };
    let mut properties = body.remove("properties")?;
    let of_ids = |r: &&crate::catalog::Reference| matches!(r.form, Form::Id | Form::IdOfRoot);
    for reference in step.kind.references.iter().filter(of_ids) {
        pointer::each_mut(&mut properties, reference.pointer, &mut |value| {
            let short = value.as_str().and_then(|id| short(plan, id));
            if let Some(short) = short {
                *value = Value::from(short);
            }
        });
    }
    let Value::Object(properties) = properties else {
        return None;
    };
    Resource::new(step.target.below().clone(), properties, None)
}

/// Where an id leads, below the plan's workspace.
pub(super) fn short(plan: &Plan, id: &str) -> Option<String> {
    let below = match ServiceId::split(id) {
        Some((service, below)) if service == plan.target => below,
        Some(_) => return None,
        None => id,
    };
    let target: TargetPath = below.parse().ok()?;
    (*target.workspace() == plan.workspace).then(|| target.below().to_string())
}
