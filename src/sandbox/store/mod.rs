//! The resources of one service, by path without regard to case.

mod entry;
pub(crate) mod path;
pub(crate) mod seed;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::time::Instant;

pub(crate) use self::entry::{Draft, Entry, Operation, Properties, Ready};
use self::path::{Path, scope_text};
use crate::address::{ServiceId, split_revision};

use crate::sandbox::trouble::faults::Fate;

use crate::sandbox::switches::Switches;

/// What belongs to an API as a whole and not to one of its revisions.
const OF_WHOLE_API: &[&str] = &["issues", "releases", "tagDescriptions", "tags", "wikis"];

/// One service with everything in it.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: ServiceId,
    pub(crate) sku: String,
    pub(crate) location: String,
    pub(crate) gateways: BTreeMap<String, Vec<String>>,
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Until when an API, or the making of named values, is taken.
    pub(crate) busy: BTreeMap<String, Instant>,
    pub(crate) switches: Switches,
    pub(crate) strict: bool,
    pub(crate) page_size: usize,
    pub(crate) seed: u64,
    /// How many more lists of a new workspace fail.
    pub(crate) fresh: BTreeMap<String, u64>,
    /// What was tried to be deleted, where the first try fails.
    pub(crate) tried: BTreeSet<String>,
    /// What becomes of the operation that the request at hand begins.
    pub(crate) fate: Option<Fate>,
    entries: BTreeMap<String, Entry>,
    /// How many operations each workspace holds: they are too many to count.
    held: BTreeMap<String, usize>,
    etags: u64,
    minted: BTreeMap<String, u64>,
}

impl Service {
    pub(crate) fn new(id: ServiceId, switches: Switches, seed: u64) -> Self {
        Self {
            id,
            sku: "Premium".to_owned(),
            location: "westeurope".to_owned(),
            gateways: BTreeMap::new(),
            operations: BTreeMap::new(),
            busy: BTreeMap::new(),
            switches,
            strict: true,
            page_size: 20,
            seed,
            fresh: BTreeMap::new(),
            tried: BTreeSet::new(),
            fate: None,
            entries: BTreeMap::new(),
            held: BTreeMap::new(),
            etags: 0x00e6_a1d5,
            minted: BTreeMap::new(),
        }
    }

