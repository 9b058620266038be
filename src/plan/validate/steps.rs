//! Checks of each step by itself: ids, targets, kinds, what a body may hold.

use std::collections::{HashMap, HashSet};

use serde_json::Map;

use super::{Check, Problem, Trouble};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Access};
use crate::plan::model::{Action, Step};

impl<'a> Check<'a> {
    pub(super) fn steps(&mut self) {
        let mut ids = HashSet::new();
        let mut targets: HashMap<&ResourcePath, &Step> = HashMap::new();
        let plan = self.plan;
        for (i, step) in plan.steps.iter().enumerate() {
            if !ids.insert(&step.id) {
                self.about(step, Trouble::SameId);
            }
            match targets.get(step.target.below()) {
                Some(other) => self.about(
                    step,
                    Trouble::SameTarget {
                        other: other.id.clone(),
                        target: step.target.to_string(),
                    },
                ),
                None => {
                    targets.insert(step.target.below(), step);
                }
            }
            self.address(step);
            self.body(step, i);
            self.secret(step);
            self.upload(step);
        }
    }

    fn about(&mut self, step: &Step, trouble: Trouble) {
        self.problems.push(Problem {
            step: Some(step.id.clone()),
            file: None,
            place: None,
            trouble,
        });
    }

    fn address(&mut self, step: &Step) {
        let target = &step.target;
        if *target.workspace() != self.plan.workspace {
            self.about(step, Trouble::OtherWorkspace(target.to_string()));
        }
        // What the service made on its own goes by a label below its owner.
        let labelled = step.source.is_none() && step.action != Action::Create;
        let collection = target.below().collection();
        let alike = labelled && collection.eq_ignore_ascii_case(step.kind.collection());
        if let Some(trouble) = other_kind(step, target.below()).filter(|_| !alike) {
            return self.about(step, trouble);
        }
        if !step.kind.can_be_copied() {
            return self.about(step, Trouble::NotInAWorkspace(step.kind.name));
        }
        if let Some(trouble) = (step.source.as_ref()).and_then(|source| other_kind(step, source)) {
            self.about(step, trouble);
        }
        let mut effects = catalog::kinds().iter().flat_map(|kind| kind.effects);
        if step.action == Action::Tidy && !effects.any(|effect| effect.kind == step.kind) {
            self.about(step, Trouble::NothingToTidy(step.kind.name));
        }
        // A revision stands beside the current one, but is nothing without it.
        let (root, revision) = split_revision(target.below().name());
        let current = (step.kind.revisions && revision.is_some())
            .then(|| target.below().renamed(root).ok())
            .flatten();
        for parent in target.below().parent().into_iter().chain(current) {
            let everywhere = catalog::kind_of(&parent).is_some_and(|k| k.everywhere);
            if !everywhere && !self.has(&parent) {
                self.about(step, Trouble::NoParent(parent.to_string()));
            }
        }
    }

    fn body(&mut self, step: &Step, i: usize) {
        let membership = step.kind.access == Access::Membership;
        let Some(content) = &step.content else {
            if step.action == Action::Create && !membership {
                self.about(step, Trouble::NoBody);
            }
            return;
        };
        if membership {
            self.about(step, Trouble::Body(step.kind.name));
        }
        if step.action == Action::Create
            && let Some(incomplete) = step.kind.lacks(&content.properties)
            && let Some(place) = incomplete.asks_for
            && self.plan.allow.iter().any(|c| c == incomplete.remark.code)
        {
            self.problems.push(Problem {
                step: Some(step.id.clone()),
                file: self.files[i].clone(),
                place: Some(format!("properties.{place}")),
                trouble: Trouble::Incomplete {
                    kind: step.kind.name,
                },
            });
        }
        self.content(step, i, content);
    }

    /// The action becomes part of a request to the source, and its answer part
    /// of what is written: it has to be what the kind says, of a source of that
    /// kind, which is looked at with its address.
    fn secret(&mut self, step: &Step) {
        let Some(action) = &step.secret else { return };
        let known = step.kind.secret.is_some_and(|s| s.action == action);
        if !known || step.source.is_none() {
            self.about(
                step,
                Trouble::SecretAction {
                    kind: step.kind.name,
                    action: action.clone(),
                },
            );
        }
    }

    /// What the service does not give back is uploaded, and nothing else is.
    fn upload(&mut self, step: &Step) {
        let nothing = Map::new();
        let content = step.content.as_ref().map_or(&nothing, |c| &c.properties);
        let takes = step.kind.takes_upload(content);
        let kind = step.kind.name;
        match (&step.upload, step.action) {
            (Some(_), Action::Tidy) => self.about(step, Trouble::Upload { kind }),
            (Some(_), _) if !takes => self.about(step, Trouble::Upload { kind }),
            (None, Action::Create) if takes => self.about(step, Trouble::NoUpload { kind }),
            _ => {}
        }
    }
}

fn other_kind(step: &Step, path: &ResourcePath) -> Option<Trouble> {
    let found = catalog::kind_of(path);
    (found != Some(step.kind)).then(|| Trouble::OtherKind {
        target: path.to_string(),
        expected: step.kind.name,
        found: found.map_or_else(|| path.pattern(), |k| k.name.to_owned()),
    })
}
