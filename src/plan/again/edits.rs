//! What a person edited in a plan's folder, and keeping it when the plan is
//! made again.
//!
//! Three hands are at each place: what `plan` wrote last, what stands there
//! now, and what it would write today. An edit stays where the new plan says
//! what the last one said; where both changed, it is a clash.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::written::{Written, WrittenStep, after, head};
use crate::plan::codes::is_checked;
use crate::plan::finding::{Finding, Severity};
use crate::plan::model::{Content, Plan, Step, StepId};
use crate::plan::validate;

/// What was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The properties of a step.
    Body,
    /// The policy or fragment of a step.
    Document,
    /// A step in `plan.yaml`.
    Step,
    /// What a step waits for.
    After,
    /// A step that was taken out.
    Dropped,
    /// A step that was put in.
    Added,
    /// A code that was allowed.
    Allowed,
    /// A field before the steps.
    Field,
}

/// One edit: what, and of which step, code or field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Edit {
    /// What was edited.
    pub what: What,
    /// Of which step; or which code, or which field.
    pub about: String,
}

impl Edit {
    fn new(what: What, about: impl ToString) -> Self {
        Self {
            what,
            about: about.to_string(),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match self.what {
            What::Body => write!(f, "the body of `{about}`"),
            What::Document => write!(f, "the document of `{about}`"),
            What::Step => write!(f, "the step `{about}`"),
            What::After => write!(f, "what `{about}` waits for"),
            What::Dropped => write!(f, "the step `{about}`, taken out"),
            What::Added => write!(f, "the step `{about}`, put in"),
            What::Allowed => write!(f, "`{about}`, allowed"),
            What::Field => write!(f, "`{about}`"),
        }
    }
}

/// A plan that was made again, with what a person had edited in the last one.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The plan. Where edits clash, it is as it was made.
    pub plan: Plan,
    /// The edits that are in it, sorted.
    pub edits: Vec<Edit>,
    /// The edits that are not, since the new plan says something else at the
    /// same place, sorted.
    pub clashes: Vec<Edit>,
}

/// Puts what a person edited in the last plan into the new one. Without
/// digests of what was written, no edit can be told from what has changed since:
/// whatever differs is a clash then.
pub fn keep(last: &Plan, written: Option<&Written>, new: Plan) -> Kept {
    let mut keeper = Keeper {
        last: last.steps.iter().map(|s| (&s.id, s)).collect(),
        written,
        edits: Vec::new(),
        clashes: Vec::new(),
    };
    let mut plan = new;
    keeper.head(last, &mut plan);
    keeper.steps(last, &mut plan);
    let Keeper {
        mut edits,
        mut clashes,
        ..
    } = keeper;
    edits.sort();
    clashes.sort();
    let moved = |edit: &Edit| matches!(edit.what, What::Added | What::After);
    if edits.iter().any(moved) {
        // Steps that need each other in a circle are told by the check of the
        // whole folder.
        let _ = validate::sort(&mut plan);
    }
    Kept {
        plan,
        edits,
        clashes,
    }
}

/// Whose word counts at one place.
enum Hand {
    Plan,
    Person,
    Both,
}

/// Returns whose word counts: `base` is what was written, as far as that is
/// known.
fn hand<T: PartialEq + ?Sized>(base: Option<&T>, now: &T, new: &T) -> Hand {
    match base {
        _ if now == new => Hand::Plan,
        Some(base) if now == base => Hand::Plan,
        Some(base) if new == base => Hand::Person,
        _ => Hand::Both,
    }
}

struct Keeper<'a> {
    last: HashMap<&'a StepId, &'a Step>,
    written: Option<&'a Written>,
    edits: Vec<Edit>,
    clashes: Vec<Edit>,
}

