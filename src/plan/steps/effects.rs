//! What the service makes on its own beside copies.

use serde_json::Value;

use super::Maker;
use super::around::Around;
use crate::address::{ResourcePath, SourcePath};
use crate::catalog::{Effect, EffectNames};
use crate::plan::model::{Action, Step};

fn names_owner(step: &Step, property: &str, id: &str) -> bool {
    let value = step
        .content
        .as_ref()
        .and_then(|c| c.properties.get(property));
    value
        .and_then(Value::as_str)
        .is_some_and(|v| v.eq_ignore_ascii_case(id))
}

impl Maker<'_> {
    /// What the service makes on its own beside a copy: it serves when the plan
    /// wants just that, and is undone otherwise.
    pub(super) fn effects(&mut self, path: &ResourcePath, index: usize, around: &Around) {
        let step = &self.steps[index];
        if step.action != Action::Create {
            return;
        }
        let kind = step.kind;
        let Some(named) = self.from.names.get(path) else {
            return;
        };
        for effect in kind.effects {
            let made = effect.kind;
            if let EffectNames::Below(_) = effect.names {
                self.leave_to_service(index, effect, &named.target, around);
                continue;
            }
            if let EffectNames::ServiceLevel(pointed) = effect.names {
                let id = format!("{}{pointed}", self.from.target.service);
                let wanted = around.below(&named.target).find(|&at| {
                    let step = &self.steps[at];
                    step.kind == made && names_owner(step, effect.property, &id)
                });
                if let Some(wanted) = wanted {
                    self.steps[wanted].action = Action::Reuse;
                    continue;
                }
                // Left out on purpose: then what the service does stays too.
                if around.is_cut(path, made) {
                    continue;
                }
            }
            let label = format!("{}/{}/{}", path, made.collection(), effect.label);
            let (Ok(source), Ok(target)) = (
                label.parse::<ResourcePath>(),
                named.target.child(made.collection(), effect.label),
            ) else {
                continue;
            };
            // What comes of itself counts against limits of the owner, so that
            // it has to be gone before the like of it is made.
            let id = self.owner_id(&named.target);
            let tidy = self.steps.len();
            if effect.names == EffectNames::Owner {
                let alike = around.naming(made, &id);
                self.needs.extend(alike.map(|i| (i, tidy)));
            }
            self.needs.push((tidy, index));
            self.steps.push(Step {
                id: Self::step_id(&source),
                kind: made,
                action: Action::Tidy,
                source: None,
                target: self.below(&target),
                content: None,
                secret: None,
                upload: None,
                source_etag: None,
                source_digest: None,
                after: Vec::new(),
                because: vec![SourcePath(path.clone())],
            });
        }
    }

    /// What belongs to a copy and comes with it serves as it is.
    fn leave_to_service(
        &mut self,
        owner: usize,
        effect: &Effect,
        target: &ResourcePath,
        around: &Around,
    ) {
        let comes: Vec<usize> = match &self.steps[owner].content {
            None => return,
            Some(content) => (around.below(target))
                .filter(|&at| {
                    let step = &self.steps[at];
                    let name = step.target.below().name();
                    effect.stands_below(&content.properties, step.kind, name)
                })
                .collect(),
        };
        for at in comes {
            self.steps[at].action = Action::Reuse;
        }
    }

    fn owner_id(&self, below: &ResourcePath) -> String {
        format!(
            "{}/workspaces/{}{below}",
            self.from.target.service, self.from.target.workspace
        )
    }
}
