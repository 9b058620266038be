//! Where a right is needed.

use serde::Serialize;

use crate::address::{ServiceId, WorkspaceName};

/// A place of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The service that is read, where it is another one than the target's.
    Source,
    /// The service that the workspace is in.
    Target,
    /// The workspace.
    Workspace,
}

/// The places of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The service that is read.
    pub source: ServiceId,
    /// The service that the workspace is in.
    pub target: ServiceId,
    /// The workspace, unless it is still to be made: then its service stands
    /// for it, since a workspace inherits what is held there and no role can
    /// be assigned at what does not exist.
    pub workspace: Option<WorkspaceName>,
}

impl Places {
    /// The place that stands for another one here.
    pub fn settle(&self, place: Place) -> Place {
        match place {
            Place::Source if self.source == self.target => Place::Target,
            Place::Workspace if self.workspace.is_none() => Place::Target,
            place => place,
        }
    }

    /// The places that differ, each once.
    pub fn distinct(&self) -> impl Iterator<Item = Place> + '_ {
        [Place::Source, Place::Target, Place::Workspace]
            .into_iter()
            .filter(|place| self.settle(*place) == *place)
    }

    /// The service that a place is, or is in.
    pub fn service(&self, place: Place) -> &ServiceId {
        match place {
            Place::Source => &self.source,
            Place::Target | Place::Workspace => &self.target,
        }
    }

    /// The full ARM id of a place: the scope that roles are assigned at.
    pub fn id(&self, place: Place) -> String {
        match (self.settle(place), &self.workspace) {
            (Place::Workspace, Some(workspace)) => {
                format!("{}/workspaces/{workspace}", self.target)
            }
            (place, _) => self.service(place).to_string(),
        }
    }

    /// A place in a few words: "the workspace `billing`".
    pub fn name(&self, place: Place) -> String {
        match (self.settle(place), &self.workspace) {
            (Place::Workspace, Some(workspace)) => format!("the workspace `{workspace}`"),
            (place, _) => format!("the service `{}`", self.service(place).name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_is_one_place_and_a_workspace_to_come_is_its_service() {
        let service = |name| ServiceId::new("s", "g", name).unwrap();
        let mut places = Places {
            source: service("Contoso"),
            target: service("contoso"),
            workspace: Some("w".parse().unwrap()),
        };
        let distinct: Vec<Place> = places.distinct().collect();
        assert_eq!(distinct, [Place::Target, Place::Workspace]);
        assert!(places.id(Place::Workspace).ends_with("/workspaces/w"));
        places.workspace = None;
        assert_eq!(places.distinct().count(), 1);
        assert_eq!(places.id(Place::Workspace), places.id(Place::Source));
        places.target = service("other");
        assert_eq!(places.distinct().count(), 2);
        assert_eq!(places.name(Place::Workspace), "the service `other`");
    }
}
