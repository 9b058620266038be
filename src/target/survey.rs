//! What stands in the target where steps would write: lists first, then a read
//! of what collides.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::error::ReadFailed;
use super::remote::{Item, Remote, Standing};
use crate::address::{Name, ResourcePath, TargetPath, split_revision};
use crate::arm::ArmError;
use crate::catalog::{Access, Kind};
use crate::plan::compare::{Difference, differences};
use crate::plan::place::{Place, same_id};
use crate::plan::{Plan, Step};

/// How many reads are under way at once.
pub(crate) const READS: usize = 24;

/// What stands where a step would write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum There {
    /// Nothing.
    Nothing,
    /// Something, of which no more was asked.
    Listed,
    /// What the step would make; with its ETag.
    Same(Option<String>),
    /// Something else: in what it differs, and what it is where it was read.
    Different(Vec<Difference>, Option<Standing>),
}

impl There {
    /// What stands there, where it was read and is something else.
    pub(crate) fn standing(&self) -> Option<&Standing> {
        match self {
            There::Different(_, standing) => standing.as_ref(),
            There::Nothing | There::Listed | There::Same(_) => None,
        }
    }

    /// The ETag of what stands there, where it is known.
    pub(crate) fn etag(&self) -> Option<&str> {
        match self {
            There::Same(etag) => etag.as_deref(),
            other => other.standing()?.etag.as_deref(),
        }
    }
}

/// Steps whose targets are in one collection.
struct Group<'p> {
    parent: Option<ResourcePath>,
    kind: &'static Kind,
    steps: Vec<(usize, &'p Step)>,
}

/// Looks up the targets of steps, given by their positions. Children are only
/// looked for below parents that are there; what is `known` is only seen to be
/// there.
pub(crate) async fn survey(
    plan: &Plan,
    remote: &Remote,
    wanted: &[usize],
    known: &HashSet<usize>,
) -> Result<HashMap<usize, There>, ReadFailed> {
    let mut levels: BTreeMap<usize, BTreeMap<(Option<ResourcePath>, &str), Group<'_>>> =
        BTreeMap::new();
    for &position in wanted {
        let step = &plan.steps[position];
        let path = step.target.below();
        let parent = path.parent();
        levels
            .entry(path.pairs().count())
            .or_default()
            .entry((parent.clone(), step.kind.name))
            .or_insert_with(|| Group {
                parent,
                kind: step.kind,
                steps: Vec::new(),
            })
            .steps
            .push((position, step));
    }
    let mut absent: HashSet<ResourcePath> = HashSet::new();
    let mut found = HashMap::with_capacity(wanted.len());
    for groups in levels.into_values() {
        let mut there = Vec::new();
        for group in groups.into_values() {
            if group.parent.as_ref().is_some_and(|p| absent.contains(p)) {
                for (position, step) in group.steps {
                    absent.insert(step.target.below().clone());
                    found.insert(position, There::Nothing);
                }
            } else {
                there.push(group);
            }
        }
        let mut readings = stream::iter(there)
            .map(|group| look(plan, remote, group, known))
            .buffer_unordered(READS);
        while let Some(batch) = readings.try_next().await? {
            for (position, there) in batch {
                if there == There::Nothing {
                    absent.insert(plan.steps[position].target.below().clone());
                }
                found.insert(position, there);
            }
        }
    }
    Ok(found)
}

async fn look(
    plan: &Plan,
    remote: &Remote,
    group: Group<'_>,
    known: &HashSet<usize>,
) -> Result<Vec<(usize, There)>, ReadFailed> {
    let Group {
        parent,
        kind,
        steps,
    } = group;
    let by_list = kind.is_link();
    // One item alone is found or missed by one read; a list would be another.
    let candidates = if steps.len() == 1 && !by_list {
        steps
    } else {
        let collection = kind.collection();
        let items = remote.list(parent.as_ref(), collection).await;
        let items = items.map_err(|source| ReadFailed {
            target: match &parent {
                Some(parent) => format!("/workspaces/{}{parent}/{collection}", plan.workspace),
                None => format!("/workspaces/{}/{collection}", plan.workspace),
            },
            source,
        })?;
        if by_list {
            return Ok(among(plan, kind, &steps, &items));
        }
        let names: HashSet<Name> = items.into_iter().map(|i| Name::new(i.name)).collect();
        let mut found = Vec::new();
        let mut candidates = Vec::new();
        for (position, step) in steps {
            // A list need not show revisions that are not current.
            let (root, _) = split_revision(step.target.below().name());
            let listed = |name: &str| names.contains(&Name::new(name));
            let name = step.target.below().name();
            if listed(name) && known.contains(&position) {
                found.push((position, There::Listed));
            } else if listed(name) || listed(root) {
                candidates.push((position, step));
            } else {
                found.push((position, There::Nothing));
            }
        }
        found.extend(read_all(plan, remote, candidates, known).await?);
        return Ok(found);
    };
    read_all(plan, remote, candidates, known).await
}

