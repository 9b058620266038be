//! What the service makes on its own when a resource is created: found by what
//! it points to, since its name is the service's choice.

use crate::address::{ResourcePath, ServiceId};
use crate::arm::ArmError;
use crate::catalog::{Effect, EffectNames, Kind};
use crate::plan::place::{Place, same_id};
use crate::plan::{Plan, Step};

use super::lists::Lists;
use super::order::Order;

/// An automatic resource that a step is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Automatic {
    /// The position of the step that creates its owner.
    pub(crate) owner: usize,
    effect: &'static Effect,
    kind: &'static Kind,
}

impl Automatic {
    /// Finds the effect that a step is about: one of those of a step it waits
    /// for, with the label that the step's target ends in.
    pub(crate) fn of(plan: &Plan, order: &Order<'_>, step: &Step) -> Option<Self> {
        let label = step.target.below().name();
        let owners = step.after.iter().filter_map(|id| order.position(id));
        let parent = step.target.below().parent();
        let mut all = owners.flat_map(|owner| {
            let effects = plan.steps[owner].kind.effects.iter();
            let fitting = effects.filter(|e| e.kind == step.kind);
            fitting.map(move |effect| (owner, effect))
        });
        let (owner, effect) = all.find(|(owner, effect)| {
            // One API and its revisions have each their own.
            let elsewhere = matches!(effect.names, EffectNames::Below(_))
                && parent.as_ref() != Some(plan.steps[*owner].target.below());
            label.eq_ignore_ascii_case(effect.label) && !elsewhere
        })?;
        Some(Self {
            owner,
            effect,
            kind: effect.kind,
        })
    }

    /// As [`Automatic::of`], for a step that can be about nothing else: a
    /// label that nobody knows is then no obstacle.
    pub(crate) fn of_tidy(plan: &Plan, order: &Order<'_>, step: &Step) -> Option<Self> {
        if let Some(found) = Self::of(plan, order, step) {
            return Some(found);
        }
        let owners = step.after.iter().filter_map(|id| order.position(id));
        let mut all = owners.flat_map(|owner| {
            let effects = plan.steps[owner].kind.effects.iter();
            let fitting = effects.filter(|e| e.kind == step.kind);
            fitting.map(move |effect| (owner, effect))
        });
        let (owner, effect) = all.next()?;
        all.next().is_none().then_some(Self {
            owner,
            effect,
            kind: effect.kind,
        })
    }

    /// What it is.
    pub(crate) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Whether it is recognised by naming its owner.
    pub(crate) fn names_owner(&self) -> bool {
        self.effect.names == EffectNames::Owner
    }

    /// Lists the collection it would be in and returns what is recognised, as
    /// paths below the workspace.
    pub(crate) async fn find(
        &self,
        plan: &Plan,
        lists: &Lists,
    ) -> Result<Vec<ResourcePath>, ArmError> {
        let owner = &plan.steps[self.owner];
        let is_child = self.kind.parent() == Some(owner.kind);
        let parent = is_child.then(|| owner.target.below());
        let collection = self.kind.collection();
        let place = Place {
            service: &plan.target,
            workspace: &plan.workspace,
        };
        let owner_id = format!("{}{}", plan.workspace_id(), owner.target.below());
        let items = lists.of(parent, collection).await?;
        let mut found = Vec::new();
        for item in items.iter() {
            let text = item.properties.get(self.effect.property);
            let text = text.and_then(serde_json::Value::as_str).unwrap_or_default();
            let is_it = match self.effect.names {
                EffectNames::ServiceLevel(path) => names_built_in(text, path),
                EffectNames::Owner => is_hex(&item.name) && same_id(text, &owner_id, place),
                EffectNames::Below(_) => item.name.eq_ignore_ascii_case(self.effect.label),
            };
            let path = match parent {
                Some(parent) => parent.child(collection, &item.name),
                None => ResourcePath::top(collection, &item.name),
            };
            let Ok(path) = path else { continue };
            let planned = self.effect.names == EffectNames::Owner
                && plan.steps.iter().any(|s| *s.target.below() == path);
            if is_it && !planned {
                found.push(path);
            }
        }
        Ok(found)
    }
}

/// Whether the service makes what a step writes on its own, with what another one
/// makes.
pub(crate) fn comes_with(step: &Step, owner: &Step) -> bool {
    let has = owner.content.as_ref().map(|content| &content.properties);
    let wanted = step.content.as_ref().map(|content| &content.properties);
    owner.kind.effects.iter().any(|effect| match effect.names {
        EffectNames::ServiceLevel(path) => {
            let id = wanted.and_then(|wanted| wanted.get(effect.property)?.as_str());
            step.kind == effect.kind && id.is_some_and(|id| names_built_in(id, path))
        }
        // The service gives it a name of its own.
        EffectNames::Owner => false,
        EffectNames::Below(_) => {
            let path = step.target.below();
            path.is_within(owner.target.below())
                && has.is_some_and(|has| effect.stands_below(has, step.kind, path.name()))
        }
    })
}

/// Whether an id names a built-in, wherever the service says it stands: it is
/// listed both at service level and in each workspace.
pub(crate) fn names_built_in(id: &str, path: &str) -> bool {
    let below = ServiceId::split(id).map_or(id, |(_, below)| below);
    let tail = below.len().checked_sub(path.len());
    tail.and_then(|at| below.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(path))
}

/// Whether a name is one that the service made up: 24 hex digits.
pub(crate) fn is_hex(name: &str) -> bool {
    name.len() == 24 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_ins_are_recognised_at_either_place() {
        let service =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n";
        for id in [
            "/groups/administrators".to_owned(),
            format!("{service}/groups/Administrators"),
            format!("{service}/workspaces/w/groups/administrators"),
        ] {
            assert!(names_built_in(&id, "/groups/administrators"), "{id}");
        }
        assert!(!names_built_in(
            "/groups/sub-administrators",
            "/groups/administrators"
        ));
        assert!(!names_built_in("/", "/groups/administrators"));
    }

    #[test]
    fn made_up_names_are_24_hex_digits() {
        assert!(is_hex("0123456789abcdefABCDEF01"));
        assert!(!is_hex("0123456789abcdefABCDEF0"));
        assert!(!is_hex("0123456789abcdefABCDEF0g"));
    }
}
