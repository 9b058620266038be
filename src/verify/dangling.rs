//! References of the copies that lead nowhere, or out of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::address::{ResourcePath, ServiceId, TargetPath};
use crate::catalog::{self, Form, Home, pointer};
use crate::graph::references::{Cause, references};
use crate::inventory::{Inventory, Resource};
use crate::plan::place::below_workspace;
use crate::plan::{Plan, StepId};
use crate::target::ReadFailed;
use crate::target::lists::Lists;
use crate::target::remote::Standing;
use crate::target::survey::READS;

/// A reference that leads nowhere, or out of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dangling {
    /// The step.
    pub step: StepId,
    /// The copy that holds the reference.
    pub target: TargetPath,
    /// Where in it: a pointer, or a line and column.
    pub place: String,
    /// What it names.
    pub names: String,
    /// What is the matter: `absent`, or `outside` of what a workspace can use.
    pub why: Why,
}

/// What is the matter with a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// What it names is not there.
    Absent,
    /// What it names is not in the workspace, and not one of the few things
    /// that a workspace may use from elsewhere.
    Outside,
}

/// A reference to be looked up, and all who hold it.
type Wanted = BTreeMap<ResourcePath, BTreeSet<Dangling>>;

/// Finds what does not resolve among the references of what was read.
pub(crate) async fn dangling(
    plan: &Plan,
    lists: &Lists,
    standing: &[(usize, Standing)],
) -> Result<Vec<Dangling>, ReadFailed> {
    let mut found = BTreeSet::new();
    let mut at_service: Wanted = Wanted::new();
    let mut inventory = Inventory::new(plan.target.clone());
    let mut copies = Vec::new();
    for (position, standing) in standing {
        let step = &plan.steps[*position];
        let mut properties = Value::Object(standing.properties.clone());
        let dangle = |place: &str, names: &str, why| Dangling {
            step: step.id.clone(),
            target: step.target.clone(),
            place: place.to_owned(),
            names: crate::secret::plain(names),
            why,
        };
        for reference in step.kind.references {
            if !matches!(reference.form, Form::Id | Form::IdOfRoot) {
                continue;
            }
            pointer::each_mut(&mut properties, reference.pointer, &mut |value| {
                let Some(id) = value.as_str().map(str::to_owned) else {
                    return;
                };
                match sort_out(plan, &id) {
                    End::Workspace(short) => *value = Value::from(short),
                    End::Outside => {
                        found.insert(dangle(reference.pointer, &id, Why::Outside));
                        *value = Value::Null;
                    }
                    End::Service(path) => {
                        let holder = dangle(reference.pointer, &id, Why::Absent);
                        at_service.entry(path).or_default().insert(holder);
                        *value = Value::Null;
                    }
                }
            });
        }
        let Value::Object(properties) = properties else {
            continue;
        };
        let path = step.target.below().clone();
        if let Some(resource) = Resource::new(path, properties, None) {
            inventory.insert(resource.clone());
            copies.push((step, resource));
        }
    }
    let mut in_workspace: Wanted = Wanted::new();
    let mut by_display: Vec<(String, Dangling)> = Vec::new();
    for (step, resource) in &copies {
        for unresolved in references(resource, &inventory).unresolved {
            if !matches!(unresolved.cause, Cause::Absent | Cause::Foreign) {
                continue;
            }
            let holder = Dangling {
                step: step.id.clone(),
                target: step.target.clone(),
                place: unresolved.place,
                names: crate::secret::plain(&unresolved.name),
                why: Why::Absent,
            };
            match unresolved.candidates.into_iter().next() {
                Some(path) if unresolved.kind.home == Home::Workspace => {
                    in_workspace.entry(path).or_default().insert(holder);
                }
                Some(path) => {
                    at_service.entry(path).or_default().insert(holder);
                }
                None if unresolved.kind.display.is_some() => {
                    by_display.push((unresolved.name, holder));
                }
                None => {
                    found.insert(holder);
                }
            }
        }
    }
    found.extend(absent_displays(plan, lists, by_display).await?);
    let below = in_workspace.into_iter().filter_map(|(path, holders)| {
        let full = format!("/workspaces/{}{path}", plan.workspace);
        Some((full.parse().ok()?, holders))
    });
    let wanted: Vec<(ResourcePath, BTreeSet<Dangling>)> = below.chain(at_service).collect();
    let mut looked_up = stream::iter(wanted)
        .map(|(path, holders)| async move {
            let stands = lists.remote().stands(&path).await;
            let stands = stands.map_err(|source| ReadFailed {
                target: path.to_string(),
                source,
            })?;
            Ok(if stands { BTreeSet::new() } else { holders })
        })
        .buffer_unordered(READS);
    while let Some(holders) = looked_up.try_next().await? {
        found.extend(holders);
    }
    drop(looked_up);
    Ok(found.into_iter().collect())
}

/// Named values are named by what people see: one list tells which are there.
async fn absent_displays(
    plan: &Plan,
    lists: &Lists,
    wanted: Vec<(String, Dangling)>,
) -> Result<Vec<Dangling>, ReadFailed> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let kind = &catalog::NAMED_VALUE;
    let items = lists.of(None, kind.collection()).await;
    let items = items.map_err(|source| ReadFailed {
        target: format!("/workspaces/{}/{}", plan.workspace, kind.collection()),
        source,
    })?;
    let property = kind.display.map_or("displayName", |d| d.property);
    let there: BTreeSet<String> = items
        .iter()
        .filter_map(|i| Some(i.properties.get(property)?.as_str()?.to_ascii_lowercase()))
        .collect();
    let absent = wanted.into_iter();
    Ok(absent
        .filter(|(name, _)| !there.contains(&name.to_ascii_lowercase()))
        .map(|(_, holder)| holder)
        .collect())
}

/// Where an id leads.
enum End {
    /// Into the workspace; the path below it.
    Workspace(String),
    /// To something at service level that a workspace may use.
    Service(ResourcePath),
    /// Anywhere else.
    Outside,
}

fn sort_out(plan: &Plan, id: &str) -> End {
    let below = match ServiceId::split(id) {
        None => id,
        Some((service, below)) if service == plan.target => below,
        Some(_) => return End::Outside,
    };
    if let Some(short) = below_workspace(below, &plan.workspace) {
        return End::Workspace(short.to_owned());
    }
    if below.len() == id.len() {
        // A short id is read in the workspace first, as the service does.
        return End::Workspace(id.to_owned());
    }
    let Ok(path) = below.parse::<ResourcePath>() else {
        return End::Outside;
    };
    let usable = catalog::kind_of(&path).is_some_and(|kind| {
        kind.home == Home::Service || kind.is_built_in(&path, &serde_json::Map::new())
    });
    if usable {
        End::Service(path)
    } else {
        End::Outside
    }
}
