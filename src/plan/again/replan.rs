//! What becomes of a plan that is made where one was made before.

use std::collections::BTreeSet;

use super::batch::{Left, Past, left};
use super::changes::{Changes, changes};
use super::edits::{Edit, keep};
use super::ours::Ours;
use super::written::Written;
use crate::address::ResourcePath;
use crate::exit::Exit;
use crate::inventory::Inventory;
use crate::plan::model::Plan;

/// What a folder holds of the last plan.
#[derive(Debug, Clone)]
pub struct Last {
    /// The plan, as a person may have edited it.
    pub plan: Plan,
    /// What `plan` wrote; nothing where a version of the program wrote it that
    /// kept no digests.
    pub written: Option<Written>,
    /// What of the workspace is the plan's own.
    pub ours: Ours,
}

impl Last {
    /// The plan and what it holds.
    pub fn past(&self) -> Past<'_> {
        Past {
            last: &self.plan,
            ours: &self.ours,
        }
    }

    /// Whether another plan is for the same workspace, from the same service.
    pub fn is_for(&self, plan: &Plan) -> bool {
        self.plan.source == plan.source
            && self.plan.target == plan.target
            && self.plan.workspace == plan.workspace
    }
}

/// A plan that takes the place of the last one.
#[derive(Debug, Clone)]
pub struct Again {
    /// The plan, with what a person had edited.
    pub plan: Plan,
    /// The digests of what was made, without those edits.
    pub written: Written,
    /// What differs from the last plan; nothing where there was none.
    pub changes: Option<Changes>,
    /// Edits that were kept.
    pub kept: Vec<Edit>,
    /// Edits that the new plan overrules, as was asked for.
    pub overruled: Vec<Edit>,
    /// Copies of ours that the plan no longer makes.
    pub left: Vec<Left>,
}

impl Again {
    /// A plan that is the first in its place.
    pub fn first(plan: Plan) -> Self {
        Self {
            written: Written::of(&plan),
            plan,
            changes: None,
            kept: Vec::new(),
            overruled: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Whether nothing has to be written: the folder says all of it already.
    pub fn is_unchanged(&self) -> bool {
        self.changes.as_ref().is_some_and(Changes::is_empty)
    }
}

/// Why a plan may not take the place of the last one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Edits would be lost.
    #[error("what was edited by hand would be lost: {}", few(.0))]
    Clashes(Vec<Edit>),
    /// No edit can be told, and something differs.
    #[error(
        "nothing tells what was edited by hand, and the new plan differs in {}", few(.0)
    )]
    Unknown(Vec<Edit>),
    /// Copies that were made would be left behind.
    #[error(
        "the plan that was applied made {} {} that the new one does not have: {}",
        .0.len(), if .0.len() == 1 { "copy" } else { "copies" }, few_targets(.0)
    )]
    Lacks(Vec<Left>),
}

impl Refused {
    /// What can be done about it.
    pub fn help(&self) -> &'static str {
        match self {
            Refused::Clashes(_) => {
                "take these edits out, or give `--force` to have the new plan overrule them; other \
                 edits stay"
            }
            Refused::Unknown(_) => {
                "plan into another folder with `-o` and compare, or give `--force` to write the \
                 new plan over all of it"
            }
            Refused::Lacks(_) => {
                "select them as well; or give the new plan a folder of its own with `-o`; or, where \
                 they are to go, write the plan with `--force` and `apply --prune`"
            }
        }
    }

    /// How the program ends with it.
    pub fn exit(&self) -> Exit {
        Exit::Refused
    }
}

/// Most that is named in a message.
const TOLD: usize = 5;

fn few(edits: &[Edit]) -> String {
    let names: Vec<String> = edits.iter().map(ToString::to_string).collect();
    told(&names)
}

fn few_targets(left: &[Left]) -> String {
    let names: Vec<String> = left.iter().map(|l| format!("`{}`", l.target)).collect();
    told(&names)
}

fn told(names: &[String]) -> String {
    let shown = names[..names.len().min(TOLD)].join(", ");
    match names.len().saturating_sub(TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Puts a new plan in the place of the last one: keeps what was edited by hand,
/// finds what differs, and what of ours is no longer made.
///
/// # Errors
/// Unless `force`: when an edit would be lost; when less is asked for than last
/// time, so that copies that were made would belong to no plan.
pub fn replan(
    last: Option<&Last>,
    new: Plan,
    inventory: &Inventory,
    force: bool,
) -> Result<Again, Refused> {
    let Some(last) = last else {
        return Ok(Again::first(new));
    };
    let mut written = Written::of(&new);
    let made: BTreeSet<ResourcePath> =
        (new.steps.iter().map(|s| s.target.below().clone())).collect();
    let one_place = last.is_for(&new);
    let plain = (!one_place).then(|| new.clone());
    let mut kept = keep(&last.plan, last.written.as_ref(), new);
    if let Some(plain) = plain {
        // Edits of a plan for another workspace mean nothing in this one.
        kept.plan = plain;
        kept.clashes.append(&mut kept.edits);
        if last.written.is_none() {
            kept.clashes.clear();
        }
    }
    if !kept.clashes.is_empty() && !force {
        return Err(match last.written {
            Some(_) => Refused::Clashes(kept.clashes),
            None => Refused::Unknown(kept.clashes),
        });
    }
    let left = match one_place {
        true => left(&last.past(), &kept.plan, &made, inventory),
        false => Vec::new(),
    };
    let asked: Vec<Left> = (left.iter().filter(|l| l.why.by_options()).cloned()).collect();
    if !asked.is_empty() && !force {
        return Err(Refused::Lacks(asked));
    }
    for gone in &left {
        if let Some(step) = maker(last, gone) {
            written.left.insert(gone.target.to_string(), step);
        }
    }
    Ok(Again {
        changes: one_place.then(|| changes(&last.plan, &kept.plan)),
        plan: kept.plan,
        written,
        kept: kept.edits,
        overruled: kept.clashes,
        left,
    })
}

/// The step that made a copy that is no longer in the plan.
fn maker(last: &Last, left: &Left) -> Option<crate::plan::StepId> {
    let planned = || {
        let step = last.plan.steps.iter().find(|s| s.target == left.target)?;
        Some(step.id.clone())
    };
    let written = || {
        let written = last.written.as_ref()?;
        let of_step = written.steps.iter().find(|(_, s)| s.target == left.target);
        let before = || written.left.get(&left.target.to_string());
        of_step.map(|(id, _)| id).or_else(before).cloned()
    };
    planned().or_else(written)
}
