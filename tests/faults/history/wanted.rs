//! What a step of the plan wants, and what stands for it.

use serde_json::{Value, json};

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
    /// What is at hand to be uploaded; no look shows it.
    pub upload: Option<Value>,
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
        (Value::Object(wanted), found) => wanted
            .iter()
            // What a revision is made of is nowhere to be seen.
            .filter(|(name, _)| *name != "sourceApiId")
            .all(|(name, v)| covers(v, &found[name])),
        (Value::String(wanted), Value::String(found)) if wanted.starts_with("/subscriptions/") => {
            wanted.eq_ignore_ascii_case(found)
        }
        (Value::Array(wanted), Value::Null) => wanted.is_empty(),
        (Value::Bool(wanted), Value::Null) => !wanted,
        (wanted, found) => wanted == found,
    }
}

/// What stands where a step wants something.
pub(crate) fn standing<'s>(state: &'s State, step: &Wanted) -> Option<&'s Value> {
    place(state, step).map(|(_, found)| found)
}

/// Where it stands: a link may have another name, and a revision that became the
/// current one goes by the name of its API.
pub(crate) fn place<'s>(state: &'s State, step: &Wanted) -> Option<(&'s String, &'s Value)> {
    let current = || {
        let (api, rest) = step.target.split_once(";rev=")?;
        let (number, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_current = state.get(api)?["apiRevision"] == number;
        is_current.then(|| state.get_key_value(&format!("{api}{below}")))?
    };
    let twin = || {
        let (links, _) = step.target.rsplit_once('/')?;
        let below = format!("{links}/");
        let mut all = state
            .range(below.clone()..)
            .take_while(|(p, _)| p.starts_with(&below));
        all.find(|(_, found)| links.ends_with("links") && step.is(found))
    };
    let exact = state.get_key_value(&step.target);
    exact.or_else(current).or_else(twin)
}

/// The API that something is a revision of, or stands below a revision of.
pub(crate) fn api_of(path: &str) -> Option<&str> {
    let name = path.strip_prefix("/apis/")?.split(['/', ';']).next()?;
    Some(&path[.."/apis/".len() + name.len()])
}

/// All that a step wants to be sent.
pub(super) fn wants(step: &Wanted) -> Value {
    json!([step.properties, step.document, step.upload])
}
