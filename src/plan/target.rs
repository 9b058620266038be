//! What stands on the target's side, as far as a plan has to know it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::address::{Name, ResourcePath, ServiceId, WorkspaceName};
use crate::catalog::Kind;
use crate::inventory::{Inventory, Resource};
use crate::rights::Known;
use crate::traits::Traits;

/// Who holds a name in the target service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A resource at service level.
    Service,
    /// A resource of the workspace that is written to.
    ThisWorkspace,
    /// A resource of another workspace.
    Workspace(String),
}

/// Where an API of the target answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whose it is.
    pub holder: Holder,
    /// The API's name.
    pub name: Name,
    /// Its path, which may be empty.
    pub path: String,
    /// The id of its version set, as the service writes it.
    pub version_set: Option<String>,
    /// Its version, empty when it has none.
    pub version: String,
}

impl Route {
    /// The property that says of which version set an API is.
    pub const VERSION_SET: &str = "apiVersionSetId";

    /// The route of an API with these properties.
    pub fn of(holder: Holder, name: Name, properties: &Map<String, Value>) -> Self {
        let text = |property: &str| properties.get(property).and_then(Value::as_str);
        Self {
            holder,
            name,
            path: text("path").unwrap_or_default().to_owned(),
            version_set: text(Self::VERSION_SET).map(str::to_owned),
            version: text("apiVersion").unwrap_or_default().to_owned(),
        }
    }
}

/// The target service and workspace before anything is written.
#[derive(Debug, Clone)]
pub struct Target {
    /// The service the workspace is in.
    pub service: ServiceId,
    /// The service's tier, when known: `Premium`.
    pub sku: Option<String>,
    /// The workspace.
    pub workspace: WorkspaceName,
    /// Whether the workspace is there.
    pub exists: bool,
    /// Names of the gateways that serve the workspace; `None` when the service
    /// did not say.
    pub gateways: Option<Vec<String>>,
    /// Names that are taken, by kind and name.
    pub names: BTreeMap<&'static Kind, BTreeMap<Name, Holder>>,
    /// Display names that are taken in the workspace itself, lower case, by
    /// kind; with the names of the resources that have it: versions of one API
    /// share theirs.
    pub displays: BTreeMap<&'static Kind, BTreeMap<String, BTreeSet<Name>>>,
    /// Where the APIs of the workspace and those at service level answer, as
    /// far as it was read.
    pub routes: Vec<Route>,
    /// How many there are in the workspace, by kind.
    pub counts: BTreeMap<&'static Kind, usize>,
    /// What stands in the workspace around something there that only so much
    /// fits with: below it, or naming it. By that thing's path below the
    /// workspace, and the kind of what stands around it; known where the plan
    /// adds to it.
    pub crowds: BTreeMap<(ResourcePath, &'static Kind), BTreeSet<ResourcePath>>,
    /// What stands in the workspace under a name that the plan wants, read in
    /// full; by its path below the workspace.
    pub existing: BTreeMap<ResourcePath, Resource>,
    /// Things at the target's service level that a workspace may refer to and
    /// that are there: users, built-in groups, authorization servers, OpenID
    /// providers. `None` when the source is the same service.
    pub referable: Option<BTreeSet<ResourcePath>>,
    /// Users of the target service by e-mail, lower case.
    pub users: BTreeMap<String, Name>,
    /// What whoever reads it may do, there and at the source, as far as it is
    /// known.
    pub rights: Known,
    /// What was found out about the target service beyond what is documented.
    pub traits: Traits,
}

impl Target {
    /// Makes a target of which nothing is known but where it is: an existing,
    /// empty workspace.
    pub fn unknown(service: ServiceId, workspace: WorkspaceName) -> Self {
        Self {
            service,
            sku: None,
            workspace,
            exists: true,
            gateways: None,
            names: BTreeMap::new(),
            displays: BTreeMap::new(),
            routes: Vec::new(),
            counts: BTreeMap::new(),
            crowds: BTreeMap::new(),
            existing: BTreeMap::new(),
            referable: None,
            users: BTreeMap::new(),
            rights: Known::new(),
            traits: Traits::default(),
        }
    }

    /// What is known of a workspace where nothing but its service was read: the
    /// names that are taken there, whether it is there, and its gateways.
    pub fn of_service(read: &Inventory, workspace: WorkspaceName) -> Self {
        let mut target = Self::unknown(read.service.clone(), workspace);
        target.sku.clone_from(&read.sku);
        // What stands at service level has its names, read online or not.
        let top = (read.resources()).filter(|r| r.path.parent().is_none() && !r.is_built_in());
        for resource in top.filter(|r| r.kind.can_be_copied()) {
            let held = target.names.entry(resource.kind).or_default();
            held.insert(Name::new(resource.path.name()), Holder::Service);
        }
        let wanted = Name::new(target.workspace.as_str());
        let others =
            (read.workspaces.iter()).filter(|(name, _)| Name::new(name.as_str()) != wanted);
        for (workspace, (kind, name)) in
            others.flat_map(|(w, i)| i.names.iter().map(move |n| (w, n)))
        {
            let held = target.names.entry(*kind).or_default();
            held.entry(Name::new(name.as_str()))
                .or_insert_with(|| Holder::Workspace(workspace.clone()));
        }
        let mut there = read.workspaces.iter();
        match there.find(|(name, _)| Name::new(name.as_str()) == wanted) {
            Some((_, info)) => target.gateways = Some(info.gateways.clone()),
            // A snapshot of a selection may not list workspaces at all.
            None => target.exists = read.workspaces.is_empty(),
        }
        target
    }

    /// The user whose e-mail address somebody of the source has. People go by
    /// that: an id means somebody else in another service.
    pub fn user_like(&self, person: &Resource, source: &Inventory) -> Option<&Name> {
        let email = address_of(person, source)?;
        self.users.get(&email.to_lowercase())
    }
}

/// The e-mail address of a member, as far as it was read.
pub(super) fn address_of<'s>(person: &'s Resource, source: &'s Inventory) -> Option<&'s str> {
    person.text("email").or_else(|| {
        let user = source.named(person.kind.member?, person.path.name());
        user?.text("email")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_other_workspaces_have_are_taken() {
        let text = serde_json::json!({
            "service": {"name": "n"},
            "workspaces": [{"name": "Team"}, {"name": "other"}],
            "resources": [
                {"path": "/workspaces/team/backends/a", "properties": {}},
                {"path": "/workspaces/other/backends/b", "properties": {}},
                {"path": "/workspaces/other/apis/c/operations/d", "properties": {}},
                {"path": "/workspaces/unlisted/backends/e", "properties": {}},
            ],
        });
        let read = crate::inventory::snapshot::read(&text.to_string()).unwrap();
        let target = Target::of_service(&read, "team".parse().unwrap());
        let held: Vec<_> = target.names.values().flatten().collect();
        let (name, holder) = held[0];
        assert_eq!(held.len(), 1);
        assert_eq!(name.as_str(), "b");
        assert_eq!(*holder, Holder::Workspace("other".to_owned()));
    }
}
