//! Names that are given by hand: whether they are given to anything.

use std::collections::BTreeMap;

use super::{NameError, Override};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Home, kinds};
use crate::graph::Closure;
use crate::inventory::Inventory;
use crate::nearest::nearest;

/// The names that are given by hand.
pub(super) struct Overrides<'n>(pub(super) &'n BTreeMap<ResourcePath, Override>);

impl Overrides<'_> {
    /// Refuses those that nothing could take.
    pub(super) fn check(&self) -> Result<(), NameError> {
        for (path, given) in self.0 {
            let no_effect = |why: &str, help: String| NameError::NoEffect {
                resource: path.clone(),
                why: why.to_owned(),
                help,
            };
            let take_out = || "take it out".to_owned();
            let Some(kind) = catalog::kind_of(path) else {
                let collections = kinds().iter().filter(|k| k.parent().is_none());
                let like = nearest(path.collection(), collections.map(|k| k.collection()));
                let help = like.map_or_else(take_out, |c| format!("did you mean `/{c}/…`?"));
                return Err(no_effect("there is no such kind of thing", help));
            };
            let (root, revision) = split_revision(path.name());
            if path.parent().is_some() {
                let why = "what stands below something else keeps its names";
                return Err(no_effect(why, take_out()));
            }
            if kind.revisions && revision.is_some() {
                let help = format!("name the API itself: `/{}/{root}`", kind.collection());
                return Err(no_effect("a revision goes by the names of its API", help));
            }
            if kind.fixed_name {
                let why = "it is called by the same name everywhere";
                return Err(no_effect(why, take_out()));
            }
            if !matches!(kind.home, Home::Workspace | Home::ByChoice(_)) {
                return Err(no_effect("a workspace can't have one", take_out()));
            }
            if given.display_name.is_some() && kind.display.is_none() {
                let help = "take `displayName` out".to_owned();
                return Err(no_effect("it has no display name", help));
            }
            if given.path.is_some() && !kind.revisions {
                let help = "take `path` out".to_owned();
                return Err(no_effect("only APIs have a path", help));
            }
            if *given == Override::default() {
                let help = "give it `name`, `displayName` or `path`, or take it out".to_owned();
                return Err(no_effect("it says no name", help));
            }
        }
        Ok(())
    }

    /// Refuses those of what is not copied.
    pub(super) fn find_in(
        &self,
        inventory: &Inventory,
        closure: &Closure,
    ) -> Result<(), NameError> {
        let copied = |path: &&ResourcePath| closure.members.contains_key(*path);
        let Some(path) = self.0.keys().find(|path| !copied(path)) else {
            return Ok(());
        };
        let same_kind = |member: &&ResourcePath| {
            member.parent().is_none()
                && catalog::kind_of(member) == catalog::kind_of(path)
                && split_revision(member.name()).1.is_none()
        };
        let members = closure.members.keys().filter(same_kind);
        let like = nearest(path.name(), members.map(ResourcePath::name));
        let (why, otherwise) = match inventory.get(path) {
            Some(_) => (
                "it is not among what is copied",
                "take it out, or select what brings it along",
            ),
            None => ("there is nothing of that name", "take it out"),
        };
        let help = match like {
            Some(name) => format!("did you mean `/{}/{name}`?", path.collection()),
            None => otherwise.to_owned(),
        };
        Err(NameError::NoEffect {
            resource: path.clone(),
            why: why.to_owned(),
            help,
        })
    }
}
