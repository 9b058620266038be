//! Workspaces that are proposed, and what the plan of each says.

use std::collections::{BTreeMap, BTreeSet};

use super::belongings::Belongings;
use super::communities::{communities, merged, split};
use super::word::first_word;
use super::{By, Cut, Options, Room, Workspace};
use crate::address::{ResourcePath, WorkspaceName, split_revision};
use crate::catalog::{API, Kind, PRODUCT, Per, limit_of};
use crate::inventory::Inventory;
use crate::plan::setup::{NewWorkspace, Setup};
use crate::plan::{self, Action, Plan, PlanError, PlanOptions, Severity, Target};

/// Letters of a name at most, to which a number may come.
const LONGEST: usize = 60;

/// What has no group of its own goes here.
const OTHERS: &str = "others";

/// A workspace that is proposed, with its plan.
pub(super) struct Planned {
    /// Positions in the list of APIs.
    pub(super) apis: Vec<usize>,
    pub(super) plan: Plan,
}

/// Spreads the APIs over workspaces, and plans each.
pub(super) fn propose(
    inventory: &Inventory,
    belongings: &Belongings,
    options: Options,
) -> Result<Vec<Planned>, PlanError> {
    let mut taken: BTreeSet<String> = (inventory.workspaces.keys())
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let mut planned = Vec::new();
    for (label, apis) in grouped(belongings, options) {
        let workspace = name(label.as_deref(), &apis, belongings, &mut taken);
        let plan = plan_of(inventory, belongings, &apis, &workspace)?;
        planned.push(Planned { apis, plan });
    }
    Ok(planned)
}

type Group = (Option<String>, Vec<usize>);

/// The groups, largest first, with their names where they have one.
fn grouped(belongings: &Belongings, options: Options) -> Vec<Group> {
    let count = belongings.apis.len();
    let most = limit_of(&API, Per::Workspace).unwrap_or(usize::MAX);
    let ties = belongings.ties();
    let labels = belongings.labels(options.by);
    let mut groups = match options.by {
        By::Sharing => communities(count, &ties),
        _ => {
            let names: BTreeSet<&Option<String>> = labels.iter().collect();
            let at = |label: &Option<String>| names.iter().position(|n| *n == label);
            labels
                .iter()
                .map(|label| at(label).unwrap_or_default())
                .collect()
        }
    };
    if let Some(to) = options.workspaces {
        groups = merged(&groups, &ties, &belongings.sizes, to, most);
        if options.by == By::Sharing {
            groups = split(&groups, &ties, to);
        }
    }
    let mut by_group: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        by_group.entry(*group).or_default().push(at);
    }
    let is_alone = |apis: &Vec<usize>| {
        options.by == By::Sharing && options.workspaces.is_none() && apis.len() == 1
    };
    let (alone, together): (Vec<_>, Vec<_>) = by_group.into_values().partition(is_alone);
    let mut found: Vec<Group> = together
        .into_iter()
        .map(|apis| match options.by {
            By::Sharing => (None, apis),
            _ => (
                Some(labels[apis[0]].clone().unwrap_or_else(|| OTHERS.to_owned())),
                apis,
            ),
        })
        .collect();
    found.sort_by_key(|(_, apis)| (std::cmp::Reverse(apis.len()), apis[0]));
    // What shares nothing costs nothing wherever it is put.
    let mut last: (usize, Vec<usize>) = (0, Vec::new());
    for at in alone.into_iter().flatten() {
        if last.0 + belongings.sizes[at] > most {
            found.push((Some(OTHERS.to_owned()), std::mem::take(&mut last.1)));
            last.0 = 0;
        }
        last.0 += belongings.sizes[at];
        last.1.push(at);
    }
    if !last.1.is_empty() {
        found.push((Some(OTHERS.to_owned()), last.1));
    }
    found
}

