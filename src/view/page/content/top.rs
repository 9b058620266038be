//! The first screen: what goes where, whether it can, and how much it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::apis::Api;
use super::findings::Group;
use crate::plan::setup::Item;
use crate::plan::{Action, Plan};
use crate::view::page::Since;
use crate::view::page::text::Line;
use crate::view::verdict::Verdict;

/// What stands above everything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Top {
    pub(crate) name: Line,
    pub(crate) from: Line,
    pub(crate) into: Line,
    pub(crate) verdict: Line,
    /// `bad`, `fair` or `good`.
    pub(crate) tone: &'static str,
    pub(crate) selected: usize,
    pub(crate) along: usize,
    /// Findings of each severity that are there.
    pub(crate) findings: Vec<Count>,
    /// Steps of each action.
    pub(crate) actions: Vec<Count>,
    /// Steps of each kind.
    pub(crate) kinds: Vec<Count>,
    pub(crate) facts: Vec<Fact>,
    /// Codes of blockers that would have to be allowed.
    pub(crate) blocking: Vec<Line>,
}

/// How many there are of something, and the word that a filter has for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    pub(crate) word: &'static str,
    pub(crate) label: &'static str,
    pub(crate) count: usize,
}

/// Something else that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) text: Line,
}

/// Sums a plan up, and what became of it.
pub(crate) fn top(plan: &Plan, apis: &[Api], groups: &[Group], since: Option<&Since>) -> Top {
    let (verdict, tone) = verdict(plan, since);
    let into = match plan.within_one_service() {
        true => format!("workspace {}", plan.workspace),
        false => format!("{}, workspace {}", plan.target.name(), plan.workspace),
    };
    let selected = apis.iter().filter(|api| api.selected).count();
    let blocking = groups.iter().filter(|group| group.blocks());
    Top {
        name: Line::of(&plan.name),
        from: Line::of(plan.source.name()),
        into: Line::of(into),
        verdict: Line::of(verdict),
        tone,
        selected,
        along: apis.len() - selected,
        findings: findings(groups),
        actions: actions(plan),
        kinds: kinds(plan),
        facts: facts(plan),
        blocking: blocking.map(|group| group.code.clone()).collect(),
    }
}

fn verdict(plan: &Plan, since: Option<&Since>) -> (String, &'static str) {
    if let Some(since) = since.filter(|s| s.status.runs > 0) {
        let status = &since.status;
        let done = format!("{} of {} steps done", status.done, status.steps);
        return match (status.failed.len(), status.remaining.is_empty()) {
            (0, true) => match &since.verified {
                None => ("Done".to_owned(), "good"),
                Some(verified) if verified.differ == 0 => {
                    ("Done, and as planned".to_owned(), "good")
                }
                Some(verified) => (format!("Done, {} differ", verified.differ), "bad"),
            },
            (0, false) => (done, "fair"),
            (failed, _) => (format!("{done}, {failed} failed"), "bad"),
        };
    }
    let verdict = Verdict::of(plan);
    let tone = match verdict {
        Verdict::Blocked(_) => "bad",
        Verdict::Ready(0) => "good",
        Verdict::Ready(_) => "fair",
    };
    (verdict.to_string(), tone)
}

fn findings(groups: &[Group]) -> Vec<Count> {
    let mut counts: Vec<Count> = Vec::new();
    for group in groups {
        let count = group.subjects.len();
        match counts.iter_mut().find(|c| c.word == group.severity) {
            Some(known) => known.count += count,
            None => counts.push(Count {
                word: group.severity,
                label: plural(group.severity),
                count,
            }),
        }
    }
    counts
}

fn plural(severity: &str) -> &'static str {
    match severity {
        "blocker" => "blockers",
        "warning" => "warnings",
        _ => "notes",
    }
}

fn actions(plan: &Plan) -> Vec<Count> {
    let counts = [
        (Action::Create, "to create"),
        (Action::Reuse, "to reuse"),
        (Action::Tidy, "to tidy"),
    ];
    let counts = counts.map(|(action, label)| Count {
        word: action.as_str(),
        label,
        count: plan.count(action),
    });
    counts.into_iter().filter(|c| c.count > 0).collect()
}

fn kinds(plan: &Plan) -> Vec<Count> {
    let mut kinds: BTreeMap<usize, Count> = BTreeMap::new();
    for step in &plan.steps {
        let at = crate::catalog::kinds().iter().position(|k| *k == step.kind);
        let count = kinds.entry(at.unwrap_or(usize::MAX)).or_insert(Count {
            word: step.kind.name,
            label: step.kind.plural,
            count: 0,
        });
        count.count += 1;
    }
    kinds.into_values().collect()
}

fn facts(plan: &Plan) -> Vec<Fact> {
    let mut facts = vec![
        Fact {
            label: "Made",
            text: Line::of(format!("{} by {}", plan.created, plan.generator)),
        },
        Fact {
            label: "From",
            text: Line::of(plan.source.to_string()),
        },
        Fact {
            label: "Into",
            text: Line::of(plan.workspace_id()),
        },
    ];
    let lists = [
        ("Left out by choice", &plan.selection.without),
        ("Of the whole service", &plan.selection.service_scope),
        ("Allowed", &plan.allow),
    ];
    for (label, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        facts.push(Fact {
            label,
            text: Line::of(list.join(", ")),
        });
    }
    for item in plan.setup.items() {
        let text = match item {
            Item::Workspace(workspace) => {
                format!("make the workspace {}, if need be", workspace.display_name)
            }
            Item::Access(access) => format!(
                "let the {} {} work there as {}",
                access.principal_type.to_lowercase(),
                access.principal,
                access.role
            ),
        };
        facts.push(Fact {
            label: "First",
            text: Line::of(text),
        });
    }
    facts
}
