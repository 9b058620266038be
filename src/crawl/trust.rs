//! Which lists are believed.
//!
//! A list that is recorded as whole is tried on some of its items: these are
//! read alone, and where one of them says more than the list, all of its kind
//! are.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::ResourcePath;
use crate::catalog::VERSIONS;
use crate::catalog::{ApiVersion, Kind};
use crate::inventory::{Resource, essence};

/// One of so many is read alone.
const ONE_OF: usize = 40;

/// No more of a kind are tried than that.
const MOST: usize = 24;

/// What lists were found to be like.
#[derive(Debug, Clone, Default)]
pub(super) struct Trust {
    tried: BTreeMap<&'static Kind, BTreeSet<ResourcePath>>,
    refuted: BTreeSet<&'static Kind>,
}

impl Trust {
    /// Which of these are to be read alone, to see what their lists are worth:
    /// spread over all of them, more where there are more.
    pub(super) fn samples<'i>(
        &mut self,
        members: impl Iterator<Item = &'i Resource>,
    ) -> Vec<ResourcePath> {
        let mut kinds: BTreeMap<&'static Kind, Vec<&ResourcePath>> = BTreeMap::new();
        for member in members.filter(|m| is_listed(m)) {
            let of_kind = kinds.entry(member.kind).or_default();
            of_kind.push(&member.path);
        }
        let mut samples = Vec::new();
        for (kind, paths) in kinds {
            if self.refuted.contains(kind) {
                continue;
            }
            let tried = self.tried.entry(kind).or_default();
            let wanted = paths.len().div_ceil(ONE_OF).min(MOST);
            let missing = wanted.saturating_sub(tried.len());
            let untried: Vec<_> = paths.into_iter().filter(|p| !tried.contains(*p)).collect();
            let step = untried.len() / missing.max(1);
            let chosen = (0..missing).filter_map(|n| untried.get(n * step + step / 2).copied());
            let chosen: Vec<ResourcePath> = chosen.cloned().collect();
            tried.extend(chosen.iter().cloned());
            samples.extend(chosen);
        }
        samples
    }

    /// Compares what a list told with the thing itself; returns whether the
    /// list keeps its word.
    pub(super) fn try_on(&mut self, listed: &Resource, alone: &Resource) -> bool {
        let newest = VERSIONS.last().copied().unwrap_or(ApiVersion::WRITTEN);
        let of = |r: &Resource| essence(r.kind, r.path.name(), &r.properties, newest);
        let keeps = of(listed) == of(alone);
        if !keeps {
            self.refuted.insert(listed.kind);
        }
        keeps
    }

    /// Whether what a list told of it does not count.
    pub(super) fn doubts(&self, resource: &Resource) -> bool {
        is_listed(resource) && self.refuted.contains(resource.kind) && !self.was_tried(resource)
    }

    fn was_tried(&self, resource: &Resource) -> bool {
        let tried = self.tried.get(resource.kind);
        tried.is_some_and(|paths| paths.contains(&resource.path))
    }

    /// What a person may want to know.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.refuted.iter().map(|kind| {
            format!(
                "lists of {} leave out what the things themselves show: each was read alone",
                kind.plural
            )
        })
    }
}

/// Whether a list told of it, and nothing else.
fn is_listed(resource: &Resource) -> bool {
    resource.digest.is_some() && resource.etag.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::digest;
    use serde_json::{Map, Value, json};

    fn listed(path: String, properties: &Value) -> Resource {
        let properties: Map<_, _> = properties.as_object().unwrap().clone();
        let mut resource = Resource::new(path.parse().unwrap(), properties, None).unwrap();
        let name = resource.path.name().to_owned();
        resource.digest = Some(digest(resource.kind, &name, &resource.properties));
        resource
    }

    fn operations(count: usize) -> Vec<Resource> {
        let path = |n| format!("/apis/a{}/operations/o{n:04}", n % 7);
        (0..count).map(|n| listed(path(n), &json!({}))).collect()
    }

    #[test]
    fn some_are_tried_over_all_of_them_and_none_twice() {
        let few = operations(5);
        let many = operations(1200);
        let mut trust = Trust::default();
        assert_eq!(trust.samples(few.iter()).len(), 1);
        assert_eq!(trust.samples(few.iter()).len(), 0);
        let more = trust.samples(many.iter());
        assert_eq!(more.len(), MOST - 1);
        let apis: BTreeSet<_> = more.iter().map(ResourcePath::root).collect();
        assert_eq!(apis.len(), 7);
        assert_eq!(trust.samples(many.iter()), []);
    }

    #[test]
    fn a_list_that_leaves_something_out_is_not_gone_by() {
        let mut trust = Trust::default();
        let all = operations(100);
        let tried = trust.samples(all.iter());
        let listed = all.iter().find(|r| r.path == tried[0]).unwrap();
        let mut alone = listed.clone();
        alone.digest = None;
        alone
            .properties
            .insert("request".to_owned(), json!({"headers": []}));
        assert!(trust.try_on(listed, &alone));
        assert!(!trust.doubts(&all[0]));
        alone
            .properties
            .insert("request".to_owned(), json!({"headers": [{"name": "h"}]}));
        assert!(!trust.try_on(listed, &alone));
        let doubted = all.iter().filter(|r| trust.doubts(r)).count();
        assert_eq!(doubted, all.len() - tried.len());
        assert_eq!(trust.samples(all.iter()), []);
        assert!(
            trust
                .notes()
                .next()
                .unwrap()
                .contains("lists of operations")
        );
    }
}