    /// The name under which the store has a path: `x;rev=2` is `x` while
    /// revision 2 is the current one, and what belongs to an API as a whole is
    /// below `x` whatever revision it was asked of.
    pub(crate) fn canonical(&self, path: &Path) -> Path {
        let Some(api) = path.api() else {
            return path.clone();
        };
        let (root, Some(revision)) = split_revision(api.name()) else {
            return path.clone();
        };
        let below = path.pairs.get(1).map(|(collection, _)| *collection);
        let current = Path::top(path.workspace(), "apis", root);
        let is_current = || {
            let entry = self.entries.get(&current.key());
            entry.is_some_and(|entry| entry.text("apiRevision") == Some(revision))
        };
        let mut path = path.clone();
        if below.is_some_and(|below| OF_WHOLE_API.contains(&below)) || is_current() {
            path.pairs[0].1 = root.to_owned();
        }
        path
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(&self.canonical(path).key())
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> Option<&mut Entry> {
        let key = self.canonical(path).key();
        self.entries.get_mut(&key)
    }

    /// The resource, when a reader can see it.
    pub(crate) fn visible(&self, path: &Path, now: Instant) -> Option<&Entry> {
        self.get(path).filter(|entry| entry.is_visible(now))
    }

    /// The resource, when others may refer to it.
    pub(crate) fn ready(&self, path: &Path, now: Instant) -> Option<&Entry> {
        self.get(path).filter(|entry| entry.is_there(now))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The resources of one collection, without what is below them.
    pub(crate) fn list(&self, prefix: &str) -> impl Iterator<Item = &Entry> {
        let prefix = format!("{}/", prefix.to_ascii_lowercase());
        let mut from = prefix.clone();
        std::iter::from_fn(move || {
            loop {
                let (key, entry) = self.entries.range(from.clone()..).next()?;
                let rest = key.strip_prefix(&prefix)?;
                match rest.find('/') {
                    None => {
                        from = format!("{key}\0");
                        return Some(entry);
                    }
                    // `0` follows `/`: all that is below this name is passed.
                    Some(at) => from = format!("{}0", &key[..prefix.len() + at]),
                }
            }
        })
    }

    /// A top-level collection of a scope.
    pub(crate) fn top(&self, workspace: Option<&str>, collection: &str) -> Vec<&Entry> {
        self.list(&format!("{}/{collection}", scope_text(workspace)))
            .collect()
    }

    /// A collection below a resource.
    pub(crate) fn children(&self, parent: &Path, collection: &str) -> Vec<&Entry> {
        let mut below = parent.text();
        if let Some(collection) = self::path::collection(collection) {
            let item = self.canonical(&parent.child(collection, "item"));
            below = item.parent().map_or(below, |parent| parent.text());
        }
        self.list(&format!("{below}/{collection}")).collect()
    }

    /// A resource and everything below it.
    pub(crate) fn tree(&self, path: &Path) -> Vec<&Entry> {
        let key = self.canonical(path).key();
        let below = format!("{key}/");
        let own = self.entries.get(&key);
        own.into_iter()
            .chain(
                self.entries
                    .range(below.clone()..)
                    .take_while(|(key, _)| key.starts_with(&below))
                    .map(|(_, entry)| entry),
            )
            .collect()
    }

    /// The other revisions of an API: those that are not current.
    pub(crate) fn other_revisions(&self, root: &Path) -> Vec<&Entry> {
        let prefix = format!("{};rev=", root.key());
        self.list(&format!("{}/apis", scope_text(root.workspace())))
            .filter(|entry| entry.path.key().starts_with(&prefix))
            .collect()
    }

    /// The names of all workspaces.
    pub(crate) fn workspaces(&self) -> Vec<String> {
        self.list("/workspaces")
            .map(|entry| entry.path.name().to_owned())
            .collect()
    }

    /// The resources of a top-level kind in the service and all workspaces.
    pub(crate) fn everywhere(&self, collection: &str) -> Vec<&Entry> {
        let mut found = self.top(None, collection);
        for workspace in self.workspaces() {
            found.extend(self.top(Some(&workspace), collection));
        }
        found
    }

    /// Writes a resource; its ETag stays when nothing changes. Returns whether
    /// it is new.
    pub(crate) fn put(&mut self, path: &Path, properties: Properties) -> bool {
        let path = self.canonical(path);
        let now = OffsetDateTime::now_utc();
        let etag = self.etags + 1;
        if let Some(entry) = self.entries.get_mut(&path.key()) {
            if entry.properties != properties {
                entry.properties = properties;
                entry.updated = now;
                entry.etag = etag;
                self.etags = etag;
            }
            entry.ready = None;
            return false;
        }
        self.etags = etag;
        let entry = Entry {
            path: path.clone(),
            properties,
            etag,
            created: now,
            updated: now,
            ready: None,
        };
        self.insert(entry);
        true
    }

    fn insert(&mut self, entry: Entry) {
        if let Some(workspace) = operation_of(&entry.path) {
            *self.held.entry(workspace).or_default() += 1;
        }
        self.entries.insert(entry.path.key(), entry);
    }

    fn take(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        let held = operation_of(&entry.path).and_then(|w| self.held.get_mut(&w));
        if let Some(held) = held {
            *held = held.saturating_sub(1);
        }
        Some(entry)
    }

    /// How many operations all APIs of a workspace have.
    pub(crate) fn operations_in(&self, workspace: &str) -> usize {
        let held = self.held.get(&workspace.to_ascii_lowercase());
        held.copied().unwrap_or_default()
    }

    /// Gives a resource a new ETag, though nothing of it changed.
    pub(crate) fn touch(&mut self, path: &Path) {
        let key = self.canonical(path).key();
        if let Some(entry) = self.entries.get_mut(&key) {
            self.etags += 1;
            entry.etag = self.etags;
        }
    }

    /// Gives a resource the ETag it had elsewhere, so that a plan that was made
    /// there does not take it for changed.
    pub(crate) fn set_etag(&mut self, path: &Path, etag: u64) {
        let key = self.canonical(path).key();
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.etag = etag;
            // The next one has to be another; a wrap-around would repeat.
            self.etags = self.etags.max(etag.min(u64::MAX >> 1));
        }
    }

    /// Removes a resource and all that is below it. What the credential manager
    /// has below one outlives it.
    pub(crate) fn remove(&mut self, path: &Path) {
        let all = path.pattern() != "authorizationProviders";
        let keys: Vec<_> = (self.tree(path).iter())
            .filter(|entry| all || entry.path.is_top())
            .map(|e| e.path.key())
            .collect();
        for key in keys {
            self.take(&key);
        }
    }

    /// Moves resources to other paths, each with a new ETag.
    pub(crate) fn relocate(&mut self, moves: Vec<(Path, Path)>) {
        let mut taken = Vec::new();
        for (from, to) in moves {
            if let Some(mut entry) = self.take(&from.key()) {
                self.etags += 1;
                entry.etag = self.etags;
                entry.path = to;
                taken.push(entry);
            }
        }
        for entry in taken {
            self.insert(entry);
        }
    }

    /// Makes a 24-hex name that has not been there before and is the same on
    /// every run that does the same.
    pub(crate) fn mint(&mut self, what: &str) -> String {
        let count = self.minted.entry(what.to_ascii_lowercase()).or_default();
        *count += 1;
        let text = format!("{} {} {count}", self.seed, what.to_ascii_lowercase());
        hex(&text, 24)
    }

    /// Marks what a long-running request is still working on.
    pub(crate) fn provision(&mut self, path: &Path, ready: Ready) {
        if let Some(entry) = self.get_mut(path) {
            entry.ready = Some(ready);
        }
    }

    /// Holds a lane until a time, or longer when it is already held longer.
    pub(crate) fn hold(&mut self, lane: &str, until: Instant) {
        let held = self.busy.entry(lane.to_owned()).or_insert(until);
        *held = (*held).max(until);
    }

    pub(crate) fn is_busy(&self, lane: &str, now: Instant) -> bool {
        self.busy.get(lane).is_some_and(|until| now < *until)
    }

    pub(crate) fn operation_time(&self) -> Duration {
        Duration::from_millis(self.switches.operation_ms)
    }

    /// Everything that is stored, in the snapshot format, secrets included.
    pub(crate) fn dump(&self) -> Value {
        let mut workspaces = Vec::new();
        let mut resources = Vec::new();
        for entry in self.entries.values() {
            let name = entry.path.name();
            match entry.path.pattern().as_str() {
                "notifications" => {}
                "workspaces" => {
                    let gateways = self.gateways.get(&name.to_ascii_lowercase());
                    workspaces.push(json!({
                        "name": name,
                        "properties": entry.properties,
                        "gateways": gateways.cloned().unwrap_or_default(),
                    }));
                }
                _ => resources
                    .push(json!({"path": entry.path.text(), "properties": entry.properties})),
            }
        }
        json!({
            "service": {
                "subscriptionId": self.id.subscription(),
                "resourceGroup": self.id.resource_group(),
                "name": self.id.name(),
                "sku": self.sku,
                "location": self.location,
            },
            "workspaces": workspaces,
            "resources": resources,
        })
    }
}

/// The workspace that something is an operation of an API in.
fn operation_of(path: &Path) -> Option<String> {
    let workspace = path.workspace()?;
    (path.pattern() == "apis/operations").then(|| workspace.to_ascii_lowercase())
}

/// Everything that services hold: one snapshot, or a list of them.
pub(crate) fn dumps(services: &[Service]) -> Value {
    match services {
        [one] => one.dump(),
        many => json!({"services": many.iter().map(Service::dump).collect::<Vec<_>>()}),
    }
}

/// The first digits of a text's hash.
pub(crate) fn hex(text: &str, digits: usize) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        out.push_str(&format!("{byte:02x}"));
    }
    out.truncate(digits);
    out
}

#[cfg(test)]
mod tests;
