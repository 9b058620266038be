//! What a step of the plan wants, and what stands for it.

use serde_json::Value;

use super::model::State;

/// What a step of the plan wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub id: String,
    pub target: String,
    pub action: String,
    pub source: String,
    pub after: Vec<String>,
    pub properties: Value,
    pub document: Option<String>,
}

impl Wanted {
    pub(crate) fn creates(&self) -> bool {
        self.action == "create"
    }

    /// Whether something is what the step wants: all that is sent is there.
    pub(crate) fn is(&self, found: &Value) -> bool {
        let document = self.document.as_deref();
        let text = document.is_none_or(|text| found["value"] == text);
        text && covers(&self.properties, found)
    }
}

/// Whether everything in one value is in the other, ids without regard to case.
fn covers(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), found) => wanted.iter().all(|(name, v)| covers(v, &found[name])),
        (Value::String(wanted), Value::String(found)) if wanted.starts_with("/subscriptions/") => {
            wanted.eq_ignore_ascii_case(found)
        }
        (Value::Array(wanted), Value::Null) => wanted.is_empty(),
        (wanted, found) => wanted == found,
    }
}

/// What stands where a step wants something.
pub(crate) fn standing<'s>(state: &'s State, step: &Wanted) -> Option<&'s Value> {
    let twin = || {
        let (links, _) = step.target.rsplit_once('/')?;
        let below = format!("{links}/");
        let mut all = state
            .range(below.clone()..)
            .take_while(|(p, _)| p.starts_with(&below));
        let found = all.find(|(_, found)| links.ends_with("links") && step.is(found));
        found.map(|(_, found)| found)
    };
    state.get(&step.target).or_else(twin)
}

pub(super) fn wants(step: &Wanted) -> (Value, Option<String>) {
    (step.properties.clone(), step.document.clone())
}
