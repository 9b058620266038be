//! What documents do with variables that run in one call: worked out once for all
//! of them, until more is read.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::address::ResourcePath;
use crate::policy::Variables;

/// Documents of one call, by what they do with which variable, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// Those that may give any variable a value.
    any: BTreeSet<ResourcePath>,
    assigned: HashMap<String, BTreeSet<ResourcePath>>,
    read: HashMap<String, BTreeSet<ResourcePath>>,
}

impl Call {
    /// Adds a document.
    pub(crate) fn add(&mut self, path: &ResourcePath, variables: &Variables) {
        match variables.assigned_names() {
            Some(names) => {
                for name in names {
                    let by = self.assigned.entry(name.to_owned()).or_default();
                    by.insert(path.clone());
                }
            }
            None => {
                self.any.insert(path.clone());
            }
        }
        for name in variables.read_names() {
            let by = self.read.entry(name.to_ascii_lowercase()).or_default();
            by.insert(path.clone());
        }
    }

    /// Whether another document may give a variable a value.
    pub(crate) fn assigns_besides(&self, name: &str, own: &ResourcePath) -> bool {
        let named = self.assigned.get(&name.to_ascii_lowercase());
        (self.any.iter().chain(named.into_iter().flatten())).any(|path| path != own)
    }

    /// The first other document by path that reads a variable.
    pub(crate) fn reader_besides(&self, name: &str, own: &ResourcePath) -> Option<&ResourcePath> {
        let readers = self.read.get(&name.to_ascii_lowercase())?;
        readers.iter().find(|path| *path != own)
    }
}

/// The calls that were asked for; none where a document is chosen by code. What
/// makes one must not ask for another.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<HashMap<ResourcePath, Option<Arc<Call>>>>);

impl Calls {
    pub(super) fn of(
        &self,
        key: &ResourcePath,
        make: impl FnOnce() -> Option<Call>,
    ) -> Option<Arc<Call>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = known.entry(key.clone());
        made.or_insert_with(|| make().map(Arc::new)).clone()
    }
}

impl Clone for Calls {
    fn clone(&self) -> Self {
        Self::default()
    }
}
