//! A whole service looked at before anything is chosen: which APIs can move,
//! which belong together, how they could be spread over workspaces, and what
//! each cut between them costs. Pure.
//!
//! What is told of a workspace is counted in the plan of just that workspace,
//! so that `plan` says the same.

mod belongings;
mod communities;
mod propose;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::address::ResourcePath;
use crate::inventory::Inventory;
use crate::plan::{PlanError, Severity};

use belongings::Belongings;
use propose::{Planned, propose};
pub use word::By;

/// How a service is to be split.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Into so many workspaces, by splitting and joining groups; as many as there
    /// are groups without it. What labels put together is not split.
    pub workspaces: Option<usize>,
    /// By what APIs belong together.
    pub by: By,
}

/// How an API stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing stands in the way.
    Ready,
    /// Somebody should look.
    Look,
    /// It would not go as it is.
    Blocked,
}

/// One API.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// How it stands.
    pub state: State,
    /// Codes of what blocks it.
    pub blockers: BTreeSet<String>,
    /// Codes of what somebody should look at.
    pub warnings: BTreeSet<String>,
    /// The workspace that is proposed for it.
    pub workspace: String,
    /// What it shares with other APIs, and with how many.
    pub shares: BTreeMap<ResourcePath, usize>,
}

/// How much of a workspace's room is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Room {
    /// Of what: `named values`.
    pub kind: &'static str,
    /// How many there would be.
    pub count: usize,
    /// How many fit.
    pub most: usize,
}

/// A workspace that is proposed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Its id.
    pub name: String,
    /// The APIs that are selected for it.
    pub apis: Vec<String>,
    /// APIs that come along, since something that comes names them.
    pub come_along: Vec<String>,
    /// Steps of its plan that make something.
    pub creates: usize,
    /// Findings that block its plan, by code.
    pub blockers: BTreeMap<String, usize>,
    /// Warnings of its plan, by code.
    pub warnings: BTreeMap<String, usize>,
    /// Its limits, fullest first.
    pub room: Vec<Room>,
}

/// Something that stands in more than one of the proposed workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cut {
    /// What.
    pub path: ResourcePath,
    /// Its kind.
    pub kind: &'static str,
    /// The workspaces that get a copy each.
    pub workspaces: Vec<String>,
    /// Whether a secret is copied with each.
    pub secret: bool,
    /// What it means, in a few words.
    pub cost: &'static str,
}

/// What was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The service.
    pub service: String,
    /// Its APIs, by name.
    pub apis: Vec<Api>,
    /// The workspaces that are proposed, largest first.
    pub workspaces: Vec<Workspace>,
    /// What every cut costs, dearest first.
    pub cuts: Vec<Cut>,
}

/// What is found at several APIs.
#[derive(Debug)]
pub struct Met<'a> {
    /// The finding's code.
    pub code: &'a str,
    /// Whether it keeps them from going.
    pub blocks: bool,
    /// Where they stand among the APIs.
    pub apis: Vec<usize>,
}

impl Assessment {
    /// What was found, with its APIs: what blocks first, and what concerns most of
    /// those.
    pub fn by_code(&self) -> Vec<Met<'_>> {
        let mut found: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
        for (at, api) in self.apis.iter().enumerate() {
            for (warns, codes) in [(false, &api.blockers), (true, &api.warnings)] {
                for code in codes {
                    found.entry((warns, code)).or_default().push(at);
                }
            }
        }
        let met = |((warns, code), apis): ((bool, _), _)| Met {
            code,
            blocks: !warns,
            apis,
        };
        let mut all: Vec<Met<'_>> = found.into_iter().map(met).collect();
        all.sort_by_key(|met| (!met.blocks, std::cmp::Reverse(met.apis.len())));
        all
    }
}

/// Looks at a service that was read as a whole.
///
/// # Errors
/// When a workspace that is proposed can't be planned.
pub fn assess(inventory: &Inventory, options: Options) -> Result<Assessment, PlanError> {
    let belongings = Belongings::of(inventory);
    let planned = propose(inventory, &belongings, options)?;
    let mut apis = Vec::new();
    for one in &planned {
        for &at in &one.apis {
            apis.push(api(at, one, inventory, &belongings));
        }
    }
    apis.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Assessment {
        service: inventory.service.to_string(),
        apis,
        cuts: propose::cuts(&planned),
        workspaces: planned.iter().map(|one| one.told(&belongings)).collect(),
    })
}

fn api(at: usize, planned: &Planned, inventory: &Inventory, belongings: &Belongings) -> Api {
    let path = &belongings.apis[at];
    let mut codes: BTreeMap<Severity, BTreeSet<String>> = BTreeMap::new();
    for finding in &planned.plan.findings {
        let about = finding.resource.parse::<ResourcePath>();
        if about.is_ok_and(|about| belongings.has(at, &about)) {
            let of_it = codes.entry(finding.severity).or_default();
            of_it.insert(finding.code.clone());
        }
    }
    let mut of = |severity| codes.remove(&severity).unwrap_or_default();
    let (blockers, warnings) = (of(Severity::Blocker), of(Severity::Warning));
    Api {
        name: path.name().to_owned(),
        display_name: inventory
            .get(path)
            .and_then(|api| api.text("displayName"))
            .unwrap_or_default()
            .to_owned(),
        state: match (blockers.is_empty(), warnings.is_empty()) {
            (false, _) => State::Blocked,
            (true, false) => State::Look,
            (true, true) => State::Ready,
        },
        blockers,
        warnings,
        workspace: planned.plan.workspace.to_string(),
        shares: belongings.shares(at),
    }
}

#[cfg(test)]
mod tests;
