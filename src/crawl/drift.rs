//! Looking again at what a plan was made of, before any of it is written.
//!
//! A resource that has an ETag is asked for that. What came to it is seen in
//! the lists below it, and in those of what links to it or names it: each is
//! read once. Policies have no list of use; one of the whole service tells which
//! there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use super::agenda::{Agenda, Ask, Scope};
use super::collect::{collect, read};
use super::fetch::fetch_all;
use super::{CrawlError, CrawlOptions};
use crate::address::{ResourcePath, SourcePath};
use crate::arm::{Reader, same_etag};
use crate::catalog::{self, Kind};
use crate::graph::closure;
use crate::graph::references::without_revision;
use crate::inventory::{Inventory, Resource};
use crate::plan::basis::{Basis, Differs, Drift, Original};
use crate::progress::Listener;

/// From how many policies on the list of all of them is read first.
const FEW: usize = 4;

/// Finds what differs at the source from what a plan was made of, as far as it
/// has to do with these originals, sorted; `without` are branches that were left
/// out. Without a basis, as old plans are, nothing can be told to be new.
///
/// # Errors
/// When the service refuses.
pub async fn read_drift(
    reader: &Reader,
    originals: &[Original],
    basis: Option<&Basis>,
    without: &[String],
    listener: &Arc<dyn Listener>,
) -> Result<Vec<Drift>, CrawlError> {
    let reader = &reader.for_crawl();
    let around = Around::new(reader, originals, basis, without);
    let mut found: BTreeSet<Drift> = around.read(reader, listener).await?.into_iter().collect();
    let known: BTreeMap<&ResourcePath, &Original> = (originals.iter())
        .filter(|original| original.etag.is_some())
        .map(|original| (&original.path, original))
        .collect();
    for (path, now) in heads(reader, known.keys().copied()).await? {
        let Some(original) = known.get(&path) else {
            continue;
        };
        let is = match (now, &original.etag) {
            (None, _) => Differs::Gone,
            (Some(Some(now)), Some(then)) if !same_etag(then, &now) => {
                // An ETag moves with more than what a copy is made of.
                match &original.digest {
                    Some(digest) if is_still(reader, &path, digest).await? => continue,
                    _ => Differs::Changed,
                }
            }
            _ => continue,
        };
        found.insert(drift(is, path));
    }
    Ok(found.into_iter().collect())
}

/// Whether what a resource tells of itself has this digest.
async fn is_still(reader: &Reader, path: &ResourcePath, digest: &str) -> Result<bool, CrawlError> {
    let found = reader.get(path.as_str(), &[]).await;
    let found = found.map_err(CrawlError::read(path.as_str()))?;
    let now = found.and_then(|found| read(path.clone(), &found)?.digest);
    Ok(now.as_deref() == Some(digest))
}

fn drift(is: Differs, path: ResourcePath) -> Drift {
    Drift {
        is,
        source: SourcePath(path),
    }
}

type Etag = Option<String>;

/// Asks for the ETags of resources; none outside where one is gone.
async fn heads(
    reader: &Reader,
    paths: impl IntoIterator<Item = &ResourcePath>,
) -> Result<Vec<(ResourcePath, Option<Etag>)>, CrawlError> {
    let width = CrawlOptions::default().concurrency;
    let paths: Vec<ResourcePath> = paths.into_iter().cloned().collect();
    stream::iter(paths)
        .map(|path| async move {
            let etag = reader.head(path.as_str()).await;
            let etag = etag.map_err(CrawlError::read(path.as_str()))?;
            Ok((path, etag))
        })
        .buffer_unordered(width)
        .try_collect()
        .await
}

/// What stands around originals by now.
struct Around<'p> {
    basis: Option<&'p Basis>,
    /// Branches that were left out.
    without: &'p [String],
    /// What is looked below, and at whose links.
    seeds: BTreeSet<ResourcePath>,
    links: Vec<ResourcePath>,
    /// What lists tell all of, and what they told.
    told: Vec<(ResourcePath, String)>,
    inventory: Inventory,
    agenda: Agenda,
}

impl<'p> Around<'p> {
    fn new(
        reader: &Reader,
        originals: &[Original],
        basis: Option<&'p Basis>,
        without: &'p [String],
    ) -> Self {
        let mut inventory = Inventory::new(reader.service().clone());
        let (mut links, mut told) = (Vec::new(), Vec::new());
        for original in originals {
            match seed(original) {
                Some(link) if link.kind.is_link() => links.push(link.path),
                Some(seed) => {
                    if let (Some(digest), None) = (&original.digest, &original.etag) {
                        told.push((seed.path.clone(), digest.clone()));
                    }
                    inventory.insert(seed);
                }
                None => {}
            }
        }
        Self {
            basis,
            without,
            seeds: inventory.resources().map(|r| r.path.clone()).collect(),
            links,
            told,
            inventory,
            agenda: Agenda::new(Scope::Selection, without.to_vec(), Vec::new()),
        }
    }

