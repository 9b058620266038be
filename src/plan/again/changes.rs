//! What differs between the last plan and the one that was made again.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::address::TargetPath;
use crate::plan::folder::PlanForm;
use crate::plan::model::{Content, Plan, Step, StepId};

/// A step that is in both plans, and differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Changed {
    /// The step.
    pub step: StepId,
    /// What of it differs: members of the body, `document`, or fields of the
    /// step, such as `sourceEtag`.
    pub what: Vec<String>,
}

/// What differs from the last plan. Steps are matched by where their copies
/// stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Changes {
    /// Steps that the last plan didn't have, in the order of the plan.
    pub new: Vec<StepId>,
    /// Steps that differ, in the order of the plan.
    pub changed: Vec<Changed>,
    /// Steps that the new plan doesn't have, in the order of the last one.
    pub gone: Vec<StepId>,
    /// Whether anything else differs: findings, the selection, the order.
    pub else_where: bool,
}

impl Changes {
    /// Whether both plans say the same, but for when and by which version of
    /// the program they were made.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty() && !self.else_where
    }
}

/// Compares two plans for one workspace.
pub fn changes(last: &Plan, new: &Plan) -> Changes {
    let mut before: BTreeMap<&TargetPath, &Step> =
        last.steps.iter().map(|s| (&s.target, s)).collect();
    let mut changes = Changes::default();
    for step in &new.steps {
        match before.remove(&step.target) {
            None => changes.new.push(step.id.clone()),
            Some(old) => {
                let what = differing(old, step);
                if !what.is_empty() {
                    changes.changed.push(Changed {
                        step: step.id.clone(),
                        what,
                    });
                }
            }
        }
    }
    let gone = last.steps.iter().filter(|s| before.contains_key(&s.target));
    changes.gone = gone.map(|s| s.id.clone()).collect();
    changes.else_where = timeless(last) != timeless(new);
    changes
}

/// All that is written of a plan but its bodies, and when and by what it was
/// made.
fn timeless(plan: &Plan) -> Option<Value> {
    let mut form = serde_json::to_value(PlanForm::from(plan)).ok()?;
    let fields = form.as_object_mut()?;
    fields.remove("created");
    fields.remove("generator");
    Some(form)
}

fn differing(old: &Step, new: &Step) -> Vec<String> {
    let fields = [
        ("kind", old.kind != new.kind),
        ("action", old.action != new.action),
        ("source", old.source != new.source),
        ("secret", old.secret != new.secret),
        ("upload", old.upload != new.upload),
        ("sourceEtag", old.source_etag != new.source_etag),
        ("sourceDigest", old.source_digest != new.source_digest),
    ];
    let mut what: Vec<String> = (fields.into_iter().filter(|(_, differs)| *differs))
        .map(|(name, _)| name.to_owned())
        .collect();
    let none = Content::default();
    let (a, b) = (
        old.content.as_ref().unwrap_or(&none),
        new.content.as_ref().unwrap_or(&none),
    );
    if a == b {
        return what;
    }
    let members: BTreeSet<&String> = a.properties.keys().chain(b.properties.keys()).collect();
    let differ = (members.into_iter()).filter(|m| a.properties.get(*m) != b.properties.get(*m));
    what.extend(differ.cloned());
    if a.document != b.document {
        what.push("document".to_owned());
    }
    what
}