/// A name for a workspace: its label's, or the word that most of its APIs begin
/// with.
fn name(
    label: Option<&str>,
    apis: &[usize],
    belongings: &Belongings,
    taken: &mut BTreeSet<String>,
) -> WorkspaceName {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for at in apis {
        *words
            .entry(first_word(belongings.apis[*at].name()))
            .or_default() += 1;
    }
    let common = words.into_iter().rev().max_by_key(|(_, count)| *count);
    let wanted = match (label, common) {
        (Some(label), _) => label.to_owned(),
        (None, Some((word, _))) => word,
        (None, None) => OTHERS.to_owned(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let plain: String = wanted
        .chars()
        .filter(|c| is_plain(*c))
        .take(LONGEST)
        .collect();
    let plain = match plain.is_empty() {
        true => OTHERS.to_owned(),
        false => plain,
    };
    let mut number = 1_u64;
    loop {
        let name = match number {
            1 => plain.clone(),
            number => format!("{plain}-{number}"),
        };
        number += 1;
        // A name that the service keeps for itself gets a number, too.
        if let Ok(free) = name.parse()
            && taken.insert(name.to_ascii_lowercase())
        {
            return free;
        }
    }
}

fn plan_of(
    inventory: &Inventory,
    belongings: &Belongings,
    apis: &[usize],
    workspace: &WorkspaceName,
) -> Result<Plan, PlanError> {
    let selected: Vec<ResourcePath> = apis.iter().map(|at| belongings.apis[*at].clone()).collect();
    let target = Target::of_service(inventory, workspace.clone());
    let options = PlanOptions {
        name: workspace.to_string(),
        setup: Setup {
            workspace: Some(NewWorkspace {
                display_name: workspace.to_string(),
                description: None,
            }),
            ..Setup::default()
        },
        ..PlanOptions::default()
    };
    plan::make(inventory, &selected, &target, &options)
}

impl Planned {
    /// What is told of it.
    pub(super) fn told(&self, belongings: &Belongings) -> Workspace {
        let selected: BTreeSet<&str> = self
            .apis
            .iter()
            .map(|at| belongings.apis[*at].name())
            .collect();
        let mut counts: BTreeMap<&'static Kind, usize> = BTreeMap::new();
        for step in self.plan.steps.iter().filter(|s| s.action != Action::Tidy) {
            *counts.entry(step.kind).or_default() += 1;
        }
        let rooms = counts.into_iter().filter_map(|(kind, count)| {
            let most = limit_of(kind, Per::Workspace)?;
            let kind = kind.plural;
            Some(Room { kind, count, most })
        });
        let mut room: Vec<Room> = rooms.collect();
        room.sort_by(|a, b| {
            (b.count * a.most)
                .cmp(&(a.count * b.most))
                .then(a.kind.cmp(b.kind))
        });
        let apis = self.plan.steps.iter().filter(|step| step.kind.revisions);
        let names = apis.filter_map(|step| Some(step.source.as_ref()?.0.name()));
        let roots = names.filter(|name| split_revision(name).1.is_none());
        let along = roots.filter(|name| !selected.contains(name));
        let codes = |severity| {
            let mut codes: BTreeMap<String, usize> = BTreeMap::new();
            for finding in self.plan.findings.iter().filter(|f| f.severity == severity) {
                *codes.entry(finding.code.clone()).or_default() += 1;
            }
            codes
        };
        Workspace {
            name: self.plan.workspace.to_string(),
            come_along: along.map(str::to_owned).collect(),
            apis: selected.into_iter().map(str::to_owned).collect(),
            creates: self.plan.count(Action::Create),
            blockers: codes(Severity::Blocker),
            warnings: codes(Severity::Warning),
            room,
        }
    }
}

/// What is copied into more than one workspace, dearest first.
pub(super) fn cuts(planned: &[Planned]) -> Vec<Cut> {
    let mut found: BTreeMap<&ResourcePath, Cut> = BTreeMap::new();
    for one in planned {
        for step in one.plan.steps.iter().filter(|s| s.action == Action::Create) {
            let Some(source) = &step.source else { continue };
            if source.0.parent().is_some() || split_revision(source.0.name()).1.is_some() {
                continue;
            }
            let cut = found.entry(&source.0).or_insert_with(|| Cut {
                path: source.0.clone(),
                kind: step.kind.name,
                workspaces: Vec::new(),
                secret: step.secret.is_some() || step.upload.is_some(),
                cost: cost(step.kind, step.secret.is_some()),
            });
            cut.workspaces.push(one.plan.workspace.to_string());
        }
    }
    let mut cuts: Vec<Cut> = found
        .into_values()
        .filter(|c| c.workspaces.len() > 1)
        .collect();
    cuts.sort_by_key(|cut| {
        (
            rank(cut),
            std::cmp::Reverse(cut.workspaces.len()),
            cut.path.clone(),
        )
    });
    cuts
}

const SPLIT_VERSIONS: &str = "versions are split";
const TWICE: &str = "the API stands in both";
const SPLIT_PRODUCT: &str = "the product is split";
const KEYS: &str = "its keys open both sides";
const SECRET: &str = "the secret is duplicated";
const COPY: &str = "duplicated";

fn cost(kind: &Kind, secret: bool) -> &'static str {
    match () {
        () if kind.revisions => TWICE,
        () if kind.ends_with_last.is_some() => SPLIT_VERSIONS,
        () if kind == &PRODUCT => SPLIT_PRODUCT,
        () if kind.makes_its_secrets() => KEYS,
        () if secret => SECRET,
        () => COPY,
    }
}

fn rank(cut: &Cut) -> usize {
    let order = [TWICE, SPLIT_VERSIONS, SPLIT_PRODUCT, KEYS, SECRET, COPY];
    order
        .iter()
        .position(|cost| *cost == cut.cost)
        .unwrap_or(order.len())
}