async fn read_all(
    plan: &Plan,
    remote: &Remote,
    steps: Vec<(usize, &Step)>,
    known: &HashSet<usize>,
) -> Result<Vec<(usize, There)>, ReadFailed> {
    stream::iter(steps)
        .map(|(position, step)| async move {
            let there = match known.contains(&position) {
                true => stands(remote, &step.target).await,
                false => look_at(plan, remote, step, &step.target).await,
            };
            let there = there.map_err(|source| ReadFailed {
                target: step.target.to_string(),
                source,
            })?;
            Ok((position, there))
        })
        .buffer_unordered(READS)
        .try_collect()
        .await
}

async fn stands(remote: &Remote, target: &TargetPath) -> Result<There, ArmError> {
    let path = target.to_string().parse();
    Ok(match path {
        Ok(path) if !remote.stands(&path).await? => There::Nothing,
        _ => There::Listed,
    })
}

/// Looks up one target by reading it.
pub(crate) async fn look_at(
    plan: &Plan,
    remote: &Remote,
    step: &Step,
    target: &TargetPath,
) -> Result<There, ArmError> {
    let Some(standing) = remote.read(step.kind, target).await? else {
        return Ok(There::Nothing);
    };
    let Some(content) = &step.content else {
        return Ok(There::Same(standing.etag));
    };
    let found = differences(step.kind, content, &standing.properties, place(plan));
    Ok(if found.is_empty() {
        There::Same(standing.etag)
    } else {
        There::Different(found, Some(standing))
    })
}

/// Looks links and memberships up in the list they would be in. A link is
/// there when one points to the same thing, whatever its name.
fn among(
    plan: &Plan,
    kind: &Kind,
    steps: &[(usize, &Step)],
    items: &[Item],
) -> Vec<(usize, There)> {
    steps
        .iter()
        .map(|(position, step)| (*position, link_among(plan, kind, step, items)))
        .collect()
}

/// Looks up one link or membership in the list it would be in.
pub(crate) fn link_among(plan: &Plan, kind: &Kind, step: &Step, items: &[Item]) -> There {
    if twin(plan, kind, step, items).is_some() {
        return There::Same(None);
    }
    let name = step.target.below().name();
    let namesake = items.iter().find(|i| i.name.eq_ignore_ascii_case(name));
    match (namesake, &step.content) {
        (Some(item), Some(content)) => {
            let found = differences(kind, content, &item.properties, place(plan));
            There::Different(found, None)
        }
        _ => There::Nothing,
    }
}

/// The listed item that is what a step makes.
pub(crate) fn twin<'i>(
    plan: &Plan,
    kind: &Kind,
    step: &Step,
    items: &'i [Item],
) -> Option<&'i Item> {
    let end = kind.references.first().map(|r| r.pointer);
    let wanted = end.and_then(|end| {
        let content = step.content.as_ref()?;
        content.properties.get(end)?.as_str()
    });
    items.iter().find(|item| match (kind.access, end, wanted) {
        (Access::Link, Some(end), Some(wanted)) => {
            let there = item.properties.get(end).and_then(|v| v.as_str());
            there.is_some_and(|there| same_id(wanted, there, place(plan)))
        }
        _ => item.name.eq_ignore_ascii_case(step.target.below().name()),
    })
}

/// Where a plan's copies stand.
pub(crate) fn place(plan: &Plan) -> Place<'_> {
    Place {
        service: &plan.target,
        workspace: &plan.workspace,
    }
}

/// The root of the revision that a path is, or is below.
pub(crate) fn revision_root(path: &ResourcePath) -> Option<ResourcePath> {
    let top = path.root();
    match split_revision(top.name()) {
        (root, Some(_)) => top.renamed(root).ok(),
        _ => None,
    }
}
