//! Ids as the service prints them: full or short, with or without a revision,
//! in any case.

use crate::address::{Name, ResourcePath, ServiceId, WorkspaceName, split_revision};

/// Where the found resource stands: what short ids are relative to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The target service.
    pub service: &'a ServiceId,
    /// The target workspace.
    pub workspace: &'a WorkspaceName,
}

/// Whether two ids name the same resource of the workspace or service.
///
/// An id without a revision also stands for the revision that is current.
pub fn same_id(a: &str, b: &str, place: Place<'_>) -> bool {
    let (a, b) = (Id::parse(a, place), Id::parse(b, place));
    (a.home == b.home || a.home == Where::Short || b.home == Where::Short)
        && match (split_revision(a.path), split_revision(b.path)) {
            ((a, Some(x)), (b, Some(y))) => a.eq_ignore_ascii_case(b) && x.eq_ignore_ascii_case(y),
            ((a, _), (b, _)) => a.eq_ignore_ascii_case(b),
        }
}

#[derive(PartialEq)]
enum Where {
    Workspace,
    Service,
    Short,
    Elsewhere(String),
}

struct Id<'t> {
    home: Where,
    path: &'t str,
}

impl<'t> Id<'t> {
    fn parse(text: &'t str, place: Place<'_>) -> Self {
        let (home, path) = match ServiceId::split(text) {
            None => (Where::Short, text),
            Some((service, below)) if service == *place.service => (Where::Service, below),
            Some((service, below)) => (
                Where::Elsewhere(service.to_string().to_ascii_lowercase()),
                below,
            ),
        };
        let (home, path) = match below_workspace(path, place.workspace) {
            Some(below) if matches!(home, Where::Service | Where::Short) => {
                (Where::Workspace, below)
            }
            _ => (home, path),
        };
        Self {
            home,
            path: path.trim_end_matches('/'),
        }
    }
}

/// What an id names in the workspace, by its path below it.
pub(crate) fn in_workspace(id: &str, place: Place<'_>) -> Option<ResourcePath> {
    let (service, below) = ServiceId::split(id)?;
    let below = below_workspace(below, place.workspace).filter(|_| service == *place.service)?;
    below.parse().ok()
}

/// The rest of a service-relative path that goes through the workspace.
pub(crate) fn below_workspace<'t>(path: &'t str, workspace: &WorkspaceName) -> Option<&'t str> {
    let mut parts = path.splitn(4, '/').skip(1);
    let (collection, name) = (parts.next()?, parts.next()?);
    let is_it = collection.eq_ignore_ascii_case("workspaces")
        && Name::new(name) == Name::new(workspace.as_str());
    is_it.then(|| &path["/workspaces/".len() + name.len()..])
}