    async fn read(
        mut self,
        reader: &Reader,
        listener: &Arc<dyn Listener>,
    ) -> Result<Vec<Drift>, CrawlError> {
        let width = CrawlOptions::default().concurrency;
        let mut asks = Vec::new();
        if self.basis.is_some() {
            asks.extend(self.agenda.owners(self.inventory.resources()));
            asks.extend(self.links.iter().flat_map(|p| self.agenda.list_with(p)));
        }
        asks.extend((self.told.iter()).flat_map(|(p, _)| self.agenda.list_with(p)));
        let mut policies = Vec::new();
        loop {
            for (ask, answer) in fetch_all(reader, asks, width, listener, &|_| false).await? {
                collect(&ask, answer, &mut self.inventory, &mut self.agenda);
            }
            if self.basis.is_none() {
                break;
            }
            let all = self.agenda.around(&self.inventory, &self.seeds);
            // Of a policy no more is asked than whether it is there.
            let (alone, lists): (Vec<Ask>, Vec<Ask>) =
                (all.into_iter()).partition(|ask| matches!(ask, Ask::Item(_)));
            policies.extend(alone.into_iter().filter_map(|ask| match ask {
                Ask::Item(path) => Some(path),
                _ => None,
            }));
            if lists.is_empty() {
                break;
            }
            asks = lists;
        }
        policies.retain(|path| self.is_new(path));
        let there = self.there(reader, policies).await?;
        for path in there {
            if let Some(policy) = Resource::new(path, Map::new(), None) {
                self.inventory.insert(policy);
            }
        }
        Ok(self.compare())
    }

    /// Which of these policies there are. The list of all of them says which are
    /// worth a look: it may name some that are not there.
    async fn there(
        &self,
        reader: &Reader,
        mut policies: Vec<ResourcePath>,
    ) -> Result<Vec<ResourcePath>, CrawlError> {
        if policies.len() >= FEW
            && let Some(basis) = self.basis
            && let Ok(items) = reader.list("/allPolicies", &[]).await
            && let Some(all) = all_policies(&items, basis, &self.inventory)
        {
            policies.retain(|path| all.contains(path));
        }
        let there = heads(reader, &policies).await?.into_iter();
        Ok(there
            .filter_map(|(path, etag)| etag.map(|_| path))
            .collect())
    }

    fn compare(&self) -> Vec<Drift> {
        let seeds: Vec<ResourcePath> = self.seeds.iter().cloned().collect();
        let closure = closure(&self.inventory, &seeds, self.without);
        let new = closure.members.keys().filter(|path| self.is_new(path));
        // What it stands below says enough.
        let new = new.filter(|path| !path.parent().is_some_and(|parent| self.is_new(&parent)));
        let is_gone = |path: &&ResourcePath| self.inventory.get(path).is_none();
        let links = self.links.iter().filter(|_| self.basis.is_some());
        let new = new.map(|path| drift(Differs::New, path.clone()));
        let gone = links.filter(is_gone);
        let gone = gone.map(|path| drift(Differs::Gone, path.clone()));
        let told = self.told.iter().filter_map(|(path, then)| {
            let now = self.inventory.get(path).and_then(|r| r.digest.as_ref());
            match now {
                None => Some(drift(Differs::Gone, path.clone())),
                Some(now) if now != then => Some(drift(Differs::Changed, path.clone())),
                Some(_) => None,
            }
        });
        new.chain(gone).chain(told).collect()
    }

    fn is_new(&self, path: &ResourcePath) -> bool {
        let known = |basis: &Basis| basis.holds(path) || self.seeds.contains(path);
        self.basis.is_some_and(|basis| !known(basis))
    }
}

/// Every policy of the service, where its list of them holds those that are
/// known: it is documented, and nobody has recorded what it shows.
fn all_policies(
    items: &[Value],
    basis: &Basis,
    inventory: &Inventory,
) -> Option<BTreeSet<ResourcePath>> {
    let named = items.iter().filter_map(|item| {
        let id = item["properties"]["referencePolicyId"].as_str()?;
        let path = inventory.resolve_id(id)?;
        let root = path.root();
        // The current revision may go by its number.
        let by_name = basis.holds(&root) || inventory.get(&root).is_some();
        Some(if by_name {
            path
        } else {
            without_revision(&path)
        })
    });
    let named: BTreeSet<ResourcePath> = named.collect();
    let is_policy = |path: &&ResourcePath| catalog::kind_of(path).is_some_and(Kind::is_policy);
    let mut known = basis.paths().filter(is_policy).peekable();
    (known.peek().is_some() && known.all(|path| named.contains(path))).then_some(named)
}

/// An original as far as it is known without a look.
fn seed(original: &Original) -> Option<Resource> {
    let mut properties = Map::new();
    if let Some(number) = &original.revision {
        properties.insert("apiRevision".to_owned(), Value::from(number.as_str()));
    }
    Resource::new(original.path.clone(), properties, original.etag.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use serde_json::json;

    #[test]
    fn the_list_of_all_policies_is_trusted_where_it_holds_the_known_ones() {
        let service = ServiceId::new("s", "g", "n").unwrap();
        let inventory = Inventory::new(service.clone());
        let path = |text: &str| text.parse::<ResourcePath>().unwrap();
        let basis = |known: &[&str]| Basis::new(known.iter().map(|p| path(p)));
        let item = |id: &str| json!({"properties": {"referencePolicyId": id}});
        let full = format!("{service}/apis/b/policies/policy");
        let items = [item("/apis/a;rev=1/policies/policy"), item(&full)];
        let known = basis(&["/apis/a", "/apis/a/policies/policy"]);
        let all = all_policies(&items, &known, &inventory).unwrap();
        assert!(all.contains(&path("/apis/a/policies/policy")));
        assert!(all.contains(&path("/apis/b/policies/policy")));
        // One that it lacks, or none to try it by, and it is nothing to go by.
        let more = basis(&["/apis/a/policies/policy", "/products/p/policies/policy"]);
        assert_eq!(all_policies(&items, &more, &inventory), None);
        assert_eq!(all_policies(&items, &basis(&["/apis/a"]), &inventory), None);
    }
}
