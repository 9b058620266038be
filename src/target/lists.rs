//! Lists of the workspace, each read once for all that ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::remote::{Item, Remote};
use crate::address::ResourcePath;
use crate::arm::ArmError;

/// A collection: what it is below, and its name.
type Collection = (Option<ResourcePath>, String);
/// Its items, once they are read.
type Cell = Arc<OnceCell<Arc<Vec<Item>>>>;

/// Lists as they were when they were first asked for.
pub(crate) struct Lists {
    remote: Arc<Remote>,
    cells: Mutex<HashMap<Collection, Cell>>,
}

impl Lists {
    /// Makes a set of lists of which none is read yet.
    pub(crate) fn new(remote: Arc<Remote>) -> Self {
        Self {
            remote,
            cells: Mutex::default(),
        }
    }

    /// What else is read of the workspace.
    pub(crate) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The items of a collection, below one of the workspace's resources or at
    /// its top. What can't be there has none.
    ///
    /// # Errors
    /// When it can't be read; who asks next tries again.
    pub(crate) async fn of(
        &self,
        parent: Option<&ResourcePath>,
        collection: &str,
    ) -> Result<Arc<Vec<Item>>, ArmError> {
        let key = (parent.cloned(), collection.to_owned());
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key).or_default())
        };
        let read = async || Ok(Arc::new(self.remote.list(parent, collection).await?));
        cell.get_or_try_init(read).await.cloned()
    }
}
