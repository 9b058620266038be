//! What a rollback may keep for the sake of others: the most that it can be.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Model, State, Whose};

/// What somebody has a part in: what is theirs, or was changed by them, with what
/// is below it, what links to it, and all that these need.
pub(super) fn of(model: &Model) -> BTreeSet<String> {
    let strangers = [Whose::Changed, Whose::Theirs, Whose::Forgotten];
    let state = &model.state;
    let mut open: Vec<String> = model.paths(&strangers);
    let mut kept = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !kept.insert(path.clone()) {
            continue;
        }
        open.extend(
            above(&path)
                .filter(|parent| state.contains_key(*parent))
                .map(str::to_owned),
        );
        if let Some(found) = state.get(&path) {
            open.extend(needs(found, state));
        }
        // What a step below would need is kept as well, made or not.
        let below = |target: &str| target == path || target.starts_with(&format!("{path}/"));
        for step in model.plan.iter().filter(|step| below(&step.target)) {
            let needed = model
                .plan
                .iter()
                .filter(|need| step.after.contains(&need.id));
            open.extend(needed.map(|need| need.target.clone()));
        }
        for (other, found) in state {
            let is_below = other.starts_with(&format!("{path}/"))
                || other.starts_with(&format!("{path};rev="));
            let links = other.contains("links/") || path.starts_with("/apiversionsets/");
            if is_below || links && needs(found, state).contains(&path) {
                open.push(other.clone());
            }
        }
    }
    kept
}

/// What a path is below of.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').skip(1).map(|(at, _)| at);
    ends.map(|at| &path[..at])
}

/// What something refers to, by id and from a policy.
fn needs(found: &Value, state: &State) -> Vec<String> {
    let mut texts = Vec::new();
    collect(found, &mut texts);
    let of = |(path, found): (&String, &Value)| {
        let display = found["displayName"].as_str().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let by = |text: &String| match path.split('/').nth(1) {
            _ if text.to_lowercase().ends_with(path.as_str()) => true,
            Some("namedvalues") => text.contains(&format!("{{{{{display}}}}}")),
            Some("policyfragments" | "certificates") => {
                text.to_lowercase().contains(&format!("\"{name}\""))
            }
            _ => false,
        };
        texts.iter().any(by).then(|| path.clone())
    };
    state.iter().filter_map(of).collect()
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|value| collect(value, texts)),
        Value::Object(all) => all.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}
