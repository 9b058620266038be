//! References of the copies that lead nowhere, or out of the workspace.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::address::{ResourcePath, ServiceId, TargetPath};
use crate::catalog::{self, Form, Home, Reference, pointer};
use crate::graph::references::{Cause, references};
use crate::inventory::{Inventory, Resource};
use crate::plan::place::below_workspace;
use crate::plan::{Plan, Step, StepId};
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

/// References to be looked up, and all who hold them.
type Wanted = BTreeMap<ResourcePath, BTreeSet<Dangling>>;

/// Finds what does not resolve among the references of what was read.
pub(crate) async fn dangling(
    plan: &Plan,
    lists: &Lists,
    standing: &[(usize, Standing)],
) -> Result<Vec<Dangling>, ReadFailed> {
    let mut search = Search {
        plan,
        found: BTreeSet::new(),
        wanted: Wanted::new(),
        by_display: Vec::new(),
    };
    let mut inventory = Inventory::new(plan.target.clone());
    let mut copies = Vec::new();
    for (position, standing) in standing {
        let step = &plan.steps[*position];
        let properties = search.lead_inside(step, standing);
        let path = step.target.below().clone();
        if let Some(resource) = Resource::new(path, properties, None) {
            inventory.insert(resource.clone());
            copies.push((step, resource));
        }
    }
    for (step, resource) in &copies {
        search.lost_in(step, resource, &inventory);
    }
    let Search {
        mut found,
        wanted,
        by_display,
        ..
    } = search;
    found.extend(absent_displays(plan, lists, by_display).await?);
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

/// What is known of references before anything is looked up for them.
struct Search<'p> {
    plan: &'p Plan,
    /// What leads nowhere for sure.
    found: BTreeSet<Dangling>,
    /// What has to be looked up, by its path in the service.
    wanted: Wanted,
    /// What is named by what people see.
    by_display: Vec<(String, Dangling)>,
}

impl Search<'_> {
    /// The properties of a copy with only those ids that lead into the
    /// workspace, below it; what the others lead to is noted.
    fn lead_inside(&mut self, step: &Step, standing: &Standing) -> Map<String, Value> {
        let mut properties = Value::Object(standing.properties.clone());
        let ids = |r: &&Reference| matches!(r.form, Form::Id | Form::IdOfRoot);
        for reference in step.kind.references.iter().filter(ids) {
            pointer::each_mut(&mut properties, reference.pointer, &mut |value| {
                let Some(id) = value.as_str() else {
                    return;
                };
                let dangles = |why| held_by(step, reference.pointer, id, why);
                *value = match sort_out(self.plan, id) {
                    End::Workspace(short) => Value::from(short),
                    End::Outside => {
                        self.found.insert(dangles(Why::Outside));
                        Value::Null
                    }
                    End::Service(path) => {
                        let holder = dangles(Why::Absent);
                        self.wanted.entry(path).or_default().insert(holder);
                        Value::Null
                    }
                };
            });
        }
        match properties {
            Value::Object(properties) => properties,
            _ => Map::new(),
        }
    }

    /// Notes what a copy refers to and the copies don't hold.
    fn lost_in(&mut self, step: &Step, resource: &Resource, inventory: &Inventory) {
        for lost in references(resource, inventory).unresolved {
            if !matches!(lost.cause, Cause::Absent | Cause::Foreign) {
                continue;
            }
            let holder = held_by(step, &lost.place, &lost.name, Why::Absent);
            match lost.candidates.into_iter().next() {
                Some(path) => {
                    let path = match lost.kind.home {
                        Home::Workspace => format!("/workspaces/{}{path}", self.plan.workspace)
                            .parse()
                            .ok(),
                        _ => Some(path),
                    };
                    if let Some(path) = path {
                        self.wanted.entry(path).or_default().insert(holder);
                    }
                }
                None if lost.kind.display.is_some() => self.by_display.push((lost.name, holder)),
                None => {
                    self.found.insert(holder);
                }
            }
        }
    }
}

fn held_by(step: &Step, place: &str, names: &str, why: Why) -> Dangling {
    Dangling {
        step: step.id.clone(),
        target: step.target.clone(),
        place: place.to_owned(),
        names: crate::secret::plain(names),
        why,
    }
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
