//! Where callers reach APIs: today, and when they have moved.

use std::collections::BTreeMap;

use crate::plan::basis::{Front, Reached};
use crate::plan::target::Route;
use crate::plan::{Plan, Step};

/// Stands for a host that the plan does not know.
pub(super) const OLD_HOST: &str = "SERVICE-GATEWAY";
pub(super) const NEW_HOST: &str = "WORKSPACE-GATEWAY";

/// The URLs of a plan's APIs.
pub(super) struct Urls<'p> {
    front: Option<&'p Front>,
    /// The steps of version sets by the id that APIs name them by, in lower case.
    sets: BTreeMap<String, &'p Step>,
}

/// What callers write.
pub(super) struct Url {
    pub(super) text: String,
    /// What they send beside it, where that says the version.
    pub(super) header: Option<String>,
}

impl<'p> Urls<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let sets = (plan.steps.iter()).filter(|step| step.kind.ends_with_last.is_some());
        let id = |step: &Step| format!("{}{}", plan.target, step.target).to_ascii_lowercase();
        Self {
            front: plan.basis.as_ref().map(|basis| basis.front()),
            sets: sets.map(|step| (id(step), step)).collect(),
        }
    }

    /// Where the original answers, as far as the plan knows.
    pub(super) fn today(&self, step: &Step) -> Option<Url> {
        let front = self.front?;
        let host = front.hosts.first().map_or(OLD_HOST, String::as_str);
        let reached = front.apis.get(&step.source.as_ref()?.0)?;
        Some(url(scheme(step), host, reached))
    }

    /// Where the copy will answer.
    pub(super) fn copy(&self, step: &Step) -> Option<Url> {
        let properties = &step.content.as_ref()?.properties;
        let set = properties
            .get(Route::VERSION_SET)
            .and_then(|id| id.as_str());
        let set = set.and_then(|id| self.sets.get(&id.to_ascii_lowercase()));
        let set = set.and_then(|set| Some(&set.content.as_ref()?.properties));
        let reached = Reached::of(properties, set);
        Some(url(scheme(step), NEW_HOST, &reached))
    }
}

/// The safest protocol that an API takes.
fn scheme(step: &Step) -> &'static str {
    let content = step.content.as_ref();
    let taken = content.and_then(|c| c.properties.get("protocols")?.as_array());
    let takes = |word: &&str| {
        let mut taken = taken.into_iter().flatten().filter_map(|v| v.as_str());
        taken.any(|other| other.eq_ignore_ascii_case(word))
    };
    let known = ["https", "wss", "http", "ws"];
    known.into_iter().find(takes).unwrap_or("https")
}

fn url(scheme: &str, host: &str, reached: &Reached) -> Url {
    let with = reached.with.as_deref();
    let query = with.filter(|with| with.starts_with('?'));
    Url {
        text: format!(
            "{scheme}://{host}/{}{}",
            reached.path,
            query.unwrap_or_default()
        ),
        header: with.filter(|_| query.is_none()).map(str::to_owned),
    }
}
