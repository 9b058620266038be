//! What the parts of the page ask of a plan: its steps, what they belong to,
//! what people call them, and where they are in the page.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::address::{ResourcePath, ServiceId, TargetPath};
use crate::catalog::pointer;
use crate::graph::references::without_revision;
use crate::plan::{Plan, Sources, Step, StepId, folder};
use crate::view::graph::way::Ways;
use crate::view::graph::{Focus, Graph, GraphError};
use crate::view::page::text::Line;

/// A plan, looked at from all sides.
pub(crate) struct Things<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) sources: &'p Sources,
    pub(crate) graph: Graph<'p>,
    pub(crate) ways: Ways<'p>,
    pub(crate) files: Vec<Option<String>>,
    by_id: BTreeMap<&'p StepId, usize>,
    by_source: BTreeMap<&'p ResourcePath, usize>,
    by_target: BTreeMap<&'p ResourcePath, usize>,
}

/// Something to look at in the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    /// The position of its step.
    pub(crate) step: usize,
    pub(crate) text: Line,
}

impl<'p> Things<'p> {
    pub(crate) fn of(plan: &'p Plan, sources: &'p Sources) -> Result<Self, GraphError> {
        let steps = || plan.steps.iter().enumerate();
        let sources_of = steps().filter_map(|(i, step)| Some((&step.source.as_ref()?.0, i)));
        Ok(Self {
            plan,
            sources,
            graph: Graph::of(plan, &Focus::default())?,
            ways: Ways::of(plan),
            files: folder::bodies(plan),
            by_id: steps().map(|(i, step)| (&step.id, i)).collect(),
            by_source: sources_of.collect(),
            by_target: steps().map(|(i, step)| (step.target.below(), i)).collect(),
        })
    }

    /// The position of a step.
    pub(crate) fn position(&self, id: &StepId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The position of the step that copies what stands at a path.
    pub(crate) fn of_source(&self, path: &ResourcePath) -> Option<usize> {
        self.by_source.get(path).copied()
    }

    /// The position of the step that makes what will stand at a path below the
    /// workspace.
    pub(crate) fn of_target(&self, path: &ResourcePath) -> Option<usize> {
        self.by_target.get(path).copied()
    }

    /// The thing that what stands at a path of the source belongs to.
    pub(crate) fn thing_of(&self, path: &ResourcePath) -> Option<usize> {
        self.graph.of[self.of_source(path)?]
    }

    /// Whether a step is one of an API that was asked for.
    pub(crate) fn is_selected(&self, step: &Step) -> bool {
        (step.source.as_ref()).is_some_and(|source| self.ways.is_selected(&source.0))
    }

    /// Where something that a body names will stand, below the plan's workspace.
    pub(crate) fn named(&self, step: &Step, pointer: &str) -> Option<ResourcePath> {
        let id = property(step, pointer)?;
        let below = match ServiceId::split(id) {
            Some((service, below)) if service == self.plan.target => below,
            Some(_) => return None,
            None => id,
        };
        let target: TargetPath = below.parse().ok()?;
        (*target.workspace() == self.plan.workspace).then(|| target.below().clone())
    }

    /// The file of a step's body, relative to the plan's folder.
    pub(crate) fn file(&self, position: usize) -> &str {
        self.files[position].as_deref().unwrap_or_default()
    }

    /// A link to a step, by the name of its source.
    pub(crate) fn link(&self, position: usize) -> Link {
        Link {
            step: position,
            text: name(&self.plan.steps[position]),
        }
    }

    /// A link to a thing, by the name of its source.
    pub(crate) fn link_to(&self, node: usize) -> Option<Link> {
        let step = self.graph.nodes.get(node)?.step;
        Some(self.link(self.position(&step.id)?))
    }
}

/// What people know a step's source by: its path without the slash.
pub(crate) fn name(step: &Step) -> Line {
    let path = step.source.as_ref().map(|s| s.0.as_str());
    let path = path.unwrap_or(step.target.below().as_str());
    Line::of(path.trim_start_matches('/'))
}

/// What people know a step's source by, in short: its own name, or the one that
/// is seen where its own was made up by the service.
pub(crate) fn known_as(step: &Step) -> Line {
    let path = step.source.as_ref().map_or(step.target.below(), |s| &s.0);
    let minted = path.name().len() == 24 && path.name().bytes().all(|b| b.is_ascii_hexdigit());
    match display(step) {
        display if minted && !display.is_empty() => display,
        _ => Line::of(path.name()),
    }
}

/// The part of a path below what it belongs to: `policies/policy`.
pub(crate) fn within(path: &ResourcePath) -> Option<Line> {
    let path = without_revision(path);
    let root = path.root();
    let rest = path.as_str().get(root.as_str().len() + 1..)?;
    Some(Line::of(rest))
}

/// A text property of what a step sends.
pub(crate) fn property<'p>(step: &'p Step, name: &str) -> Option<&'p str> {
    step.content.as_ref()?.properties.get(name)?.as_str()
}

/// The name that people see.
pub(crate) fn display(step: &Step) -> Line {
    let shown = step.kind.display.and_then(|d| property(step, d.property));
    Line::of(shown.unwrap_or_default())
}

/// Whose it is: who is named where a copy can do without.
pub(crate) fn owner(step: &Step) -> Option<Line> {
    let owner = (step.kind.references.iter()).find(|r| r.to.iter().any(|k| k.dispensable))?;
    let properties = Value::Object(step.content.as_ref()?.properties.clone());
    let mut found = None;
    pointer::each(&properties, owner.pointer, &mut |value| {
        let id = value.as_str().unwrap_or_default();
        found = id
            .rsplit('/')
            .next()
            .filter(|n| !n.is_empty())
            .map(Line::of);
    });
    found
}
