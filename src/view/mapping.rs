//! What becomes of each thing: the old name and the new.

use crate::plan::{Content, Step};

/// One row: a step, as people look for it.
pub(super) struct Row<'p> {
    pub(super) kind: &'static str,
    pub(super) action: &'static str,
    /// Where the original stands, below the service.
    pub(super) source: String,
    /// Where the copy stands, below the service.
    pub(super) target: String,
    /// What people know the copy by.
    pub(super) display: &'p str,
    /// The URL path of an API's copy.
    pub(super) path: &'p str,
}

impl<'p> Row<'p> {
    pub(super) fn of(step: &'p Step) -> Self {
        let text = |property: &str| {
            let value = |c: &'p Content| c.properties.get(property)?.as_str();
            step.content.as_ref().and_then(value).unwrap_or_default()
        };
        Self {
            kind: step.kind.name,
            action: step.action.as_str(),
            source: (step.source.as_ref()).map_or_else(String::new, |s| s.0.to_string()),
            target: step.target.to_string(),
            display: step.kind.display.map_or("", |d| text(d.property)),
            path: if step.kind.revisions {
                text("path")
            } else {
                ""
            },
        }
    }
}