impl Keeper<'_> {
    fn head(&mut self, last: &Plan, plan: &mut Plan) {
        let (now, new) = (head(last), head(plan));
        for (field, now) in &now {
            let base = self.written.and_then(|w| w.head.get(field));
            let Some(new) = new.get(field) else { continue };
            if self.persons(hand(base, now, new), What::Field, field) {
                match field.as_str() {
                    "apiVersion" => plan.api_version = last.api_version,
                    "name" => plan.name.clone_from(&last.name),
                    _ => plan.setup.clone_from(&last.setup),
                }
            }
        }
        let before = self.written.map_or(&[] as &[_], |w| &w.allow);
        // What nothing is blocked by any more is not allowed any more either,
        // but for what is found of the edits that stay.
        let blocks = |code: &&String| {
            let blockers = |f: &&Finding| f.severity == Severity::Blocker;
            is_checked(code) || (plan.findings.iter().filter(blockers)).any(|f| f.code == **code)
        };
        let by_hand: Vec<&String> = (last.allow.iter())
            .filter(|code| !before.contains(code))
            .filter(blocks)
            .collect();
        for code in by_hand.into_iter().filter(|_| self.written.is_some()) {
            if !plan.allow.contains(code) {
                plan.allow.push(code.clone());
                self.edits.push(Edit::new(What::Allowed, code));
            }
        }
        plan.allow.sort();
        let one_by_one: BTreeSet<(&str, &str)> = (last.findings.iter())
            .filter(|f| f.allowed && !before.contains(&f.code))
            .map(|f| (f.code.as_str(), f.resource.as_str()))
            .collect();
        for finding in &mut plan.findings {
            let blocker = finding.severity == Severity::Blocker;
            let key = (finding.code.as_str(), finding.resource.as_str());
            finding.allowed |=
                blocker && (plan.allow.contains(&finding.code) || one_by_one.contains(&key));
        }
    }

    /// Notes whose word counts, and tells whether it is the person's.
    fn persons(&mut self, hand: Hand, what: What, about: impl ToString) -> bool {
        match hand {
            Hand::Plan => return false,
            Hand::Person => self.edits.push(Edit::new(what, about)),
            Hand::Both => {
                self.clashes.push(Edit::new(what, about));
                return false;
            }
        }
        true
    }

    fn steps(&mut self, last: &Plan, plan: &mut Plan) {
        let dropped = self.dropped();
        let before = plan.steps.len();
        let made: BTreeSet<StepId> = plan.steps.iter().map(|s| s.id.clone()).collect();
        plan.steps.retain(|s| !dropped.contains(&s.id));
        if plan.steps.len() < before {
            let gone = dropped.iter().filter(|id| made.contains(*id));
            self.edits
                .extend(gone.map(|id| Edit::new(What::Dropped, id)));
        }
        for step in &mut plan.steps {
            match self.last.get(&step.id).copied() {
                Some(now) => self.step(now, step, &dropped),
                None => step.after.retain(|id| !dropped.contains(id)),
            }
        }
        let Some(written) = self.written else { return };
        for now in last.steps.iter().filter(|s| !made.contains(&s.id)) {
            match written.steps.get(&now.id) {
                None => {
                    self.edits.push(Edit::new(What::Added, &now.id));
                    plan.steps.push(now.clone());
                }
                // The new plan has no place for it.
                Some(base) => self.clashes.extend(edited(base, now)),
            }
        }
        let there: BTreeSet<StepId> = plan.steps.iter().map(|s| s.id.clone()).collect();
        for step in &mut plan.steps {
            step.after.retain(|id| there.contains(id));
        }
    }

    /// Steps that were written and taken out since.
    fn dropped(&self) -> BTreeSet<StepId> {
        let written = self.written.into_iter().flat_map(|w| w.steps.keys());
        (written.filter(|id| !self.last.contains_key(id)).cloned()).collect()
    }

    fn step(&mut self, now: &Step, new: &mut Step, dropped: &BTreeSet<StepId>) {
        let id = new.id.clone();
        let base = self.written.and_then(|w| w.steps.get(&id));
        let (was, would) = (WrittenStep::of(now), WrittenStep::of(new));
        let of_step = hand(base.map(|b| &b.step), &was.step, &would.step);
        if self.persons(of_step, What::Step, &id) {
            new.kind = now.kind;
            new.action = now.action;
            new.source.clone_from(&now.source);
            new.target.clone_from(&now.target);
            new.secret.clone_from(&now.secret);
            new.upload.clone_from(&now.upload);
        }
        let of_body = hand(base.map(|b| &b.body), &was.body, &would.body);
        if self.persons(of_body, What::Body, &id) {
            let document = new.content.take().and_then(|c| c.document);
            new.content = now.content.as_ref().map(|c| Content {
                properties: c.properties.clone(),
                document,
            });
        }
        let of_document = hand(base.map(|b| &b.document), &was.document, &would.document);
        if self.persons(of_document, What::Document, &id)
            && let (Some(content), Some(edited)) = (&mut new.content, &now.content)
        {
            content.document.clone_from(&edited.document);
        }
        // Who takes a step out takes it out of what waited for it, too.
        let gone: Vec<StepId> = (new.after.iter().filter(|a| dropped.contains(a)))
            .cloned()
            .collect();
        new.after.retain(|id| !dropped.contains(id));
        let whole: Vec<StepId> = now.after.iter().chain(&gone).cloned().collect();
        let only_less = !dropped.is_empty() && now.after.iter().all(|a| new.after.contains(a));
        if only_less || base.is_some_and(|b| after(&whole) == b.after) {
            return;
        }
        let would: Vec<StepId> = new.after.iter().chain(&gone).cloned().collect();
        let of_after = hand(
            base.map(|b| &b.after),
            &after(&now.after),
            &after(if gone.is_empty() { &new.after } else { &would }),
        );
        if self.persons(of_after, What::After, &id) {
            new.after.clone_from(&now.after);
            new.after.sort();
        }
    }
}

/// What was edited of a step that the new plan doesn't have.
fn edited(base: &WrittenStep, now: &Step) -> Vec<Edit> {
    let was = WrittenStep::of(now);
    let places: BTreeMap<What, bool> = [
        (What::Step, was.step != base.step),
        (What::Body, was.body != base.body),
        (What::Document, was.document != base.document),
    ]
    .into();
    (places.into_iter().filter(|(_, edited)| *edited))
        .map(|(what, _)| Edit::new(what, &now.id))
        .collect()
}
