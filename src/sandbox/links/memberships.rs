//! Associations by name (`/products/p/apis/a`), which are the same thing as
//! links (`/products/p/apiLinks/x`): the store holds links only.

use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::references::{full_id, resolve};
use crate::sandbox::store::Service;
use crate::sandbox::store::path::Path;

/// A link seen from either side.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    /// What the link is below.
    pub(crate) owner: Path,
    /// The collection of links.
    pub(crate) links: &'static str,
    /// The member that names the other end.
    pub(crate) member: &'static str,
    /// The other end.
    pub(crate) end: Path,
}

/// Reads an association's path as the link that it stands for.
pub(crate) fn tie(path: &Path) -> Option<Tie> {
    let parent = path.parent()?;
    let tag = || Path::top(path.workspace(), "tags", path.name());
    let (owner, links, member, end) = match path.pattern().as_str() {
        "apis/tags" => (tag(), "apiLinks", "apiId", parent),
        "apis/operations/tags" => (tag(), "operationLinks", "operationId", parent),
        "products/tags" => (tag(), "productLinks", "productId", parent),
        "products/apis" => (
            parent,
            "apiLinks",
            "apiId",
            Path::top(path.workspace(), "apis", path.name()),
        ),
        "products/groups" => (
            parent,
            "groupLinks",
            "groupId",
            Path::top(path.workspace(), "groups", path.name()),
        ),
        _ => return None,
    };
    Some(Tie {
        owner,
        links,
        member,
        end,
    })
}

/// The link between an owner and another end, if there is one.
pub(crate) fn find(service: &Service, tie: &Tie) -> Option<Path> {
    let end = service.canonical(&tie.end).key();
    let links = service.children(&tie.owner, tie.links);
    links
        .into_iter()
        .find(|link| {
            link.text(tie.member)
                .and_then(|text| resolve(service, tie.owner.workspace(), text).ok())
                .is_some_and(|named| service.canonical(&named).key() == end)
        })
        .map(|link| link.path.clone())
}

/// Stores an association as a link; returns whether it is new.
pub(crate) fn store(service: &mut Service, path: &Path) -> bool {
    let Some(tie) = tie(path) else {
        return service.put(path, Map::new());
    };
    if find(service, &tie).is_some() {
        return false;
    }
    add(service, path, &tie)
}

/// Stores many associations, each once.
pub(crate) fn store_all(service: &mut Service, paths: Vec<Path>) {
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    for link in service.entries() {
        let path = &link.path;
        let ids = ["apiId", "groupId", "operationId", "productId"];
        let end = ids.iter().find_map(|member| link.text(member));
        let end = end.and_then(|end| resolve(service, path.workspace(), end).ok());
        if let (Some(owner), Some(end)) = (path.parent(), end)
            && path.collection().ends_with("Links")
        {
            let collection = format!("{}/{}", owner.key(), path.collection());
            known.insert((collection, service.canonical(&end).key()));
        }
    }
    for path in paths {
        let Some(tie) = tie(&path) else { continue };
        let collection = format!("{}/{}", tie.owner.key(), tie.links);
        if known.insert((collection, service.canonical(&tie.end).key())) {
            add(service, &path, &tie);
        }
    }
}

fn add(service: &mut Service, path: &Path, tie: &Tie) -> bool {
    let name = service.mint(&format!("link {}", path.text()));
    let mut properties = Map::new();
    let id = full_id(service, &service.canonical(&tie.end));
    properties.insert(tie.member.to_owned(), json!(id));
    service.put(&tie.owner.child(tie.links, &name), properties)
}

/// Removes an association; returns whether it was there.
pub(crate) fn remove(service: &mut Service, path: &Path) -> bool {
    let found = match tie(path) {
        Some(tie) => find(service, &tie),
        None => service.get(path).map(|entry| entry.path.clone()),
    };
    match found {
        Some(link) => {
            service.remove(&link);
            true
        }
        None => false,
    }
}

/// Whether an association is there.
pub(crate) fn exists(service: &Service, path: &Path) -> bool {
    match tie(path) {
        Some(tie) => find(service, &tie).is_some(),
        None => service.get(path).is_some(),
    }
}

/// The other ends of all links of one collection of an owner.
pub(crate) fn ends(service: &Service, owner: &Path, links: &str, member: &str) -> Vec<Path> {
    service
        .children(owner, links)
        .into_iter()
        .filter_map(|link| resolve(service, owner.workspace(), link.text(member)?).ok())
        .filter_map(|path| Some(service.get(&path)?.path.clone()))
        .collect()
}

/// The owners of links of one collection that lead to an end: the tags of an
/// API, the products of an API.
pub(crate) fn owners(
    service: &Service,
    end: &Path,
    owners: &'static str,
    links: &'static str,
    member: &'static str,
) -> Vec<Path> {
    service
        .top(end.workspace(), owners)
        .into_iter()
        .map(|owner| owner.path.clone())
        .filter(|owner| {
            let tie = Tie {
                owner: owner.clone(),
                links,
                member,
                end: end.clone(),
            };
            find(service, &tie).is_some()
        })
        .collect()
}
