//! What stands around the steps of a plan, found without a walk over all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::address::ResourcePath;
use crate::catalog::{self, EffectNames, Kind, kinds};
use crate::graph::Closure;
use crate::plan::model::Step;

/// What stands around steps, by number.
#[derive(Default)]
pub(super) struct Around {
    below: HashMap<ResourcePath, Vec<usize>>,
    /// Of the kinds that the service makes for what they name: by the id.
    naming: BTreeMap<(&'static Kind, String), Vec<usize>>,
    cut: BTreeSet<(ResourcePath, &'static Kind)>,
}

impl Around {
    pub(super) fn of(steps: &[Step], closure: &Closure) -> Self {
        let effects = kinds().iter().flat_map(|k| k.effects);
        let owned = effects.filter(|e| e.names == EffectNames::Owner);
        let named: BTreeMap<&Kind, &str> = owned.map(|e| (e.kind, e.property)).collect();
        let mut around = Self::default();
        for (at, step) in steps.iter().enumerate() {
            if let Some(parent) = step.target.below().parent() {
                around.below.entry(parent).or_default().push(at);
            }
            let id = named.get(step.kind).and_then(|property| {
                let content = step.content.as_ref()?;
                content.properties.get(*property)?.as_str()
            });
            if let Some(id) = id {
                let key = (step.kind, id.to_ascii_lowercase());
                around.naming.entry(key).or_default().push(at);
            }
        }
        let cut = closure.cut.keys();
        around.cut = cut
            .filter_map(|path| Some((path.parent()?, catalog::kind_of(path)?)))
            .collect();
        around
    }

    /// What stands right below a copy.
    pub(super) fn below(&self, target: &ResourcePath) -> impl Iterator<Item = usize> {
        self.below.get(target).into_iter().flatten().copied()
    }

    /// What of a kind names something.
    pub(super) fn naming(&self, kind: &'static Kind, id: &str) -> impl Iterator<Item = usize> {
        let found = self.naming.get(&(kind, id.to_ascii_lowercase()));
        found.into_iter().flatten().copied()
    }

    /// Whether something of a kind is left out below a source.
    pub(super) fn is_cut(&self, owner: &ResourcePath, kind: &'static Kind) -> bool {
        self.cut.contains(&(owner.clone(), kind))
    }
}
