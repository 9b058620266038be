//! Which of a plan's steps are shown.

use crate::address::{ResourcePath, split_revision};
use crate::catalog::{API, kind_of};
use crate::plan::{Plan, Step};

/// A part of a plan; by default all of it.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Only what is of an API or comes along for it, by its name at the source
    /// or in the workspace.
    pub api: Option<String>,
    /// Only of a kind: its name, its plural or its collection.
    pub kind: Option<String>,
}

impl Part {
    /// Whether a step belongs to it.
    pub fn has(&self, step: &Step) -> bool {
        let of_kind = |word: &String| {
            [step.kind.name, step.kind.plural, step.kind.collection()]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(word))
        };
        let of_api = |name: &String| {
            let source = step.source.iter().chain(&step.because).map(|s| &s.0);
            let mut paths = source.chain([step.target.below()]);
            paths.any(|path| is_of(path, name))
        };
        self.kind.as_ref().is_none_or(of_kind) && self.api.as_ref().is_none_or(of_api)
    }

    /// The steps that belong to it, with their positions.
    pub fn steps<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = (usize, &'p Step)> {
        (plan.steps.iter().enumerate()).filter(|(_, step)| self.has(step))
    }
}

fn is_of(path: &ResourcePath, api: &str) -> bool {
    let root = path.root();
    kind_of(&root) == Some(&API) && split_revision(root.name()).0.eq_ignore_ascii_case(api)
}
